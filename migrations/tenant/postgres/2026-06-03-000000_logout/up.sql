-- Notices of ended sessions to applications, from server to server. What one says is written when it is sent.
CREATE TABLE logout_notices (
    id             TEXT   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL,
    -- No reference: a notice outlives whoever it is about.
    user_id        TEXT   NOT NULL,
    session_id     TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    attempts       BIGINT NOT NULL,
    -- Who claims a notice moves this on, so that nobody else takes it meanwhile.
    due_at         BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    keep_until     BIGINT NOT NULL,
    last_error     TEXT,
    UNIQUE (session_id, application_id)
);
CREATE INDEX logout_notices_due ON logout_notices (due_at) WHERE state = 'queued';
CREATE INDEX logout_notices_user ON logout_notices (user_id);
CREATE INDEX logout_notices_keep ON logout_notices (keep_until);

-- Logouts on their way through a browser, from one application to the next.
CREATE TABLE logouts (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Of the browser; none until it first comes with its cookies.
    binding    BYTEA,
    asker      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logouts_user ON logouts (user_id);
CREATE INDEX logouts_expiry ON logouts (expires_at);

CREATE TABLE logout_parties (
    logout_id      TEXT   NOT NULL REFERENCES logouts (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL,
    application_id TEXT   NOT NULL,
    session_id     TEXT   NOT NULL,
    channel        TEXT   NOT NULL,
    name_id        TEXT   NOT NULL,
    name_id_format TEXT   NOT NULL,
    session_index  TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    -- Of our message to it, which its answer names.
    request_id     TEXT   UNIQUE,
    PRIMARY KEY (logout_id, position)
);
