# Min profil: det som alla sidorna delar, och förstasidan.
account-title = Min profil
account-at = Din profil hos { $tenant }
account-overview = Översikt
account-details = Uppgifter
account-password = Lösenord
account-factors = Tvåstegsinloggning
account-sessions = Enheter
account-applications = Tjänster
account-activity = Aktivitet
account-data = Mina data
account-lock = Spärra konto

account-not-kept = Du loggar in på ett annat ställe. Inget om dig sparas här när du har loggat ut.
account-in-order = Ditt konto är i ordning
account-todo = Det här bör du göra
account-todo-second-factor = Ditt konto skyddas bara av ett lösenord. Lägg till en autentiseringsapp som skapar engångskoder.
account-do-second-factor = Lägg till en autentiseringsapp
account-todo-recovery-codes =
    { $left ->
        [0] Du har inga reservkoder kvar. Dem behöver du om du tappar bort din telefon.
        [one] Du har bara 1 reservkod kvar. Skapa nya innan de tar slut.
       *[other] Du har bara { $left } reservkoder kvar. Skapa nya innan de tar slut.
    }
account-do-recovery-codes = Skapa nya reservkoder
account-todo-address = Vi har ingen e‑postadress till dig. Utan den kan du inte själv återställa ditt lösenord.
account-do-address = Lägg till din e‑postadress
account-todo-verify = Din e‑postadress är inte bekräftad än.
account-do-verify = Bekräfta din e‑postadress

account-details-about = Namn, kontaktuppgifter och språk.
account-password-changed = Senast ändrat { $at }.
account-password-none = Du har inget lösenord här.
account-factors-none = Inte påslaget.
account-factors-apps =
    { $apps ->
        [one] 1 autentiseringsapp.
       *[other] { $apps } autentiseringsappar.
    }
account-factors-codes =
    { $codes ->
        [0] Inga reservkoder kvar.
        [one] 1 reservkod kvar.
       *[other] { $codes } reservkoder kvar.
    }
account-sessions-count =
    { $sessions ->
        [one] Du är inloggad på 1 ställe.
       *[other] Du är inloggad på { $sessions } ställen.
    }
account-applications-count =
    { $applications ->
        [0] Inga tjänster har tillgång till dina uppgifter.
        [one] 1 tjänst har tillgång till dina uppgifter.
       *[other] { $applications } tjänster har tillgång till dina uppgifter.
    }
account-activity-about = Se vad som har hänt på ditt konto de senaste 90 dagarna.
account-data-about = Hämta en kopia av allt vi har sparat om dig.
account-lock-about = Spärra genast all användning om någon annan har kommit åt ditt konto.
account-since = Du loggade in här { $at }.
