# Ramen kring alla sidor. Regler för orden: tilltala läsaren, skriv aktivt, högst 20 ord i en mening.
error-prefix = Fel: { $title }
frame-skip = Gå till innehållet
frame-sign-in-at = Logga in hos { $tenant }
frame-languages = Språk
frame-help = Behöver du hjälp? Kontakta it‑supporten hos { $tenant }.
frame-help-page = Hjälp
frame-privacy = Integritet
frame-accessibility = Tillgänglighet
continue-to = Du fortsätter till { $application }
back-to = Tillbaka till { $application }
home-title = Här loggar du in
home-text = Den här servern loggar in dig i de tjänster du använder.
home-advice = Gå till den tjänst du vill använda och välj Logga in där. Då skickas du hit.
moment = { $day } { $month } { $year } kl. { $time }
month =
    { $number ->
        [1] januari
        [2] februari
        [3] mars
        [4] april
        [5] maj
        [6] juni
        [7] juli
        [8] augusti
        [9] september
        [10] oktober
        [11] november
       *[other] december
    }
