notice-information = Til orientering
notice-maintenance = Planlagt vedligeholdelse
notice-disruption = Driftsforstyrrelse
status-title = Driftsstatus
status-disturbed = Noget virker ikke, som det skal
status-fine = Alt kører
status-nothing-planned = Der er ikke planlagt noget.
status-sign-in = Gå til login
