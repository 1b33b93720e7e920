-- The person chooses another one at the next sign-in: an administrator has said so.
ALTER TABLE passwords ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;

-- Hashes that were replaced, as many as policy refuses to see again.
CREATE TABLE password_history (
    id          TEXT   NOT NULL PRIMARY KEY,
    user_id     TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash        TEXT   NOT NULL,
    replaced_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX password_history_user ON password_history (user_id, replaced_at);
