DROP TABLE participants;
DROP TABLE name_ids;
DROP TABLE credentials;
