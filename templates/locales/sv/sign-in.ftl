sign-in-title = Logga in
sign-in-username = Användarnamn
sign-in-password = Lösenord
sign-in-show = Visa
sign-in-show-password = Visa lösenord
sign-in-caps-lock = Caps Lock är på.
sign-in-remember = Kom ihåg mitt användarnamn på den här enheten
sign-in-switch-user = Inte du? Byt användare
sign-in-submit = Logga in
sign-in-or = Eller
sign-in-with = Logga in med { $name }
sign-in-local = Skickas du till ett annat ställe? Använd ditt lösenord hos { $tenant }
sign-in-administrators = Administratörer loggar in här
sign-in-linking = Logga in med kontot du har här. Sedan kan du koppla det till { $provider }.
newcomer-title = Har du redan ett konto här?
newcomer-text = Du kommer från { $provider } som { $person }. Vi känner dig inte därifrån än.
newcomer-ask = Har du ett konto här, logga in med det. Nästa gång kommer du in direkt.
newcomer-link = Logga in med mitt konto här
newcomer-create = Skapa ett nytt konto
newcomer-cancel = Avbryt
newcomer-none = Har du inget konto, be din administratör att skapa ett.
confirm-link-title = Ska kontona kopplas ihop?
confirm-link-text = Du kom från { $provider } som { $person }. Hädanefter kan du logga in så på det här kontot:
confirm-link-hint = Gör det bara om båda kontona är dina. Namn och adress kan uppdateras från { $provider }.
confirm-link-submit = Koppla ihop dem
confirm-link-cancel = Inte nu

sign-in-failed = Fel användarnamn eller lösenord. Kontrollera Caps Lock. Har du försökt flera gånger, vänta { $time } eller återställ lösenordet.
sign-in-expired = Sidan har varit öppen för länge. Försök igen.
sign-in-locked-title = Du kan inte logga in just nu
sign-in-locked = Fel lösenord har angetts för många gånger. För att skydda kontot kan du försöka igen först kl. { $until }.
sign-in-locked-do = Det här kan du göra
sign-in-locked-wait = Vänta till tiden ovan och logga sedan in som vanligt.
sign-in-locked-check = Kontrollera att Caps Lock är av och att tangentbordet har rätt språk.
sign-in-locked-help = Har du glömt lösenordet, återställ det med länken nedan. Var det inte du, kontakta it‑supporten.
sign-in-throttled =
    { $minutes ->
        [one] Det har gjorts för många försök från ditt nätverk. Försök igen om 1 minut.
       *[other] Det har gjorts för många försök från ditt nätverk. Försök igen om { $minutes } minuter.
    }
sign-in-busy = Många loggar in just nu. Vänta en stund och försök igen.
sign-in-password-too-long = Lösenordet är längre än vi kan ta emot. Kontrollera att du har klistrat in rätt text.
sign-in-missing = Skriv både användarnamn och lösenord.

choose-account-title = Vilket konto vill du använda?
choose-account-continue = Fortsätt som { $name }
choose-account-other = Använd ett annat konto

sign-out-title = Vill du logga ut?
sign-out-here = Du loggas ut hos { $tenant } i den här webbläsaren.
sign-out-everywhere = Du loggas ut hos { $tenant } i den här webbläsaren och i de här tjänsterna:
sign-out-submit = Logga ut
sign-out-stay = Förbli inloggad
signed-out-title = Du är utloggad
signed-out-text = Stäng webbläsaren om andra också använder den här datorn.
signed-out-again = Logga in igen
sign-out-told-out = Utloggad
sign-out-told-asked = Har fått besked
sign-out-told-silent = Svarade inte
sign-out-told-unable = Kunde inte få besked
sign-out-partial = På vissa ställen kan du fortfarande vara inloggad. Logga ut där själv, eller stäng webbläsaren.
signed-out-still = Du är fortfarande inloggad hos { $provider }.
sign-out-upstream = Logga ut hos { $provider } också
sign-out-wait-title = Väntar på { $application }
sign-out-wait-text = Du är utloggad här. { $application } har inte svarat än.
sign-out-wait-submit = Fortsätt utan att vänta

form-post-title = Du skickas vidare
form-post-text = Om inget händer, välj Fortsätt.
form-post-submit = Fortsätt
