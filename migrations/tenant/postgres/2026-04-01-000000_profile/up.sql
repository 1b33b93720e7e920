-- What a person knows a browser of theirs by, as of its last sign-in.
ALTER TABLE devices ADD COLUMN user_agent TEXT;
ALTER TABLE devices ADD COLUMN address TEXT;
ALTER TABLE devices ADD COLUMN seen_at BIGINT;
