ALTER TABLE federated_identities DROP COLUMN groups;
