ALTER TABLE devices DROP COLUMN seen_at;
ALTER TABLE devices DROP COLUMN address;
ALTER TABLE devices DROP COLUMN user_agent;
