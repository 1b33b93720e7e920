//! Single logout as the playground's service provider takes part in it: it asks, and it is asked.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::flow::playground::saml::{HearError, Heard, hear, leave};
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::Incoming;
use crate::protocol::saml::service_provider::Finding;
use crate::view::PlaygroundTitle;
use crate::web::App;
use crate::web::pages::see_other;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

use super::{Stage, Visit, judged, put, sent};

/// `POST /playground/saml/logout`: a request for whoever came back last.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body).await?;
    let Some(subject) = stage.visit().subject else { return stage.go_home() };
    let asking = {
        let (site, parties, now) = (stage.tenant.site.clone(), stage.parties.clone(), stage.now);
        stage.app.run(move || leave(&site, &parties, &subject, now)).await?
    };
    let asking = asking.map_err(Problem::internal)?;
    stage.change(|visit| {
        put(&mut visit.sections, sent(PlaygroundTitle::LogoutRequest, &asking.xml, &asking.reply));
        visit.leaving = Some(asking.id);
        visit.error = None;
    });
    go(&stage, asking.reply)
}

fn go(stage: &Stage, reply: Reply) -> Result<HttpResponse, Problem> {
    match reply {
        Reply::Redirect(location) => stage.finish(see_other(&location)),
        Reply::FormPost { .. } => Err(Problem::internal("a redirect was asked for")),
    }
}

/// `GET /playground/saml/slo`: the answer to our request, or a request that we answer.
pub async fn receive(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::redirect(request.query_string())
        .map_err(|cause| Problem::new(ErrorCode::LogoutMalformed).detail(cause))?;
    let stage = Stage::enter(request, app, tenant).await?;
    let heard = {
        let (site, parties, now) = (stage.tenant.site.clone(), stage.parties.clone(), stage.now);
        let leaving = stage.visit().leaving;
        stage.app.run(move || hear(&site, &parties, &incoming, (leaving.as_ref(), now))).await?
    };
    match heard {
        Ok(Heard::Request(reply)) => {
            stage.change(|visit| visit.subject = None);
            go(&stage, reply)
        }
        // What is known of the person goes with them.
        Ok(Heard::Answer(findings)) => {
            stage.change(|visit| {
                *visit = Visit::default();
                put(&mut visit.sections, judged(PlaygroundTitle::SignOut, &findings));
            });
            stage.go_home()
        }
        Err(HearError::Message(error)) => {
            let mut visit = stage.visit();
            let finding = Finding { what: "Logout", outcome: Err(error.to_string()) };
            put(&mut visit.sections, judged(PlaygroundTitle::SignOut, &[finding]));
            visit.error = Some(error.to_string());
            stage.page(StatusCode::BAD_REQUEST, visit)
        }
        Err(HearError::Ask(fault)) => Err(Problem::internal(fault)),
    }
}
