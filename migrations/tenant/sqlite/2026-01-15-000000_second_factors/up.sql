-- A sign-in that is not finished: the password was right, something else is still owed.
CREATE TABLE sign_ins (
    id         TEXT   NOT NULL PRIMARY KEY,
    -- Hash of the cookie of the one browser that may go on with it.
    binding    BLOB   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    proofs     TEXT   NOT NULL,
    -- When the oldest of the proofs was given.
    auth_time  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

CREATE TABLE totp_credentials (
    id            TEXT   NOT NULL PRIMARY KEY,
    user_id       TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT   NOT NULL,
    sealed_secret BLOB   NOT NULL,
    -- The newest time step that was accepted: neither it nor an older one is accepted again.
    last_step     BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT
);
CREATE INDEX totp_credentials_user ON totp_credentials (user_id);

-- Under a MAC whose key is not in this database.
CREATE TABLE recovery_codes (
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mac        BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    spent_at   BIGINT,
    PRIMARY KEY (user_id, mac)
) WITHOUT ROWID;

-- At most one lives per sign-in; a new one replaces it and keeps its tries. Replaced ones are kept to be counted.
CREATE TABLE mail_codes (
    id         TEXT   NOT NULL PRIMARY KEY,
    sign_in_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mac        BLOB   NOT NULL,
    tries      BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT
);
CREATE INDEX mail_codes_sign_in ON mail_codes (sign_in_id);
CREATE INDEX mail_codes_user ON mail_codes (user_id, sent_at);

-- When a person was first told to set a second factor up: days of grace count from here.
CREATE TABLE enrolment_deadlines (
    user_id  TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    asked_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Until when the browser need not give the second factor again.
ALTER TABLE devices ADD COLUMN trusted_until BIGINT;
