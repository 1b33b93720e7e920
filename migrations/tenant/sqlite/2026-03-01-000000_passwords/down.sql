DROP TABLE password_history;
ALTER TABLE passwords DROP COLUMN must_change;
