//! `/account/activity`: what happened on the person's own account (AU-1).

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::domain::activity::ActivityGroup;
use crate::domain::agent::Agent;
use crate::domain::audit::{Actor, EventKind, Outcome};
use crate::domain::fault::ErrorCode;
use crate::flow::Site;
use crate::flow::account::activity::leaf;
use crate::flow::browser::SignedIn;
use crate::store::audit::AuditRecord;
use crate::view::{AccountSection, ActivityPage, ActivityRow, Doer, Ending, Happening};
use crate::web::form;
use crate::web::pages::{FormTarget, html};
use crate::web::person::Person;
use crate::web::problem::Problem;

/// `GET /account/activity?kind=…&before=…`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&person.request)?;
    let group = params.take("kind").map(|name| ActivityGroup::parse(&name).ok_or(name)).transpose();
    let before = params.take("before").map(|number| number.parse::<u64>()).transpose();
    let (Ok(group), Ok(before)) = (group, before) else {
        return Err(Problem::new(ErrorCode::RequestMalformed).detail("no such kind, or no such place"));
    };
    let leaf = {
        let (site, known) = (Arc::clone(&person.tenant.site), person.known.clone());
        person.app.run(move || leaf(&site, &known, group, before)).await??
    };
    let page = ActivityPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Activity),
        group,
        rows: leaf.events.into_iter().map(|record| row(record, &person.tenant.site, &person.known)).collect(),
        here: person.action("/account/activity"),
        older: leaf.older,
        further: before.is_some(),
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

fn row(record: AuditRecord, site: &Site, known: &SignedIn) -> ActivityRow {
    let doer = doer(&record.actor, known);
    // Where somebody else acted from is not the person's to know.
    let origin = match doer {
        Doer::You | Doer::Nobody => record.origin.clone(),
        Doer::Administrator | Doer::System => crate::domain::audit::Origin::default(),
    };
    ActivityRow {
        at: record.at,
        doer,
        agent: origin.user_agent.as_deref().map(Agent::read),
        address: origin.address.map(|address| address.to_string()),
        what: happening(record, site),
    }
}

fn doer(actor: &Actor, known: &SignedIn) -> Doer {
    match actor {
        Actor::User(id) if *id == known.user.id => Doer::You,
        Actor::User(_) | Actor::Operator => Doer::Administrator,
        Actor::Application(_) | Actor::System => Doer::System,
        Actor::Nobody => Doer::Nobody,
    }
}

fn happening(record: AuditRecord, site: &Site) -> Happening {
    let detail = |name: &str| record.details.get(name).map(String::as_str);
    let fields = detail("changed").map(|names| names.split(", ").map(str::to_owned).collect()).unwrap_or_default();
    let name = |client: crate::domain::ids::ClientId| {
        site.application_name(&client).map_or_else(|| client.to_string(), str::to_owned)
    };
    Happening {
        success: record.outcome == Outcome::Success,
        fields,
        ending: if record.kind == EventKind::SessionEnded { ending(&record) } else { Ending::default() },
        kind: record.kind,
        application: record.application.map(name),
    }
}

fn ending(record: &AuditRecord) -> Ending {
    let reason = record.details.get("reason").map(String::as_str);
    match (reason, record.details.contains_key("others")) {
        (Some("signed_out"), _) => Ending::SignedOut,
        (Some("ended_by_owner"), true) => Ending::Others,
        (Some("ended_by_owner"), false) => Ending::Remote,
        _ => Ending::Otherwise,
    }
}
