new-password-title = Välj ett nytt lösenord
new-password-title-invitation = Välkommen: välj ett lösenord
new-password-title-own = Byt lösenord
new-password-text-expired = Ditt lösenord har blivit för gammalt enligt din organisations regler.
new-password-text-asked = Din administratör ber dig välja ett nytt lösenord.
new-password-text-reset = När du har valt loggar du in med det nya. På andra ställen loggas du ut.
new-password-text-invitation = Med det loggar du in från och med nu.
new-password-text-own = Skriv först det du har nu.
new-password-present = Nuvarande lösenord
new-password-new = Nytt lösenord
new-password-submit = Spara lösenord
new-password-advice = Flera ord efter varandra är lätta att minnas och svåra att gissa. Å, ä och ö är bokstäver som alla andra.
new-password-end-others = Logga ut mig på alla andra ställen
new-password-not-met = Saknas
new-password-unmet = Lösenordet uppfyller inte alla regler. Se vad som saknas.
new-password-missing = Fyll i alla fält.
new-password-refused = Det nuvarande lösenordet stämde inte. Har du försökt flera gånger, vänta en stund.
new-password-rule-common = Inte ett lösenord som många använder eller som har läckt
new-password-rule-own-words = Utan ditt eget eller organisationens namn
new-password-rule-min-length =
    { $count ->
        [one] Minst 1 tecken
       *[other] Minst { $count } tecken
    }
new-password-rule-min-digits =
    { $count ->
        [one] Minst 1 siffra
       *[other] Minst { $count } siffror
    }
new-password-rule-min-special =
    { $count ->
        [one] Minst 1 specialtecken
       *[other] Minst { $count } specialtecken
    }
new-password-rule-min-upper =
    { $count ->
        [one] Minst 1 stor bokstav
       *[other] Minst { $count } stora bokstäver
    }
new-password-rule-min-lower =
    { $count ->
        [one] Minst 1 liten bokstav
       *[other] Minst { $count } små bokstäver
    }
new-password-rule-history =
    { $count ->
        [one] Inte det du har nu
       *[other] Inte något av dina { $count } senaste
    }
