notice-information = For your information
notice-maintenance = Planned maintenance
notice-disruption = Disruption
status-title = Service status
status-disturbed = Something is not working as it should
status-fine = Everything is running
status-nothing-planned = Nothing is planned.
status-sign-in = Go to sign-in
