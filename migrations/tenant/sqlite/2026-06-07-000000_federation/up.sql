-- Upstream identity providers. What proves us to one of them is sealed.
CREATE TABLE identity_providers (
    id            TEXT  NOT NULL PRIMARY KEY,
    document      TEXT  NOT NULL,
    sealed_secret BLOB 
);

-- Who comes from them. A person is these three and never an address. No reference to the provider: identities outlive it.
CREATE TABLE federated_identities (
    provider   TEXT   NOT NULL,
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    roles      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (provider, issuer, subject)
);
CREATE INDEX federated_identities_user ON federated_identities (user_id);

-- Answers that have been taken: each request is answered once.
CREATE TABLE spent_states (
    state      BLOB   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_states_expiry ON spent_states (expires_at);
