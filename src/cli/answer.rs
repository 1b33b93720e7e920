//! Answers as tables and as JSON.

mod application;
mod policy;

use serde::Serialize;

use crate::domain::Time;
use crate::domain::help::Help;
use crate::flow::admin::Answer;
use crate::flow::admin::answer::{
    Action, ApplicationDetail, ApplicationRow, Applied, Change, EventRow, KeyRow, ProtocolDetail, TenantDetail,
    TenantRow, UserDetail, UserRow, Verified,
};
use crate::telemetry::say;

use super::failure::Failure;
use super::{Output, idp, mail, notice, table};

/// Writes an answer to standard output.
pub fn print(answer: &Answer, output: Output) -> Result<(), Failure> {
    let text = match output {
        Output::Json => json_answer(answer)?,
        Output::Table => table_answer(answer),
    };
    if let (true, Some(none)) = (text.is_empty(), none_of(answer)) {
        say(format_args!("There are no {none}."));
    }
    super::print(&text)
}

/// What there is none of where a list is empty.
fn none_of(answer: &Answer) -> Option<&'static str> {
    match answer {
        Answer::Tenants(_) => Some("tenants"),
        Answer::Users(_) => Some("users"),
        Answer::Applications(_) => Some("applications"),
        Answer::IdentityProviders(_) => Some("identity providers"),
        Answer::Keys(_) => Some("keys"),
        Answer::Events(_) => Some("events that match"),
        Answer::Mails(_) => Some("mails"),
        Answer::Notices(_) => Some("notices"),
        // What was done, or one thing, is never nothing.
        Answer::Applied(_)
        | Answer::Tenant(_)
        | Answer::User(_)
        | Answer::Application(_)
        | Answer::IdentityProvider(_)
        | Answer::Verified(_)
        | Answer::Link(_) => None,
    }
}

/// One JSON value and a line break.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(text + "\n")
}

fn json_answer(answer: &Answer) -> Result<String, Failure> {
    match answer {
        Answer::Applied(data) => json(data),
        Answer::Tenants(data) => json(data),
        Answer::Tenant(data) => json(data),
        Answer::Users(data) => json(data),
        Answer::User(data) => json(data),
        Answer::Applications(data) => json(data),
        Answer::Application(data) => json(data),
        Answer::IdentityProviders(data) => json(data),
        Answer::IdentityProvider(data) => idp::json(data),
        Answer::Keys(data) => json(data),
        Answer::Events(data) => json(data),
        Answer::Verified(data) => json(data),
        Answer::Mails(data) => mail::json(data),
        Answer::Notices(data) => json(data),
        Answer::Link(data) => json(data),
    }
}

fn table_answer(answer: &Answer) -> String {
    match answer {
        Answer::Applied(applied) => applied_table(applied),
        Answer::Tenants(tenants) => tenants_table(tenants),
        Answer::Tenant(tenant) => tenant_fields(tenant),
        Answer::Users(users) => users_table(users),
        Answer::User(user) => user_fields(user),
        Answer::Applications(applications) => applications_table(applications),
        Answer::Application(application) => application_fields(application),
        Answer::IdentityProviders(providers) => idp::table(providers),
        Answer::IdentityProvider(provider) => idp::fields(provider),
        Answer::Keys(keys) => keys_table(keys),
        Answer::Events(events) => events_table(events),
        Answer::Verified(verified) => verified_fields(verified),
        Answer::Mails(mails) => mail::table(mails),
        Answer::Notices(notices) => notice::table(notices),
        // Alone on its line, to be copied.
        Answer::Link(link) => format!("{}\n", link.link),
    }
}

fn applied_table(applied: &Applied) -> String {
    let row = |change: &Change| {
        let action = match change.action {
            Action::Created => "created",
            Action::Changed => "changed",
            Action::Unchanged => "unchanged",
        };
        let fields = change.fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>().join(", ");
        vec![action.to_owned(), change.tenant.clone(), change.kind.clone(), change.id.clone(), fields]
    };
    let news = applied.changes.iter().filter(|change| change.action != Action::Unchanged);
    table::columns(&["ACTION", "TENANT", "KIND", "ID", "FIELDS"], &news.map(row).collect::<Vec<_>>())
}

fn tenants_table(tenants: &[TenantRow]) -> String {
    let row = |tenant: &TenantRow| {
        vec![tenant.slug.clone(), tenant.status.clone(), time(tenant.created_at), tenant.hosts.join(", ")]
    };
    table::columns(&["SLUG", "STATUS", "CREATED", "HOSTS"], &tenants.iter().map(row).collect::<Vec<_>>())
}

fn tenant_fields(tenant: &TenantDetail) -> String {
    let mut fields = vec![
        ("slug", tenant.row.slug.clone()),
        ("name", tenant.name.clone()),
        ("issuer", tenant.issuer.clone()),
        ("id", tenant.row.id.clone()),
        ("status", tenant.row.status.clone()),
        ("hosts", tenant.row.hosts.join(", ")),
        ("languages", tenant.languages.join(", ")),
        ("time zone", tenant.time_zone.clone()),
        ("playground", yes(tenant.playground)),
        ("broker mode", yes(tenant.broker)),
        ("users", tenant.users.to_string()),
        ("applications", tenant.applications.to_string()),
        ("created", time(tenant.row.created_at)),
    ];
    let Help { phone, hours, page, privacy, accessibility } = &tenant.help;
    let pages = [("help page", page), ("privacy page", privacy), ("accessibility page", accessibility)];
    fields.extend(phone.as_ref().map(|phone| ("help by phone", phone.to_string())));
    fields.extend(hours.as_ref().map(|hours| ("help hours", hours.clone())));
    fields.extend(pages.into_iter().filter_map(|(label, page)| Some((label, page.as_ref()?.to_string()))));
    fields.extend(policy::fields(&tenant.policy));
    table::fields(&fields)
}

fn users_table(users: &[UserRow]) -> String {
    let row = |user: &UserRow| {
        vec![
            user.username.clone(),
            user.name.clone(),
            user.email.clone().unwrap_or_default(),
            user.roles.join(", "),
            yes(user.enabled),
        ]
    };
    table::columns(&["USERNAME", "NAME", "EMAIL", "ROLES", "ENABLED"], &users.iter().map(row).collect::<Vec<_>>())
}

fn user_fields(user: &UserDetail) -> String {
    let email =
        user.row.email.as_ref().map_or(String::new(), |email| {
            if user.email_verified { format!("{email} (verified)") } else { email.clone() }
        });
    let mut fields = vec![
        ("username", user.row.username.clone()),
        ("id", user.row.id.clone()),
        ("name", user.row.name.clone()),
        ("email", email),
        ("phone", user.profile.phone_number.clone().unwrap_or_default()),
        ("locale", user.locale.clone().unwrap_or_default()),
        ("roles", user.row.roles.join(", ")),
        ("groups", user.groups.join(", ")),
        ("enabled", yes(user.row.enabled)),
        ("password", if user.has_password { "set" } else { "not set" }.to_owned()),
        ("created", time(user.created_at)),
        ("updated", time(user.updated_at)),
    ];
    if let Some(until) = user.locked_until {
        fields.push(("locked until", time(until)));
    }
    table::fields(&fields)
}

fn applications_table(applications: &[ApplicationRow]) -> String {
    let row = |application: &ApplicationRow| {
        vec![
            application.id.clone(),
            application.name.clone(),
            application.kind.clone(),
            application.require_role.clone().unwrap_or_default(),
            yes(application.enabled),
        ]
    };
    let rows: Vec<_> = applications.iter().map(row).collect();
    table::columns(&["ID", "NAME", "TYPE", "REQUIRES ROLE", "ENABLED"], &rows)
}

fn application_fields(application: &ApplicationDetail) -> String {
    let mut fields = vec![
        ("id", application.row.id.clone()),
        ("name", application.row.name.clone()),
        ("type", application.row.kind.clone()),
        ("enabled", yes(application.row.enabled)),
        ("requires role", application.row.require_role.clone().unwrap_or_default()),
        ("identity provider", application.identity_provider.clone().unwrap_or_default()),
    ];
    fields.extend(match &application.protocol {
        ProtocolDetail::Oidc(client) => application::client_fields(client),
        ProtocolDetail::Saml(provider) => application::provider_fields(provider),
        ProtocolDetail::Wsfed(party) => application::party_fields(party),
    });
    table::fields(&fields)
}

fn keys_table(keys: &[KeyRow]) -> String {
    let row = |key: &KeyRow| {
        vec![
            key.id.clone(),
            key.usage.name().to_owned(),
            key.kind.clone(),
            key.state.clone(),
            time(key.created_at),
            key.activated_at.map_or(String::new(), time),
            key.retired_at.map_or(String::new(), time),
            key.certificate.as_ref().and_then(|one| one.not_after).map_or(String::new(), time),
        ]
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    table::columns(&["ID", "USE", "TYPE", "STATE", "CREATED", "ACTIVE SINCE", "RETIRED", "EXPIRES"], &rows)
}

fn events_table(events: &[EventRow]) -> String {
    let row = |event: &EventRow| {
        let details = event.details.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
        let who = event.username.clone().or_else(|| event.user.clone()).unwrap_or_default();
        vec![
            event.sequence.to_string(),
            time(event.at),
            event.kind.clone(),
            event.outcome.clone(),
            event.actor.clone(),
            who,
            event.application.clone().unwrap_or_default(),
            event.address.clone().unwrap_or_default(),
            details,
        ]
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    let headings = ["NUMBER", "TIME", "EVENT", "OUTCOME", "ACTOR", "USER", "APPLICATION", "ADDRESS", "DETAILS"];
    table::columns(&headings, &rows)
}

fn verified_fields(verified: &Verified) -> String {
    let found = match &verified.first_break {
        None => "unbroken".to_owned(),
        Some(found) => format!("broken at {}: {}", found.sequence, found.reason),
    };
    table::fields(&[("tenant", verified.tenant.clone()), ("rows", verified.rows.to_string()), ("chain", found)])
}

pub(super) fn time(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

pub(super) fn yes(truth: bool) -> String {
    if truth { "yes" } else { "no" }.to_owned()
}
