second-factor-title = Bekreft at det er deg
second-factor-totp = Skriv inn koden fra autentiseringsappen din.
second-factor-email = Skriv inn koden vi har sendt deg.
second-factor-email-to = Vi har sendt en kode til { $address }. Den virker i denne nettleseren, og bare for denne innloggingen.
second-factor-recovery = Skriv inn en av gjenopprettingskodene du lagret. Hver kode virker én gang.
second-factor-code = Kode
second-factor-hint = 6 sifre. Mellomrom gjør ingenting.
second-factor-hint-recovery = 16 tegn. Bindestreker og store eller små bokstaver spiller ingen rolle.
second-factor-submit = Fortsett
second-factor-trouble = Problemer med koden?
second-factor-again = Send en ny kode
second-factor-use-totp = Bruk autentiseringsappen min
second-factor-use-email = Send en kode på e‑post
second-factor-use-recovery = Bruk en gjenopprettingskode
second-factor-contact = Kan du ikke bruke noe av dette, kontakt IT‑support i organisasjonen din.
second-factor-restart = Begynn på nytt
second-factor-wrong = Koden stemte ikke. Prøv med en ny kode. Har du prøvd flere ganger, vent litt eller bruk en annen måte.
second-factor-malformed = Det ligner ikke en kode. Sjekk hvor mange tegn den skal ha.
second-factor-code-over = Koden virker ikke lenger. Be om en ny.
second-factor-locked = Det er skrevet feil kode for mange ganger. Prøv igjen kl. { $until }, eller bruk en annen måte.
second-factor-closed = Denne måten er låst fordi det er prøvd for mange koder. Bruk en annen måte, eller kontakt IT‑support.
second-factor-capped = Vi har sendt deg mange koder. Bruk den siste, eller vent en time.
second-factor-sent = En ny kode er på vei. Den gamle virker ikke lenger.
unreachable-title = Du kan ikke logge inn på denne måten
unreachable-text = Det kreves en sikrere måte å logge inn på enn kontoen din har i dag.
unreachable-contact = Kontakt IT‑support i organisasjonen din, så de kan slå det på for deg.
enrolment-title = Sett opp autentiseringsappen
enrolment-why = Organisasjonen din krever at du bekrefter med en kode når du logger inn. Det tar et par minutter å sette opp.
enrolment-app = Last ned en autentiseringsapp på telefonen hvis du ikke har en. Alle apper som støtter TOTP, kan brukes.
enrolment-scan = Skann denne koden med appen.
enrolment-qr = QR-kode til autentiseringsappen
enrolment-cannot-scan = Jeg kan ikke skanne
enrolment-type = Skriv inn denne nøkkelen i appen. Velg tidsbasert hvis den spør.
enrolment-open-app = Åpne i en app på denne enheten
enrolment-code = Kode fra appen
enrolment-label = Navn på appen (valgfritt)
enrolment-label-hint = For eksempel telefonens navn, så du kjenner den igjen.
enrolment-submit = Bekreft og lagre
enrolment-cancel = Avbryt
enrolment-wrong = Koden stemte ikke. Vent på neste kode i appen, og prøv igjen. Sjekk også at klokken på telefonen går riktig.
enrolment-stale = Siden var åpen for lenge. Her er en ny kode: slett den gamle i appen, og skann igjen.
enrolment-too-many = Du har så mange apper som du kan ha. Fjern en først.
recovery-codes-title = Lagre gjenopprettingskodene
recovery-codes-enrolled = Autentiseringsappen er satt opp.
recovery-codes-text = Med en gjenopprettingskode kan du logge inn hvis du mister telefonen. Hver kode virker én gang. De vises bare nå.
recovery-codes-download = Last ned som fil
recovery-codes-copy = Kopier
recovery-codes-copied = Kopiert
recovery-codes-print = Skriv ut
recovery-codes-saved = Jeg har lagret kodene på et trygt sted
recovery-codes-unsaved = Kryss av nedenfor når du har lagret kodene.
second-factor-remember =
    { $days ->
        [one] Ikke spør meg igjen på denne enheten på 1 dag
       *[other] Ikke spør meg igjen på denne enheten på { $days } dager
    }
enrolment-later =
    { $days ->
        [one] Gjør det senere (1 dag igjen)
       *[other] Gjør det senere ({ $days } dager igjen)
    }

factors-intro = Når du logger inn, kan du bekrefte med en kode fra en app på telefonen. Da er ikke passordet ditt nok for andre.
factors-apps = Autentiseringsapper
factors-app = Autentiseringsapp
factors-none = Du har ikke satt opp en autentiseringsapp.
factors-added = Satt opp
factors-used = sist brukt
factors-rename = Gi den et annet navn
factors-label = Navn
factors-save = Lagre navn
factors-remove = Fjern
factors-needed = Organisasjonen din krever en autentiseringsapp. Sett opp en ny før du fjerner denne.
factors-last-one = Den siste autentiseringsappen kan ikke fjernes, fordi organisasjonen din krever en.
factors-add = Sett opp en autentiseringsapp
factors-codes = Gjenopprettingskoder
factors-codes-few = Lag nye mens du kan.
factors-codes-renew = Lag nye gjenopprettingskoder
factors-codes-hint = De gamle slutter å virke.
factors-identities = Her logger du inn
factors-identities-hint = Disse stedene går god for deg, så du kan logge inn her.
factors-identity-link = Knytt til { $provider }
factors-last-way = Det er din eneste måte å logge inn på, så den kan ikke fjernes. Velg først et passord, eller knytt til et annet sted.
factors-codes-shown = Kodene er allerede vist én gang. Lag nye hvis du ikke fikk lagret dem.
factors-codes-left =
    { $count ->
        [one] Du har 1 gjenopprettingskode igjen.
       *[other] Du har { $count } gjenopprettingskoder igjen.
    }
