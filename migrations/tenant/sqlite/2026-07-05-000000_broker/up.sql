-- People who are not kept have ids of version 8: found without looking at anybody else.
CREATE INDEX users_transient ON users (id) WHERE substr(id, 15, 1) = '8';
