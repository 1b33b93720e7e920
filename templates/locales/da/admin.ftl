# Administrationens sider: det, de alle har fælles.
admin-title = Administration
admin-at = Administration hos { $tenant }
admin-home = Overblik
admin-users = Brugere
admin-policy = Regler for login
admin-networks = Netværk
admin-notices = Meddelelser
