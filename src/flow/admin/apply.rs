//! `portner apply`: brings tenants to the declared state. Doing it twice changes nothing the second time; each
//! tenant is changed wholly or not at all; a trial run takes the same way and is rolled back at its end.

use serde_json::Value;

use crate::domain::Time;
use crate::domain::audit::{EventKind, Origin};
use crate::domain::policy::PolicyFault;
use crate::domain::tenant::{Tenant, TenantSettings};
use crate::domain::user::Role;
use crate::store::{self, Store, StoreError, Tx};

use super::super::recovery::Links;
use super::super::{Host, client};
pub(super) use super::act::Act;
use super::answer::{Action, Applied, Change, FieldChange};
use super::declared::{self, Declaration, Problem, TenantPlan};
use super::identity_providers::{self, Sealed};
use super::tenants::{self, Birth};
use super::users::{self, Prepared};
use super::{AdminError, applications, difference, fitness, mail};

/// Reads the documents and applies them. Anything wrong in any of them, and nothing is done.
pub fn apply_documents(
    host: &Host,
    documents: Vec<Value>,
    dry_run: bool,
    origin: &Origin,
) -> Result<Applied, AdminError> {
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    for (number, document) in documents.into_iter().enumerate() {
        match read(document) {
            Ok(checked) => {
                plans.extend(checked.tenants.into_iter().map(|plan| TenantPlan { document: number, ..plan }));
                warnings.extend(checked.warnings.into_iter().map(|warning| warning.of(number)));
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.of(number))),
        }
    }
    problems.extend(fitness::declared_twice(&plans));
    if !problems.is_empty() {
        return Err(AdminError::Invalid(problems));
    }
    let changes = apply(host, plans, (dry_run, &mut warnings), origin)?;
    Ok(Applied { dry_run, changes, warnings })
}

fn read(document: Value) -> Result<declared::Checked, Vec<Problem>> {
    let declaration: Declaration = serde_path_to_error::deserialize(document)
        .map_err(|error| vec![Problem::new(&error.path().to_string(), error.inner().to_string())])?;
    declared::check(declaration)
}

/// Applies what has been checked.
pub fn apply(
    host: &Host,
    plans: Vec<TenantPlan>,
    (dry_run, warnings): (bool, &mut Vec<Problem>),
    origin: &Origin,
) -> Result<Vec<Change>, AdminError> {
    let mut problems = Vec::new();
    for plan in &plans {
        problems.extend(fitness::problems(host, plan)?);
        let own = host.stores.registry().find_by_slug(&plan.slug)?.map(|tenant| tenant.id);
        tenants::check_hosts(host, own, plan.hosts.as_deref().unwrap_or_default())?;
    }
    if !problems.is_empty() {
        return Err(AdminError::Invalid(problems));
    }
    let mut changes = Vec::new();
    let mut applied = Vec::new();
    for plan in plans {
        let slug = plan.slug.to_string();
        match apply_tenant(host, plan, (dry_run, &mut *warnings), origin) {
            Ok(done) => changes.extend(done),
            Err(cause) => return Err(AdminError::Apply { slug, applied, cause: Box::new(cause) }),
        }
        applied.push(slug);
    }
    Ok(changes)
}

fn apply_tenant(
    host: &Host,
    plan: TenantPlan,
    (dry_run, warnings): (bool, &mut Vec<Problem>),
    origin: &Origin,
) -> Result<Vec<Change>, AdminError> {
    let act = Act::new(host, &plan.slug, origin);
    match host.store_of(&plan.slug)? {
        Some(stands) => bring(host, (act, plan), stands, (dry_run, warnings), origin),
        None if dry_run => {
            let settings = settings_after(None, &plan)?;
            let passwords = plan.users.iter().map(|user| users::password_doubt(host, user, &settings)).collect();
            warnings.extend(doubts(None, &plan, (&settings, passwords), host.clock.now())?);
            Ok(all_new(&act, &plan))
        }
        None => {
            let (tenant, store) = tenants::register(host, &plan.slug, plan.hosts.clone().unwrap_or_default())?;
            let newborn = (tenant.clone(), store.clone());
            let brought = bring(host, (act, plan), newborn, (dry_run, warnings), origin);
            tenants::keep_or_forget(host, &tenant, store, brought)
        }
    }
}

/// Brings a tenant that is registered to the declared state.
fn bring(
    host: &Host,
    (act, plan): (Act, TenantPlan),
    (tenant, store): (Tenant, Store),
    (dry_run, warnings): (bool, &mut Vec<Problem>),
    origin: &Origin,
) -> Result<Vec<Change>, AdminError> {
    let birth = if Birth::is_due(&store)? { Some(Birth::prepare(host, &tenant, &store, origin)?) } else { None };
    let settings = settings_after(birth.is_none().then_some(&store), &plan)?;
    let prepare = |user| users::prepare(host, &store, user, &settings);
    let passwords: Vec<Prepared> = plan.users.iter().map(prepare).collect::<Result<_, _>>()?;
    let told = passwords.iter().map(Prepared::doubt).collect();
    warnings.extend(doubts(Some(&store), &plan, (&settings, told), host.clock.now())?);
    let hosts = plan.hosts.clone().filter(|hosts| !same(hosts, &tenant.hosts));
    let signs = plan.applications.iter().any(declared::ApplicationPlan::needs_credentials);
    let work = Work {
        passwords,
        tags: tags(&store, &plan),
        sealed: sealed(host, &store, &plan)?,
        act,
        birth,
        links: mail::links_of(
            host,
            &Tenant { hosts: hosts.clone().unwrap_or(tenant.hosts.clone()), ..tenant.clone() },
        )?,
        origin: origin.clone(),
        hosts_before: tenant.hosts.clone(),
        hosts_after: hosts.clone(),
        dry_run,
        plan,
    };
    let changes = match store.write(move |tx| work.run(tx)) {
        Ok(changes) => changes,
        Err(Stop::Trial(changes)) => return Ok(changes),
        Err(Stop::Invalid(problems)) => return Err(AdminError::Invalid(problems)),
        Err(Stop::Store(error)) => return Err(error.into()),
    };
    finish(host, &tenant, hosts.as_deref())?;
    if signs {
        applications::ensure_credentials(host, tenant.id)?;
    }
    Ok(changes)
}

/// The settings that hold once the file is applied: by them its passwords are judged.
pub(super) fn settings_after(stands: Option<&Store>, plan: &TenantPlan) -> Result<TenantSettings, AdminError> {
    let mut settings = match stands {
        Some(store) => store.read(store::settings::load)?,
        None => TenantSettings::named(plan.slug.as_str()),
    };
    plan.merge_into(&mut settings);
    Ok(settings)
}

/// What should be thought about: passwords that are set because the file says so, though the rules would have refused them
/// to a person; roles that are probably misspelt; and in the applications.
fn doubts(
    store: Option<&Store>,
    plan: &TenantPlan,
    (settings, passwords): (&TenantSettings, Vec<Option<String>>),
    now: Time,
) -> Result<Vec<Problem>, AdminError> {
    let asked: Vec<&Role> = plan.applications.iter().filter_map(|one| one.require_role.as_ref()).collect();
    let mut found = Vec::new();
    for (n, (user, password)) in plan.users.iter().zip(passwords).enumerate() {
        let mut doubt = |key: &str, text: String| {
            found.push(Problem::new(&format!("{}.user[{n}].{key}", plan.path), text).of(plan.document));
        };
        for text in users::role_doubts(store, settings, user, &asked)? {
            doubt("roles", text);
        }
        if let Some(text) = password {
            doubt("password", text);
        }
    }
    for one in &plan.applications {
        let doubts = applications::doubts(&one.protocol, now).into_iter().chain(one.doubts.iter().cloned());
        found.extend(doubts.map(|doubt| Problem::new(&one.table(), doubt).of(plan.document)));
    }
    Ok(found)
}

/// Host names live in the registry, outside the tenant's transaction. That they are free was checked before.
fn finish(host: &Host, tenant: &Tenant, hosts: Option<&[String]>) -> Result<(), AdminError> {
    let outcome = hosts.map_or(Ok(()), |hosts| host.stores.registry().set_hosts(tenant.id, hosts));
    host.refresh(tenant.id);
    Ok(outcome?)
}

fn same(some: &[String], others: &[String]) -> bool {
    let sorted = |list: &[String]| list.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    sorted(some) == sorted(others)
}

/// Tags of the declared secrets, one for each application.
fn tags(store: &Store, plan: &TenantPlan) -> Vec<Option<[u8; 32]>> {
    let tag = |app: &declared::ApplicationPlan| {
        app.secret.as_ref().map(|secret| client::secret_tag(store, &app.id, secret.expose()))
    };
    plan.applications.iter().map(tag).collect()
}

/// The declared secrets towards upstreams, one for each.
fn sealed(host: &Host, store: &Store, plan: &TenantPlan) -> Result<Vec<Sealed>, AdminError> {
    let seal = |one| identity_providers::seal(store, one, host.entropy.as_ref()).map_err(AdminError::from);
    plan.identity_providers.iter().map(seal).collect()
}

/// A trial run for a tenant that does not exist yet.
fn all_new(act: &Act, plan: &TenantPlan) -> Vec<Change> {
    let created = |kind: &str, id: &str| act.change(kind, id, Action::Created, Vec::new());
    let users = plan.users.iter().map(|user| created("user", user.username.as_str()));
    let applications = plan.applications.iter().map(|application| created("application", application.id.as_str()));
    let providers = plan.identity_providers.iter().map(|provider| created("identity provider", provider.id().as_str()));
    std::iter::once(created("tenant", plan.slug.as_str())).chain(users).chain(applications).chain(providers).collect()
}

/// Why a transaction ended without a commit.
enum Stop {
    /// As it was meant to: this is what would have been changed.
    Trial(Vec<Change>),
    /// What the file says does not go together with what stands.
    Invalid(Vec<Problem>),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One tenant's changes, everything slow already done.
struct Work {
    act: Act,
    plan: TenantPlan,
    birth: Option<Birth>,
    passwords: Vec<Prepared>,
    tags: Vec<Option<[u8; 32]>>,
    sealed: Vec<Sealed>,
    /// For the invitations of new people.
    links: Links,
    origin: Origin,
    hosts_before: Vec<String>,
    /// `None`: as they are.
    hosts_after: Option<Vec<String>>,
    dry_run: bool,
}

impl Work {
    fn run(self, tx: &mut Tx<'_>) -> Result<Vec<Change>, Stop> {
        let tenant = self.tenant(tx)?;
        let mut changes = vec![tenant];
        for (user, password) in self.plan.users.iter().zip(&self.passwords) {
            let change = users::put(tx, &self.act, user, password)?;
            if change.action == Action::Created {
                mail::invite_new(tx, &self.links, &self.act, (&user.username, &self.origin))?;
            }
            changes.push(change);
        }
        for (application, tag) in self.plan.applications.iter().zip(&self.tags) {
            changes.push(applications::put(tx, &self.act, application, *tag)?);
        }
        for (provider, sealed) in self.plan.identity_providers.iter().zip(&self.sealed) {
            changes.push(identity_providers::put(tx, &self.act, provider, sealed)?);
        }
        let policy = store::settings::load(tx)?.policy;
        if !identity_providers::fits(tx, &policy)? {
            return Err(Stop::Invalid(vec![fitness::of_policy(&self.plan, PolicyFault::NoProvider)]));
        }
        self.check_broker(tx)?;
        if self.hosts_after.is_some() {
            // The names stand in the registry, but what other servers keep in memory depends on them.
            store::settings::bump(tx)?;
        }
        if self.dry_run { Err(Stop::Trial(changes)) } else { Ok(changes) }
    }

    fn tenant(&self, tx: &mut Tx<'_>) -> Result<Change, Stop> {
        let slug = self.plan.slug.as_str();
        if let Some(birth) = &self.birth {
            let mut settings = TenantSettings::named(slug);
            self.plan.merge_into(&mut settings);
            self.check(&settings)?;
            birth.run(tx, &settings)?;
            return Ok(self.act.change("tenant", slug, Action::Created, Vec::new()));
        }
        let before = store::settings::load(tx)?;
        let mut after = before.clone();
        self.plan.merge_into(&mut after);
        self.check(&after)?;
        let mut fields = difference::between(&before, &after);
        if !fields.is_empty() {
            store::settings::save(tx, &after)?;
        }
        if before.broker && !after.broker {
            store::transients::end_all(tx, self.act.now)?;
        }
        if let Some(hosts) = &self.hosts_after {
            fields.push(FieldChange {
                field: "hosts".to_owned(),
                before: Some(Value::from(self.hosts_before.clone())),
                after: Some(Value::from(hosts.clone())),
            });
        }
        if fields.is_empty() {
            return Ok(self.act.change("tenant", slug, Action::Unchanged, fields));
        }
        store::audit::append(tx, &self.act.changed(EventKind::TenantChanged, &fields))?;
        Ok(self.act.change("tenant", slug, Action::Changed, fields))
    }

    /// What broker mode asks for, once everything else is done (IN-10).
    fn check_broker(&self, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let settings = store::settings::load(tx)?;
        if !settings.broker {
            return Ok(());
        }
        let served = store::identity_providers::list(tx)?.iter().any(|stored| stored.provider.enabled);
        let ordinary = store::users::anybody_ordinary(tx)?;
        none_or_stop(fitness::broker_problems(&self.plan, served, ordinary))
    }

    fn check(&self, settings: &TenantSettings) -> Result<(), Stop> {
        none_or_stop(fitness::policy_problems(&self.plan, settings))
    }
}

fn none_or_stop(problems: Vec<Problem>) -> Result<(), Stop> {
    if problems.is_empty() { Ok(()) } else { Err(Stop::Invalid(problems)) }
}
