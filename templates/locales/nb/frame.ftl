# Rammen rundt alle sider. Regler for ordene: snakk til leseren, skriv aktivt, høyst 20 ord i en setning.
error-prefix = Feil: { $title }
frame-skip = Gå til innholdet
frame-sign-in-at = Logg inn hos { $tenant }
frame-languages = Språk
frame-help = Trenger du hjelp? Kontakt IT‑support hos { $tenant }.
frame-help-page = Hjelp
frame-privacy = Personvern
frame-accessibility = Tilgjengelighet
continue-to = Du fortsetter til { $application }
back-to = Tilbake til { $application }
home-title = Her logger du inn
home-text = Denne serveren logger deg inn i tjenestene du bruker.
home-advice = Gå til tjenesten du vil bruke, og velg Logg inn der. Da blir du sendt hit.
moment = { $day }. { $month } { $year } kl. { $time }
month =
    { $number ->
        [1] januar
        [2] februar
        [3] mars
        [4] april
        [5] mai
        [6] juni
        [7] juli
        [8] august
        [9] september
        [10] oktober
        [11] november
       *[other] desember
    }
