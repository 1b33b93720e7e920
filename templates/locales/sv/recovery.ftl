# Glömt lösenord, inbjudan och bekräftelse av e‑postadress. Säger aldrig om ett konto finns.
sign-in-forgot = Glömt lösenordet?
forgot-title = Glömt lösenord
forgot-text = Skriv ditt användarnamn eller din e‑postadress. Då skickar vi en länk där du kan välja ett nytt lösenord.
forgot-username = Användarnamn eller e‑postadress
forgot-submit = Skicka länk
forgot-back = Tillbaka till inloggningen
forgot-missing = Skriv ditt användarnamn eller din e‑postadress.
forgot-sent-title = Titta i din inkorg
forgot-sent-text = Om det finns ett konto med det namnet har vi skickat en länk till dess e‑postadress.
forgot-nothing-title = Kommer inget mejl?
forgot-nothing-wait = Vänta några minuter och titta också i skräpposten.
forgot-nothing-name = Försök igen om du kan ha skrivit namnet fel.
forgot-nothing-help = Kontakta it‑supporten om din e‑postadress är en annan än förut.

password-set-title = Ditt lösenord är sparat
password-set-text = Logga in med det nya lösenordet.

confirm-address-title = Är det din e‑postadress?
confirm-address-text = Bekräfta adressen, så använder vi den till ditt konto hos { $tenant }.
confirm-address-label = E‑postadress
confirm-address-submit = Ja, det är min adress
address-confirmed-title = E‑postadressen är bekräftad
address-confirmed-text = Från och med nu skriver vi till den adressen.

link-shut-title = Länken kan inte användas längre
link-shut-reset = Den är använd, för gammal eller ersatt av en nyare. Be om en ny länk.
link-shut-invitation = Den är använd eller för gammal. Logga in om du har valt ett lösenord. Be annars it‑supporten om en ny inbjudan.
link-shut-address = Den är använd, för gammal eller ersatt av en nyare. Du kan be om en ny i Min profil.
link-another = Be om en ny länk
link-sign-in = Logga in nu
link-go-on = Gå till Min profil

password-rule-min-length =
    { $count ->
        [one] Minst 1 tecken
       *[other] Minst { $count } tecken
    }
password-rule-max-length =
    { $count ->
        [one] Högst 1 tecken
       *[other] Högst { $count } tecken
    }
password-rule-digits =
    { $count ->
        [one] Minst 1 siffra
       *[other] Minst { $count } siffror
    }
password-rule-special =
    { $count ->
        [one] Minst 1 specialtecken
       *[other] Minst { $count } specialtecken
    }
password-rule-upper =
    { $count ->
        [one] Minst 1 stor bokstav
       *[other] Minst { $count } stora bokstäver
    }
password-rule-lower =
    { $count ->
        [one] Minst 1 liten bokstav
       *[other] Minst { $count } små bokstäver
    }
password-rule-common = Inte ett som många andra använder
password-rule-breached = Inte ett som har läckt på nätet
password-rule-own-words = Inte ditt eget eller organisationens namn
password-rule-history =
    { $count ->
        [one] Inte det du har nu
       *[other] Inte ett av de senaste { $count }
    }
