new-password-title = Velg et nytt passord
new-password-title-invitation = Velkommen: velg et passord
new-password-title-own = Endre passord
new-password-text-expired = Passordet ditt er for gammelt etter organisasjonens regler.
new-password-text-asked = Administratoren din ber deg velge et nytt passord.
new-password-text-reset = Når du har valgt, logger du inn med det nye. Andre steder blir du logget ut.
new-password-text-invitation = Med det logger du inn fra nå av.
new-password-text-own = Skriv først det du har nå.
new-password-present = Nåværende passord
new-password-new = Nytt passord
new-password-submit = Lagre passord
new-password-advice = Flere ord etter hverandre er lett å huske og vanskelig å gjette. Æ, ø og å er bokstaver som alle andre.
new-password-end-others = Logg meg ut alle andre steder
new-password-not-met = Mangler
new-password-unmet = Passordet oppfyller ikke alle reglene. Se hva som mangler.
new-password-missing = Fyll ut alle felter.
new-password-refused = Det nåværende passordet stemte ikke. Har du prøvd flere ganger, vent litt.
new-password-rule-common = Ikke et passord som mange bruker eller som er lekket
new-password-rule-own-words = Uten ditt eget eller organisasjonens navn
new-password-rule-min-length =
    { $count ->
        [one] Minst 1 tegn
       *[other] Minst { $count } tegn
    }
new-password-rule-min-digits =
    { $count ->
        [one] Minst 1 siffer
       *[other] Minst { $count } sifre
    }
new-password-rule-min-special =
    { $count ->
        [one] Minst 1 spesialtegn
       *[other] Minst { $count } spesialtegn
    }
new-password-rule-min-upper =
    { $count ->
        [one] Minst 1 stor bokstav
       *[other] Minst { $count } store bokstaver
    }
new-password-rule-min-lower =
    { $count ->
        [one] Minst 1 liten bokstav
       *[other] Minst { $count } små bokstaver
    }
new-password-rule-history =
    { $count ->
        [one] Ikke det du har nå
       *[other] Ikke et av dine { $count } siste
    }
