policy-in-force = Detta gäller nu
policy-will-hold = Detta kommer att gälla
policy-try = Prova ett lösenord
policy-try-password = Lösenord
policy-try-hint = Det sparas inte och skrivs inte i loggen.
policy-try-role = Vem ska det gälla för?
policy-try-everyone = En användare utan särskilda regler
policy-try-submit = Prova det
policy-try-good = Det skulle godkännas
policy-try-bad = Det skulle avvisas
policy-met = Uppfyllt
policy-days =
    { $count ->
        [one] 1 dag
       *[other] { $count } dagar
    }
policy-hours =
    { $count ->
        [one] 1 timme
       *[other] { $count } timmar
    }
policy-minutes =
    { $count ->
        [one] 1 minut
       *[other] { $count } minuter
    }
policy-seconds =
    { $count ->
        [one] 1 sekund
       *[other] { $count } sekunder
    }
policy-without-limit = utan gräns
policy-says-password = Lösenord: { $rules }.
policy-says-age = Ett lösenord ska bytas efter { $time }.
policy-says-no-age = Ett lösenord behöver aldrig bytas bara för att det är gammalt.
policy-says-lockout = Efter { $failures } felaktiga försök låses kontot i { $first }, nästa gång längre, högst { $longest }.
policy-says-factor-none = Två steg är frivilligt.
policy-says-factor-everyone = Alla loggar in i två steg.
policy-says-session = Man loggas ut efter { $idle } utan användning och efter { $absolute } totalt.
policy-says-upstream = Bara administratörer loggar in med ett lösenord härifrån. Alla andra kommer genom en identitetsutgivare.
policy-says-role = Dessutom för rollen { $role }: { $rules }.
policy-says-role-factor = Loggar alltid in i två steg
policy-says-role-idle = Loggas ut efter { $time } utan användning
policy-says-role-age = Lösenordet byts efter { $time }
policy-says-role-other = Egna regler
policy-saved = Ändringarna är sparade och gäller från nu.
policy-unchanged = Det fanns inget att ändra.
policy-wrong = Några fält behöver rättas. De är markerade nedan.
policy-stale = Någon annan har ändrat reglerna under tiden. Se vad som gäller nu och försök igen.
policy-no-method-left = Två steg krävs, men det finns inget sätt kvar som alla får använda.
policy-no-provider = Då kunde bara administratörer logga in: ingen identitetsutgivare är påslagen.
policy-never-forgotten = Sessioner måste ta slut någon gång: här sparas ingen, och den som aldrig loggar ut glöms aldrig.
policy-shuts-out = Då kunde du själv inte logga in igen. Låt ett sätt som du har vara kvar.
policy-wrong-number = Skriv ett heltal från { $least } till { $most }.
policy-wrong-time = Skriv ett tal och m, h eller d, till exempel 15m.
policy-wrong-role = Rollen kan inte heta så, eller så står den här två gånger.
policy-wrong-words = Ett av orden är för kort eller för långt.
policy-wrong-longest = Skriv en tid som inte är kortare än den första, till exempel 1h.
policy-wrong-max-length = Skriv ett heltal som inte är mindre än den minsta längden.
policy-methods = Sätt för det andra steget
policy-yes = Ja
policy-no = Nej
policy-never = Aldrig
policy-from-to = Från { $least } till { $most }
policy-min-length = Minsta längd
policy-max-length = Största längd
policy-refuse-common = Avvisa vanliga lösenord
policy-refuse-breached = Avvisa lösenord som har läckt
policy-refuse-own-words = Avvisa namn på personen och organisationen
policy-own-words-list = Organisationens egna ord
policy-own-words-hint = Ett på varje rad, minst fyra tecken. Till exempel namn på platser och system.
policy-history = Så många av de senaste får inte användas igen
policy-min-digits = Minst så många siffror
policy-min-special = Minst så många specialtecken
policy-min-upper = Minst så många stora bokstäver
policy-min-lower = Minst så många små bokstäver
policy-max-age = Ska bytas efter
policy-time = Till exempel 15m, 12h eller 90d
policy-time-or-never = Till exempel 90d. Skriv never för aldrig.
policy-time-or-zero = Till exempel 14d. Skriv 0s för inte alls.
policy-time-or-off = Till exempel 15m eller 12h. Skriv off för utan gräns.
policy-failures = Felaktiga försök innan kontot låses
policy-lock-first = Första låsningen
policy-lock-longest = Längsta låsningen
policy-required = Vem ska logga in i två steg?
policy-required-none = Bara de som själva har slagit på det
policy-required-everyone = Alla
policy-method-totp = Autentiseringsapp i telefonen
policy-method-passkey = Lösennyckel
policy-method-email = Kod via e‑post
policy-remember = Fråga inte igen på samma enhet under
policy-grace = Så länge kan man skjuta upp att lägga till det
policy-idle = Logga ut efter så lång tid utan användning
policy-absolute = Logga ut efter så lång tid totalt
policy-role = Roll
policy-role-hint = Töm fältet för att ta bort reglerna för rollen. Finns flera vinner den strängaste.
policy-as-everyone = Tomt: som för alla
policy-role-required = Ska alltid logga in i två steg
policy-group-password = Lösenord
policy-group-lockout = Låsning
policy-group-factor = Två steg
policy-group-session = Hur länge man är inloggad
policy-group-sign-in = Var man loggar in
policy-local = Vem får logga in med ett lösenord härifrån?
policy-local-everyone = Alla med ett konto
policy-local-administrators = Bara administratörer, helpdesk och revisorer
policy-group-role = Strängare regler för en roll
policy-group-new-role = Regler för ytterligare en roll
policy-advised-against = Avråds i standarder
policy-continue = Se vad det innebär
policy-confirm-title = Vill du spara de nya reglerna?
policy-changes = Detta ändrar du
policy-effects = Detta innebär det
policy-people =
    { $count ->
        [one] 1 användare kan logga in.
       *[other] { $count } användare kan logga in.
    }
policy-effect-change =
    { $count ->
        [one] 1 ska byta lösenord vid nästa inloggning.
       *[other] { $count } ska byta lösenord vid nästa inloggning.
    }
policy-effect-enrol =
    { $count ->
        [one] 1 ska lägga till ett andra steg vid nästa inloggning.
       *[other] { $count } ska lägga till ett andra steg vid nästa inloggning.
    }
policy-effect-shut-out =
    { $count ->
        [one] 1 kan inte längre logga in.
       *[other] { $count } kan inte längre logga in.
    }
policy-effect-staff =
    { $count ->
        [one] Av dem 1 från administrationen.
       *[other] Av dem { $count } från administrationen.
    }
policy-effect-none = Ingen behöver göra något vid nästa inloggning.
policy-careful = Var uppmärksam
policy-unknown = Om ett lösenord är långt nog kan ingen se efteråt. Nya krav gäller nästa gång det byts.
policy-save = Spara reglerna
policy-back = Tillbaka och ändra
networks-intro = Här bestämmer du varifrån man kan logga in. Från andra platser kan man inte ens försöka.
networks-here = Du är själv på { $address }.
networks-everyone = Godkända nätverk för alla
networks-everyone-hint = Ett på varje rad, till exempel 192.0.2.0/24. Tomt: varifrån som helst.
networks-administrators = Godkända nätverk för administratörer
networks-administrators-hint = Gäller dessutom för administratörer, helpdesk och revisorer.
networks-save = Spara nätverken
networks-wrong = En rad är inte ett nätverk. Skriv det som 192.0.2.0/24 eller 2001:db8::/32.
networks-shuts-out = Då skulle du inte själv kunna logga in igen härifrån. Ta med ditt eget nätverk.
notices-intro = Ett meddelande visas på inloggningssidan och på sidan med driftläge.
notices-none = Det finns inga meddelanden.
notices-shown = visas nu
notices-over = är slut
notices-waiting = väntar
notices-remove = Ta bort
notices-new = Nytt meddelande
notices-severity = Vad handlar det om?
notices-shown-from = Visas från
notices-shown-hint = Tomt: genast. Planerat underhåll ska visas minst 24 timmar innan.
notices-starts = Börjar
notices-ends = Slutar
notices-text = Text
notices-publish = Publicera
notices-saved = Meddelandet är publicerat.
notices-removed = Meddelandet är borttaget.
notices-no-text = Skriv en text på minst ett språk.
notices-too-long = Texten kan ha högst 500 tecken.
notices-order = Meddelandet ska visas innan det börjar, och det ska sluta efteråt.
notices-zone = Tidszonen är { $zone }.
notices-late = Planerat underhåll ska visas minst 24 timmar innan det börjar.
notices-times = Skriv när det börjar och slutar.
notices-too-many = Det finns redan 20 meddelanden. Ta bort några av dem först.
