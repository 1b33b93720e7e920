DROP INDEX users_transient;
