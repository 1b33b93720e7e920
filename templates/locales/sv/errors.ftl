# En rubrik och en förklaring till varje felkod. Inga facktermer: dem läser utvecklaren under tekniska uppgifter.
error-for-support = Till supporten
error-code = Felkod
error-at = Tidpunkt
error-trace = Spårnings-id
error-copy = Kopiera
error-copied = Kopierat
error-detail = Tekniska uppgifter
error-again = Försök igen
error-retry-seconds =
    { $seconds ->
        [one] Du kan försöka igen om 1 sekund.
       *[other] Du kan försöka igen om { $seconds } sekunder.
    }
error-retry-minutes =
    { $minutes ->
        [one] Du kan försöka igen om 1 minut.
       *[other] Du kan försöka igen om { $minutes } minuter.
    }

error-request-malformed-title = Vi kunde inte läsa begäran
error-request-malformed-text = Länken eller formuläret du kom från är skadat. Gå tillbaka till tjänsten och försök igen.
error-not-found-title = Sidan finns inte
error-not-found-text = Adressen kan vara felskriven, eller så har sidan flyttats. Börja om från den tjänst du vill använda.
error-method-not-allowed-title = Sidan kan inte användas på det sättet
error-method-not-allowed-text = Gå tillbaka och använd knapparna på sidan.
error-request-too-large-title = För mycket skickades på en gång
error-request-too-large-text = Gå tillbaka till tjänsten och försök igen. Kontakta it‑supporten om det händer flera gånger.
error-request-too-slow-title = Begäran tog för lång tid
error-request-too-slow-text = Anslutningen kan vara långsam eller ha brutits. Försök igen.
error-unknown-application-title = Vi känner inte till tjänsten
error-unknown-application-text = Tjänsten du kom från är inte inställd för inloggning här. Kontakta dem som ansvarar för tjänsten.
error-redirect-uri-title = Vi kan inte skicka dig tillbaka till tjänsten
error-redirect-uri-text = Tjänsten bad oss skicka dig till en adress som inte är godkänd. Kontakta dem som ansvarar för tjänsten.
error-invalid-request-title = Vi förstod inte vad tjänsten bad om
error-invalid-request-text = Du har inte gjort något fel. Gå tillbaka till tjänsten och försök igen.
error-invalid-client-title = Tjänsten kunde inte bevisa vem den är
error-invalid-client-text = Felet finns i tjänstens inställningar. Kontakta dem som ansvarar för tjänsten.
error-invalid-grant-title = Tillåtelsen kan inte användas längre
error-invalid-grant-text = Den har gått ut, redan använts eller dragits tillbaka. Logga in igen från tjänsten.
error-unauthorized-client-title = Tjänsten får inte göra så här
error-unauthorized-client-text = Tjänsten är inte inställd för den här sortens inloggning. Kontakta dem som ansvarar för tjänsten.
error-unsupported-grant-type-title = Tjänsten använde ett tillvägagångssätt som vi inte erbjuder
error-unsupported-grant-type-text = Felet finns i tjänstens inställningar. Kontakta dem som ansvarar för tjänsten.
error-invalid-scope-title = Tjänsten bad om åtkomst som den inte kan få
error-invalid-scope-text = Felet finns i tjänstens inställningar. Kontakta dem som ansvarar för tjänsten.
error-invalid-token-title = Åtkomsten gäller inte längre
error-invalid-token-text = Logga in igen från tjänsten för att få ny åtkomst.
error-insufficient-scope-title = Tjänsten saknar en tillåtelse
error-insufficient-scope-text = Tjänsten har inte fått lov att se det den bad om. Logga in igen från tjänsten.
error-access-denied-title = Tjänsten fick inte åtkomst
error-access-denied-text = Inga uppgifter om dig delades. Gå tillbaka till tjänsten om du vill försöka igen.
error-login-required-title = Du är inte inloggad
error-login-required-text = Tjänsten försökte logga in dig utan att fråga dig. Välj själv Logga in i tjänsten.
error-consent-required-title = Du behöver ge din tillåtelse först
error-consent-required-text = Tjänsten får inte dina uppgifter förrän du har sagt ja. Välj Logga in i tjänsten.
error-interaction-required-title = Vi behöver fråga dig om något först
error-interaction-required-text = Tjänsten försökte logga in dig utan att fråga dig. Välj själv Logga in i tjänsten.
error-account-selection-required-title = Du behöver välja ett konto först
error-account-selection-required-text = Tjänsten vet inte vilket konto du vill använda. Välj Logga in i tjänsten.
error-unmet-authentication-requirements-title = Tjänsten kräver en starkare inloggning
error-unmet-authentication-requirements-text = Ditt konto kan inte logga in så säkert som tjänsten kräver. Kontakta it‑supporten.
error-request-not-supported-title = Vi kan inte läsa tjänstens paketerade begäran
error-request-not-supported-text = Du har inte gjort något fel. Kontakta dem som ansvarar för tjänsten.
error-request-uri-not-supported-title = Vi hämtar inte en begäran hos tjänsten
error-request-uri-not-supported-text = Du har inte gjort något fel. Kontakta dem som ansvarar för tjänsten.
error-unsupported-response-type-title = Tjänsten bad om ett svar som vi inte ger
error-unsupported-response-type-text = Felet finns i tjänstens inställningar. Kontakta dem som ansvarar för tjänsten.
error-application-not-for-user-title = Du har inte åtkomst till tjänsten
error-application-not-for-user-text = Behöver du tjänsten, be din chef eller it‑supporten om åtkomst.
error-sign-in-failed-title = Du blev inte inloggad
error-sign-in-failed-text = Fel användarnamn eller lösenord. Kontrollera Caps Lock och försök igen.
error-too-many-attempts-title = Det har gjorts för många försök
error-too-many-attempts-text = Många försök från ditt nätverk har misslyckats. Vänta en stund och försök igen.
error-form-expired-title = Sidan har varit öppen för länge
error-form-expired-text = Gå tillbaka till tjänsten och börja om. Det du skrev har inte sparats.
error-sign-out-unverified-title = Du är fortfarande inloggad
error-sign-out-unverified-text = Vi kunde inte se vem som bad om att logga ut dig. Logga ut från tjänsten igen.
error-tenant-suspended-title = Inloggningen är stängd för den här organisationen
error-tenant-suspended-text = Kontakta din organisation om du tror att det är fel.
error-not-allowed-title = Det har du inte behörighet till
error-not-allowed-text = Sidan eller åtgärden kräver en annan roll. Fråga en administratör om du behöver den.
error-last-administrator-title = Det måste finnas minst en administratör
error-last-administrator-text = Gör någon annan till administratör först och försök sedan igen. Inget har ändrats.
error-no-address-title = Användaren har ingen e‑post
error-no-address-text = Skriv först in en e‑postadress på användarens sida. Inget har skickats.
error-account-disabled-title = Kontot är spärrat
error-account-disabled-text = Öppna kontot igen först och försök sedan igen. Inget har skickats.
error-overloaded-title = Det är mycket att göra just nu
error-overloaded-text = Många loggar in samtidigt. Vänta en stund och försök igen.
error-store-unavailable-title = Inloggningen är ur drift just nu
error-store-unavailable-text = Vi kan inte hämta de uppgifter vi behöver. Försök igen om en stund.
error-internal-title = Något gick fel hos oss
error-internal-text = Du har inte gjort något fel. Försök igen om en stund, och kontakta it‑supporten om det fortsätter.
error-link-shut-title = Länken kan inte användas längre
error-link-shut-text = Den är använd, för gammal eller ersatt av en nyare. Be om en ny.
error-network-not-allowed-title = Du kan inte logga in härifrån
error-network-not-allowed-text = Din organisation har bestämt att man bara kan logga in från godkända nätverk. Försök från arbetsplatsen eller med VPN, eller kontakta it‑supporten.
