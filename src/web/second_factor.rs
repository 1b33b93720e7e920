//! The second step of a sign-in: a code, another way, an app to be set up.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::fault::ErrorCode;
use crate::domain::password_rules::{Rule, shown};
use crate::domain::policy::PasswordPolicy;
use crate::domain::secret::Password;
use crate::domain::user::User;
use crate::flow::Site;
use crate::flow::browser::Browser;
use crate::flow::enrolment::{self, Confirmation, Enrolment, Setup};
use crate::flow::interaction::Interaction;
use crate::flow::password::{Reason, rules_for};
use crate::flow::recovery_codes::ShownCodes;
use crate::flow::resume::{self, Decision, Screen, Shown, Turn};
use crate::flow::second_factor::{self as flow, Chosen, FactorAsked, Presented, Renewal};
use crate::protocol::params::RawParams;
use crate::view::{
    EnrolmentNotice, EnrolmentPage, NewPasswordNotice, NewPasswordPage, NewPasswordPurpose, RecoveryCodesPage,
    SecondFactorNotice, SecondFactorPage, UnreachablePage,
};

use super::App;
use super::problem::Problem;
use super::signin::{
    Typed, Visit, accept, address, application_info, continue_with, csrf_holds, dressed, frame, go_on, respond,
};
use super::tenant::Tenant;

/// A form of one of these pages: the browser's visit, what it is about, and whether it came in time.
struct Form {
    visit: Visit,
    interaction: Interaction,
    params: RawParams,
    in_time: bool,
}

fn read(request: HttpRequest, app: web::Data<App>, tenant: Tenant, body: &[u8]) -> Result<Form, Problem> {
    let (visit, mut params) = accept(request, app, tenant, body)?;
    let sealed = params.take("interaction");
    let (interaction, in_time) = visit.interaction(sealed.as_deref())?;
    let in_time = in_time && csrf_holds(&visit, &mut params);
    Ok(Form { visit, interaction, params, in_time })
}

fn method(params: &mut RawParams) -> Result<Factor, Problem> {
    let name = params.take("method").unwrap_or_default();
    let found = Factor::SECOND.into_iter().find(|factor| factor.name() == name);
    found.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("method must be a second factor"))
}

/// `POST /sign-in/code`.
pub async fn code(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Form { mut visit, mut interaction, mut params, in_time } = read(request, app, tenant, &body)?;
    let method = match method(&mut params) {
        Ok(method) => method,
        Err(_) if interaction.sign_in.is_none() => return again(visit, interaction, Notice::expired()).await,
        Err(problem) => return Err(problem),
    };
    interaction.method = Some(method);
    if !in_time {
        return again(visit, interaction, Notice::expired()).await;
    }
    let code = params.take("code").unwrap_or_default();
    let presented = Presented { method, code, remember: params.take("remember").is_some() };
    let turn = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        let present = move || {
            let wanted = resume::wanted(&site, &waiting);
            flow::present(&site, &browser, &waiting, &presented, wanted)
        };
        visit.app.run(present).await??
    };
    count(method, &turn);
    match turn {
        flow::Turn::SignedIn(welcome) => {
            visit.welcome(welcome);
            interaction = interaction.signed_in();
            let turn = go_on(&visit, interaction, Decision::None).await?;
            respond(visit, turn, Typed::default())
        }
        flow::Turn::Unfinished => continue_with(visit, &Interaction { method: None, ..interaction }),
        flow::Turn::Gone => again(visit, interaction, Notice::expired()).await,
        refused @ (flow::Turn::Malformed
        | flow::Turn::Refused
        | flow::Turn::CodeOver
        | flow::Turn::Locked { .. }
        | flow::Turn::HeldBack { .. }
        | flow::Turn::Busy) => {
            let notice = Notice::of(&refused);
            again(visit, interaction, notice).await
        }
    }
}

fn count(method: Factor, turn: &flow::Turn) {
    let outcome = match turn {
        flow::Turn::SignedIn(_) | flow::Turn::Unfinished => "success",
        flow::Turn::Malformed
        | flow::Turn::Refused
        | flow::Turn::CodeOver
        | flow::Turn::Locked { .. }
        | flow::Turn::HeldBack { .. }
        | flow::Turn::Busy
        | flow::Turn::Gone => "failure",
    };
    metrics::counter!("portner_login_attempts_total", "method" => method.name(), "outcome" => outcome).increment(1);
}

/// `POST /sign-in/method`: another way, or another code.
pub async fn choose(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Form { visit, mut interaction, mut params, in_time } = read(request, app, tenant, &body)?;
    let method = method(&mut params)?;
    if !in_time {
        return again(visit, interaction, Notice::expired()).await;
    }
    let before = interaction.method;
    interaction.method = Some(method);
    let chosen = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        let choose = move || {
            let wanted = resume::wanted(&site, &waiting);
            flow::choose(&site, &browser, &waiting, method, wanted)
        };
        visit.app.run(choose).await??
    };
    let asked_again = method == Factor::EmailCode && before.is_none_or(|before| before == method);
    match chosen {
        Chosen::Ready if asked_again => again(visit, interaction, Notice::ok(SecondFactorNotice::Sent)).await,
        Chosen::Ready => continue_with(visit, &interaction),
        Chosen::Capped => {
            let notice = Notice::new(SecondFactorNotice::Capped, StatusCode::TOO_MANY_REQUESTS);
            again(visit, interaction, notice).await
        }
        Chosen::Gone => {
            again(visit, Interaction { sign_in: None, method: None, ..interaction }, Notice::expired()).await
        }
    }
}

/// `POST /sign-in/enrol`: the code that proves a new app, or "later".
pub async fn enrol(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Form { mut visit, mut interaction, mut params, in_time } = read(request, app, tenant, &body)?;
    let confirmation = confirmation(&mut params);
    if !in_time {
        return enrol_again(visit, interaction, &confirmation, EnrolmentNotice::Expired).await;
    }
    if params.take("later").is_some() {
        return postpone(visit, interaction).await;
    }
    let outcome = {
        let (site, browser) = (Arc::clone(&visit.tenant.site), visit.browser.clone());
        let (waiting, form) = (interaction.clone(), confirmation.clone());
        let confirm = move || {
            let wanted = resume::wanted(&site, &waiting);
            enrolment::confirm_in_sign_in(&site, &browser, &waiting, &form, wanted)
        };
        visit.app.run(confirm).await??
    };
    match outcome {
        Enrolment::Done { welcome, codes } => {
            if let Some(welcome) = welcome {
                visit.welcome(welcome);
                interaction = interaction.signed_in();
            }
            if codes.is_empty() {
                return continue_with(visit, &interaction);
            }
            let shown = ShownCodes::new(&visit.tenant.site, &codes, true);
            codes_page(visit, &interaction, shown, false)
        }
        Enrolment::WrongCode => enrol_again(visit, interaction, &confirmation, EnrolmentNotice::WrongCode).await,
        Enrolment::Stale => enrol_again(visit, interaction, &confirmation, EnrolmentNotice::Stale).await,
        Enrolment::TooMany | Enrolment::Gone => again(visit, interaction, Notice::expired()).await,
    }
}

/// `POST /sign-in/continue`: the recovery codes are saved.
pub async fn proceed(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Form { visit, interaction, mut params, .. } = read(request, app, tenant, &body)?;
    if let Some(shown) = unsaved(&visit.tenant.site, &visit.browser, &mut params) {
        return codes_page(visit, &interaction, shown, true);
    }
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, Typed::default())
}

pub(super) fn confirmation(params: &mut RawParams) -> Confirmation {
    let mut take = |name: &str| params.take(name).unwrap_or_default();
    Confirmation { sealed: take("setup"), code: take("code"), label: take("label") }
}

async fn postpone(mut visit: Visit, mut interaction: Interaction) -> Result<HttpResponse, Problem> {
    let turn = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        let postpone = move || {
            let wanted = resume::wanted(&site, &waiting);
            flow::postpone(&site, &browser, &waiting, wanted)
        };
        visit.app.run(postpone).await??
    };
    if let flow::Turn::SignedIn(welcome) = turn {
        visit.welcome(welcome);
        interaction = interaction.signed_in();
    }
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, Typed::default())
}

/// Why the page is shown again, and with which status.
pub(super) struct Notice {
    what: SecondFactorNotice,
    status: StatusCode,
    retry_after: Option<u64>,
}

impl Notice {
    fn new(notice: SecondFactorNotice, status: StatusCode) -> Self {
        Self { what: notice, status, retry_after: None }
    }
    fn ok(notice: SecondFactorNotice) -> Self {
        Self::new(notice, StatusCode::OK)
    }
    fn expired() -> Self {
        Self::ok(SecondFactorNotice::Expired)
    }
    fn of(turn: &flow::Turn) -> Self {
        match turn {
            flow::Turn::Malformed => Self::new(SecondFactorNotice::Malformed, StatusCode::UNAUTHORIZED),
            flow::Turn::CodeOver => Self::new(SecondFactorNotice::CodeOver, StatusCode::UNAUTHORIZED),
            flow::Turn::Locked { until } => {
                Self::new(SecondFactorNotice::Locked { until: *until }, StatusCode::UNAUTHORIZED)
            }
            flow::Turn::HeldBack { wait } => {
                let minutes = u32::try_from(wait.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
                let notice = SecondFactorNotice::Throttled { minutes };
                Self { retry_after: Some(wait.as_secs().max(1)), ..Self::new(notice, StatusCode::TOO_MANY_REQUESTS) }
            }
            flow::Turn::Busy => {
                let busy = Self::new(SecondFactorNotice::Busy, StatusCode::SERVICE_UNAVAILABLE);
                Self { retry_after: Some(2), ..busy }
            }
            flow::Turn::Refused | flow::Turn::SignedIn(_) | flow::Turn::Unfinished | flow::Turn::Gone => {
                Self::new(SecondFactorNotice::Wrong, StatusCode::UNAUTHORIZED)
            }
        }
    }
}

/// The page once more, with a notice. Where the sign-in is over, whatever is needed now.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other screen speaks for itself")]
async fn again(visit: Visit, interaction: Interaction, notice: Notice) -> Result<HttpResponse, Problem> {
    let turn = go_on(&visit, interaction, Decision::None).await?;
    if let Turn::Show { interaction, screen } = turn {
        return match *screen {
            Screen::SecondFactor { asked, application, .. } => {
                page(visit, interaction, application.as_ref(), (&asked, Some(notice)))
            }
            // The sign-in page says itself that it was open too long.
            screen => respond(visit, Turn::Show { interaction, screen: Box::new(screen) }, Typed::expired()),
        };
    }
    respond(visit, turn, Typed::default())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other screen speaks for itself")]
async fn enrol_again(
    visit: Visit,
    interaction: Interaction,
    form: &Confirmation,
    notice: EnrolmentNotice,
) -> Result<HttpResponse, Problem> {
    let turn = go_on(&visit, interaction, Decision::None).await?;
    if let Turn::Show { interaction, screen } = turn {
        return match *screen {
            Screen::Enrolment { user, later_until, application, .. } => {
                let again = enrolment::again(&visit.tenant.site, &visit.browser, &user, &form.sealed);
                let setup = again.map_err(Problem::internal)?;
                let form = EnrolmentForm { setup, later_until, notice: Some(notice) };
                enrolment_page(visit, interaction, application.as_ref(), form)
            }
            screen => respond(visit, Turn::Show { interaction, screen: Box::new(screen) }, Typed::expired()),
        };
    }
    respond(visit, turn, Typed::default())
}

pub(super) fn page(
    visit: Visit,
    interaction: String,
    application: Option<&Shown>,
    (asked, notice): (&FactorAsked, Option<Notice>),
) -> Result<HttpResponse, Problem> {
    let days = asked.remember.map(|time| u32::try_from(time.as_secs().div_ceil(86_400)).unwrap_or(u32::MAX));
    let (status, retry_after) =
        notice.as_ref().map_or((StatusCode::OK, None), |notice| (notice.status, notice.retry_after));
    let page = SecondFactorPage {
        frame: frame(&visit, application, &interaction),
        action: visit.action("/sign-in/code"),
        method_action: visit.action("/sign-in/method"),
        restart: restart(&visit, &interaction),
        csrf: visit.csrf(),
        application: application.map(application_info),
        method: asked.method,
        others: asked.others.clone(),
        mailed_to: asked.mailed_to.clone(),
        remember_days: days,
        notice: notice.map(|notice| notice.what),
        interaction,
    };
    let mut response = dressed(&visit, status, &page, application);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    visit.finish(response)
}

/// Back to user name and password, for the same request.
fn restart(visit: &Visit, interaction: &str) -> String {
    format!("{}&restart=1", address(&visit.tenant, interaction))
}

pub(super) struct EnrolmentForm {
    pub setup: Setup,
    pub later_until: Option<Time>,
    pub notice: Option<EnrolmentNotice>,
}

pub(super) fn enrolment_page(
    visit: Visit,
    interaction: String,
    application: Option<&Shown>,
    form: EnrolmentForm,
) -> Result<HttpResponse, Problem> {
    let now = visit.tenant.now();
    let days = form.later_until.map(|until| {
        let hours = (until - now).num_hours().max(0);
        u32::try_from(hours / 24 + 1).unwrap_or(u32::MAX)
    });
    let page = EnrolmentPage {
        frame: frame(&visit, application, &interaction),
        action: visit.action("/sign-in/enrol"),
        interaction: Some(interaction),
        csrf: visit.csrf(),
        application: application.map(application_info),
        setup: form.setup.sealed,
        uri: form.setup.uri.to_string(),
        secret: form.setup.secret.to_string(),
        label: String::new(),
        later_days: days,
        cancel: None,
        notice: form.notice,
    };
    let response = dressed(&visit, StatusCode::OK, &page, application);
    visit.finish(response)
}

/// The codes, or the same once more: the person has not said that they are saved.
fn codes_page(
    visit: Visit,
    interaction: &Interaction,
    shown: ShownCodes,
    unsaved: bool,
) -> Result<HttpResponse, Problem> {
    let sealed = interaction.park(&visit.tenant.site, &visit.browser.binding).map_err(Problem::internal)?;
    let page = RecoveryCodesPage {
        frame: frame(&visit, None, &sealed).in_this_language(),
        action: visit.action("/sign-in/continue"),
        interaction: Some(sealed),
        csrf: visit.csrf(),
        sealed: shown.seal(&visit.tenant.site, &visit.browser).map_err(Problem::internal)?,
        codes: shown.codes,
        enrolled: shown.enrolled,
        unsaved,
    };
    let response = dressed(&visit, StatusCode::OK, &page, None);
    visit.finish(response)
}

/// What the form shows again where its tick is missing.
pub(super) fn unsaved(site: &Site, browser: &Browser, params: &mut RawParams) -> Option<ShownCodes> {
    let sealed = params.take("codes")?;
    if params.take("saved").is_some() { None } else { ShownCodes::open(site, browser, &sealed) }
}

/// `POST /sign-in/password`: another password, before the sign-in is finished.
pub async fn password(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Form { mut visit, mut interaction, mut params, in_time } = read(request, app, tenant, &body)?;
    if !in_time {
        return renew_again(visit, interaction, (NewPasswordNotice::Expired, Vec::new())).await;
    }
    let text = params.take("password").filter(|text| !text.is_empty());
    let Some(text) = text else {
        return renew_again(visit, interaction, (NewPasswordNotice::Missing, Vec::new())).await;
    };
    let Ok(new) = Password::parse(text) else {
        return renew_again(visit, interaction, (NewPasswordNotice::TooLong, Vec::new())).await;
    };
    let renewal = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        let renew = move || {
            let wanted = resume::wanted(&site, &waiting);
            flow::renew_password(&site, &browser, &waiting, &new, wanted)
        };
        visit.app.run(renew).await??
    };
    match renewal {
        Renewal::SignedIn(welcome) => {
            visit.welcome(welcome);
            interaction = interaction.signed_in();
            let turn = go_on(&visit, interaction, Decision::None).await?;
            respond(visit, turn, Typed::default())
        }
        Renewal::Unmet(unmet) => renew_again(visit, interaction, (NewPasswordNotice::Unmet, unmet)).await,
        Renewal::Busy => renew_again(visit, interaction, (NewPasswordNotice::Busy, Vec::new())).await,
        Renewal::Gone => again(visit, interaction, Notice::expired()).await,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other screen speaks for itself")]
async fn renew_again(
    visit: Visit,
    interaction: Interaction,
    why: (NewPasswordNotice, Vec<Rule>),
) -> Result<HttpResponse, Problem> {
    let turn = go_on(&visit, interaction, Decision::None).await?;
    if let Turn::Show { interaction, screen } = turn {
        return match *screen {
            Screen::NewPassword { user, reason, application } => {
                let page = new_password(&visit, interaction, application.as_ref(), (&user, reason));
                let is_busy = why.0 == NewPasswordNotice::Busy;
                let status = if is_busy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
                let page = NewPasswordPage { notice: Some(why.0), unmet: why.1, ..page };
                let response = dressed(&visit, status, &page, application.as_ref());
                visit.finish(response)
            }
            screen => respond(visit, Turn::Show { interaction, screen: Box::new(screen) }, Typed::expired()),
        };
    }
    respond(visit, turn, Typed::default())
}

fn new_password(
    visit: &Visit,
    interaction: String,
    application: Option<&Shown>,
    (user, reason): (&User, Reason),
) -> NewPasswordPage {
    let (rules, _) = rules_for(&visit.tenant.site, user);
    NewPasswordPage {
        frame: frame(visit, application, &interaction),
        purpose: match reason {
            Reason::Expired => NewPasswordPurpose::Expired,
            Reason::Asked => NewPasswordPurpose::Asked,
        },
        action: visit.action("/sign-in/password"),
        csrf: visit.csrf(),
        application: application.map(application_info),
        username: user.username.to_string(),
        // The one they have may not be kept, whatever the history says.
        rules: shown(&PasswordPolicy { history: rules.history.max(1), ..rules }),
        unmet: Vec::new(),
        notice: None,
        cancel: None,
        hidden: vec![("interaction".to_owned(), interaction)],
    }
}

pub(super) fn new_password_page(
    visit: Visit,
    interaction: String,
    application: Option<&Shown>,
    whose: (&User, Reason),
) -> Result<HttpResponse, Problem> {
    let page = new_password(&visit, interaction, application, whose);
    let response = dressed(&visit, StatusCode::OK, &page, application);
    visit.finish(response)
}

pub(super) fn unreachable_page(
    visit: Visit,
    interaction: &str,
    application: Option<&Shown>,
) -> Result<HttpResponse, Problem> {
    let page = UnreachablePage {
        frame: frame(&visit, application, interaction),
        application: application.map(application_info),
        restart: restart(&visit, interaction),
    };
    let response = dressed(&visit, StatusCode::FORBIDDEN, &page, application);
    visit.finish(response)
}

impl From<enrolment::Fault> for Problem {
    fn from(fault: enrolment::Fault) -> Self {
        match fault {
            enrolment::Fault::Store(fault) => fault.into(),
            enrolment::Fault::Seal(fault) => Self::internal(fault),
        }
    }
}
