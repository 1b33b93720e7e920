second-factor-title = Bekræft, at det er dig
second-factor-totp = Indtast koden fra din kode-app.
second-factor-email = Indtast koden, vi har sendt dig.
second-factor-email-to = Vi har sendt en kode til { $address }. Den virker i denne browser og kun til dette login.
second-factor-recovery = Indtast en af de nødkoder, du gemte. Hver kode virker én gang.
second-factor-code = Kode
second-factor-hint = 6 cifre. Mellemrum gør ikke noget.
second-factor-hint-recovery = 16 tegn. Bindestreger og store eller små bogstaver gør ingen forskel.
second-factor-submit = Fortsæt
second-factor-trouble = Problemer med koden?
second-factor-again = Send en ny kode
second-factor-use-totp = Brug min kode-app
second-factor-use-email = Send en kode på mail
second-factor-use-recovery = Brug en nødkode
second-factor-contact = Kan du ikke bruge nogen af delene, så kontakt it‑support hos din organisation.
second-factor-restart = Begynd forfra
second-factor-wrong = Koden passede ikke. Prøv med en ny kode. Har du prøvet flere gange, så vent lidt eller brug en anden måde.
second-factor-malformed = Det ligner ikke en kode. Tjek, hvor mange tegn den skal have.
second-factor-code-over = Koden virker ikke længere. Få sendt en ny.
second-factor-locked = Der er indtastet forkert kode for mange gange. Prøv igen kl. { $until }, eller brug en anden måde.
second-factor-closed = Denne måde er låst, fordi der er prøvet for mange koder. Brug en anden måde, eller kontakt it‑support.
second-factor-capped = Vi har sendt dig mange koder. Brug den seneste, eller vent en time.
second-factor-sent = En ny kode er på vej. Den gamle virker ikke længere.
unreachable-title = Du kan ikke logge ind på denne måde
unreachable-text = Der kræves en sikrere måde at logge ind på, end din konto har i dag.
unreachable-contact = Kontakt it‑support hos din organisation, så de kan slå den til for dig.
enrolment-title = Sæt din kode-app op
enrolment-why = Din organisation kræver, at du bekræfter med en kode, når du logger ind. Det tager et par minutter at sætte op.
enrolment-app = Hent en kode-app på din telefon, hvis du ikke har en. Alle apps, der understøtter TOTP, kan bruges.
enrolment-scan = Scan denne kode med appen.
enrolment-qr = QR-kode til din kode-app
enrolment-cannot-scan = Jeg kan ikke scanne
enrolment-type = Skriv denne nøgle ind i appen. Vælg tidsbaseret, hvis den spørger.
enrolment-open-app = Åbn i en app på denne enhed
enrolment-code = Kode fra appen
enrolment-label = Navn på appen (valgfrit)
enrolment-label-hint = For eksempel telefonens navn, så du kan kende den igen.
enrolment-submit = Bekræft og gem
enrolment-cancel = Annuller
enrolment-wrong = Koden passede ikke. Vent på den næste kode i appen, og prøv igen. Tjek også, at telefonens ur går rigtigt.
enrolment-stale = Siden var åben for længe. Her er en ny kode: slet den gamle i appen, og scan igen.
enrolment-too-many = Du har så mange apps, som du kan have. Fjern en først.
recovery-codes-title = Gem dine nødkoder
recovery-codes-enrolled = Din kode-app er sat op.
recovery-codes-text = Med en nødkode kan du logge ind, hvis du mister din telefon. Hver kode virker én gang. De vises kun nu.
recovery-codes-download = Hent som fil
recovery-codes-copy = Kopiér
recovery-codes-copied = Kopieret
recovery-codes-print = Udskriv
recovery-codes-saved = Jeg har gemt koderne et sikkert sted
recovery-codes-unsaved = Sæt kryds nedenfor, når du har gemt koderne.
second-factor-remember =
    { $days ->
        [one] Spørg mig ikke igen på denne enhed i 1 dag
       *[other] Spørg mig ikke igen på denne enhed i { $days } dage
    }
enrolment-later =
    { $days ->
        [one] Gør det senere (1 dag tilbage)
       *[other] Gør det senere ({ $days } dage tilbage)
    }

factors-intro = Når du logger ind, kan du bekræfte med en kode fra en app på din telefon. Så er din adgangskode ikke nok for andre.
factors-apps = Kode-apps
factors-app = Kode-app
factors-none = Du har ikke sat en kode-app op.
factors-added = Sat op
factors-used = sidst brugt
factors-rename = Giv den et andet navn
factors-label = Navn
factors-save = Gem navn
factors-remove = Fjern
factors-needed = Din organisation kræver en kode-app. Sæt en ny op, før du fjerner denne.
factors-last-one = Den sidste kode-app kan ikke fjernes, fordi din organisation kræver en.
factors-add = Sæt en kode-app op
factors-codes = Nødkoder
factors-codes-few = Lav nye, mens du kan.
factors-codes-renew = Lav nye nødkoder
factors-codes-hint = De gamle holder op med at virke.
factors-identities = Her logger du ind
factors-identities-hint = Disse steder siger god for dig, så du kan logge ind her.
factors-identity-link = Tilknyt { $provider }
factors-last-way = Det er din eneste måde at logge ind på, så den kan ikke fjernes. Vælg først en adgangskode, eller tilknyt et andet sted.
factors-codes-shown = Koderne er allerede vist én gang. Lav nye, hvis du ikke fik dem gemt.
factors-codes-left =
    { $count ->
        [one] Du har 1 nødkode tilbage.
       *[other] Du har { $count } nødkoder tilbage.
    }
