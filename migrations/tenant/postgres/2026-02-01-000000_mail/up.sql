-- Mail that is to leave, or has left, or could not. What it says is sealed, and erased once it is sent.
CREATE TABLE outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    sealed     BYTEA,
    state      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    -- Who claims a mail moves this on, so that nobody else takes it meanwhile.
    due_at     BIGINT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    keep_until BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued';
CREATE INDEX outbox_user ON outbox (user_id);
CREATE INDEX outbox_keep ON outbox (keep_until);

-- Links that were mailed: invitation, reset of a password, proof of an address. Spent by one conditional update.
CREATE TABLE links (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL UNIQUE,
    kind       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The account's address when the link was made: another address, and the link is dead.
    address    TEXT,
    -- The address that is to be proven.
    target     TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT,
    end_reason TEXT
);
CREATE INDEX links_user ON links (user_id);
CREATE INDEX links_expiry ON links (expires_at);
