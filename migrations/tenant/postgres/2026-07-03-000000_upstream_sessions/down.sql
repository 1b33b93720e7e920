DROP INDEX logouts_upstream_request;
ALTER TABLE logouts DROP COLUMN upstream_request;
ALTER TABLE logouts DROP COLUMN upstream_state;
ALTER TABLE logouts DROP COLUMN upstream;
DROP TABLE upstream_sessions;
