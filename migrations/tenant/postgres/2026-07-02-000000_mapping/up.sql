-- Groups that an upstream has given to a person and may take away, as roles.
ALTER TABLE federated_identities ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
