//! The registry database: which tenants there are, how they are reached, and their wrapped keys.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, micros};
use super::dialect::{AnyConnection, Mode};
use super::engine::pool::Access;
use super::engine::statement::{Statement, Value};
use super::schema::{key_check, tenant_hosts, tenants};
use crate::crypto::entropy::Entropy;
use crate::crypto::keyring::MasterKey;
use crate::domain::ids::{Slug, TenantId};
use crate::domain::tenant::{Tenant, TenantStatus};

/// What the check of the master key is sealed for.
const KEY_CHECK: &str = "key_check/sealed/1";

pub struct Registry {
    readers: Access,
    writer: Access,
    /// Changes that this process has made.
    changes: AtomicU64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants)]
struct TenantRow {
    id: String,
    slug: String,
    status: String,
    wrapped_key: Vec<u8>,
    ready: bool,
    created_at: i64,
}

/// What it takes to open a tenant's database, and whether that is complete.
pub(super) struct Lodging {
    pub slug: String,
    pub wrapped_key: Vec<u8>,
    pub ready: bool,
}

fn status_name(status: TenantStatus) -> &'static str {
    match status {
        TenantStatus::Active => "active",
        TenantStatus::Suspended => "suspended",
    }
}

impl TenantRow {
    fn into_tenant(self, hosts: Vec<String>) -> Result<Tenant, StoreError> {
        let row = Row { table: "tenants", id: &self.id };
        Ok(Tenant {
            id: row.parse("id", &self.id)?,
            slug: row.parse("slug", &self.slug)?,
            status: match self.status.as_str() {
                "active" => TenantStatus::Active,
                "suspended" => TenantStatus::Suspended,
                _ => return Err(row.corrupt("status")),
            },
            hosts,
            created_at: row.time("created_at", self.created_at)?,
        })
    }
}

impl Registry {
    pub(super) fn new(readers: Access, writer: Access) -> Self {
        Self { readers, writer, changes: AtomicU64::new(0) }
    }

    /// Rises with each change that this process makes: what was read at an earlier count may be old.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    fn write<T>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let outcome = self.writer.transact(Mode::Write, work);
        // Before anybody is told of it; one too many is harmless.
        self.changes.fetch_add(1, Ordering::SeqCst);
        outcome
    }

    pub fn find(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        let id = id.to_string();
        self.readers.transact(Mode::Read, |connection| {
            let row = tenants::table.find(&id).select(TenantRow::as_select()).get_result(connection).optional()?;
            with_hosts(connection, row)
        })
    }

    pub fn find_by_slug(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        self.readers.transact(Mode::Read, |connection| {
            let row = tenants::table
                .filter(tenants::slug.eq(slug.as_str()))
                .select(TenantRow::as_select())
                .get_result(connection)
                .optional()?;
            with_hosts(connection, row)
        })
    }

    pub fn find_by_host(&self, host: &str) -> Result<Option<Tenant>, StoreError> {
        self.readers.transact(Mode::Read, |connection| {
            let owner = tenant_hosts::table.find(host).select(tenant_hosts::tenant_id);
            let owner: Option<String> = owner.get_result(connection).optional()?;
            let Some(owner) = owner else { return Ok(None) };
            let row = tenants::table.find(&owner).select(TenantRow::as_select()).get_result(connection).optional()?;
            with_hosts(connection, row)
        })
    }

    /// The host names of all tenants.
    pub fn host_names(&self) -> Result<Vec<String>, StoreError> {
        let all = tenant_hosts::table.select(tenant_hosts::host);
        self.readers.transact(Mode::Read, |connection| Ok(all.load(connection)?))
    }

    /// All tenants, by slug.
    pub fn list(&self) -> Result<Vec<Tenant>, StoreError> {
        self.readers.transact(Mode::Read, |connection| {
            let rows: Vec<TenantRow> =
                tenants::table.order(tenants::slug).select(TenantRow::as_select()).load(connection)?;
            let mut hosts = hosts(connection, None)?;
            rows.into_iter()
                .map(|row| {
                    let (own, others) = hosts.drain(..).partition(|(tenant, _)| *tenant == row.id);
                    hosts = others;
                    let own: Vec<(String, String)> = own;
                    row.into_tenant(own.into_iter().map(|(_, host)| host).collect())
                })
                .collect()
        })
    }

    pub fn set_hosts(&self, id: TenantId, hosts: &[String]) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write(|connection| {
            diesel::delete(tenant_hosts::table.filter(tenant_hosts::tenant_id.eq(&id))).execute(connection)?;
            insert_hosts(connection, &id, hosts)
        })
    }

    pub fn set_status(&self, id: TenantId, status: TenantStatus) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write(|connection| {
            let changed = diesel::update(tenants::table.find(&id))
                .set(tenants::status.eq(status_name(status)))
                .execute(connection)?;
            if changed == 0 { Err(StoreError::Missing("tenant")) } else { Ok(()) }
        })
    }

    /// Writes what is there already: on a database server, a standby or a full disk refuses it. Without a tenant there is
    /// nothing to serve, nor to write.
    pub(super) fn rewrite(&self) -> Result<(), StoreError> {
        let text = "UPDATE tenants SET ready = ready WHERE id = (SELECT MIN(id) FROM tenants)";
        self.writer.transact(Mode::Write, |connection| {
            Statement::new(text, []).execute(connection)?;
            Ok(())
        })
    }

    /// Takes the name and keeps the key; the database follows.
    pub(super) fn insert(&self, tenant: &Tenant, wrapped_key: &[u8]) -> Result<(), StoreError> {
        let row = TenantRow {
            id: tenant.id.to_string(),
            slug: tenant.slug.to_string(),
            status: status_name(tenant.status).to_owned(),
            wrapped_key: wrapped_key.to_vec(),
            ready: false,
            created_at: micros(tenant.created_at),
        };
        self.write(|connection| {
            diesel::insert_into(tenants::table)
                .values(&row)
                .execute(connection)
                .map_err(StoreError::taken("the slug"))?;
            insert_hosts(connection, &row.id, &tenant.hosts)
        })
    }

    pub(super) fn mark_ready(&self, id: TenantId) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write(|connection| {
            diesel::update(tenants::table.find(&id)).set(tenants::ready.eq(true)).execute(connection)?;
            Ok(())
        })
    }

    /// Gives the name up again, and the key with it.
    pub(super) fn remove(&self, id: TenantId) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write(|connection| {
            diesel::delete(tenant_hosts::table.filter(tenant_hosts::tenant_id.eq(&id))).execute(connection)?;
            diesel::delete(tenants::table.find(&id)).execute(connection)?;
            Ok(())
        })
    }

    pub(super) fn lodging(&self, id: TenantId) -> Result<Option<Lodging>, StoreError> {
        let id = id.to_string();
        self.readers.transact(Mode::Read, |connection| {
            let row = tenants::table.find(&id).select((tenants::slug, tenants::wrapped_key, tenants::ready));
            let row: Option<(String, Vec<u8>, bool)> = row.get_result(connection).optional()?;
            Ok(row.map(|(slug, wrapped_key, ready)| Lodging { slug, wrapped_key, ready }))
        })
    }
}

/// Whether a PostgreSQL database has been one of ours.
pub(super) fn is_laid(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let text = "SELECT count(*) FROM information_schema.tables \
                WHERE table_schema = current_schema() AND table_name = 'tenants'";
    let tables: i64 = diesel::dsl::sql::<diesel::sql_types::BigInt>(text).get_result(connection)?;
    Ok(tables > 0)
}

/// Whether an installation has begun here: its master key exists somewhere.
pub(super) fn is_begun(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let checks: i64 = key_check::table.count().get_result(connection)?;
    let tenants: i64 = tenants::table.count().get_result(connection)?;
    Ok(checks > 0 || tenants > 0)
}

/// Refuses a master key that is not the installation's. The first one is.
pub(super) fn check_key(
    connection: &mut AnyConnection,
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    if sealed_check(connection)?.is_none() {
        // From before there was a check: any tenant's key tells.
        let any = tenants::table.select((tenants::id, tenants::wrapped_key)).limit(1);
        if let Some((id, wrapped)) = any.get_result::<(String, Vec<u8>)>(connection).optional()? {
            let id = Row { table: "tenants", id: &id }.parse("id", &id)?;
            master.unwrap(id, &wrapped).ok().ok_or(StoreError::WrongMasterKey)?;
        }
        let sealed = master.registry_sealer().seal(KEY_CHECK, b"portner", entropy)?;
        let text = "INSERT INTO key_check (id, sealed) VALUES (1, ?) ON CONFLICT (id) DO NOTHING";
        Statement::new(text, [Value::Bytes(&sealed)]).execute(connection)?;
    }
    // Read back: another node may have been first.
    let sealed = sealed_check(connection)?.ok_or(StoreError::Missing("check of the master key"))?;
    master.registry_sealer().open(KEY_CHECK, &sealed).map(drop).ok().ok_or(StoreError::WrongMasterKey)
}

fn sealed_check(connection: &mut AnyConnection) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(key_check::table.find(1).select(key_check::sealed).get_result(connection).optional()?)
}

fn insert_hosts(connection: &mut AnyConnection, id: &str, hosts: &[String]) -> Result<(), StoreError> {
    for host in hosts {
        diesel::insert_into(tenant_hosts::table)
            .values((tenant_hosts::host.eq(host), tenant_hosts::tenant_id.eq(id)))
            .execute(connection)
            .map_err(StoreError::taken("the host name"))?;
    }
    Ok(())
}

/// (tenant, host) pairs of one tenant or of all.
fn hosts(connection: &mut AnyConnection, of: Option<&str>) -> Result<Vec<(String, String)>, StoreError> {
    let all = tenant_hosts::table.order(tenant_hosts::host).select((tenant_hosts::tenant_id, tenant_hosts::host));
    Ok(match of {
        Some(id) => all.filter(tenant_hosts::tenant_id.eq(id)).load(connection)?,
        None => all.load(connection)?,
    })
}

fn with_hosts(connection: &mut AnyConnection, row: Option<TenantRow>) -> Result<Option<Tenant>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let hosts = hosts(connection, Some(&row.id))?.into_iter().map(|(_, host)| host).collect();
    row.into_tenant(hosts).map(Some)
}
