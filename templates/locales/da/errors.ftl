# En overskrift og en forklaring til hver fejlkode. Ingen fagord: dem læser udvikleren under tekniske oplysninger.
error-for-support = Til support
error-code = Fejlkode
error-at = Tidspunkt
error-trace = Sporings-id
error-copy = Kopiér
error-copied = Kopieret
error-detail = Tekniske oplysninger
error-again = Prøv igen
error-retry-seconds =
    { $seconds ->
        [one] Du kan prøve igen om 1 sekund.
       *[other] Du kan prøve igen om { $seconds } sekunder.
    }
error-retry-minutes =
    { $minutes ->
        [one] Du kan prøve igen om 1 minut.
       *[other] Du kan prøve igen om { $minutes } minutter.
    }

error-request-malformed-title = Vi kunne ikke læse forespørgslen
error-request-malformed-text = Linket eller formularen, du kom fra, er beskadiget. Gå tilbage til tjenesten, og prøv igen.
error-not-found-title = Siden findes ikke
error-not-found-text = Adressen er måske skrevet forkert, eller siden er flyttet. Start forfra fra den tjeneste, du vil bruge.
error-method-not-allowed-title = Siden kan ikke bruges på den måde
error-method-not-allowed-text = Gå tilbage, og brug knapperne på siden.
error-request-too-large-title = Der blev sendt for meget på én gang
error-request-too-large-text = Gå tilbage til tjenesten, og prøv igen. Kontakt it‑support, hvis det sker flere gange.
error-request-too-slow-title = Forespørgslen tog for lang tid
error-request-too-slow-text = Forbindelsen er måske langsom eller blev afbrudt. Prøv igen.
error-unknown-application-title = Vi kender ikke tjenesten
error-unknown-application-text = Tjenesten, du kom fra, er ikke sat op til login her. Kontakt dem, der står for tjenesten.
error-redirect-uri-title = Vi kan ikke sende dig tilbage til tjenesten
error-redirect-uri-text = Tjenesten bad os sende dig til en adresse, der ikke er godkendt. Kontakt dem, der står for tjenesten.
error-invalid-request-title = Vi forstod ikke, hvad tjenesten bad om
error-invalid-request-text = Det er ikke noget, du har gjort forkert. Gå tilbage til tjenesten, og prøv igen.
error-invalid-client-title = Tjenesten kunne ikke bevise, hvem den er
error-invalid-client-text = Fejlen ligger i tjenestens opsætning. Kontakt dem, der står for tjenesten.
error-invalid-grant-title = Tilladelsen kan ikke bruges mere
error-invalid-grant-text = Den er udløbet, allerede brugt eller trukket tilbage. Log ind igen fra tjenesten.
error-unauthorized-client-title = Tjenesten må ikke gøre det på denne måde
error-unauthorized-client-text = Tjenesten er ikke sat op til denne form for login. Kontakt dem, der står for tjenesten.
error-unsupported-grant-type-title = Tjenesten brugte en fremgangsmåde, vi ikke tilbyder
error-unsupported-grant-type-text = Fejlen ligger i tjenestens opsætning. Kontakt dem, der står for tjenesten.
error-invalid-scope-title = Tjenesten bad om adgang, den ikke kan få
error-invalid-scope-text = Fejlen ligger i tjenestens opsætning. Kontakt dem, der står for tjenesten.
error-invalid-token-title = Adgangen gælder ikke længere
error-invalid-token-text = Log ind igen fra tjenesten for at få ny adgang.
error-insufficient-scope-title = Tjenesten mangler en tilladelse
error-insufficient-scope-text = Tjenesten har ikke fået lov til at se det, den bad om. Log ind igen fra tjenesten.
error-access-denied-title = Tjenesten fik ikke adgang
error-access-denied-text = Ingen oplysninger om dig blev delt. Gå tilbage til tjenesten, hvis du vil prøve igen.
error-login-required-title = Du er ikke logget ind
error-login-required-text = Tjenesten prøvede at logge dig ind uden at spørge dig. Vælg selv Log ind i tjenesten.
error-consent-required-title = Du skal give din tilladelse først
error-consent-required-text = Tjenesten må ikke få dine oplysninger, før du har sagt ja. Vælg Log ind i tjenesten.
error-interaction-required-title = Vi skal spørge dig om noget først
error-interaction-required-text = Tjenesten prøvede at logge dig ind uden at spørge dig. Vælg selv Log ind i tjenesten.
error-account-selection-required-title = Du skal vælge en konto først
error-account-selection-required-text = Tjenesten ved ikke, hvilken konto du vil bruge. Vælg Log ind i tjenesten.
error-unmet-authentication-requirements-title = Tjenesten kræver et stærkere login
error-unmet-authentication-requirements-text = Din konto kan ikke logge ind så sikkert, som tjenesten kræver. Kontakt it‑support.
error-request-not-supported-title = Vi kan ikke læse tjenestens pakkede forespørgsel
error-request-not-supported-text = Det er ikke noget, du har gjort forkert. Kontakt dem, der står for tjenesten.
error-request-uri-not-supported-title = Vi henter ikke forespørgsler hos tjenesten
error-request-uri-not-supported-text = Det er ikke noget, du har gjort forkert. Kontakt dem, der står for tjenesten.
error-unsupported-response-type-title = Tjenesten bad om et svar, vi ikke giver
error-unsupported-response-type-text = Fejlen ligger i tjenestens opsætning. Kontakt dem, der står for tjenesten.
error-application-not-for-user-title = Du har ikke adgang til tjenesten
error-application-not-for-user-text = Skal du bruge tjenesten, så bed din leder eller it‑support om adgang.
error-sign-in-failed-title = Du blev ikke logget ind
error-sign-in-failed-text = Brugernavn eller adgangskode er forkert. Tjek Caps Lock, og prøv igen.
error-too-many-attempts-title = Der har været for mange forsøg
error-too-many-attempts-text = Mange forsøg fra dit netværk er mislykkedes. Vent lidt, og prøv igen.
error-form-expired-title = Siden har været åben for længe
error-form-expired-text = Gå tilbage til tjenesten, og start forfra. Det, du skrev, er ikke gemt.
error-sign-out-unverified-title = Du er stadig logget ind
error-sign-out-unverified-text = Vi kunne ikke se, hvem der bad om at logge dig ud. Log ud fra tjenesten igen.
error-tenant-suspended-title = Login er lukket for denne organisation
error-tenant-suspended-text = Kontakt din organisation, hvis du mener, at det er en fejl.
error-not-allowed-title = Det har du ikke adgang til
error-not-allowed-text = Siden eller handlingen kræver en anden rolle. Spørg en administrator, hvis du har brug for den.
error-last-administrator-title = Der skal være mindst én administrator
error-last-administrator-text = Gør en anden til administrator først, og prøv så igen. Intet er ændret.
error-no-address-title = Brugeren har ingen e‑mail
error-no-address-text = Skriv først en e‑mailadresse på brugerens side. Intet er sendt.
error-account-disabled-title = Kontoen er spærret
error-account-disabled-text = Åbn kontoen igen først, og prøv så igen. Intet er sendt.
error-overloaded-title = Der er travlt lige nu
error-overloaded-text = Mange logger ind på samme tid. Vent et øjeblik, og prøv igen.
error-store-unavailable-title = Login er ude af drift lige nu
error-store-unavailable-text = Vi kan ikke hente de oplysninger, vi skal bruge. Prøv igen om lidt.
error-internal-title = Noget gik galt hos os
error-internal-text = Det er ikke noget, du har gjort forkert. Prøv igen om lidt, og kontakt it‑support, hvis det fortsætter.
error-link-shut-title = Linket kan ikke bruges mere
error-link-shut-text = Det er brugt, for gammelt eller afløst af et nyere. Bed om et nyt.
error-network-not-allowed-title = Du kan ikke logge ind herfra
error-network-not-allowed-text = Din organisation har bestemt, at der kun kan logges ind fra godkendte netværk. Prøv fra arbejdspladsen eller med VPN, eller kontakt it‑support.
