-- When an application last fetched our metadata by the address that is its own.
CREATE TABLE metadata_fetches (
    application_id TEXT   NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    fetched_at     BIGINT NOT NULL
);

-- What became of an application's own metadata, which is fetched from time to time.
CREATE TABLE metadata_watches (
    application_id TEXT   NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    checked_at     BIGINT NOT NULL,
    due_at         BIGINT NOT NULL,
    fetched_at     BIGINT,
    valid_until    BIGINT,
    failure        TEXT,
    held           TEXT   NOT NULL
);
