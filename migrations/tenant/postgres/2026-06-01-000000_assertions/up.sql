-- Key pairs with certificates: what signs assertions. As signing keys, but each is known by its certificate.
CREATE TABLE credentials (
    id             TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    sealed_private BYTEA  NOT NULL,
    certificate    BYTEA  NOT NULL,
    created_at     BIGINT NOT NULL,
    activated_at   BIGINT,
    retired_at     BIGINT
);

-- What a person is called by one application and by no other: random, made at the first need, kept for good.
CREATE TABLE name_ids (
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    audience   TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, audience),
    UNIQUE (audience, value)
);

-- Applications that were told of a session by assertion, for logout.
CREATE TABLE participants (
    session_id     TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    application_id TEXT   NOT NULL,
    user_id        TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name_id        TEXT   NOT NULL,
    name_id_format TEXT   NOT NULL,
    session_index  TEXT   NOT NULL,
    joined_at      BIGINT NOT NULL,
    PRIMARY KEY (session_id, application_id, name_id)
);
CREATE INDEX participants_user ON participants (user_id);
