# Rammen om alle sider. Regler for ordene: tiltal læseren, sig det aktivt, højst 20 ord i en sætning.
error-prefix = Fejl: { $title }
frame-skip = Gå til indhold
frame-sign-in-at = Log ind hos { $tenant }
frame-languages = Sprog
frame-help = Har du brug for hjælp? Kontakt it‑support hos { $tenant }.
frame-help-page = Hjælp
frame-privacy = Privatliv
frame-accessibility = Tilgængelighed
continue-to = Du fortsætter til { $application }
back-to = Tilbage til { $application }
home-title = Her logger du ind
home-text = Denne server logger dig ind i de tjenester, du bruger.
home-advice = Gå til den tjeneste, du vil bruge, og vælg Log ind dér. Så bliver du sendt hertil.
moment = { $day }. { $month } { $year } kl. { $time }
month =
    { $number ->
        [1] januar
        [2] februar
        [3] marts
        [4] april
        [5] maj
        [6] juni
        [7] juli
        [8] august
        [9] september
        [10] oktober
        [11] november
       *[other] december
    }
