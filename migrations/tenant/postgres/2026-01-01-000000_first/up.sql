-- Times are microseconds since 1970 (UTC); ids are UUIDs as text; documents are JSON as text.

CREATE TABLE settings (
    id       BIGINT NOT NULL PRIMARY KEY,
    document TEXT   NOT NULL,
    -- Raised by every change of settings, applications and keys: what is cached compares it.
    revision BIGINT NOT NULL
);

CREATE TABLE users (
    id             TEXT    NOT NULL PRIMARY KEY,
    username       TEXT    NOT NULL,
    username_key   TEXT    NOT NULL UNIQUE,
    email          TEXT,
    email_key      TEXT,
    email_verified BOOLEAN NOT NULL,
    locale         TEXT,
    profile        TEXT    NOT NULL,
    role_names     TEXT    NOT NULL,
    group_names    TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
CREATE INDEX users_email ON users (email_key) WHERE email_key IS NOT NULL;

CREATE TABLE passwords (
    user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash       TEXT   NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Subjects are account:<user>, device:<device> or unknown:<HMAC of the name>.
CREATE TABLE attempt_counters (
    subject      TEXT   NOT NULL,
    factor       TEXT   NOT NULL,
    failed       BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    level        BIGINT NOT NULL,
    last_at      BIGINT,
    locked_until BIGINT,
    PRIMARY KEY (subject, factor)
);

CREATE TABLE attempt_leases (
    id         TEXT   NOT NULL PRIMARY KEY,
    subject    TEXT   NOT NULL,
    factor     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (subject, factor) REFERENCES attempt_counters (subject, factor) ON DELETE CASCADE
);
CREATE INDEX attempt_leases_subject ON attempt_leases (subject, factor);

CREATE TABLE devices (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL UNIQUE,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX devices_user ON devices (user_id);

CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL UNIQUE,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    auth_time  BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    amr        TEXT   NOT NULL,
    address    TEXT,
    user_agent TEXT,
    ended_at   BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);

-- A grant outlives its session where offline access was given: no reference to sessions.
-- The nonce is a JSON string, since it may hold any character.
CREATE TABLE grants (
    id             TEXT    NOT NULL PRIMARY KEY,
    user_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id      TEXT    NOT NULL,
    session_id     TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    claims         TEXT    NOT NULL,
    claims_locales TEXT    NOT NULL,
    nonce          TEXT,
    auth_time      BIGINT  NOT NULL,
    amr            TEXT    NOT NULL,
    acr            TEXT    NOT NULL,
    offline        BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL,
    ended_at       BIGINT,
    end_reason     TEXT
);
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expiry ON grants (expires_at);
CREATE INDEX grants_ended ON grants (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE codes (
    token_hash   BYTEA  NOT NULL PRIMARY KEY,
    grant_id     TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri TEXT   NOT NULL,
    challenge    TEXT,
    expires_at   BIGINT NOT NULL,
    spent_at     BIGINT
);
CREATE INDEX codes_grant ON codes (grant_id);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    scopes     TEXT   NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE revoked_tokens (
    jti        TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

CREATE TABLE spent_assertions (
    client_id  TEXT   NOT NULL,
    jti_hash   BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX spent_assertions_expiry ON spent_assertions (expires_at);

CREATE TABLE consents (
    user_id   TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT   NOT NULL,
    scopes    TEXT   NOT NULL,
    claims    TEXT   NOT NULL,
    given_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

CREATE TABLE signing_keys (
    id             TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    sealed_private BYTEA  NOT NULL,
    created_at     BIGINT NOT NULL,
    activated_at   BIGINT,
    retired_at     BIGINT
);

CREATE TABLE applications (
    id         TEXT NOT NULL PRIMARY KEY,
    document   TEXT NOT NULL,
    secret_mac BYTEA
);

-- Each row's hash covers the row before it; personal data is chained by its salted hash alone, so that it
-- can be erased.
CREATE TABLE audit_events (
    sequence       BIGINT NOT NULL PRIMARY KEY,
    at             BIGINT NOT NULL,
    kind           TEXT   NOT NULL,
    outcome        TEXT   NOT NULL,
    actor          TEXT   NOT NULL,
    user_id        TEXT,
    application    TEXT,
    session_id     TEXT,
    request_id     TEXT,
    details        TEXT   NOT NULL,
    personal       TEXT,
    personal_hash  BYTEA  NOT NULL,
    hash           BYTEA  NOT NULL
);
CREATE INDEX audit_events_user ON audit_events (user_id, sequence) WHERE user_id IS NOT NULL;

-- One row: where the chain ends, under a MAC, so that a cut tail is found.
CREATE TABLE audit_head (
    id       BIGINT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash     BYTEA  NOT NULL,
    mac      BYTEA  NOT NULL
);
