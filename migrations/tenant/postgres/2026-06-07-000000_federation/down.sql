DROP TABLE spent_states;
DROP TABLE federated_identities;
DROP TABLE identity_providers;
