//! `portner apply`: brings tenants to the declared state. Doing it twice changes nothing the second time; each
//! tenant is changed wholly or not at all; a trial run takes the same way and is rolled back at its end.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Time;
use crate::domain::audit::{EventKind, Origin};
use crate::domain::ids::{ClientId, Slug};
use crate::domain::policy::PolicyFault;
use crate::domain::tenant::{Tenant, TenantSettings};
use crate::store::{self, Store, StoreError, Tx};

use super::super::recovery::Links;
use super::super::{Host, client};
pub(super) use super::act::Act;
use super::answer::{Action, Applied, Change, FieldChange};
use super::declared::{self, Declaration, Problem, TenantPlan};
use super::identity_providers::{self, Sealed};
use super::tenants::{self, Birth};
use super::users::{self, Prepared};
use super::{AdminError, applications, difference, mail};

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
    problems.extend(declared_twice(&plans));
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

fn declared_twice(plans: &[TenantPlan]) -> Vec<Problem> {
    let mut first: BTreeMap<&Slug, &TenantPlan> = BTreeMap::new();
    let mut problems = Vec::new();
    for plan in plans {
        if first.insert(&plan.slug, plan).is_some_and(|before| before.document != plan.document) {
            let message = format!("tenant {:?} is declared in another file too; put it into one", plan.slug.as_str());
            problems.push(Problem::new(&format!("{}.slug", plan.path), message).of(plan.document));
        }
    }
    problems
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
        problems.extend(missing_secrets(host, plan)?);
        problems.extend(unusable(host, plan)?);
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

/// Applications that prove themselves with a secret, but have none and are given none.
fn missing_secrets(host: &Host, plan: &TenantPlan) -> Result<Vec<Problem>, AdminError> {
    let without = plan.applications.iter().filter(|app| app.needs_secret() && app.secret.is_none());
    let store = host.store_of(&plan.slug)?.map(|(_, store)| store);
    let mut problems = Vec::new();
    for application in without {
        let stored = match &store {
            Some(store) => store.read(|tx| store::applications::find(tx, &application.id))?,
            None => None,
        };
        if stored.is_none_or(|stored| stored.secret_mac.is_none()) {
            let message = "needs a secret: set secret_file (or secret), or use private_key_jwt";
            problems.push(Problem::new(&format!("{}.oidc", application.path), message).of(plan.document));
        }
    }
    Ok(problems)
}

/// What only the moment and the store can tell: metadata that is past its time, names that another application has.
fn unusable(host: &Host, plan: &TenantPlan) -> Result<Vec<Problem>, AdminError> {
    let now = host.clock.now();
    let problem = |path: String, message: &str| Problem::new(&path, message).of(plan.document);
    let applications = plan.applications.iter().map(|one| (one.table(), one.valid_until));
    let providers = plan.identity_providers.iter().map(|one| (one.path.clone(), one.valid_until));
    let past = applications.chain(providers).filter(|(_, until)| until.is_some_and(|until| until <= now));
    let mut problems: Vec<Problem> = past
        .map(|(path, _)| problem(format!("{path}.metadata"), "is not valid any more by its own word (validUntil)"))
        .collect();
    let store = host.store_of(&plan.slug)?.map(|(_, store)| store);
    let upstreams = match &store {
        Some(store) => store.read(store::identity_providers::list)?,
        None => Vec::new(),
    };
    for one in &plan.identity_providers {
        let found = identity_providers::problems(one, &plan.identity_providers, &upstreams);
        problems.extend(found.into_iter().map(|problem| problem.of(plan.document)));
    }
    for one in &plan.applications {
        let Some(asked) = &one.identity_provider else { continue };
        let known = plan.identity_providers.iter().any(|provider| provider.id() == asked)
            || upstreams.iter().any(|stored| stored.provider.id == *asked);
        if !known {
            let message = format!("there is no identity provider {:?} in this tenant", asked.as_str());
            problems.push(problem(format!("{}.identity_provider", one.path), &message));
        }
    }
    let Some(store) = store else { return Ok(problems) };
    let stored = store.read(store::applications::list)?;
    for one in &plan.applications {
        let declared = |id: &ClientId| plan.applications.iter().any(|other| other.id == *id);
        let others = stored.iter().map(|stored| &stored.application).filter(|other| !declared(&other.id));
        if let Some(other) = applications::same_name(&one.protocol, others) {
            let message = format!("is registered already, as the application {:?}", other.as_str());
            problems.push(problem(one.table(), &message));
        }
    }
    Ok(problems)
}

fn apply_tenant(
    host: &Host,
    plan: TenantPlan,
    (dry_run, warnings): (bool, &mut Vec<Problem>),
    origin: &Origin,
) -> Result<Vec<Change>, AdminError> {
    let act = Act::new(host, &plan.slug, origin);
    let (tenant, store) = match host.store_of(&plan.slug)? {
        Some(found) => found,
        None if dry_run => return Ok(all_new(&act, &plan)),
        None => tenants::register(host, &plan.slug, plan.hosts.clone().unwrap_or_default())?,
    };
    let birth = if Birth::is_due(&store)? { Some(Birth::prepare(host, &tenant, &store, origin)?) } else { None };
    let passwords = prepare_passwords(host, &store, &plan, birth.is_some())?;
    warnings.extend(doubts(&plan, &passwords, host.clock.now()));
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

/// Hashes the passwords of the file, judged by the rules that hold once it is applied.
fn prepare_passwords(host: &Host, store: &Store, plan: &TenantPlan, is_new: bool) -> Result<Vec<Prepared>, AdminError> {
    let mut settings =
        if is_new { TenantSettings::named(plan.slug.as_str()) } else { store.read(store::settings::load)? };
    plan.merge_into(&mut settings);
    plan.users.iter().map(|user| users::prepare(host, store, user, &settings)).collect()
}

/// Passwords that are set because the file says so, though the rules would have refused them to a person.
/// And what should be thought about in the applications.
fn doubts(plan: &TenantPlan, passwords: &[Prepared], now: Time) -> Vec<Problem> {
    let told = passwords.iter().enumerate().filter_map(|(n, prepared)| {
        let path = format!("{}.user[{n}].password", plan.path);
        prepared.doubt().map(|doubt| Problem::new(&path, doubt).of(plan.document))
    });
    let apps = plan.applications.iter().flat_map(|one| {
        let found = applications::doubts(&one.protocol, now).into_iter().chain(one.doubts.iter().cloned());
        found.map(|doubt| Problem::new(&one.table(), doubt).of(plan.document)).collect::<Vec<_>>()
    });
    told.chain(apps).collect()
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
            return Err(Stop::Invalid(vec![self.problem(PolicyFault::NoProvider)]));
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
        let mut problems = Vec::new();
        let mut wrong = |message: &str| problems.push(Problem::new(&format!("{}.broker", self.plan.path), message));
        if !store::identity_providers::list(tx)?.iter().any(|stored| stored.provider.enabled) {
            wrong("needs an identity provider that is switched on: nobody else could sign in");
        }
        if store::users::anybody_ordinary(tx)? {
            wrong(
                "is for tenants without users: only people with the role admin, helpdesk or auditor may have accounts",
            );
        }
        let problems: Vec<Problem> = problems.into_iter().map(|problem| problem.of(self.plan.document)).collect();
        if problems.is_empty() { Ok(()) } else { Err(Stop::Invalid(problems)) }
    }

    fn check(&self, settings: &TenantSettings) -> Result<(), Stop> {
        let problems: Vec<Problem> = settings.faults().into_iter().map(|fault| self.problem(fault)).collect();
        if problems.is_empty() { Ok(()) } else { Err(Stop::Invalid(problems)) }
    }

    fn problem(&self, fault: PolicyFault) -> Problem {
        let path = format!("{}.policy.{}", self.plan.path, fault.key());
        Problem::new(&path, fault).of(self.plan.document)
    }
}
