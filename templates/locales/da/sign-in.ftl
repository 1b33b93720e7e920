sign-in-title = Log ind
sign-in-username = Brugernavn
sign-in-password = Adgangskode
sign-in-show = Vis
sign-in-show-password = Vis adgangskode
sign-in-caps-lock = Caps Lock er slået til.
sign-in-remember = Husk mit brugernavn på denne enhed
sign-in-switch-user = Ikke dig? Skift bruger
sign-in-submit = Log ind
sign-in-or = Eller
sign-in-with = Log ind med { $name }
sign-in-local = Bliver du sendt et andet sted hen? Brug din adgangskode hos { $tenant }
sign-in-administrators = Administratorer logger ind her
sign-in-linking = Log ind med den konto, du har her. Så kan du bagefter knytte den til { $provider }.
newcomer-title = Har du allerede en konto her?
newcomer-text = Du kommer fra { $provider } som { $person }. Vi kender dig ikke derfra endnu.
newcomer-ask = Har du en konto her, så log ind med den. Næste gang kommer du direkte ind.
newcomer-link = Log ind med min konto her
newcomer-create = Opret en ny konto
newcomer-cancel = Annuller
newcomer-none = Har du ingen konto, så bed din administrator om at oprette en.
confirm-link-title = Skal kontiene knyttes sammen?
confirm-link-text = Du kom fra { $provider } som { $person }. Fremover kan du logge ind sådan på denne konto:
confirm-link-hint = Gør det kun, hvis begge konti er dine. Navn og adresse kan blive opdateret fra { $provider }.
confirm-link-submit = Knyt dem sammen
confirm-link-cancel = Ikke nu

sign-in-failed = Brugernavn eller adgangskode er forkert. Tjek Caps Lock. Har du prøvet flere gange, så vent { $time }, eller nulstil adgangskoden.
sign-in-expired = Siden har været åben for længe. Prøv igen.
sign-in-locked-title = Du kan ikke logge ind lige nu
sign-in-locked = Der er indtastet forkert adgangskode for mange gange. For at beskytte kontoen kan du først prøve igen kl. { $until }.
sign-in-locked-do = Det kan du gøre
sign-in-locked-wait = Vent til tidspunktet ovenfor, og log så ind som du plejer.
sign-in-locked-check = Tjek, at Caps Lock er slået fra, og at tastaturet står på det rigtige sprog.
sign-in-locked-help = Har du glemt adgangskoden, så nulstil den med linket nedenfor. Var det ikke dig, så kontakt it‑support.
sign-in-throttled =
    { $minutes ->
        [one] Der har været for mange forsøg fra dit netværk. Prøv igen om 1 minut.
       *[other] Der har været for mange forsøg fra dit netværk. Prøv igen om { $minutes } minutter.
    }
sign-in-busy = Mange logger ind lige nu. Vent et øjeblik, og prøv igen.
sign-in-password-too-long = Adgangskoden er længere, end vi kan modtage. Tjek, at du har sat den rigtige tekst ind.
sign-in-missing = Skriv både brugernavn og adgangskode.

choose-account-title = Hvilken konto vil du bruge?
choose-account-continue = Fortsæt som { $name }
choose-account-other = Brug en anden konto

sign-out-title = Vil du logge ud?
sign-out-here = Du bliver logget ud hos { $tenant } i denne browser.
sign-out-everywhere = Du bliver logget ud hos { $tenant } i denne browser og i disse tjenester:
sign-out-submit = Log ud
sign-out-stay = Bliv logget ind
signed-out-title = Du er logget ud
signed-out-text = Luk browseren, hvis andre også bruger denne computer.
signed-out-again = Log ind igen
sign-out-told-out = Logget ud
sign-out-told-asked = Har fået besked
sign-out-told-silent = Svarede ikke
sign-out-told-unable = Kunne ikke få besked
sign-out-partial = Nogle steder kan du stadig være logget ind. Log selv ud der, eller luk browseren.
signed-out-still = Du er stadig logget ind hos { $provider }.
sign-out-upstream = Log også ud hos { $provider }
sign-out-wait-title = Venter på { $application }
sign-out-wait-text = Du er logget ud her. { $application } har ikke svaret endnu.
sign-out-wait-submit = Gå videre uden at vente

form-post-title = Du sendes videre
form-post-text = Sker der ikke noget, så vælg Fortsæt.
form-post-submit = Fortsæt
