# Det, der sendes som mail. Hver mail siger, hvem den er fra, hvad der skete, og hvad læseren kan gøre.
mail-greeting = Hej { $name }
mail-username = Dit brugernavn er { $username }.
mail-when = Det skete { $time }.
mail-button-fails = Virker knappen ikke, så kopiér denne adresse ind i din browser:
mail-ignore = Har du ikke bedt om det, så se bort fra denne mail. Der sker ikke mere.
mail-never-share = Giv aldrig koden til andre. Vi beder dig aldrig om den i telefonen eller på mail.
mail-not-you = Var det ikke dig, så kontakt it‑support hos { $tenant } med det samme.
mail-footer = Denne mail er sendt automatisk fra login hos { $tenant }. Den kan ikke besvares.
mail-valid-minutes =
    { $count ->
        [one] Det gælder i 1 minut og kan kun bruges én gang.
       *[other] Det gælder i { $count } minutter og kan kun bruges én gang.
    }
mail-valid-hours =
    { $count ->
        [one] Det gælder i 1 time og kan kun bruges én gang.
       *[other] Det gælder i { $count } timer og kan kun bruges én gang.
    }
mail-valid-days =
    { $count ->
        [one] Det gælder i 1 dag og kan kun bruges én gang.
       *[other] Det gælder i { $count } dage og kan kun bruges én gang.
    }

mail-code-subject = Din kode til { $tenant }
mail-code-text = Her er koden, du skal bruge for at logge ind:
mail-invitation-subject = Velkommen hos { $tenant }
mail-invitation-text = Der er oprettet en konto til dig hos { $tenant }. Vælg en adgangskode, så er du klar til at logge ind.
mail-invitation-action = Vælg adgangskode
mail-reset-subject = Vælg en ny adgangskode hos { $tenant }
mail-reset-text = Der er bedt om en ny adgangskode til din konto hos { $tenant }. Vælg den her:
mail-reset-action = Vælg ny adgangskode
mail-verify-subject = Bekræft din e‑mailadresse hos { $tenant }
mail-verify-text = Denne adresse skal bruges til din konto hos { $tenant }. Bekræft, at den er din:
mail-verify-action = Bekræft adressen
mail-password-changed-subject = Din adgangskode er ændret
mail-password-changed-text = Adgangskoden til din konto hos { $tenant } er ændret.
mail-address-changed-subject = Din e‑mailadresse er ændret
mail-address-changed-text = E‑mailadressen på din konto er ændret til { $address }.
mail-factor-added-subject = Din konto har fået en ny måde at logge ind på
mail-factor-added-text = Du kan nu også bekræfte, at det er dig, med { $factor }.
mail-factor-removed-subject = En måde at logge ind på er fjernet fra din konto
mail-factor-removed-text = Du kan ikke længere bekræfte, at det er dig, med { $factor }.
mail-identity-linked-text = Du kan nu også logge ind på din konto med { $provider }.
mail-identity-unlinked-text = Du kan ikke længere logge ind på din konto med { $provider }.
mail-factor-totp = en kode-app
mail-factor-passkey = en adgangsnøgle
mail-factor-email = koder på mail
mail-recovery-renewed-subject = Du har fået nye nødkoder
mail-recovery-renewed-text = Der er lavet nye nødkoder til din konto hos { $tenant }. De gamle virker ikke længere.
mail-recovery-used-subject = En nødkode er brugt
mail-recovery-used-text =
    { $count ->
        [0] Nogen loggede ind på din konto med en nødkode. Der er ingen koder tilbage, så lav nye i Min profil.
        [one] Nogen loggede ind på din konto med en nødkode. Der er 1 kode tilbage.
       *[other] Nogen loggede ind på din konto med en nødkode. Der er { $count } koder tilbage.
    }
mail-locked-subject = Din konto er låst for en tid
mail-locked-text = Der er indtastet forkerte oplysninger for mange gange. Kontoen åbner af sig selv igen { $time }.
mail-closed-subject = En måde at logge ind på din konto er låst
mail-closed-password = Nogen har indtastet en forkert adgangskode til din konto alt for mange gange. Den åbner igen, når du vælger en ny under »Glemt adgangskode?«. Indtil da kan du kun logge ind fra en enhed, du har brugt før.
mail-closed-code = Nogen kendte din adgangskode og har indtastet en forkert kode alt for mange gange. Koder af den slags virker ikke, før it‑support hos { $tenant } åbner din konto igen. Var det ikke dig, så vælg en ny adgangskode med det samme.
mail-signed-out-subject = Du er logget ud på alle enheder
mail-signed-out-text = Din konto hos { $tenant } er logget ud overalt.
mail-new-device-subject = Nyt login på din konto
mail-new-device-text = Der er logget ind på din konto hos { $tenant } fra en enhed, vi ikke kender.
mail-new-device-browser = Enhed: { $device }
mail-new-device-network = IP-adresse: { $address }
mail-new-device-mine = Var det dig, behøver du ikke gøre noget.
mail-new-device-action = Det var ikke mig
mail-disabled-subject = Din konto er lukket
mail-disabled-text = Din konto hos { $tenant } er lukket, og du kan ikke længere logge ind.
mail-self-locked-subject = Du har spærret din konto
mail-self-locked-text = Din konto hos { $tenant } er spærret, som du bad om. Ingen kan logge ind, før du nulstiller din adgangskode, eller it‑support åbner den.
