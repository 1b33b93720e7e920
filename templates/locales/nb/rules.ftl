policy-in-force = Dette gjelder nå
policy-will-hold = Dette kommer til å gjelde
policy-try = Prøv et passord
policy-try-password = Passord
policy-try-hint = Det blir verken lagret eller skrevet i loggen.
policy-try-role = Hvem skal det gjelde for?
policy-try-everyone = En bruker uten egne regler
policy-try-submit = Prøv det
policy-try-good = Det ville blitt godkjent
policy-try-bad = Det ville blitt avvist
policy-met = Oppfylt
policy-days =
    { $count ->
        [one] 1 dag
       *[other] { $count } dager
    }
policy-hours =
    { $count ->
        [one] 1 time
       *[other] { $count } timer
    }
policy-minutes =
    { $count ->
        [one] 1 minutt
       *[other] { $count } minutter
    }
policy-seconds =
    { $count ->
        [one] 1 sekund
       *[other] { $count } sekunder
    }
policy-without-limit = uten grense
policy-says-password = Passord: { $rules }.
policy-says-age = Et passord må byttes etter { $time }.
policy-says-no-age = Et passord trenger aldri å byttes bare fordi det er gammelt.
policy-says-lockout = Etter { $failures } feil forsøk låses kontoen i { $first }, neste gang lenger, høyst { $longest }.
policy-says-factor-none = To trinn er frivillig.
policy-says-factor-everyone = Alle logger inn i to trinn.
policy-says-session = Man logges ut etter { $idle } uten bruk og etter { $absolute } totalt.
policy-says-upstream = Bare administratorer logger inn med et passord herfra. Alle andre kommer gjennom en identitetsleverandør.
policy-says-role = I tillegg for rollen { $role }: { $rules }.
policy-says-role-factor = Logger alltid inn i to trinn
policy-says-role-idle = Logges ut etter { $time } uten bruk
policy-says-role-age = Passordet byttes etter { $time }
policy-says-role-other = Egne regler
policy-saved = Endringene er lagret og gjelder fra nå.
policy-unchanged = Det var ingenting å endre.
policy-wrong = Noen felt må rettes. De er merket nedenfor.
policy-stale = Noen andre har endret reglene i mellomtiden. Se hva som gjelder nå, og prøv igjen.
policy-no-method-left = To trinn kreves, men det er ingen måte igjen som alle kan bruke.
policy-no-provider = Da kunne bare administratorer logge inn: ingen identitetsleverandør er slått på.
policy-never-forgotten = Økter må ta slutt en gang: her lagres ingen, og den som aldri logger ut, blir aldri glemt.
policy-shuts-out = Da kunne du selv ikke logge inn igjen. La en måte du har, stå igjen.
policy-wrong-number = Skriv et helt tall fra { $least } til { $most }.
policy-wrong-time = Skriv et tall og m, h eller d, for eksempel 15m.
policy-wrong-role = Rollen kan ikke hete det, eller den står her to ganger.
policy-wrong-words = Ett av ordene er for kort eller for langt.
policy-wrong-longest = Skriv en tid som ikke er kortere enn den første, for eksempel 1h.
policy-wrong-max-length = Skriv et helt tall som ikke er mindre enn den minste lengden.
policy-methods = Måter til det andre trinnet
policy-yes = Ja
policy-no = Nei
policy-never = Aldri
policy-from-to = Fra { $least } til { $most }
policy-min-length = Minste lengde
policy-max-length = Største lengde
policy-refuse-common = Avvis vanlige passord
policy-refuse-breached = Avvis passord som er lekket
policy-refuse-own-words = Avvis navn på personen og organisasjonen
policy-own-words-list = Organisasjonens egne ord
policy-own-words-hint = Ett på hver linje, minst fire tegn. For eksempel navn på steder og systemer.
policy-history = Så mange av de siste kan ikke brukes igjen
policy-min-digits = Minst så mange sifre
policy-min-special = Minst så mange spesialtegn
policy-min-upper = Minst så mange store bokstaver
policy-min-lower = Minst så mange små bokstaver
policy-max-age = Må byttes etter
policy-time = For eksempel 15m, 12h eller 90d
policy-time-or-never = For eksempel 90d. Skriv never for aldri.
policy-time-or-zero = For eksempel 14d. Skriv 0s for ikke i det hele tatt.
policy-time-or-off = For eksempel 15m eller 12h. Skriv off for uten grense.
policy-failures = Feil forsøk før kontoen låses
policy-lock-first = Første låsing
policy-lock-longest = Lengste låsing
policy-required = Hvem må logge inn i to trinn?
policy-required-none = Bare de som selv har slått det på
policy-required-everyone = Alle
policy-method-totp = Autentiseringsapp på telefonen
policy-method-passkey = Passnøkkel
policy-method-email = Kode på e‑post
policy-remember = Ikke spør igjen på samme enhet i
policy-grace = Så lenge kan man utsette å sette det opp
policy-idle = Logg ut etter så lang tid uten bruk
policy-absolute = Logg ut etter så lang tid totalt
policy-role = Rolle
policy-role-hint = Tøm feltet for å fjerne reglene for rollen. Er det flere, vinner den strengeste.
policy-as-everyone = Tomt: som for alle
policy-role-required = Må alltid logge inn i to trinn
policy-group-password = Passord
policy-group-lockout = Låsing
policy-group-factor = To trinn
policy-group-session = Hvor lenge man er logget inn
policy-group-sign-in = Hvor man logger inn
policy-local = Hvem får logge inn med et passord herfra?
policy-local-everyone = Alle med en konto
policy-local-administrators = Bare administratorer, helpdesk og revisorer
policy-group-role = Strengere regler for en rolle
policy-group-new-role = Regler for en rolle til
policy-advised-against = Frarådes av standarder
policy-continue = Se hva det betyr
policy-confirm-title = Vil du lagre de nye reglene?
policy-changes = Dette endrer du
policy-effects = Dette betyr det
policy-people =
    { $count ->
        [one] 1 bruker kan logge inn.
       *[other] { $count } brukere kan logge inn.
    }
policy-effect-change =
    { $count ->
        [one] 1 må bytte passord ved neste innlogging.
       *[other] { $count } må bytte passord ved neste innlogging.
    }
policy-effect-enrol =
    { $count ->
        [one] 1 må sette opp to trinn ved neste innlogging.
       *[other] { $count } må sette opp to trinn ved neste innlogging.
    }
policy-effect-shut-out =
    { $count ->
        [one] 1 kan ikke lenger logge inn.
       *[other] { $count } kan ikke lenger logge inn.
    }
policy-effect-staff =
    { $count ->
        [one] Av dem 1 fra administrasjonen.
       *[other] Av dem { $count } fra administrasjonen.
    }
policy-effect-none = Ingen må gjøre noe ved neste innlogging.
policy-careful = Vær oppmerksom
policy-unknown = Om et passord er langt nok, kan ingen se etterpå. Nye krav gjelder neste gang det byttes.
policy-save = Lagre reglene
policy-back = Tilbake og endre
networks-intro = Her bestemmer du hvor man kan logge inn fra. Andre steder kan man ikke engang prøve.
networks-here = Du er selv på { $address }.
networks-everyone = Godkjente nettverk for alle
networks-everyone-hint = Ett på hver linje, for eksempel 192.0.2.0/24. Tomt: fra alle steder.
networks-administrators = Godkjente nettverk for administratorer
networks-administrators-hint = Gjelder i tillegg for administratorer, helpdesk og revisorer.
networks-save = Lagre nettverkene
networks-wrong = En linje er ikke et nettverk. Skriv det som 192.0.2.0/24 eller 2001:db8::/32.
networks-shuts-out = Da kunne du ikke selv logge inn igjen herfra. Ta med ditt eget nettverk.
notices-intro = En melding vises på innloggingssiden og på siden med driftsstatus.
notices-none = Det er ingen meldinger.
notices-shown = vises nå
notices-over = er over
notices-waiting = venter
notices-remove = Fjern
notices-new = Ny melding
notices-severity = Hva handler den om?
notices-shown-from = Vises fra
notices-shown-hint = Tomt: med en gang. Planlagt vedlikehold må vises minst 24 timer før.
notices-starts = Begynner
notices-ends = Slutter
notices-text = Tekst
notices-publish = Publiser
notices-saved = Meldingen er publisert.
notices-removed = Meldingen er fjernet.
notices-no-text = Skriv en tekst på minst ett språk.
notices-too-long = Teksten kan ha høyst 500 tegn.
notices-order = Meldingen må vises før det begynner, og det må slutte etterpå.
notices-zone = Tidssonen er { $zone }.
notices-late = Planlagt vedlikehold må vises minst 24 timer før det begynner.
notices-times = Skriv når det begynner og slutter.
notices-too-many = Det er allerede 20 meldinger. Fjern noen av dem først.
