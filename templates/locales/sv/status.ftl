notice-information = För kännedom
notice-maintenance = Planerat underhåll
notice-disruption = Driftstörning
status-title = Driftläge
status-disturbed = Något fungerar inte som det ska
status-fine = Allt fungerar
status-nothing-planned = Inget är planerat.
status-sign-in = Gå till inloggningen
