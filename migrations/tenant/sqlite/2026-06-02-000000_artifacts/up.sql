-- Messages that an application fetches itself (SAML HTTP-Artifact): known by the hash of the reference, gone when
-- fetched. Those about nobody have no session.
CREATE TABLE artifacts (
    token_hash     BLOB   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL,
    user_id        TEXT   REFERENCES users (id) ON DELETE CASCADE,
    session_id     TEXT   REFERENCES sessions (id) ON DELETE CASCADE,
    sealed_message BLOB   NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX artifacts_expiry ON artifacts (expires_at);
