# Min profil: det, alle siderne deler, og forsiden.
account-title = Min profil
account-at = Din profil hos { $tenant }
account-overview = Overblik
account-details = Oplysninger
account-password = Adgangskode
account-factors = Totrinslogin
account-sessions = Enheder
account-applications = Tjenester
account-activity = Aktivitet
account-data = Mine data
account-lock = Spær konto

account-not-kept = Du logger ind et andet sted. Der gemmes intet om dig her, når du er logget ud.
account-in-order = Din konto er i orden
account-todo = Det bør du gøre
account-todo-second-factor = Din konto er kun beskyttet af en adgangskode. Tilføj en kode-app, der laver engangskoder.
account-do-second-factor = Tilføj en kode-app
account-todo-recovery-codes =
    { $left ->
        [0] Du har ingen nødkoder tilbage. Dem skal du bruge, hvis du mister din telefon.
        [one] Du har kun 1 nødkode tilbage. Lav nye, før du står uden.
       *[other] Du har kun { $left } nødkoder tilbage. Lav nye, før du står uden.
    }
account-do-recovery-codes = Lav nye nødkoder
account-todo-address = Vi har ingen e‑mailadresse til dig. Uden den kan du ikke selv nulstille din adgangskode.
account-do-address = Tilføj din e‑mailadresse
account-todo-verify = Din e‑mailadresse er ikke bekræftet endnu.
account-do-verify = Bekræft din e‑mailadresse

account-details-about = Navn, kontaktoplysninger og sprog.
account-password-changed = Sidst ændret { $at }.
account-password-none = Du har ingen adgangskode her.
account-factors-none = Ikke slået til.
account-factors-apps =
    { $apps ->
        [one] 1 kode-app.
       *[other] { $apps } kode-apps.
    }
account-factors-codes =
    { $codes ->
        [0] Ingen nødkoder tilbage.
        [one] 1 nødkode tilbage.
       *[other] { $codes } nødkoder tilbage.
    }
account-sessions-count =
    { $sessions ->
        [one] Du er logget ind 1 sted.
       *[other] Du er logget ind { $sessions } steder.
    }
account-applications-count =
    { $applications ->
        [0] Ingen tjenester har adgang til dine oplysninger.
        [one] 1 tjeneste har adgang til dine oplysninger.
       *[other] { $applications } tjenester har adgang til dine oplysninger.
    }
account-activity-about = Se, hvad der er sket på din konto de sidste 90 dage.
account-data-about = Hent en kopi af alt, hvad vi har gemt om dig.
account-lock-about = Spær straks for al brug, hvis andre har fået fat i din konto.
account-since = Du loggede ind her { $at }.
