//! Cookies. All of them `__Host-`, Secure and HttpOnly, one set per tenant: the tenant's name is in theirs.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};

use crate::crypto::token;
use crate::domain::ids::Slug;
use crate::domain::language::Language;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::flow::Site;
use crate::flow::browser::Browser;

use super::context;

const LANGUAGE: &str = "__Host-portner-lang";
/// Browsers keep 4,096 bytes of name, value and attributes (RFC 6265 §6.1).
const WAITING_MAX_BYTES: usize = 3_500;
/// Ways to identity providers that one browser may have begun and not finished.
const FEDERATIONS: usize = 3;
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

fn name(kind: TokenKind, slug: &Slug) -> String {
    let what = match kind {
        TokenKind::Session => "sid",
        TokenKind::Browser => "browser",
        TokenKind::Device => "dev",
        TokenKind::Code => "code",
        TokenKind::Refresh => "refresh",
        TokenKind::Link => "link",
        TokenKind::Client => "client",
    };
    format!("__Host-{what}-{slug}")
}

fn cookie(name: String, value: String, lifetime: Option<Duration>) -> Cookie<'static> {
    let mut cookie =
        Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).finish();
    if let Some(lifetime) = lifetime {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        cookie.set_max_age(time::Duration::seconds(seconds));
    }
    cookie
}

/// A cookie for the life of the browser session, or for as long as told.
pub fn set(kind: TokenKind, slug: &Slug, token: &PlainToken, lifetime: Option<Duration>) -> Cookie<'static> {
    cookie(name(kind, slug), token.expose().to_owned(), lifetime)
}

pub fn clear(kind: TokenKind, slug: &Slug) -> Cookie<'static> {
    cookie(name(kind, slug), String::new(), Some(Duration::ZERO))
}

fn read(request: &HttpRequest, kind: TokenKind, slug: &Slug) -> Option<PlainToken> {
    PlainToken::parse(kind, request.cookie(&name(kind, slug))?.value())
}

/// Whether the browser has shown anything that it could be known by.
pub fn brought(request: &HttpRequest, slug: &Slug) -> bool {
    [TokenKind::Browser, TokenKind::Session].into_iter().any(|kind| read(request, kind, slug).is_some())
}

/// The browser as this tenant sees it, and the binding cookie to set where it had none.
pub fn browser(request: &HttpRequest, site: &Site) -> (Browser, Option<Cookie<'static>>) {
    let known = read(request, TokenKind::Browser, &site.slug);
    let (binding, fresh) = if let Some(token) = known {
        (token, None)
    } else {
        let token = token::mint(TokenKind::Browser, site.entropy.as_ref());
        let fresh = set(TokenKind::Browser, &site.slug, &token, None);
        (token, Some(fresh))
    };
    let browser = Browser {
        binding: binding.hash(),
        session: read(request, TokenKind::Session, &site.slug),
        device: read(request, TokenKind::Device, &site.slug),
        origin: context::origin(request),
    };
    (browser, fresh)
}

/// The language this person chose before.
pub fn language(request: &HttpRequest) -> Option<Language> {
    Language::parse(request.cookie(LANGUAGE)?.value())
}

pub fn set_language(language: Language) -> Cookie<'static> {
    cookie(LANGUAGE.to_owned(), language.tag().to_owned(), Some(YEAR))
}

/// The sealed interaction of somebody who has forgotten the password on the way.
pub fn waiting(request: &HttpRequest, slug: &Slug) -> Option<String> {
    Some(request.cookie(&format!("__Host-waiting-{slug}"))?.value().to_owned())
}

/// As long as the link that was mailed. One that browsers would not keep is not set: the person begins at the
/// application again.
pub fn set_waiting(slug: &Slug, interaction: &str, lifetime: Duration) -> Option<Cookie<'static>> {
    let fits = interaction.len() <= WAITING_MAX_BYTES;
    fits.then(|| cookie(format!("__Host-waiting-{slug}"), interaction.to_owned(), Some(lifetime)))
}

/// What a browser took along to an identity provider. Several may be under way at once, each under its `state`; what is too
/// long for one cookie is in two.
fn federation_names(slug: &Slug, state: &str) -> Option<[String; 2]> {
    let is_one = state.len() == 43 && state.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let (start, _) = state.split_at_checked(16).filter(|_| is_one)?;
    let name = format!("__Host-fed-{slug}-{start}");
    Some([name.clone(), format!("{name}{SECOND}")])
}

/// At the end of the second cookie's name.
const SECOND: &str = ".2";

pub fn federation(request: &HttpRequest, slug: &Slug, state: &str) -> Option<String> {
    let [first, second] = federation_names(slug, state)?;
    let second = request.cookie(&second).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    Some(format!("{}{second}", request.cookie(&first)?.value()))
}

/// `None`: browsers, or servers on the way, would not carry it.
pub fn set_federation(slug: &Slug, state: &str, sealed: &str) -> Option<Vec<Cookie<'static>>> {
    let names = federation_names(slug, state)?;
    let (first, second) = sealed.split_at_checked(WAITING_MAX_BYTES).unwrap_or((sealed, ""));
    if second.len() > WAITING_MAX_BYTES {
        return None;
    }
    let parts = names.into_iter().zip([first, second]).filter(|(_, part)| !part.is_empty());
    let set = |(name, part): (String, &str)| cookie(name, part.to_owned(), Some(crate::flow::federation::LIFETIME));
    Some(parts.map(set).collect())
}

/// What goes before this one is set: browsers and servers do not carry cookies without end.
pub fn old_federations(request: &HttpRequest, slug: &Slug, sealed: &str) -> Vec<Cookie<'static>> {
    let start = format!("__Host-fed-{slug}-");
    let is_one = |name: &str| {
        let rest = name.strip_prefix(&start).map(|rest| rest.strip_suffix(SECOND).unwrap_or(rest));
        rest.is_some_and(|rest| rest.len() == 16)
    };
    let cookies = request.cookies().map(|cookies| cookies.clone()).unwrap_or_default();
    let old: Vec<String> = cookies.iter().map(|one| one.name().to_owned()).filter(|name| is_one(name)).collect();
    let many =
        old.len() >= FEDERATIONS || sealed.len() > WAITING_MAX_BYTES || old.iter().any(|name| name.ends_with(SECOND));
    old.into_iter().filter(|_| many).map(|name| cookie(name, String::new(), Some(Duration::ZERO))).collect()
}

/// Those that came along.
pub fn clear_federation(request: &HttpRequest, slug: &Slug, state: &str) -> Vec<Cookie<'static>> {
    let names = federation_names(slug, state).into_iter().flatten().filter(|name| request.cookie(name).is_some());
    names.map(|name| cookie(name, String::new(), Some(Duration::ZERO))).collect()
}

/// Whoever has signed out a moment ago is not signed in again by the way.
const LEFT: Duration = Duration::from_secs(60);

pub fn set_left(slug: &Slug) -> Cookie<'static> {
    cookie(format!("__Host-left-{slug}"), "1".to_owned(), Some(LEFT))
}

pub fn has_left(request: &HttpRequest, slug: &Slug) -> bool {
    request.cookie(&format!("__Host-left-{slug}")).is_some()
}

/// The remembered user name, where the person asked for it.
pub fn remembered_name(request: &HttpRequest, slug: &Slug) -> Option<String> {
    let value = request.cookie(&format!("__Host-name-{slug}"))?.value().to_owned();
    let decoded: String = url::form_urlencoded::parse(format!("n={value}").as_bytes()).next()?.1.into_owned();
    (decoded.chars().count() <= 128 && !decoded.chars().any(char::is_control)).then_some(decoded)
}

pub fn remember_name(slug: &Slug, username: Option<&str>) -> Cookie<'static> {
    let value: String = url::form_urlencoded::byte_serialize(username.unwrap_or_default().as_bytes()).collect();
    let lifetime = if username.is_some() { YEAR } else { Duration::ZERO };
    cookie(format!("__Host-name-{slug}"), value, Some(lifetime))
}
