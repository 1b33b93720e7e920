-- When a session is over whatever is done in it: the end of the one at an upstream that it rests on.
ALTER TABLE sessions ADD COLUMN ends_by BIGINT;
