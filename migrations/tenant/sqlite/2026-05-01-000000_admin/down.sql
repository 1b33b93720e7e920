DROP INDEX audit_events_failures;
DROP INDEX users_created;
DROP INDEX users_name;
ALTER TABLE users DROP COLUMN search_key;
ALTER TABLE users DROP COLUMN name_key;
