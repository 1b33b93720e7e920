# The pages of the administration: what they all share.
admin-title = Administering
admin-at = Administering { $tenant }
admin-home = Overview
admin-users = Users
admin-policy = Sign-in rules
admin-networks = Networks
admin-notices = Notices
