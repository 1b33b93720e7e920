//! From what the file says to what shall be done. Everything that is wrong is found before anything is done.

use std::collections::BTreeSet;
use std::fmt::Display;

use url::Url;

use crate::domain::ids::Slug;
use crate::domain::language::Language;
use crate::domain::tenant::TenantSettings;
use crate::domain::time_zone::TimeZone;

use super::super::NewUser;
use super::application::{self, ApplicationPlan};
use super::help::{self, HelpPlan};
use super::identity_provider::{self, IdentityProviderPlan};
use super::policy::{self, PolicyPlan};
use super::user::{self, UserPlan};
use super::{ApplicationEntry, Declaration, IdentityProviderEntry, PolicyEntry, Problem, TenantEntry, UserEntry};

/// What a declaration asks for, every value of the right type.
#[derive(Clone, Debug)]
pub struct TenantPlan {
    /// Which of several documents says so, and where in it.
    pub document: usize,
    pub path: String,
    pub slug: Slug,
    pub name: Option<String>,
    pub languages: Option<Vec<Language>>,
    pub hosts: Option<Vec<String>>,
    pub time_zone: Option<TimeZone>,
    pub playground: Option<bool>,
    pub broker: Option<bool>,
    pub help: HelpPlan,
    pub policy: PolicyPlan,
    pub users: Vec<UserPlan>,
    pub applications: Vec<ApplicationPlan>,
    pub identity_providers: Vec<IdentityProviderPlan>,
}

/// A declaration that can be applied, and what its author should think about.
#[derive(Debug)]
pub struct Checked {
    pub tenants: Vec<TenantPlan>,
    pub warnings: Vec<Problem>,
}

pub fn check(declaration: Declaration) -> Result<Checked, Vec<Problem>> {
    let mut notes = Notes::default();
    if declaration.version.is_some_and(|version| version != 1) {
        notes.refuse("version", "this program reads version 1 of the file");
    }
    let mut tenants = Vec::new();
    let mut seen = BTreeSet::new();
    for (n, entry) in declaration.tenant.into_iter().enumerate() {
        let path = format!("tenant[{n}]");
        let plan = tenant(&mut notes, &path, entry);
        if let Some(plan) = plan {
            if !seen.insert(plan.slug.clone()) {
                notes.refuse(&format!("{path}.slug"), format!("tenant {:?} is declared twice", plan.slug.as_str()));
            }
            tenants.push(plan);
        }
    }
    if notes.problems.is_empty() { Ok(Checked { tenants, warnings: notes.warnings }) } else { Err(notes.problems) }
}

/// An application, as if declared alone; with what its author should think about.
pub fn plan_application(entry: ApplicationEntry) -> Result<ApplicationPlan, Vec<Problem>> {
    let mut notes = Notes::default();
    match application::plan(&mut notes, "application", entry) {
        Some(plan) if notes.problems.is_empty() => Ok(plan),
        _ => Err(notes.problems),
    }
}

/// An upstream identity provider, as if declared alone.
pub fn plan_identity_provider(entry: IdentityProviderEntry) -> Result<IdentityProviderPlan, Vec<Problem>> {
    let mut notes = Notes::default();
    match identity_provider::plan(&mut notes, "identity_provider", entry) {
        Some(plan) if notes.problems.is_empty() => Ok(plan),
        _ => Err(notes.problems),
    }
}

/// A policy, as if declared alone.
pub fn plan_policy(entry: PolicyEntry) -> Result<PolicyPlan, Vec<Problem>> {
    let mut notes = Notes::default();
    let plan = policy::plan(&mut notes, "policy", entry);
    if notes.problems.is_empty() { Ok(plan) } else { Err(notes.problems) }
}

/// One person, as if declared alone.
pub fn plan_user(new: NewUser) -> Result<UserPlan, Vec<Problem>> {
    let entry = UserEntry {
        username: Some(new.username),
        email: new.email,
        email_verified: Some(new.email_verified),
        given_name: new.given_name,
        family_name: new.family_name,
        locale: new.locale,
        roles: Some(new.roles),
        groups: Some(new.groups),
        password: new.password,
        ..UserEntry::default()
    };
    let mut notes = Notes::default();
    match user::plan(&mut notes, "user", entry) {
        Some(plan) if notes.problems.is_empty() => Ok(plan),
        _ => Err(notes.problems),
    }
}

impl TenantPlan {
    /// Writes what is said over what stands.
    pub fn merge_into(&self, settings: &mut TenantSettings) {
        if let Some(name) = &self.name {
            settings.name.clone_from(name);
        }
        if let Some(languages) = &self.languages {
            settings.languages.clone_from(languages);
        }
        settings.time_zone = self.time_zone.unwrap_or(settings.time_zone);
        settings.playground = self.playground.unwrap_or(settings.playground);
        settings.broker = self.broker.unwrap_or(settings.broker);
        self.help.merge_into(&mut settings.help);
        self.policy.merge_into(&mut settings.policy);
    }
}

fn tenant(notes: &mut Notes, path: &str, entry: TenantEntry) -> Option<TenantPlan> {
    let slug = notes.named(path, "slug", entry.slug.as_deref(), Slug::parse);
    let name = entry.name.and_then(|name| notes.text(&format!("{path}.name"), name, 200));
    let languages = entry.languages.and_then(|tags| languages(notes, &format!("{path}.languages"), &tags));
    let time_zone = entry.time_zone.and_then(|name| {
        let unknown = "is not a zone of the IANA database, such as \"Europe/Stockholm\"";
        notes.parsed(&format!("{path}.time_zone"), &name, |name| TimeZone::parse(name).ok_or(unknown))
    });
    let hosts = entry.hosts.map(|hosts| notes.list(&format!("{path}.hosts"), &hosts, host_name));
    let help = help::plan(notes, &format!("{path}.help"), entry.help.unwrap_or_default());
    let policy = policy::plan(notes, &format!("{path}.policy"), entry.policy.unwrap_or_default());
    let mut users = Vec::new();
    for (n, entry) in entry.user.into_iter().enumerate() {
        users.extend(user::plan(notes, &format!("{path}.user[{n}]"), entry));
    }
    notes.unique(&format!("{path}.user"), "username", users.iter().map(|user| user.username.key()));
    let mut applications = Vec::new();
    for (n, entry) in entry.application.into_iter().enumerate() {
        applications.extend(application::plan(notes, &format!("{path}.application[{n}]"), entry));
    }
    let section = format!("{path}.application");
    notes.unique(&section, "id", applications.iter().map(|app| app.id.to_string()));
    notes.unique(&section, "entity id", applications.iter().filter_map(ApplicationPlan::entity_id));
    notes.unique(&section, "realm", applications.iter().filter_map(ApplicationPlan::realm));
    let mut providers = Vec::new();
    for (n, entry) in entry.identity_provider.into_iter().enumerate() {
        providers.extend(identity_provider::plan(notes, &format!("{path}.identity_provider[{n}]"), entry));
    }
    let section = format!("{path}.identity_provider");
    notes.unique(&section, "id", providers.iter().map(|provider| provider.id().to_string()));
    notes.unique(&section, "domain", providers.iter().flat_map(IdentityProviderPlan::domains).cloned());
    let slug = slug?;
    let path = path.to_owned();
    Some(TenantPlan {
        document: 0,
        path,
        slug,
        name,
        languages,
        hosts,
        time_zone,
        playground: entry.playground,
        broker: entry.broker,
        help,
        policy,
        users,
        applications,
        identity_providers: providers,
    })
}

fn languages(notes: &mut Notes, path: &str, tags: &[String]) -> Option<Vec<Language>> {
    let parse = |tag: &str| Language::parse(tag).ok_or("must be one of \"da\", \"sv\", \"nb\", \"en\"");
    let languages = notes.list(path, tags, parse);
    if tags.is_empty() {
        notes.refuse(path, "must name at least one language");
        return None;
    }
    let distinct: BTreeSet<Language> = languages.iter().copied().collect();
    if distinct.len() < languages.len() {
        notes.refuse(path, "names a language twice");
    }
    Some(languages)
}

/// A DNS name in lower case: no scheme, no port, no path.
pub fn host_name(text: &str) -> Result<String, &'static str> {
    let refused = "must be a host name such as \"login.acme.example\", without scheme or port";
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if text.len() <= 253 && text.split('.').all(label) { Ok(text.to_owned()) } else { Err(refused) }
}

/// Problems and warnings as they are found.
#[derive(Debug, Default)]
pub(super) struct Notes {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Notes {
    pub fn refuse(&mut self, path: &str, message: impl Display) {
        self.problems.push(Problem::new(path, message));
    }

    pub fn warn(&mut self, path: &str, message: impl Display) {
        self.warnings.push(Problem::new(path, message));
    }

    pub fn parsed<T, E: Display>(
        &mut self,
        path: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let shown: String = text.chars().take(80).collect();
                self.refuse(path, format!("{error} (it is {shown:?})"));
                None
            }
        }
    }

    /// The key an object is known by; without it there is no object.
    pub fn named<T, E: Display>(
        &mut self,
        path: &str,
        key: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let path = format!("{path}.{key}");
        if text.is_none() {
            self.refuse(&path, "is missing");
        }
        self.parsed(&path, text?, parse)
    }

    pub fn list<T, E: Display>(
        &mut self,
        path: &str,
        texts: &[String],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let items = texts.iter().enumerate();
        items.filter_map(|(n, text)| self.parsed(&format!("{path}[{n}]"), text, &parse)).collect()
    }

    /// A text for people: not empty, not endless, no control characters (XML 1.0 cannot carry them).
    pub fn text(&mut self, path: &str, text: String, longest: usize) -> Option<String> {
        let fault = if text.trim().is_empty() {
            "must not be empty".to_owned()
        } else if text.chars().count() > longest {
            format!("must be at most {longest} characters")
        } else if text.chars().any(char::is_control) {
            "must not contain control characters".to_owned()
        } else {
            return Some(text);
        };
        self.refuse(path, fault);
        None
    }

    fn unique(&mut self, path: &str, key: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        let mut twice = BTreeSet::new();
        for name in names {
            if !seen.insert(name.clone()) && twice.insert(name.clone()) {
                self.refuse(path, format!("the {key} {name:?} stands here twice"));
            }
        }
    }
}

/// A web address that applications or people are sent to.
pub(super) fn web_address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_refused| "must be an address that begins with https://")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must be an address that begins with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a user name or password");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    if text.len() > 2048 || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("must be at most 2,048 characters without spaces");
    }
    Ok(url)
}

/// Whether an address can only be on the same machine, where http harms nobody.
pub fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}
