//! What a browser is sent with (§13.2): raw parameters → typed request. Until the relying party and the address of the
//! answer are known, and afterwards too, a failure is a page.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::Time;
use crate::domain::authn_context::ContextClass;
use crate::domain::demand::Demand;
use crate::domain::fault::ErrorCode;
use crate::domain::saml::Endpoint;
use crate::domain::wsfed::{Realm, RelyingParty};
use crate::protocol::params::RawParams;
use crate::protocol::saml::message::far;

use super::{CLEAN_UP, SIGN_IN, SIGN_OUT, method};

/// As `state` of OpenID Connect: more than ASP.NET and SharePoint need.
const CONTEXT_MAX_BYTES: usize = 4096;
const SHORT_MAX_BYTES: usize = 1024;
/// How far `wct` may be from now, either way: two clocks and a slow network.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Each of them makes us fetch, or obey, what anybody can write (security: pointer parameters are requests forged on
/// the server by design); `wencoding` changes how the rest is to be read.
const REFUSED: [&str; 10] =
    ["wreq", "wreqptr", "wresult", "wresultptr", "wp", "wattr", "wattrptr", "wpseudo", "wpseudoptr", "wencoding"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    SignIn,
    SignOut,
    CleanUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("wa must be wsignin1.0, wsignout1.0 or wsignoutcleanup1.0")]
    Action,
    #[error("wtrealm is missing, or not the name of a realm")]
    NoRealm,
    #[error("no application with this wtrealm")]
    Realm,
    #[error("wreply is not registered for this wtrealm")]
    Reply,
    #[error("the parameter {0} is refused")]
    Refused(&'static str),
    #[error("the parameter {0} cannot be read")]
    Unreadable(&'static str),
    #[error("wctx is longer than 4,096 bytes, or has control characters in it")]
    Context,
    /// By how many seconds it is later than now.
    #[error("wct is {}: more than five minutes from our clock", far(*.0))]
    Stale(i64),
    #[error("wauth names a method that is not known here")]
    Method,
}

impl RequestError {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Action => ErrorCode::WsfedAction,
            Self::NoRealm | Self::Realm => ErrorCode::WsfedRealm,
            Self::Reply => ErrorCode::WsfedReply,
            Self::Refused(_) | Self::Unreadable(_) | Self::Context => ErrorCode::WsfedParameter,
            Self::Stale(_) => ErrorCode::WsfedStale,
            Self::Method => ErrorCode::UnmetAuthenticationRequirements,
        }
    }
}

pub fn action(params: &RawParams) -> Result<Action, RequestError> {
    match params.get("wa") {
        Some(SIGN_IN) => Ok(Action::SignIn),
        Some(SIGN_OUT) => Ok(Action::SignOut),
        Some(CLEAN_UP) => Ok(Action::CleanUp),
        Some(_) | None => Err(RequestError::Action),
    }
}

/// Who asks; the relying party is looked up by it.
pub fn realm(params: &RawParams) -> Result<Realm, RequestError> {
    params.get("wtrealm").and_then(|text| Realm::parse(text).ok()).ok_or(RequestError::NoRealm)
}

/// A sign-in as it may be answered: everything checked, small enough to be parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    pub realm: Realm,
    /// Registered for the realm.
    pub reply: Endpoint,
    /// `wctx`, given back octet for octet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// `wfresh`: how many minutes ago the person may have signed in at most; 0 = they sign in now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// `wauth`: known, and not to be fallen short of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<ContextClass>,
    /// `whr`: where the person comes from, a domain or an upstream identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_realm: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
}

/// Stage two: `party` is the one that [`realm`] named. Parameters that nobody knows are ignored (§13.2.1).
pub fn parse(mut params: RawParams, party: &RelyingParty, now: Time) -> Result<SignInRequest, RequestError> {
    let reply = reply(&mut params, party)?;
    if let Some(refused) = REFUSED.into_iter().find(|name| params.get(name).is_some()) {
        return Err(RequestError::Refused(refused));
    }
    fresh_enough(params.take("wct").as_deref(), now)?;
    let within = params.take("wfresh").map(|text| minutes(&text)).transpose()?;
    let method = params.take("wauth").map(|name| method::read(&name).ok_or(RequestError::Method)).transpose()?;
    Ok(SignInRequest {
        realm: party.realm.clone(),
        reply,
        context: context(params.take("wctx"))?,
        within,
        method,
        home_realm: short(&mut params, "whr")?,
        ui_locales: short(&mut params, "ui_locales")?.or(short(&mut params, "mkt")?),
    })
}

/// Byte for byte one of those registered; the first where none is named.
fn reply(params: &mut RawParams, party: &RelyingParty) -> Result<Endpoint, RequestError> {
    let found = match params.take("wreply") {
        Some(asked) => party.reply_urls.iter().find(|registered| registered.as_str() == asked),
        None => party.reply_urls.first(),
    };
    found.cloned().ok_or(RequestError::Reply)
}

/// A form cannot carry control characters unchanged (HTML §4.10.22.4 rewrites line breaks).
fn context(text: Option<String>) -> Result<Option<String>, RequestError> {
    let unfit = |text: &String| text.len() > CONTEXT_MAX_BYTES || text.contains(char::is_control);
    if text.as_ref().is_some_and(unfit) { Err(RequestError::Context) } else { Ok(text) }
}

fn short(params: &mut RawParams, name: &'static str) -> Result<Option<String>, RequestError> {
    let text = params.take(name);
    let unfit = |text: &String| text.len() > SHORT_MAX_BYTES || text.contains(char::is_control);
    if text.as_ref().is_some_and(unfit) { Err(RequestError::Unreadable(name)) } else { Ok(text) }
}

/// `wct`: when the application sent the person here. A link that was kept, or is replayed, is not followed.
fn fresh_enough(text: Option<&str>, now: Time) -> Result<(), RequestError> {
    let Some(text) = text else { return Ok(()) };
    let at = DateTime::parse_from_rfc3339(text).map_err(|_not_a_time| RequestError::Unreadable("wct"))?;
    let later = at.with_timezone(&Utc) - now;
    if later.abs() > SKEW { Err(RequestError::Stale(later.num_seconds())) } else { Ok(()) }
}

fn minutes(text: &str) -> Result<u32, RequestError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or(RequestError::Unreadable("wfresh"))
}

impl SignInRequest {
    pub fn demand(&self) -> Demand {
        let max_age = self.within.filter(|minutes| *minutes > 0).map(|minutes| u64::from(minutes) * 60);
        Demand {
            fresh: self.within == Some(0),
            max_age: max_age.map(Duration::from_secs),
            essential: self.method.map(|class| method::requested(class).essential()),
            ..Demand::default()
        }
    }
}

/// A wish to sign out. What is not registered is ignored: leaving never fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOutRequest {
    pub realm: Option<Realm>,
    pub reply: Option<String>,
}

impl SignOutRequest {
    pub fn parse(params: &mut RawParams) -> Self {
        let realm = params.take("wtrealm").and_then(|text| Realm::parse(&text).ok());
        Self { realm, reply: params.take("wreply") }
    }

    /// The registered address of this party that the request names, if it names one.
    pub fn address<'a>(&self, party: &'a RelyingParty) -> Option<&'a Endpoint> {
        let asked = self.reply.as_deref()?;
        let named = self.realm.as_ref().is_none_or(|realm| *realm == party.realm);
        party.reply_urls.iter().find(|registered| named && registered.as_str() == asked)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, party};
    use super::*;
    use crate::domain::assurance::Level;

    fn params(text: &str) -> RawParams {
        RawParams::parse(text.as_bytes()).unwrap()
    }
    fn read(text: &str) -> Result<SignInRequest, RequestError> {
        parse(params(&format!("wa=wsignin1.0&wtrealm=urn:acme:intranet&{text}")), &party(), at(0))
    }

    #[test]
    fn only_the_three_actions_of_the_profile_are_known() {
        for (text, expected) in [
            ("wa=wsignin1.0", Ok(Action::SignIn)),
            ("wa=wsignout1.0", Ok(Action::SignOut)),
            ("wa=wsignoutcleanup1.0", Ok(Action::CleanUp)),
            ("wa=wattr1.0", Err(RequestError::Action)),
            ("wa=wpseudo1.0", Err(RequestError::Action)),
            ("wa=WSIGNIN1.0", Err(RequestError::Action)),
            ("wtrealm=urn:x", Err(RequestError::Action)),
        ] {
            assert_eq!(action(&params(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_request_is_read_whole() {
        let found = read(
            "wreply=https%3A%2F%2Fintranet.example%2Fother%3Fa%3D1&wctx=rm%3D0%26id%3Dpassive&wfresh=10\
             &wct=2027-01-15T08%3A00%3A00Z&whr=urn:upstream&mkt=da-DK\
             &wauth=urn:oasis:names:tc:SAML:1.0:am:password&unknown=1",
        );
        let found = found.unwrap();
        assert_eq!(found.reply.as_str(), "https://intranet.example/other?a=1");
        assert_eq!(found.context.as_deref(), Some("rm=0&id=passive"));
        assert_eq!((found.within, found.home_realm.as_deref()), (Some(10), Some("urn:upstream")));
        assert_eq!(found.ui_locales.as_deref(), Some("da-DK"));
        let demand = found.demand();
        assert_eq!((demand.fresh, demand.max_age), (false, Some(Duration::from_secs(600))));
        assert_eq!(demand.essential, Some(Level::ALL.to_vec()));
    }

    #[test]
    fn without_wreply_the_first_registered_address_is_answered() {
        assert_eq!(read("").unwrap().reply.as_str(), "https://intranet.example/signin-wsfed");
    }

    #[test]
    fn wreply_is_compared_byte_for_byte() {
        for other in [
            "https://intranet.example/signin-wsfed/",
            "https://intranet.example/Signin-wsfed",
            "https://intranet.example:443/signin-wsfed",
            "https://intranet.example/signin-wsfed?x=1",
            "https://intranet.example/signin-wsfed#",
            "https://intranet.example/a/../signin-wsfed",
            "https://intranet.example@evil.example/signin-wsfed",
            "https://intranet.example.evil.example/signin-wsfed",
            "http://intranet.example/signin-wsfed",
            " https://intranet.example/signin-wsfed",
            "//evil.example/",
            "javascript:alert(1)",
        ] {
            let encoded: String = url::form_urlencoded::byte_serialize(other.as_bytes()).collect();
            assert_eq!(read(&format!("wreply={encoded}")), Err(RequestError::Reply), "{other}");
        }
    }

    #[test]
    fn what_would_make_us_fetch_or_obey_a_document_is_refused() {
        for name in REFUSED {
            assert_eq!(read(&format!("{name}=http%3A%2F%2F169.254.169.254%2F")), Err(RequestError::Refused(name)));
        }
    }

    #[test]
    fn wfresh_zero_asks_for_a_sign_in_now() {
        let demand = read("wfresh=0").unwrap().demand();
        assert_eq!((demand.fresh, demand.max_age), (true, None));
        for bad in ["-1", "+1", "1.5", "0x1", "1e3", "99999999999"] {
            let encoded: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
            assert_eq!(read(&format!("wfresh={encoded}")), Err(RequestError::Unreadable("wfresh")), "{bad}");
        }
    }

    #[test]
    fn wct_is_a_time_near_now() {
        for (text, expected) in [
            ("2027-01-15T07:55:00Z", None),
            ("2027-01-15T08:05:00Z", None),
            ("2027-01-15T09:00:00%2B01:00", None),
            ("2027-01-15T07:54:59Z", Some(RequestError::Stale(-301))),
            ("2027-01-15T08:05:01Z", Some(RequestError::Stale(301))),
            ("yesterday", Some(RequestError::Unreadable("wct"))),
        ] {
            assert_eq!(read(&format!("wct={text}")).err(), expected, "{text}");
        }
    }

    #[test]
    fn wauth_must_be_known() {
        let asked = |text: &str| read(&format!("wauth={text}")).map(|request| request.demand().essential);
        assert_eq!(asked("http://schemas.microsoft.com/claims/multipleauthn"), Ok(Some(vec![Level::Mfa])));
        assert_eq!(asked("urn:unheard:of"), Err(RequestError::Method));
        assert_eq!(asked("urn:ietf:rfc:1510"), Err(RequestError::Method));
    }

    #[test]
    fn wctx_is_bounded_and_can_be_carried_by_a_form() {
        let fits = "c".repeat(4096);
        assert_eq!(read(&format!("wctx={fits}")).unwrap().context, Some(fits));
        assert_eq!(read(&format!("wctx={}", "c".repeat(4097))), Err(RequestError::Context));
        assert_eq!(read("wctx=a%0Ab"), Err(RequestError::Context));
        assert_eq!(read("wctx=%22%3E%3Cscript%3E").unwrap().context.as_deref(), Some("\"><script>"));
    }

    #[test]
    fn a_sign_out_returns_only_to_a_registered_address() {
        let address = |text: &str| {
            let request = SignOutRequest::parse(&mut params(text));
            request.address(&party()).map(|endpoint| endpoint.as_str().to_owned())
        };
        let registered = "https%3A%2F%2Fintranet.example%2Fsignin-wsfed";
        let expected = Some("https://intranet.example/signin-wsfed".to_owned());
        assert_eq!(address(&format!("wreply={registered}")), expected);
        assert_eq!(address(&format!("wreply={registered}&wtrealm=urn:acme:intranet")), expected);
        assert_eq!(address(&format!("wreply={registered}&wtrealm=urn:another")), None);
        assert_eq!(address("wreply=https%3A%2F%2Fevil.example%2F"), None);
        assert_eq!(address("wtrealm=urn:acme:intranet"), None);
    }
}
