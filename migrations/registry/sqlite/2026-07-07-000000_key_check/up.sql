-- One row, which opens with the master key of this installation and with no other.
CREATE TABLE key_check (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BLOB   NOT NULL
);
