# Administrasjonens sider: det alle har felles.
admin-title = Administrasjon
admin-at = Administrasjon hos { $tenant }
admin-home = Oversikt
admin-users = Brukere
admin-policy = Regler for innlogging
admin-networks = Nettverk
admin-notices = Meldinger
