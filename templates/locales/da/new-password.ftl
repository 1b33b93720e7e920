new-password-title = Vælg en ny adgangskode
new-password-title-invitation = Velkommen: vælg en adgangskode
new-password-title-own = Skift adgangskode
new-password-text-expired = Din adgangskode er blevet for gammel efter din organisations regler.
new-password-text-asked = Din administrator beder dig vælge en ny adgangskode.
new-password-text-reset = Når du har valgt, logger du ind med den nye. Andre steder bliver du logget ud.
new-password-text-invitation = Med den logger du ind fra nu af.
new-password-text-own = Skriv først den, du har nu.
new-password-present = Nuværende adgangskode
new-password-new = Ny adgangskode
new-password-submit = Gem adgangskode
new-password-advice = Flere ord efter hinanden er let at huske og svært at gætte. Æ, ø og å er bogstaver som alle andre.
new-password-end-others = Log mig ud alle andre steder
new-password-not-met = Mangler
new-password-unmet = Adgangskoden opfylder ikke alle regler. Se, hvad der mangler.
new-password-missing = Udfyld alle felter.
new-password-refused = Den nuværende adgangskode passede ikke. Har du prøvet flere gange, så vent lidt.
new-password-rule-common = Ikke en adgangskode, som mange bruger eller som er lækket
new-password-rule-own-words = Uden dit eget eller organisationens navn
new-password-rule-min-length =
    { $count ->
        [one] Mindst 1 tegn
       *[other] Mindst { $count } tegn
    }
new-password-rule-min-digits =
    { $count ->
        [one] Mindst 1 ciffer
       *[other] Mindst { $count } cifre
    }
new-password-rule-min-special =
    { $count ->
        [one] Mindst 1 specialtegn
       *[other] Mindst { $count } specialtegn
    }
new-password-rule-min-upper =
    { $count ->
        [one] Mindst 1 stort bogstav
       *[other] Mindst { $count } store bogstaver
    }
new-password-rule-min-lower =
    { $count ->
        [one] Mindst 1 lille bogstav
       *[other] Mindst { $count } små bogstaver
    }
new-password-rule-history =
    { $count ->
        [one] Ikke den, du har nu
       *[other] Ikke en af dine seneste { $count }
    }
