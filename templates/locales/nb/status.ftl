notice-information = Til informasjon
notice-maintenance = Planlagt vedlikehold
notice-disruption = Driftsforstyrrelse
status-title = Driftsstatus
status-disturbed = Noe virker ikke som det skal
status-fine = Alt fungerer
status-nothing-planned = Ingenting er planlagt.
status-sign-in = Gå til innlogging
