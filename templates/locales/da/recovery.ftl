# Glemt adgangskode, invitation og bekræftelse af e‑mailadresse. Siger aldrig, om en konto findes.
sign-in-forgot = Glemt adgangskode?
forgot-title = Glemt adgangskode
forgot-text = Skriv dit brugernavn eller din e‑mailadresse. Så sender vi et link, du kan vælge en ny adgangskode med.
forgot-username = Brugernavn eller e‑mailadresse
forgot-submit = Send link
forgot-back = Tilbage til login
forgot-missing = Skriv dit brugernavn eller din e‑mailadresse.
forgot-sent-title = Tjek din mail
forgot-sent-text = Findes der en konto med det navn, har vi sendt et link til dens e‑mailadresse.
forgot-nothing-title = Kommer der ingen mail?
forgot-nothing-wait = Vent et par minutter, og kig også i mappen med uønsket mail.
forgot-nothing-name = Prøv igen, hvis du kan have skrevet navnet forkert.
forgot-nothing-help = Kontakt it‑support, hvis din e‑mailadresse er en anden end før.

password-set-title = Din adgangskode er gemt
password-set-text = Log ind med den nye adgangskode.

confirm-address-title = Er det din e‑mailadresse?
confirm-address-text = Bekræft adressen, så bruger vi den til din konto hos { $tenant }.
confirm-address-label = E‑mailadresse
confirm-address-submit = Ja, det er min adresse
address-confirmed-title = E‑mailadressen er bekræftet
address-confirmed-text = Fra nu af skriver vi til den adresse.

link-shut-title = Linket kan ikke bruges mere
link-shut-reset = Det er brugt, for gammelt eller afløst af et nyere. Bed om et nyt link.
link-shut-invitation = Det er brugt eller for gammelt. Log ind, hvis du har valgt en adgangskode. Bed ellers it‑support om en ny invitation.
link-shut-address = Det er brugt, for gammelt eller afløst af et nyere. Du kan bede om et nyt i Min profil.
link-another = Bed om et nyt link
link-sign-in = Log ind nu
link-go-on = Gå til Min profil

password-rule-min-length =
    { $count ->
        [one] Mindst 1 tegn
       *[other] Mindst { $count } tegn
    }
password-rule-max-length =
    { $count ->
        [one] Højst 1 tegn
       *[other] Højst { $count } tegn
    }
password-rule-digits =
    { $count ->
        [one] Mindst 1 tal
       *[other] Mindst { $count } tal
    }
password-rule-special =
    { $count ->
        [one] Mindst 1 specialtegn
       *[other] Mindst { $count } specialtegn
    }
password-rule-upper =
    { $count ->
        [one] Mindst 1 stort bogstav
       *[other] Mindst { $count } store bogstaver
    }
password-rule-lower =
    { $count ->
        [one] Mindst 1 lille bogstav
       *[other] Mindst { $count } små bogstaver
    }
password-rule-common = Ikke en, som mange andre bruger
password-rule-breached = Ikke en, der er lækket på nettet
password-rule-own-words = Ikke dit eget navn eller organisationens
password-rule-history =
    { $count ->
        [one] Ikke den, du har nu
       *[other] Ikke en af dine sidste { $count }
    }
