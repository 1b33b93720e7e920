# Glemt passord, invitasjon og bekreftelse av e‑postadresse. Sier aldri om en konto finnes.
sign-in-forgot = Glemt passordet?
forgot-title = Glemt passord
forgot-text = Skriv brukernavnet eller e‑postadressen din. Så sender vi en lenke der du kan velge et nytt passord.
forgot-username = Brukernavn eller e‑postadresse
forgot-submit = Send lenke
forgot-back = Tilbake til innlogging
forgot-missing = Skriv brukernavnet eller e‑postadressen din.
forgot-sent-title = Sjekk e‑posten din
forgot-sent-text = Hvis det finnes en konto med det navnet, har vi sendt en lenke til e‑postadressen dens.
forgot-nothing-title = Kommer det ingen e‑post?
forgot-nothing-wait = Vent noen minutter, og se også i mappen for søppelpost.
forgot-nothing-name = Prøv igjen hvis du kan ha skrevet navnet feil.
forgot-nothing-help = Kontakt IT‑support hvis e‑postadressen din er en annen enn før.

password-set-title = Passordet er lagret
password-set-text = Logg inn med det nye passordet.

confirm-address-title = Er dette e‑postadressen din?
confirm-address-text = Bekreft adressen, så bruker vi den til kontoen din hos { $tenant }.
confirm-address-label = E‑postadresse
confirm-address-submit = Ja, det er min adresse
address-confirmed-title = E‑postadressen er bekreftet
address-confirmed-text = Fra nå av skriver vi til den adressen.

link-shut-title = Lenken kan ikke brukes lenger
link-shut-reset = Den er brukt, for gammel eller erstattet av en nyere. Be om en ny lenke.
link-shut-invitation = Den er brukt eller for gammel. Logg inn hvis du har valgt et passord. Be ellers IT‑support om en ny invitasjon.
link-shut-address = Den er brukt, for gammel eller erstattet av en nyere. Du kan be om en ny i Min profil.
link-another = Be om en ny lenke
link-sign-in = Logg inn nå
link-go-on = Gå til Min profil

password-rule-min-length =
    { $count ->
        [one] Minst 1 tegn
       *[other] Minst { $count } tegn
    }
password-rule-max-length =
    { $count ->
        [one] Høyst 1 tegn
       *[other] Høyst { $count } tegn
    }
password-rule-digits =
    { $count ->
        [one] Minst 1 tall
       *[other] Minst { $count } tall
    }
password-rule-special =
    { $count ->
        [one] Minst 1 spesialtegn
       *[other] Minst { $count } spesialtegn
    }
password-rule-upper =
    { $count ->
        [one] Minst 1 stor bokstav
       *[other] Minst { $count } store bokstaver
    }
password-rule-lower =
    { $count ->
        [one] Minst 1 liten bokstav
       *[other] Minst { $count } små bokstaver
    }
password-rule-common = Ikke et som mange andre bruker
password-rule-breached = Ikke et som er lekket på nettet
password-rule-own-words = Ikke ditt eget eller organisasjonens navn
password-rule-history =
    { $count ->
        [one] Ikke det du har nå
       *[other] Ikke et av de siste { $count }
    }
