-- Which sign-in at an identity provider a session rests on, or a sign-in that is not finished yet: exactly one of the two.
CREATE TABLE upstream_sessions (
    holder     TEXT   NOT NULL PRIMARY KEY,
    session_id TEXT   REFERENCES sessions (id) ON DELETE CASCADE,
    sign_in_id TEXT   REFERENCES sign_ins (id) ON DELETE CASCADE,
    provider   TEXT   NOT NULL,
    issuer     TEXT   NOT NULL,
    -- The words by which the provider ends it: `sub` and `sid`, or NameID and SessionIndex.
    name       TEXT   NOT NULL,
    name_index TEXT,
    -- The same with what is said back to the provider. The ID token in it is sealed.
    document   TEXT   NOT NULL
);
CREATE INDEX upstream_sessions_session ON upstream_sessions (session_id);
CREATE INDEX upstream_sessions_sign_in ON upstream_sessions (sign_in_id);
CREATE INDEX upstream_sessions_name ON upstream_sessions (provider, name);
CREATE INDEX upstream_sessions_index ON upstream_sessions (provider, name_index);

-- A logout may end at the identity provider too.
ALTER TABLE logouts ADD COLUMN upstream TEXT;
ALTER TABLE logouts ADD COLUMN upstream_state TEXT;
ALTER TABLE logouts ADD COLUMN upstream_request TEXT;
CREATE UNIQUE INDEX logouts_upstream_request ON logouts (upstream_request);
