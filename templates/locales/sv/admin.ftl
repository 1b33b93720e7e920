# Administrationens sidor: det som är gemensamt för alla.
admin-title = Administration
admin-at = Administration hos { $tenant }
admin-home = Översikt
admin-users = Användare
admin-policy = Regler för inloggning
admin-networks = Nätverk
admin-notices = Meddelanden
