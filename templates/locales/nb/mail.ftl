# Det som sendes på e‑post. Hver e‑post sier hvem den er fra, hva som skjedde, og hva leseren kan gjøre.
mail-greeting = Hei, { $name }
mail-username = Brukernavnet ditt er { $username }.
mail-when = Det skjedde { $time }.
mail-button-fails = Virker ikke knappen, kan du kopiere denne adressen inn i nettleseren:
mail-ignore = Har du ikke bedt om dette, kan du se bort fra e‑posten. Det skjer ikke noe mer.
mail-never-share = Gi aldri koden til andre. Vi ber deg aldri om den på telefon eller e‑post.
mail-not-you = Var det ikke deg, må du kontakte IT‑support hos { $tenant } med en gang.
mail-footer = Denne e‑posten er sendt automatisk fra innloggingen hos { $tenant }. Du kan ikke svare på den.
mail-valid-minutes =
    { $count ->
        [one] Gjelder i 1 minutt og kan bare brukes én gang.
       *[other] Gjelder i { $count } minutter og kan bare brukes én gang.
    }
mail-valid-hours =
    { $count ->
        [one] Gjelder i 1 time og kan bare brukes én gang.
       *[other] Gjelder i { $count } timer og kan bare brukes én gang.
    }
mail-valid-days =
    { $count ->
        [one] Gjelder i 1 dag og kan bare brukes én gang.
       *[other] Gjelder i { $count } dager og kan bare brukes én gang.
    }

mail-code-subject = Koden din til { $tenant }
mail-code-text = Her er koden du trenger for å logge inn:
mail-invitation-subject = Velkommen til { $tenant }
mail-invitation-text = Du har fått en konto hos { $tenant }. Velg et passord, så er du klar til å logge inn.
mail-invitation-action = Velg passord
mail-reset-subject = Velg et nytt passord hos { $tenant }
mail-reset-text = Noen har bedt om et nytt passord til kontoen din hos { $tenant }. Velg det her:
mail-reset-action = Velg nytt passord
mail-verify-subject = Bekreft e‑postadressen din hos { $tenant }
mail-verify-text = Denne adressen skal brukes til kontoen din hos { $tenant }. Bekreft at den er din:
mail-verify-action = Bekreft adressen din
mail-password-changed-subject = Passordet ditt er endret
mail-password-changed-text = Passordet til kontoen din hos { $tenant } er endret.
mail-address-changed-subject = E‑postadressen din er endret
mail-address-changed-text = E‑postadressen på kontoen din er endret til { $address }.
mail-factor-added-subject = Kontoen din har fått en ny måte å logge inn på
mail-factor-added-text = Du kan nå også bekrefte at det er deg med { $factor }.
mail-factor-removed-subject = En måte å logge inn på er fjernet fra kontoen din
mail-factor-removed-text = Du kan ikke lenger bekrefte at det er deg med { $factor }.
mail-identity-linked-text = Du kan nå også logge inn på kontoen din med { $provider }.
mail-identity-unlinked-text = Du kan ikke lenger logge inn på kontoen din med { $provider }.
mail-factor-totp = en autentiseringsapp
mail-factor-passkey = en passnøkkel
mail-factor-email = koder på e‑post
mail-recovery-renewed-subject = Du har fått nye gjenopprettingskoder
mail-recovery-renewed-text = Det er laget nye gjenopprettingskoder til kontoen din hos { $tenant }. De gamle virker ikke lenger.
mail-recovery-used-subject = En gjenopprettingskode er brukt
mail-recovery-used-text =
    { $count ->
        [0] Noen logget inn på kontoen din med en gjenopprettingskode. Det er ingen koder igjen, så lag nye i Min profil.
        [one] Noen logget inn på kontoen din med en gjenopprettingskode. Det er 1 kode igjen.
       *[other] Noen logget inn på kontoen din med en gjenopprettingskode. Det er { $count } koder igjen.
    }
mail-locked-subject = Kontoen din er låst en stund
mail-locked-text = Feil opplysninger er skrevet inn for mange ganger. Kontoen åpnes av seg selv igjen { $time }.
mail-closed-subject = En måte å logge inn på kontoen din er låst
mail-closed-password = Noen har skrevet inn feil passord til kontoen din altfor mange ganger. Den åpnes igjen når du velger et nytt under «Glemt passordet?». Inntil da kan du bare logge inn fra en enhet du har brukt før.
mail-closed-code = Noen kjente passordet ditt og har skrevet inn feil kode altfor mange ganger. Koder av den typen virker ikke før IT‑support hos { $tenant } åpner kontoen din igjen. Var det ikke deg, må du velge et nytt passord med en gang.
mail-signed-out-subject = Du er logget ut på alle enheter
mail-signed-out-text = Kontoen din hos { $tenant } er logget ut overalt.
mail-new-device-subject = Ny innlogging på kontoen din
mail-new-device-text = Noen har logget inn på kontoen din hos { $tenant } fra en enhet vi ikke kjenner.
mail-new-device-browser = Enhet: { $device }
mail-new-device-network = IP-adresse: { $address }
mail-new-device-mine = Var det deg, trenger du ikke gjøre noe.
mail-new-device-action = Det var ikke meg
mail-disabled-subject = Kontoen din er stengt
mail-disabled-text = Kontoen din hos { $tenant } er stengt, og du kan ikke lenger logge inn.
mail-self-locked-subject = Du har sperret kontoen din
mail-self-locked-text = Kontoen din hos { $tenant } er sperret, slik du ba om. Ingen kan logge inn før du tilbakestiller passordet, eller IT‑support åpner den.
