-- How people are sorted and found: both are kept by the server with every change of the person. For those who are
-- there already the letters of the Nordic languages are folded here, others at the next change.
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
UPDATE users SET name_key = coalesce(
    profile::json->>'name',
    nullif(trim(coalesce(profile::json->>'given_name' || ' ', '') || coalesce(profile::json->>'middle_name' || ' ', '')
        || coalesce(profile::json->>'family_name', '')), ''),
    username);
UPDATE users SET name_key = lower(replace(replace(replace(replace(replace(replace(replace(name_key, 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å'), 'Ä', 'ä'), 'Ö', 'ö'), 'É', 'é'), 'Ü', 'ü'));
UPDATE users SET search_key = username_key || ' ' || name_key || ' ' || coalesce(email_key, '');
CREATE INDEX users_name ON users (name_key, id);
CREATE INDEX users_created ON users (created_at, id);

-- For the number of failed sign-ins of a day.
CREATE INDEX audit_events_failures ON audit_events (at) WHERE kind = 'signin.failed';
