//! `/account/sessions`: where the person is signed in, and the browsers that know them. Ending any of it asks for a
//! sign-in of the last minutes (ASVS 7.5.2).

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::agent::Agent;
use crate::domain::fault::ErrorCode;
use crate::flow::account::sessions::{self, Whereabouts, whereabouts};
use crate::protocol::params::RawParams;
use crate::store::StoreError;
use crate::store::devices::Known;
use crate::store::sessions::Seen;
use crate::view::{AccountSection, DeviceRow, NotMePage, SessionRow, SessionsNotice, SessionsPage};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;

const FORM: &str = "sessions";
const HERE: &str = "/account/sessions";

/// `GET /account/sessions`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let said = form::query(&person.request)?.take("done");
    let notice = said.and_then(|said| SessionsNotice::ALL.into_iter().find(|notice| notice.name() == said));
    let Whereabouts { sessions, devices, this_device } = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || whereabouts(&site, &browser, &known)).await??
    };
    let page = SessionsPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Sessions),
        action: person.action(HERE),
        csrf: person.csrf(FORM),
        sessions: sessions.into_iter().map(|seen| session_row(seen, &person)).collect(),
        devices: devices.into_iter().map(|known| device_row(&known, this_device)).collect(),
        notice,
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

fn agent(text: Option<&str>) -> Agent {
    text.map(Agent::read).unwrap_or_default()
}

fn session_row(seen: Seen, person: &Person) -> SessionRow {
    SessionRow {
        id: seen.session.id.to_string(),
        agent: agent(seen.user_agent.as_deref()),
        address: seen.address,
        began_at: seen.session.created_at,
        last_seen: seen.session.last_seen,
        current: seen.session.id == person.known.session.id,
    }
}

fn device_row(known: &Known, this: Option<crate::domain::ids::DeviceId>) -> DeviceRow {
    DeviceRow {
        id: known.device.id.to_string(),
        agent: agent(known.user_agent.as_deref()),
        address: known.address.clone(),
        seen_at: known.seen_at.unwrap_or(known.created_at),
        trusted_until: known.device.trusted_until,
        current: this == Some(known.device.id),
    }
}

/// What was asked for, typed.
enum Wish {
    End(crate::domain::ids::SessionId),
    EndOthers { everything: bool },
    Forget(crate::domain::ids::DeviceId),
    ForgetAll,
}

impl Wish {
    fn read(params: &mut RawParams) -> Option<Self> {
        match params.take("do")?.as_str() {
            "end" => params.take("id")?.parse().ok().map(Self::End),
            "end-others" => Some(Self::EndOthers { everything: params.take("offline").is_some() }),
            "forget" => params.take("id")?.parse().ok().map(Self::Forget),
            "forget-all" => Some(Self::ForgetAll),
            _ => None,
        }
    }
}

/// `POST /account/sessions`.
pub async fn change(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let wish = Wish::read(&mut params);
    let wish = wish.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("do says what, id says which"))?;
    let (found, notice) = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        let work = move || -> Result<(bool, SessionsNotice), StoreError> {
            Ok(match wish {
                Wish::End(id) => (sessions::end(&site, &browser, &known, id)?, SessionsNotice::Ended),
                Wish::EndOthers { everything } => {
                    sessions::end_others(&site, &browser, &known, everything)?;
                    (true, SessionsNotice::OthersEnded)
                }
                Wish::Forget(id) => (sessions::forget(&site, &browser, &known, Some(id))?, SessionsNotice::Forgotten),
                Wish::ForgetAll => {
                    sessions::forget(&site, &browser, &known, None)?;
                    (true, SessionsNotice::Forgotten)
                }
            })
        };
        person.app.run(work).await??
    };
    if !found {
        return Err(Problem::new(ErrorCode::NotFound));
    }
    person.finish(see_other(&person.action(&format!("{HERE}?done={}", notice.name()))))
}

/// `GET /account/not-me`: what to do when somebody else has used the account.
pub async fn not_me(person: Person) -> Result<HttpResponse, Problem> {
    let page = NotMePage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Activity),
        action: person.action(HERE),
        csrf: person.csrf(FORM),
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}
