-- Tenants, the names they are reached by, and their wrapped keys.
CREATE TABLE tenants (
    id          TEXT    NOT NULL PRIMARY KEY,
    slug        TEXT COLLATE "C" NOT NULL UNIQUE,
    status      TEXT    NOT NULL,
    wrapped_key BYTEA   NOT NULL,
    -- False until the tenant's own database is complete.
    ready       BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE tenant_hosts (
    host      TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX tenant_hosts_tenant ON tenant_hosts (tenant_id);
