policy-in-force = Det gælder nu
policy-will-hold = Det kommer til at gælde
policy-try = Prøv en adgangskode
policy-try-password = Adgangskode
policy-try-hint = Den bliver hverken gemt eller skrevet i loggen.
policy-try-role = Hvem skal den gælde for?
policy-try-everyone = En bruger uden særlige regler
policy-try-submit = Prøv den
policy-try-good = Den ville blive godkendt
policy-try-bad = Den ville blive afvist
policy-met = Opfyldt
policy-days =
    { $count ->
        [one] 1 dag
       *[other] { $count } dage
    }
policy-hours =
    { $count ->
        [one] 1 time
       *[other] { $count } timer
    }
policy-minutes =
    { $count ->
        [one] 1 minut
       *[other] { $count } minutter
    }
policy-seconds =
    { $count ->
        [one] 1 sekund
       *[other] { $count } sekunder
    }
policy-without-limit = uden grænse
policy-says-password = Adgangskoder: { $rules }.
policy-says-age = En adgangskode skal skiftes efter { $time }.
policy-says-no-age = En adgangskode behøver aldrig at blive skiftet, blot fordi den er gammel.
policy-says-lockout = Efter { $failures } forkerte forsøg låses kontoen i { $first }, næste gang længere, højst { $longest }.
policy-says-factor-none = To trin er frivilligt.
policy-says-factor-everyone = Alle logger ind i to trin.
policy-says-session = Man logges ud efter { $idle } uden brug og efter { $absolute } i alt.
policy-says-upstream = Kun administratorer logger ind med en adgangskode herfra. Alle andre kommer gennem en identitetsudbyder.
policy-says-role = Desuden for rollen { $role }: { $rules }.
policy-says-role-factor = Logger altid ind i to trin
policy-says-role-idle = Logges ud efter { $time } uden brug
policy-says-role-age = Adgangskoden skiftes efter { $time }
policy-says-role-other = Egne regler
policy-saved = Ændringerne er gemt og gælder fra nu.
policy-unchanged = Der var ikke noget at ændre.
policy-wrong = Nogle felter skal rettes. De er markeret nedenfor.
policy-stale = En anden har ændret reglerne imens. Se, hvad der gælder nu, og prøv igen.
policy-no-method-left = To trin kræves, men der er ingen måde tilbage, som alle må bruge.
policy-no-provider = Så kunne kun administratorer logge ind: ingen identitetsudbyder er slået til.
policy-never-forgotten = Sessioner skal slutte på et tidspunkt: her gemmes ingen, og den, der aldrig logger ud, bliver aldrig glemt.
policy-shuts-out = Så kunne du selv ikke logge ind igen. Lad en måde stå, som du har.
policy-wrong-number = Skriv et helt tal fra { $least } til { $most }.
policy-wrong-time = Skriv et tal og m, h eller d, for eksempel 15m.
policy-wrong-role = Rollen kan ikke hedde sådan, eller den står her to gange.
policy-wrong-words = Et af ordene er for kort eller for langt.
policy-wrong-longest = Skriv en tid, der ikke er kortere end den første, for eksempel 1h.
policy-wrong-max-length = Skriv et helt tal, der ikke er mindre end den mindste længde.
policy-methods = Måder til det andet trin
policy-yes = Ja
policy-no = Nej
policy-never = Aldrig
policy-from-to = Fra { $least } til { $most }
policy-min-length = Mindste længde
policy-max-length = Største længde
policy-refuse-common = Afvis almindelige adgangskoder
policy-refuse-breached = Afvis adgangskoder, der er lækket
policy-refuse-own-words = Afvis navne på personen og organisationen
policy-own-words-list = Organisationens egne ord
policy-own-words-hint = Ét på hver linje, mindst fire tegn. For eksempel navne på steder og systemer.
policy-history = Så mange af de seneste må ikke bruges igen
policy-min-digits = Mindst så mange cifre
policy-min-special = Mindst så mange specialtegn
policy-min-upper = Mindst så mange store bogstaver
policy-min-lower = Mindst så mange små bogstaver
policy-max-age = Skal skiftes efter
policy-time = For eksempel 15m, 12h eller 90d
policy-time-or-never = For eksempel 90d. Skriv never for aldrig.
policy-time-or-zero = For eksempel 14d. Skriv 0s for slet ikke.
policy-time-or-off = For eksempel 15m eller 12h. Skriv off for uden grænse.
policy-failures = Forkerte forsøg, før kontoen låses
policy-lock-first = Første låsning
policy-lock-longest = Længste låsning
policy-required = Hvem skal logge ind i to trin?
policy-required-none = Kun dem, der selv har slået det til
policy-required-everyone = Alle
policy-method-totp = Kode-app på telefonen
policy-method-passkey = Adgangsnøgle
policy-method-email = Kode på mail
policy-remember = Spørg ikke igen på samme enhed i
policy-grace = Så længe kan det udsættes at sætte det op
policy-idle = Log ud efter så lang tid uden brug
policy-absolute = Log ud efter så lang tid i alt
policy-role = Rolle
policy-role-hint = Tøm feltet for at fjerne reglerne for rollen. Er der flere, vinder den strengeste.
policy-as-everyone = Tomt: som for alle
policy-role-required = Skal altid logge ind i to trin
policy-group-password = Adgangskoder
policy-group-lockout = Låsning
policy-group-factor = To trin
policy-group-session = Hvor længe man er logget ind
policy-group-sign-in = Hvor man logger ind
policy-local = Hvem må logge ind med en adgangskode herfra?
policy-local-everyone = Alle med en konto
policy-local-administrators = Kun administratorer, helpdesk og revisorer
policy-group-role = Strengere regler for en rolle
policy-group-new-role = Regler for endnu en rolle
policy-advised-against = Frarådes i standarder
policy-continue = Se, hvad det betyder
policy-confirm-title = Vil du gemme de nye regler?
policy-changes = Det ændrer du
policy-effects = Det betyder det
policy-people =
    { $count ->
        [one] 1 bruger kan logge ind.
       *[other] { $count } brugere kan logge ind.
    }
policy-effect-change =
    { $count ->
        [one] 1 skal skifte adgangskode ved næste login.
       *[other] { $count } skal skifte adgangskode ved næste login.
    }
policy-effect-enrol =
    { $count ->
        [one] 1 skal sætte to trin op ved næste login.
       *[other] { $count } skal sætte to trin op ved næste login.
    }
policy-effect-shut-out =
    { $count ->
        [one] 1 kan ikke længere logge ind.
       *[other] { $count } kan ikke længere logge ind.
    }
policy-effect-staff =
    { $count ->
        [one] Heraf 1 fra administrationen.
       *[other] Heraf { $count } fra administrationen.
    }
policy-effect-none = Ingen skal gøre noget ved næste login.
policy-careful = Vær opmærksom
policy-unknown = Om en adgangskode er lang nok, kan ingen se bagefter. Nye krav gælder, næste gang den skiftes.
policy-save = Gem reglerne
policy-back = Tilbage og ret
networks-intro = Her bestemmer du, hvorfra man kan logge ind. Alle andre steder kan man slet ikke prøve.
networks-here = Du er selv på { $address }.
networks-everyone = Godkendte netværk for alle
networks-everyone-hint = Ét på hver linje, for eksempel 192.0.2.0/24. Tomt: alle steder fra.
networks-administrators = Godkendte netværk for administratorer
networks-administrators-hint = Gælder desuden for administratorer, helpdesk og revisorer.
networks-save = Gem netværkene
networks-wrong = En linje er ikke et netværk. Skriv det som 192.0.2.0/24 eller 2001:db8::/32.
networks-shuts-out = Så kunne du ikke selv logge ind igen herfra. Tag dit eget netværk med.
notices-intro = En meddelelse vises på loginsiden og på siden med driftsstatus.
notices-none = Der er ingen meddelelser.
notices-shown = vises nu
notices-over = er slut
notices-waiting = venter
notices-remove = Fjern
notices-new = Ny meddelelse
notices-severity = Hvad handler den om?
notices-shown-from = Vises fra
notices-shown-hint = Tomt: med det samme. Planlagt vedligeholdelse skal vises mindst 24 timer før.
notices-starts = Begynder
notices-ends = Slutter
notices-text = Tekst
notices-publish = Offentliggør
notices-saved = Meddelelsen er offentliggjort.
notices-removed = Meddelelsen er fjernet.
notices-no-text = Skriv en tekst på mindst ét sprog.
notices-too-long = Teksten kan højst være på 500 tegn.
notices-order = Meddelelsen skal vises, før det begynder, og det skal slutte bagefter.
notices-zone = Tidszonen er { $zone }.
notices-late = Planlagt vedligeholdelse skal vises mindst 24 timer før, den begynder.
notices-times = Skriv, hvornår det begynder og slutter.
notices-too-many = Der er allerede 20 meddelelser. Fjern nogle af dem først.
