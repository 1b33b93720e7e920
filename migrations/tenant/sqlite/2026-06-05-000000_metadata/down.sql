DROP TABLE metadata_watches;
DROP TABLE metadata_fetches;
