//! From plain data to an HTML answer: frame, language, nonce, Content-Security-Policy.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::domain::language::{Language, LanguageWishes, choose};
use crate::protocol::oidc::error;
use crate::view::{self, Back, ErrorPage, Frame, LanguageLink, Page};

use super::App;
use super::context::Context;
use super::cookies;
use super::problem::{Problem, status};
use super::tenant::Tenant;
use super::{person, routes};

/// Where static files are served.
pub const STATIC: &str = "/static";

/// The frame of a page of this tenant, in the language negotiated for this request.
pub fn frame(request: &HttpRequest, tenant: &Tenant, ui_locales: Option<&str>) -> Frame {
    let offered = &tenant.settings.languages;
    let language = negotiate(request, offered, ui_locales);
    let languages = language_links(request, offered, language);
    Frame { languages, ..dress(&Context::of(request), Some(tenant), language) }
}

/// The frame of a page that belongs to no tenant.
pub fn bare_frame(request: &HttpRequest) -> Frame {
    let language = negotiate(request, &ENGLISH_FIRST, None);
    let languages = language_links(request, &Language::ALL, language);
    Frame { languages, ..dress(&Context::of(request), None, language) }
}

/// Where no tenant has a language of its own, whoever names none of ours reads English.
const ENGLISH_FIRST: [Language; 4] = [Language::En, Language::Da, Language::Sv, Language::Nb];

fn dress(context: &Context, tenant: Option<&Tenant>, language: Language) -> Frame {
    Frame {
        tenant: tenant.map_or_else(|| view::PRODUCT.to_owned(), |tenant| tenant.settings.name.clone()),
        language,
        time_zone: tenant.map(|tenant| tenant.settings.time_zone).unwrap_or_default(),
        languages: Vec::new(),
        nonce: context.nonce.clone(),
        base: tenant.map(|tenant| tenant.prefix.clone()).unwrap_or_default(),
        announcements: Vec::new(),
        help: tenant.map(|tenant| tenant.settings.help.clone()).unwrap_or_default(),
        static_base: STATIC.to_owned(),
    }
}

/// From here on this request is answered in the language of the person who is known to sit there, be it with a page or
/// with an error.
pub fn speak(request: &HttpRequest, own: Option<Language>) {
    if let Some(language) = own {
        Context::of(request).language.get_or_init(|| language);
    }
}

fn negotiate(request: &HttpRequest, offered: &[Language], ui_locales: Option<&str>) -> Language {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let own = Context::of(request).language.get().map(|language| language.tag());
    let ui_locales = ui_locales.or(own);
    let chosen = asked_language(request).or_else(|| cookies::language(request));
    choose(offered, LanguageWishes { chosen, ui_locales, accept_language: accept })
}

/// `?lang=sv`: the language links of every page.
pub fn asked_language(request: &HttpRequest) -> Option<Language> {
    parameter(request, "lang").and_then(|tag| Language::parse(&tag))
}

/// What an application that is refused asked for: its request may not even have been read.
fn asked_locales(request: &HttpRequest) -> Option<String> {
    parameter(request, "ui_locales")
}

fn parameter(request: &HttpRequest, wanted: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// Links to the same page in each language. Only a GET can be repeated; an answer to a form links to its GET.
fn language_links(request: &HttpRequest, offered: &[Language], current: Language) -> Vec<LanguageLink> {
    let link = |language: Language| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()).take(20) {
            if name != "lang" {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("lang", language.tag());
        LanguageLink { language, href: format!("?{}", query.finish()), current: language == current }
    };
    offered.iter().copied().map(link).collect()
}

/// Which forms of a page may be answered where.
#[derive(Clone, Copy, Debug)]
pub enum FormTarget<'a> {
    Own,
    /// The page's form leads, by redirects, to an application: Chromium checks each hop against `form-action`.
    Application(&'a str),
    /// The same, for a round of several.
    Applications(&'a [String]),
}

/// An HTML answer with its policy. `frame` has the nonce that the policy names.
pub fn html(request: &HttpRequest, status: StatusCode, page: &impl Page, target: FormTarget<'_>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    describe(&mut response, page.frame(), target);
    if let Some(language) = asked_language(request) {
        response.cookie(cookies::set_language(language));
    }
    response.body(page.render())
}

fn describe(response: &mut HttpResponseBuilder, frame: &Frame, target: FormTarget<'_>) {
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(&frame.nonce, target, &[])))
        .insert_header((header::CONTENT_LANGUAGE, frame.language.tag()))
        .insert_header((header::VARY, "Cookie, Accept-Language"));
}

fn policy(nonce: &str, target: FormTarget<'_>, images: &[String]) -> String {
    let form_action = match target {
        FormTarget::Own => "'self'".to_owned(),
        // An application may send the person on to another address of its own, so any https address.
        FormTarget::Application(uri) => format!("'self' https: {}", source_of(uri)),
        FormTarget::Applications(uris) => format!("'self' https:{}", sources(uris)),
    };
    let (images, reports) = (sources(images), super::reports::DIRECTIVES);
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:{images}; \
         connect-src 'self'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'; object-src 'none'; \
         {reports}"
    )
}

/// Each origin once, with a space before it.
fn sources(uris: &[String]) -> String {
    let origins: std::collections::BTreeSet<String> = uris.iter().map(|uri| source_of(uri)).collect();
    origins.iter().filter(|origin| !origin.is_empty()).map(|origin| format!(" {origin}")).collect()
}

/// An HTML answer that may load pictures from the origins of these addresses.
pub fn html_with_images(request: &HttpRequest, page: &impl Page, images: &[String]) -> HttpResponse {
    let mut response = html(request, StatusCode::OK, page, FormTarget::Own);
    let policy = policy(&page.frame().nonce, FormTarget::Own, images);
    if let Ok(policy) = header::HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The origin of a registered address, or its scheme where it is an app's own.
fn source_of(uri: &str) -> String {
    let Ok(url) = url::Url::parse(uri) else { return String::new() };
    let origin = url.origin();
    if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) }
}

/// A page that says what went wrong and what to do, with code, time and request id.
pub fn error(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let context = Context::of(request);
    problem.log(&context);
    let at = request.app_data::<web::Data<App>>().map(|app| app.host.clock.now());
    let frame = match context.tenant.get() {
        Some(tenant) => frame(request, tenant, asked_locales(request).as_deref()),
        None => bare_frame(request),
    };
    let mut response = if is_for_programs(request, problem.code) {
        told_in_json(&context, problem.code)
    } else {
        let back = context.tenant.get().and_then(|tenant| way_on(request, tenant, problem.code));
        let page = error_page(frame, &context, problem, at);
        let page = ErrorPage { back: page.back.or(back), ..page };
        html(request, status(problem.code), &page, FormTarget::Own)
    };
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    if let Some(methods) = problem.allow.as_deref().and_then(|methods| header::HeaderValue::from_str(methods).ok()) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

/// Whether it is a program that has mistaken an address or a method: it says so, or it is where only programs call and
/// no browser does.
fn is_for_programs(request: &HttpRequest, code: ErrorCode) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let below = request.path().split('/').take(4).any(|part| matches!(part, "oauth2" | ".well-known"));
    matches!(code, ErrorCode::NotFound | ErrorCode::MethodNotAllowed)
        && !accept.contains("text/html")
        && (below || accept.contains("application/json"))
}

/// As RFC 6749 §5.2 writes an error, and with the number that stands in the log.
fn told_in_json(context: &Context, code: ErrorCode) -> HttpResponse {
    let reason = if code == ErrorCode::NotFound { "nothing is here" } else { "this method is not allowed here" };
    let mut body = serde_json::json!({
        "error": "invalid_request",
        "error_description": error::describe(code, reason),
        "request_id": context.request_id,
    });
    if let (Some(tenant), Some(body)) = (context.tenant.get(), body.as_object_mut()) {
        body.insert("error_uri".to_owned(), tenant.base.error_uri(code).into());
    }
    HttpResponse::build(status(code)).insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

/// Where the refusal itself names none (U8): to the page that a form stands on, to the same address once more, or back here
/// as somebody else.
fn way_on(request: &HttpRequest, tenant: &Tenant, code: ErrorCode) -> Option<Back> {
    let passes = matches!(
        code,
        ErrorCode::Internal | ErrorCode::Overloaded | ErrorCode::StoreUnavailable | ErrorCode::TooManyAttempts
    );
    if code == ErrorCode::NotAllowed {
        return Some(Back::Another(person::as_another(request, tenant)));
    }
    let below = request.path().strip_prefix(&tenant.prefix).unwrap_or_default();
    let page = routes::page_above(below);
    // An address that only a form goes to is opened where it was kept, or typed.
    if code == ErrorCode::FormExpired || (code == ErrorCode::MethodNotAllowed && page != below) {
        return Some(Back::Again(format!("{}{page}", tenant.prefix)));
    }
    (passes && request.method() == Method::GET).then(|| Back::Again(format!("?{}", request.query_string())))
}

fn error_page(frame: Frame, context: &Context, problem: &Problem, at: Option<Time>) -> ErrorPage {
    ErrorPage {
        frame,
        code: problem.code,
        at,
        trace_id: context.request_id.clone(),
        back: problem.again.clone().map(Back::Again),
        detail: problem.detail.clone(),
        retry_after: problem.retry_after.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX)),
    }
}

/// The page for a request of which nothing is left: it did not arrive in time.
pub fn too_slow(app: &App, context: &Context, accept_language: Option<&str>) -> HttpResponse {
    let wishes = LanguageWishes { chosen: None, ui_locales: None, accept_language };
    let tenant = context.tenant.get();
    let offered = tenant.map_or(ENGLISH_FIRST.as_slice(), |tenant| &tenant.settings.languages);
    let frame = dress(context, tenant, choose(offered, wishes));
    let problem = Problem::new(ErrorCode::RequestTooSlow);
    problem.log(context);
    let page = error_page(frame, context, &problem, Some(app.host.clock.now()));
    let mut response = HttpResponse::build(status(problem.code));
    describe(&mut response, &page.frame, FormTarget::Own);
    response.body(page.render())
}

/// 303, so that a form's body is never sent on (RFC 9700 §4.12).
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}
