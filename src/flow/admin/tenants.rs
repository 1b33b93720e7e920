//! Tenants: created whole, listed, shown.

use crate::crypto::entropy;
use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{Slug, TenantId};
use crate::domain::language::Language;
use crate::domain::signing::StoredKey;
use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
use crate::store::{self, Store, StoreError, Tx};

use super::super::Host;
use super::answer::{TenantDetail, TenantRow};
use super::{AdminError, keys};

/// A tenant to create. What is not said has its default.
#[derive(Clone, Debug)]
pub struct NewTenant {
    pub slug: Slug,
    pub name: Option<String>,
    /// The first is the default; none: all four.
    pub languages: Vec<Language>,
    pub hosts: Vec<String>,
    pub playground: bool,
}

/// A tenant with a database, keys and settings of its own.
pub fn create(host: &Host, new: NewTenant, origin: &Origin) -> Result<(Tenant, Store), AdminError> {
    if host.stores.registry().find_by_slug(&new.slug)?.is_some() {
        return Err(AdminError::Conflict(format!("there is a tenant {:?} already", new.slug.as_str())));
    }
    let (tenant, store) = register(host, &new.slug, new.hosts.clone())?;
    let born = give_birth(host, &tenant, &store, new, origin);
    keep_or_forget(host, &tenant, store.clone(), born)?;
    Ok((tenant, store))
}

fn give_birth(host: &Host, tenant: &Tenant, store: &Store, new: NewTenant, origin: &Origin) -> Result<(), AdminError> {
    let mut settings = TenantSettings::named(new.name.as_deref().unwrap_or(new.slug.as_str()));
    if !new.languages.is_empty() {
        settings.languages = new.languages;
    }
    settings.playground = new.playground;
    let birth = Birth::prepare(host, tenant, store, origin)?;
    store.write(move |tx| birth.run(tx, &settings))?;
    host.refresh(tenant.id);
    Ok(())
}

/// A tenant that this command has registered and that did not come to life is not left behind, not even its name. One
/// that another command has taken away meanwhile has not been made.
pub(super) fn keep_or_forget<T>(
    host: &Host,
    tenant: &Tenant,
    store: Store,
    born: Result<T, AdminError>,
) -> Result<T, AdminError> {
    match born {
        Ok(_) if host.stores.registry().find(tenant.id)?.is_none() => Err(AdminError::Conflict(format!(
            "another command made the tenant {:?} at the same time, and gave it up",
            tenant.slug.as_str()
        ))),
        Ok(done) => Ok(done),
        Err(cause) => {
            host.refresh(tenant.id);
            if let Err(fault) = host.stores.forget_unborn(tenant.id, store) {
                tracing::error!(tenant = %tenant.slug, %fault, "what was left of a tenant could not be removed");
            }
            host.refresh(tenant.id);
            Err(cause)
        }
    }
}

/// Takes the name and makes the database.
pub(super) fn register(host: &Host, slug: &Slug, hosts: Vec<String>) -> Result<(Tenant, Store), AdminError> {
    check_hosts(host, None, &hosts)?;
    let now = host.clock.now();
    let id = TenantId::from_uuid(entropy::uuid(now, host.entropy.as_ref()));
    let tenant = Tenant { id, slug: slug.clone(), status: TenantStatus::Active, hosts, created_at: now };
    let store = host.stores.create_tenant(&tenant, now, host.entropy.as_ref())?;
    Ok((tenant, store))
}

/// A host name belongs to one tenant.
pub(super) fn check_hosts(host: &Host, own: Option<TenantId>, names: &[String]) -> Result<(), AdminError> {
    for name in names {
        if let Some(other) = host.stores.registry().find_by_host(name)?
            && Some(other.id) != own
        {
            return Err(AdminError::Conflict(format!(
                "the host name {name:?} belongs to tenant {:?}",
                other.slug.as_str()
            )));
        }
    }
    Ok(())
}

/// What a tenant's database gets first: settings, keys, and the event that says so. A database without keys has
/// not been born yet, however far an interrupted creation came.
pub(super) struct Birth {
    slug: Slug,
    keys: Vec<StoredKey>,
    now: Time,
    origin: Origin,
}

impl Birth {
    pub fn prepare(host: &Host, tenant: &Tenant, store: &Store, origin: &Origin) -> Result<Self, AdminError> {
        let now = host.clock.now();
        let keys = keys::first(host, store, now)?;
        Ok(Self { slug: tenant.slug.clone(), keys, now, origin: origin.clone() })
    }

    pub fn is_due(store: &Store) -> Result<bool, StoreError> {
        store.read(store::keys::list).map(|keys: Vec<StoredKey>| keys.is_empty())
    }

    pub fn run(&self, tx: &mut Tx<'_>, settings: &TenantSettings) -> Result<(), StoreError> {
        if !store::keys::list(tx)?.is_empty() {
            return Ok(());
        }
        store::settings::save(tx, settings)?;
        let event = Event::new(self.now, EventKind::TenantCreated, Outcome::Success, Actor::Operator, &self.origin)
            .detail("slug", &self.slug)
            .detail("name", &settings.name);
        store::audit::append(tx, &event)?;
        keys::insert(tx, &self.keys, &Actor::Operator, &self.origin)
    }
}

pub fn list(host: &Host) -> Result<Vec<TenantRow>, AdminError> {
    Ok(host.stores.registry().list()?.into_iter().map(row).collect())
}

fn row(tenant: Tenant) -> TenantRow {
    let status = match tenant.status {
        TenantStatus::Active => "active",
        TenantStatus::Suspended => "suspended",
    };
    TenantRow {
        slug: tenant.slug.to_string(),
        id: tenant.id.to_string(),
        status: status.to_owned(),
        hosts: tenant.hosts,
        created_at: tenant.created_at,
    }
}

pub fn show(host: &Host, slug: &Slug) -> Result<TenantDetail, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let issuer = match tenant.hosts.first() {
        Some(name) => format!("https://{name}"),
        None => format!("{}/t/{slug}", host.public_url),
    };
    let (settings, users, applications) = store.read(|tx| -> Result<_, StoreError> {
        Ok((store::settings::load(tx)?, store::users::count(tx)?, store::applications::list(tx)?.len()))
    })?;
    Ok(TenantDetail {
        row: row(tenant),
        name: settings.name,
        issuer,
        languages: settings.languages.iter().map(|language| language.tag().to_owned()).collect(),
        time_zone: settings.time_zone.to_string(),
        playground: settings.playground,
        broker: settings.broker,
        help: settings.help,
        users,
        applications: u64::try_from(applications).unwrap_or(u64::MAX),
        policy: settings.policy,
    })
}
