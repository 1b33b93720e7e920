# Det som skickas med e‑post. Varje brev säger vem det kommer från, vad som hände och vad läsaren kan göra.
mail-greeting = Hej { $name },
mail-username = Ditt användarnamn är { $username }.
mail-when = Det hände { $time }.
mail-button-fails = Fungerar inte knappen? Kopiera då den här adressen till din webbläsare:
mail-ignore = Har du inte bett om det här kan du bortse från mejlet. Inget mer händer.
mail-never-share = Ge aldrig koden till någon annan. Vi frågar aldrig efter den i telefon eller e‑post.
mail-not-you = Var det inte du? Kontakta it‑supporten hos { $tenant } genast.
mail-footer = Det här mejlet skickades automatiskt från inloggningen hos { $tenant }. Det går inte att svara på det.
mail-valid-minutes =
    { $count ->
        [one] Gäller i 1 minut och kan bara användas en gång.
       *[other] Gäller i { $count } minuter och kan bara användas en gång.
    }
mail-valid-hours =
    { $count ->
        [one] Gäller i 1 timme och kan bara användas en gång.
       *[other] Gäller i { $count } timmar och kan bara användas en gång.
    }
mail-valid-days =
    { $count ->
        [one] Gäller i 1 dag och kan bara användas en gång.
       *[other] Gäller i { $count } dagar och kan bara användas en gång.
    }

mail-code-subject = Din kod till { $tenant }
mail-code-text = Här är koden du behöver för att logga in:
mail-invitation-subject = Välkommen till { $tenant }
mail-invitation-text = Du har fått ett konto hos { $tenant }. Välj ett lösenord, så kan du logga in.
mail-invitation-action = Välj lösenord
mail-reset-subject = Välj ett nytt lösenord hos { $tenant }
mail-reset-text = Någon har bett om ett nytt lösenord till ditt konto hos { $tenant }. Välj det här:
mail-reset-action = Välj nytt lösenord
mail-verify-subject = Bekräfta din e‑postadress hos { $tenant }
mail-verify-text = Den här adressen ska användas till ditt konto hos { $tenant }. Bekräfta att den är din:
mail-verify-action = Bekräfta adressen
mail-password-changed-subject = Ditt lösenord har ändrats
mail-password-changed-text = Lösenordet till ditt konto hos { $tenant } har ändrats.
mail-address-changed-subject = Din e‑postadress har ändrats
mail-address-changed-text = E‑postadressen på ditt konto har ändrats till { $address }.
mail-factor-added-subject = Ditt konto har fått ett nytt sätt att logga in
mail-factor-added-text = Du kan nu också bekräfta att det är du med { $factor }.
mail-factor-removed-subject = Ett sätt att logga in har tagits bort från ditt konto
mail-factor-removed-text = Du kan inte längre bekräfta att det är du med { $factor }.
mail-identity-linked-text = Du kan nu också logga in på ditt konto med { $provider }.
mail-identity-unlinked-text = Du kan inte längre logga in på ditt konto med { $provider }.
mail-factor-totp = en autentiseringsapp
mail-factor-passkey = en lösennyckel
mail-factor-email = koder via e‑post
mail-recovery-renewed-subject = Du har fått nya reservkoder
mail-recovery-renewed-text = Nya reservkoder har skapats till ditt konto hos { $tenant }. De gamla fungerar inte längre.
mail-recovery-used-subject = En reservkod har använts
mail-recovery-used-text =
    { $count ->
        [0] Någon loggade in på ditt konto med en reservkod. Det finns inga koder kvar, så skapa nya i Min profil.
        [one] Någon loggade in på ditt konto med en reservkod. Det finns 1 kod kvar.
       *[other] Någon loggade in på ditt konto med en reservkod. Det finns { $count } koder kvar.
    }
mail-locked-subject = Ditt konto är låst en stund
mail-locked-text = Fel uppgifter har skrivits in för många gånger. Kontot öppnas av sig självt igen { $time }.
mail-closed-subject = Ett sätt att logga in på ditt konto är låst
mail-closed-password = Någon har skrivit in fel lösenord till ditt konto alldeles för många gånger. Det öppnas igen när du väljer ett nytt under ”Glömt lösenordet?”. Till dess kan du bara logga in från en enhet som du har använt förut.
mail-closed-code = Någon kände till ditt lösenord och har skrivit in fel kod alldeles för många gånger. Koder av det slaget fungerar inte förrän it‑supporten hos { $tenant } öppnar ditt konto igen. Var det inte du? Välj då ett nytt lösenord genast.
mail-signed-out-subject = Du är utloggad på alla enheter
mail-signed-out-text = Ditt konto hos { $tenant } har loggats ut överallt.
mail-new-device-subject = Ny inloggning på ditt konto
mail-new-device-text = Någon har loggat in på ditt konto hos { $tenant } från en enhet vi inte känner.
mail-new-device-browser = Enhet: { $device }
mail-new-device-network = IP-adress: { $address }
mail-new-device-mine = Om det var du behöver du inte göra något.
mail-new-device-action = Det var inte jag
mail-disabled-subject = Ditt konto är stängt
mail-disabled-text = Ditt konto hos { $tenant } är stängt och du kan inte längre logga in.
mail-self-locked-subject = Du har spärrat ditt konto
mail-self-locked-text = Ditt konto hos { $tenant } är spärrat, så som du begärde. Ingen kan logga in förrän du återställer ditt lösenord eller it‑supporten öppnar det.
