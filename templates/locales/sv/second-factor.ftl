second-factor-title = Bekräfta att det är du
second-factor-totp = Skriv koden från din autentiseringsapp.
second-factor-email = Skriv koden som vi har skickat till dig.
second-factor-email-to = Vi har skickat en kod till { $address }. Den fungerar i den här webbläsaren, och bara för den här inloggningen.
second-factor-recovery = Skriv en av reservkoderna som du sparade. Varje kod fungerar en gång.
second-factor-code = Kod
second-factor-hint = 6 siffror. Mellanslag gör inget.
second-factor-hint-recovery = 16 tecken. Bindestreck och stora eller små bokstäver spelar ingen roll.
second-factor-submit = Fortsätt
second-factor-trouble = Problem med koden?
second-factor-again = Skicka en ny kod
second-factor-use-totp = Använd min autentiseringsapp
second-factor-use-email = Skicka en kod via e‑post
second-factor-use-recovery = Använd en reservkod
second-factor-contact = Kan du inte använda något av detta, kontakta it‑supporten i din organisation.
second-factor-restart = Börja om
second-factor-wrong = Koden stämde inte. Försök med en ny kod. Har du försökt flera gånger, vänta en stund eller använd ett annat sätt.
second-factor-malformed = Det liknar inte en kod. Kontrollera hur många tecken den ska ha.
second-factor-code-over = Koden fungerar inte längre. Begär en ny.
second-factor-locked = Fel kod har skrivits för många gånger. Försök igen kl. { $until }, eller använd ett annat sätt.
second-factor-closed = Det här sättet är låst eftersom för många koder har prövats. Använd ett annat sätt, eller kontakta it‑supporten.
second-factor-capped = Vi har skickat många koder till dig. Använd den senaste, eller vänta en timme.
second-factor-sent = En ny kod är på väg. Den gamla fungerar inte längre.
unreachable-title = Du kan inte logga in på det här sättet
unreachable-text = Det krävs ett säkrare sätt att logga in än vad ditt konto har i dag.
unreachable-contact = Kontakta it‑supporten i din organisation så att de kan slå på det för dig.
enrolment-title = Lägg till din autentiseringsapp
enrolment-why = Din organisation kräver att du bekräftar med en kod när du loggar in. Det tar ett par minuter att komma i gång.
enrolment-app = Hämta en autentiseringsapp på din telefon om du inte har en. Alla appar som stöder TOTP går bra.
enrolment-scan = Skanna den här koden med appen.
enrolment-qr = QR-kod till din autentiseringsapp
enrolment-cannot-scan = Jag kan inte skanna
enrolment-type = Skriv in den här nyckeln i appen. Välj tidsbaserad om den frågar.
enrolment-open-app = Öppna i en app på den här enheten
enrolment-code = Kod från appen
enrolment-label = Namn på appen (valfritt)
enrolment-label-hint = Till exempel telefonens namn, så att du känner igen den.
enrolment-submit = Bekräfta och spara
enrolment-cancel = Avbryt
enrolment-wrong = Koden stämde inte. Vänta på nästa kod i appen och försök igen. Kontrollera också att telefonens klocka går rätt.
enrolment-stale = Sidan var öppen för länge. Här är en ny kod: ta bort den gamla i appen och skanna igen.
enrolment-too-many = Du har så många appar som du kan ha. Ta bort en först.
recovery-codes-title = Spara dina reservkoder
recovery-codes-enrolled = Din autentiseringsapp är klar att använda.
recovery-codes-text = Med en reservkod kan du logga in om du blir av med telefonen. Varje kod fungerar en gång. De visas bara nu.
recovery-codes-download = Ladda ner som fil
recovery-codes-copy = Kopiera
recovery-codes-copied = Kopierat
recovery-codes-print = Skriv ut
recovery-codes-saved = Jag har sparat koderna på ett säkert ställe
recovery-codes-unsaved = Kryssa i rutan nedan när du har sparat koderna.
second-factor-remember =
    { $days ->
        [one] Fråga mig inte igen på den här enheten på 1 dag
       *[other] Fråga mig inte igen på den här enheten på { $days } dagar
    }
enrolment-later =
    { $days ->
        [one] Gör det senare (1 dag kvar)
       *[other] Gör det senare ({ $days } dagar kvar)
    }

factors-intro = När du loggar in kan du bekräfta med en kod från en app på telefonen. Då räcker inte ditt lösenord för någon annan.
factors-apps = Autentiseringsappar
factors-app = Autentiseringsapp
factors-none = Du har inte lagt till någon autentiseringsapp.
factors-added = Tillagd
factors-used = senast använd
factors-rename = Byt namn
factors-label = Namn
factors-save = Spara namn
factors-remove = Ta bort
factors-needed = Din organisation kräver en autentiseringsapp. Lägg till en ny innan du tar bort den här.
factors-last-one = Den sista autentiseringsappen kan inte tas bort, eftersom din organisation kräver en.
factors-add = Lägg till en autentiseringsapp
factors-codes = Reservkoder
factors-codes-few = Skapa nya medan du kan.
factors-codes-renew = Skapa nya reservkoder
factors-codes-hint = De gamla slutar fungera.
factors-identities = Här loggar du in
factors-identities-hint = De här ställena går i god för dig, så att du kan logga in här.
factors-identity-link = Koppla { $provider }
factors-last-way = Det är ditt enda sätt att logga in, så det kan inte tas bort. Välj först ett lösenord, eller koppla ett annat ställe.
factors-codes-shown = Koderna har redan visats en gång. Skapa nya om du inte hann spara dem.
factors-codes-left =
    { $count ->
        [one] Du har 1 reservkod kvar.
       *[other] Du har { $count } reservkoder kvar.
    }
