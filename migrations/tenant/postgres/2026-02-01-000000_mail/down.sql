DROP TABLE links;
DROP TABLE outbox;
