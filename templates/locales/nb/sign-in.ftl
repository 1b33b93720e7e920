sign-in-title = Logg inn
sign-in-username = Brukernavn
sign-in-password = Passord
sign-in-show = Vis
sign-in-show-password = Vis passord
sign-in-caps-lock = Caps Lock er på.
sign-in-remember = Husk brukernavnet mitt på denne enheten
sign-in-switch-user = Ikke deg? Bytt bruker
sign-in-submit = Logg inn
sign-in-or = Eller
sign-in-with = Logg inn med { $name }
sign-in-local = Blir du sendt til et annet sted? Bruk passordet ditt hos { $tenant }
sign-in-administrators = Administratorer logger inn her
sign-in-linking = Logg inn med kontoen du har her. Så kan du knytte den til { $provider } etterpå.
newcomer-title = Har du allerede en konto her?
newcomer-text = Du kommer fra { $provider } som { $person }. Vi kjenner deg ikke derfra ennå.
newcomer-ask = Har du en konto her, så logg inn med den. Neste gang kommer du rett inn.
newcomer-link = Logg inn med kontoen min her
newcomer-create = Opprett en ny konto
newcomer-cancel = Avbryt
newcomer-none = Har du ingen konto, så be administratoren din om å opprette en.
confirm-link-title = Skal kontoene knyttes sammen?
confirm-link-text = Du kom fra { $provider } som { $person }. Heretter kan du logge inn slik på denne kontoen:
confirm-link-hint = Gjør det bare hvis begge kontoene er dine. Navn og adresse kan bli oppdatert fra { $provider }.
confirm-link-submit = Knytt dem sammen
confirm-link-cancel = Ikke nå

sign-in-failed = Brukernavn eller passord er feil. Sjekk Caps Lock. Har du prøvd flere ganger, vent { $time } eller tilbakestill passordet.
sign-in-expired = Siden har vært åpen for lenge. Prøv igjen.
sign-in-locked-title = Du kan ikke logge inn akkurat nå
sign-in-locked = Feil passord er skrevet inn for mange ganger. For å beskytte kontoen kan du først prøve igjen kl. { $until }.
sign-in-locked-do = Dette kan du gjøre
sign-in-locked-wait = Vent til tidspunktet ovenfor, og logg så inn som vanlig.
sign-in-locked-check = Sjekk at Caps Lock er av, og at tastaturet har riktig språk.
sign-in-locked-help = Har du glemt passordet, kan du tilbakestille det med lenken nedenfor. Var det ikke deg, kontakt IT‑support.
sign-in-throttled =
    { $minutes ->
        [one] Det har vært for mange forsøk fra nettverket ditt. Prøv igjen om 1 minutt.
       *[other] Det har vært for mange forsøk fra nettverket ditt. Prøv igjen om { $minutes } minutter.
    }
sign-in-busy = Mange logger inn akkurat nå. Vent litt, og prøv igjen.
sign-in-password-too-long = Passordet er lengre enn vi kan ta imot. Sjekk at du har limt inn riktig tekst.
sign-in-missing = Skriv både brukernavn og passord.

choose-account-title = Hvilken konto vil du bruke?
choose-account-continue = Fortsett som { $name }
choose-account-other = Bruk en annen konto

sign-out-title = Vil du logge ut?
sign-out-here = Du blir logget ut hos { $tenant } i denne nettleseren.
sign-out-everywhere = Du blir logget ut hos { $tenant } i denne nettleseren og i disse tjenestene:
sign-out-submit = Logg ut
sign-out-stay = Forbli innlogget
signed-out-title = Du er logget ut
signed-out-text = Lukk nettleseren hvis andre også bruker denne datamaskinen.
signed-out-again = Logg inn igjen
sign-out-told-out = Logget ut
sign-out-told-asked = Har fått beskjed
sign-out-told-silent = Svarte ikke
sign-out-told-unable = Kunne ikke få beskjed
sign-out-partial = Noen steder kan du fortsatt være logget inn. Logg ut der selv, eller lukk nettleseren.
signed-out-still = Du er fortsatt logget inn hos { $provider }.
sign-out-upstream = Logg ut hos { $provider } også
sign-out-wait-title = Venter på { $application }
sign-out-wait-text = Du er logget ut her. { $application } har ikke svart ennå.
sign-out-wait-submit = Gå videre uten å vente

form-post-title = Du sendes videre
form-post-text = Hvis ingenting skjer, velg Fortsett.
form-post-submit = Fortsett
