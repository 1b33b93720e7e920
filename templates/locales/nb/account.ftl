# Min profil: det alle sidene deler, og forsiden.
account-title = Min profil
account-at = Profilen din hos { $tenant }
account-overview = Oversikt
account-details = Opplysninger
account-password = Passord
account-factors = Totrinnsinnlogging
account-sessions = Enheter
account-applications = Tjenester
account-activity = Aktivitet
account-data = Mine data
account-lock = Sperr konto

account-not-kept = Du logger inn et annet sted. Ingenting om deg lagres her når du har logget ut.
account-in-order = Kontoen din er i orden
account-todo = Dette bør du gjøre
account-todo-second-factor = Kontoen din er bare beskyttet av et passord. Legg til en autentiseringsapp som lager engangskoder.
account-do-second-factor = Legg til en autentiseringsapp
account-todo-recovery-codes =
    { $left ->
        [0] Du har ingen gjenopprettingskoder igjen. Dem trenger du hvis du mister telefonen.
        [one] Du har bare 1 gjenopprettingskode igjen. Lag nye før du står uten.
       *[other] Du har bare { $left } gjenopprettingskoder igjen. Lag nye før du står uten.
    }
account-do-recovery-codes = Lag nye gjenopprettingskoder
account-todo-address = Vi har ingen e‑postadresse til deg. Uten den kan du ikke selv tilbakestille passordet.
account-do-address = Legg til e‑postadressen din
account-todo-verify = E‑postadressen din er ikke bekreftet ennå.
account-do-verify = Bekreft e‑postadressen din

account-details-about = Navn, kontaktopplysninger og språk.
account-password-changed = Sist endret { $at }.
account-password-none = Du har ikke noe passord her.
account-factors-none = Ikke slått på.
account-factors-apps =
    { $apps ->
        [one] 1 autentiseringsapp.
       *[other] { $apps } autentiseringsapper.
    }
account-factors-codes =
    { $codes ->
        [0] Ingen gjenopprettingskoder igjen.
        [one] 1 gjenopprettingskode igjen.
       *[other] { $codes } gjenopprettingskoder igjen.
    }
account-sessions-count =
    { $sessions ->
        [one] Du er logget inn 1 sted.
       *[other] Du er logget inn { $sessions } steder.
    }
account-applications-count =
    { $applications ->
        [0] Ingen tjenester har tilgang til opplysningene dine.
        [one] 1 tjeneste har tilgang til opplysningene dine.
       *[other] { $applications } tjenester har tilgang til opplysningene dine.
    }
account-activity-about = Se hva som har skjedd på kontoen din de siste 90 dagene.
account-data-about = Hent en kopi av alt vi har lagret om deg.
account-lock-about = Sperr straks for all bruk hvis andre har fått tak i kontoen din.
account-since = Du logget inn her { $at }.
