# En overskrift og en forklaring til hver feilkode. Ingen fagord: dem leser utvikleren under tekniske opplysninger.
error-for-support = Til brukerstøtten
error-code = Feilkode
error-at = Tidspunkt
error-trace = Sporings-ID
error-copy = Kopier
error-copied = Kopiert
error-detail = Tekniske opplysninger
error-again = Prøv igjen
error-retry-seconds =
    { $seconds ->
        [one] Du kan prøve igjen om 1 sekund.
       *[other] Du kan prøve igjen om { $seconds } sekunder.
    }
error-retry-minutes =
    { $minutes ->
        [one] Du kan prøve igjen om 1 minutt.
       *[other] Du kan prøve igjen om { $minutes } minutter.
    }

error-request-malformed-title = Vi kunne ikke lese forespørselen
error-request-malformed-text = Lenken eller skjemaet du kom fra, er ødelagt. Gå tilbake til tjenesten, og prøv igjen.
error-not-found-title = Siden finnes ikke
error-not-found-text = Adressen kan være feilskrevet, eller siden er flyttet. Start på nytt fra tjenesten du vil bruke.
error-method-not-allowed-title = Siden kan ikke brukes på den måten
error-method-not-allowed-text = Gå tilbake, og bruk knappene på siden.
error-request-too-large-title = Det ble sendt for mye på én gang
error-request-too-large-text = Gå tilbake til tjenesten, og prøv igjen. Kontakt IT‑støtten hvis det skjer flere ganger.
error-request-too-slow-title = Forespørselen tok for lang tid
error-request-too-slow-text = Forbindelsen kan være treg eller ha blitt brutt. Prøv igjen.
error-unknown-application-title = Vi kjenner ikke tjenesten
error-unknown-application-text = Tjenesten du kom fra, er ikke satt opp for innlogging her. Kontakt dem som står for tjenesten.
error-redirect-uri-title = Vi kan ikke sende deg tilbake til tjenesten
error-redirect-uri-text = Tjenesten ba oss sende deg til en adresse som ikke er godkjent. Kontakt dem som står for tjenesten.
error-invalid-request-title = Vi forsto ikke hva tjenesten ba om
error-invalid-request-text = Du har ikke gjort noe galt. Gå tilbake til tjenesten, og prøv igjen.
error-invalid-client-title = Tjenesten kunne ikke bevise hvem den er
error-invalid-client-text = Feilen ligger i oppsettet av tjenesten. Kontakt dem som står for tjenesten.
error-invalid-grant-title = Tillatelsen kan ikke brukes lenger
error-invalid-grant-text = Den er utløpt, allerede brukt eller trukket tilbake. Logg inn igjen fra tjenesten.
error-unauthorized-client-title = Tjenesten kan ikke gjøre det på denne måten
error-unauthorized-client-text = Tjenesten er ikke satt opp for denne typen innlogging. Kontakt dem som står for tjenesten.
error-unsupported-grant-type-title = Tjenesten brukte en fremgangsmåte vi ikke tilbyr
error-unsupported-grant-type-text = Feilen ligger i oppsettet av tjenesten. Kontakt dem som står for tjenesten.
error-invalid-scope-title = Tjenesten ba om tilgang den ikke kan få
error-invalid-scope-text = Feilen ligger i oppsettet av tjenesten. Kontakt dem som står for tjenesten.
error-invalid-token-title = Tilgangen gjelder ikke lenger
error-invalid-token-text = Logg inn igjen fra tjenesten for å få ny tilgang.
error-insufficient-scope-title = Tjenesten mangler en tillatelse
error-insufficient-scope-text = Tjenesten har ikke fått lov til å se det den ba om. Logg inn igjen fra tjenesten.
error-access-denied-title = Tjenesten fikk ikke tilgang
error-access-denied-text = Ingen opplysninger om deg ble delt. Gå tilbake til tjenesten hvis du vil prøve igjen.
error-login-required-title = Du er ikke logget inn
error-login-required-text = Tjenesten prøvde å logge deg inn uten å spørre deg. Velg selv Logg inn i tjenesten.
error-consent-required-title = Du må gi tillatelse først
error-consent-required-text = Tjenesten får ikke opplysningene dine før du har sagt ja. Velg Logg inn i tjenesten.
error-interaction-required-title = Vi må spørre deg om noe først
error-interaction-required-text = Tjenesten prøvde å logge deg inn uten å spørre deg. Velg selv Logg inn i tjenesten.
error-account-selection-required-title = Du må velge en konto først
error-account-selection-required-text = Tjenesten vet ikke hvilken konto du vil bruke. Velg Logg inn i tjenesten.
error-unmet-authentication-requirements-title = Tjenesten krever en sterkere innlogging
error-unmet-authentication-requirements-text = Kontoen din kan ikke logge inn så sikkert som tjenesten krever. Kontakt IT‑støtten.
error-request-not-supported-title = Vi kan ikke lese den pakkede forespørselen fra tjenesten
error-request-not-supported-text = Du har ikke gjort noe galt. Kontakt dem som står for tjenesten.
error-request-uri-not-supported-title = Vi henter ikke forespørsler hos tjenesten
error-request-uri-not-supported-text = Du har ikke gjort noe galt. Kontakt dem som står for tjenesten.
error-unsupported-response-type-title = Tjenesten ba om et svar vi ikke gir
error-unsupported-response-type-text = Feilen ligger i oppsettet av tjenesten. Kontakt dem som står for tjenesten.
error-application-not-for-user-title = Du har ikke tilgang til tjenesten
error-application-not-for-user-text = Trenger du tjenesten, be lederen din eller IT‑støtten om tilgang.
error-sign-in-failed-title = Du ble ikke logget inn
error-sign-in-failed-text = Brukernavn eller passord er feil. Sjekk Caps Lock, og prøv igjen.
error-too-many-attempts-title = Det har vært for mange forsøk
error-too-many-attempts-text = Mange forsøk fra nettverket ditt har mislyktes. Vent litt, og prøv igjen.
error-form-expired-title = Siden har vært åpen for lenge
error-form-expired-text = Gå tilbake til tjenesten, og start på nytt. Det du skrev, er ikke lagret.
error-sign-out-unverified-title = Du er fortsatt logget inn
error-sign-out-unverified-text = Vi kunne ikke se hvem som ba om å logge deg ut. Logg ut fra tjenesten igjen.
error-tenant-suspended-title = Innloggingen er stengt for denne organisasjonen
error-tenant-suspended-text = Kontakt organisasjonen din hvis du mener at det er feil.
error-not-allowed-title = Dette har du ikke tilgang til
error-not-allowed-text = Siden eller handlingen krever en annen rolle. Spør en administrator hvis du trenger den.
error-last-administrator-title = Det må finnes minst én administrator
error-last-administrator-text = Gjør en annen til administrator først, og prøv igjen. Ingenting er endret.
error-no-address-title = Brukeren har ingen e‑post
error-no-address-text = Skriv først inn en e‑postadresse på brukerens side. Ingenting er sendt.
error-account-disabled-title = Kontoen er sperret
error-account-disabled-text = Åpne kontoen igjen først, og prøv så igjen. Ingenting er sendt.
error-overloaded-title = Det er travelt akkurat nå
error-overloaded-text = Mange logger inn samtidig. Vent litt, og prøv igjen.
error-store-unavailable-title = Innloggingen er ute av drift akkurat nå
error-store-unavailable-text = Vi får ikke hentet opplysningene vi trenger. Prøv igjen om litt.
error-internal-title = Noe gikk galt hos oss
error-internal-text = Du har ikke gjort noe galt. Prøv igjen om litt, og kontakt IT‑støtten hvis det fortsetter.
error-link-shut-title = Lenken kan ikke brukes lenger
error-link-shut-text = Den er brukt, for gammel eller erstattet av en nyere. Be om en ny.
error-network-not-allowed-title = Du kan ikke logge inn herfra
error-network-not-allowed-text = Organisasjonen din har bestemt at man bare kan logge inn fra godkjente nettverk. Prøv fra arbeidsplassen eller med VPN, eller kontakt IT‑support.
