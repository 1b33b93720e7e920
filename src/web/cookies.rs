//! Cookies. All of them `__Host-`, Secure and HttpOnly, one set per tenant: the tenant's name is in theirs.

use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::{HttpRequest, HttpResponse};

use crate::crypto::token;
use crate::domain::ids::Slug;
use crate::domain::language::Language;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::flow::Site;
use crate::flow::browser::Browser;

use super::context;
use super::problem::Problem;

const LANGUAGE: &str = "__Host-portner-lang";
/// Browsers keep 4,096 bytes of name, value and attributes (RFC 6265 §6.1).
const CARRIED_MAX_BYTES: usize = 3_500;
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

/// The answer, with these set.
pub fn with<'a>(
    mut response: HttpResponse,
    cookies: impl IntoIterator<Item = &'a Cookie<'static>>,
) -> Result<HttpResponse, Problem> {
    for cookie in cookies {
        response.add_cookie(cookie).map_err(Problem::internal)?;
    }
    Ok(response)
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

/// What a browser takes along while the person is elsewhere. What is too long for one cookie is in two.
struct Carried([String; 2]);

/// At the end of the second cookie's name.
const SECOND: &str = ".2";

impl Carried {
    fn named(name: String) -> Self {
        let second = format!("{name}{SECOND}");
        Self([name, second])
    }

    /// The request of somebody who has forgotten the password on the way.
    fn waiting(slug: &Slug) -> Self {
        Self::named(format!("__Host-waiting-{slug}"))
    }

    /// What goes to an identity provider. Several may be under way at once, each under its `state`.
    fn federation(slug: &Slug, state: &str) -> Option<Self> {
        let is_one = state.len() == 43 && state.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let (start, _) = state.split_at_checked(16).filter(|_| is_one)?;
        Some(Self::named(format!("__Host-fed-{slug}-{start}")))
    }

    fn read(&self, request: &HttpRequest) -> Option<String> {
        let Self([first, second]) = self;
        let second = request.cookie(second).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        Some(format!("{}{second}", request.cookie(first)?.value()))
    }

    /// `None`: browsers, or servers on the way, would not carry it.
    fn set(&self, sealed: &str, lifetime: Duration) -> Option<Vec<Cookie<'static>>> {
        let (first, second) = sealed.split_at_checked(CARRIED_MAX_BYTES).unwrap_or((sealed, ""));
        if second.len() > CARRIED_MAX_BYTES {
            return None;
        }
        let Self(names) = self;
        let parts = names.iter().zip([first, second]).filter(|(_, part)| !part.is_empty());
        Some(parts.map(|(name, part)| cookie(name.clone(), part.to_owned(), Some(lifetime))).collect())
    }

    /// Those that came along.
    fn clear(&self, request: &HttpRequest) -> Vec<Cookie<'static>> {
        let Self(names) = self;
        let came = names.iter().filter(|name| request.cookie(name).is_some());
        came.map(|name| gone(name.clone())).collect()
    }
}

fn gone(name: String) -> Cookie<'static> {
    cookie(name, String::new(), Some(Duration::ZERO))
}

/// What goes before this one is set: browsers and servers do not carry cookies without end.
fn crowded_out(request: &HttpRequest, slug: &Slug, sealed: &str) -> Vec<Cookie<'static>> {
    let start = format!("__Host-fed-{slug}-");
    let is_way = |name: &str| {
        let rest = name.strip_prefix(&start).map(|rest| rest.strip_suffix(SECOND).unwrap_or(rest));
        rest.is_some_and(|rest| rest.len() == 16)
    };
    let Carried(waiting) = Carried::waiting(slug);
    let cookies = request.cookies().map(|cookies| cookies.clone()).unwrap_or_default();
    let names = cookies.iter().map(|one| one.name().to_owned());
    let carried: Vec<String> = names.filter(|name| is_way(name) || waiting.contains(name)).collect();
    let long = sealed.len() > CARRIED_MAX_BYTES || carried.iter().any(|name| name.ends_with(SECOND));
    let many = carried.iter().filter(|name| is_way(name)).count() >= FEDERATIONS;
    carried.into_iter().filter(|name| long || (many && is_way(name))).map(gone).collect()
}

/// The sealed interaction of somebody who has forgotten the password on the way.
pub fn waiting(request: &HttpRequest, slug: &Slug) -> Option<String> {
    Carried::waiting(slug).read(request)
}

/// As long as the link that was mailed. In place of what waited before; where it is more than browsers would carry,
/// nothing waits, and the person begins at the application again.
pub fn set_waiting(request: &HttpRequest, slug: &Slug, sealed: &str, lifetime: Duration) -> Vec<Cookie<'static>> {
    let carried = Carried::waiting(slug);
    let new = carried.set(sealed, lifetime).unwrap_or_default();
    let old = carried.clear(request).into_iter().chain(crowded_out(request, slug, sealed));
    let mut cookies: Vec<Cookie<'static>> = Vec::new();
    for cookie in new.into_iter().chain(old) {
        if !cookies.iter().any(|set| set.name() == cookie.name()) {
            cookies.push(cookie);
        }
    }
    cookies
}

/// What a browser took along to an identity provider.
pub fn federation(request: &HttpRequest, slug: &Slug, state: &str) -> Option<String> {
    Carried::federation(slug, state)?.read(request)
}

/// `None`: browsers, or servers on the way, would not carry it.
pub fn set_federation(request: &HttpRequest, slug: &Slug, state: &str, sealed: &str) -> Option<Vec<Cookie<'static>>> {
    let new = Carried::federation(slug, state)?.set(sealed, crate::flow::federation::LIFETIME)?;
    Some(crowded_out(request, slug, sealed).into_iter().chain(new).collect())
}

pub fn clear_federation(request: &HttpRequest, slug: &Slug, state: &str) -> Vec<Cookie<'static>> {
    Carried::federation(slug, state).map(|carried| carried.clear(request)).unwrap_or_default()
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
