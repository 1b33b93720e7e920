//! The built-in service provider: registered for the tenant's own address with the tenant's own certificates, which
//! sign its requests. Stored nowhere, like the client beside it.

use crate::crypto::xml::{Document, XmlError};
use crate::domain::Time;
use crate::domain::application::Application;
use crate::domain::ids::ClientId;
use crate::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, Binding, CertificateDer, ClaimName, Endpoint, EntityId,
    LogoutEndpoint, NameIdKind, Preset, ServiceProvider, SignatureAlg, Signed,
};
use crate::flow::Site;
use crate::flow::credentials::Credentials;
use crate::protocol::base::Base;
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::{Incoming, Kind, Outgoing};
use crate::protocol::saml::logout::{LogoutError, LogoutRequest, LogoutResponse, Route, Sender, Told};
use crate::protocol::saml::message::{Header, MessageId};
use crate::protocol::saml::metadata::entity_id;
use crate::protocol::saml::second_opinion::{Opinion, Question, ask as ask_another};
use crate::protocol::saml::service_provider::{Examined, Finding, Parties, Subject, Wish, authn_request};
use crate::protocol::saml::status::Status;
use crate::protocol::saml::{LOGOUT_PATH, SSO_PATH};

pub const ID: &str = "playground-saml";
/// Its page, below the tenant's base; its address is its `entityID` too.
pub const HOME: &str = "/playground/saml";
pub const CONSUMER: &str = "/playground/saml/acs";
pub const LOGOUT: &str = "/playground/saml/slo";

const ALG: SignatureAlg = SignatureAlg::RsaSha256;
const RELEASED: [&str; 6] = ["email", "name", "given_name", "family_name", "roles", "groups"];

/// How it is registered with a tenant at this address; `None` where the address cannot be returned to.
pub fn application(base: &Base, credentials: &Credentials) -> Option<Application<ServiceProvider>> {
    let endpoint = |path: &str| Endpoint::parse(&base.at(path)).ok();
    let rule = |name: &str| {
        let source = AttributeSource::Claim(ClaimName::parse(name)?);
        Some(AttributeRule { name: name.to_owned(), format: None, friendly_name: None, source })
    };
    Some(Application {
        id: ClientId::parse(ID).ok()?,
        name: "Playground (SAML)".to_owned(),
        require_role: None,
        identity_provider: None,
        enabled: true,
        protocol: ServiceProvider {
            entity_id: EntityId::parse(&base.at(HOME)).ok()?,
            acs: vec![AssertionConsumer {
                index: 0,
                binding: Binding::Post,
                location: endpoint(CONSUMER)?,
                is_default: true,
            }],
            logout: vec![LogoutEndpoint {
                binding: Binding::Redirect,
                location: endpoint(LOGOUT)?,
                response_location: None,
            }],
            signing_certificates: certificates(credentials),
            encryption_certificates: Vec::new(),
            signs_requests: true,
            signed: Signed::Both,
            encrypt_assertion: false,
            signature: ALG,
            name_id: NameIdKind::Persistent,
            attributes: RELEASED.into_iter().filter_map(rule).collect(),
            preset: Preset::Default,
            idp_initiated: false,
            start_relay_state: None,
            metadata_url: None,
            metadata_certificates: Vec::new(),
        },
    })
}

/// Of the kind that signs by our algorithm: the other program stops at a key of another kind.
fn certificates(credentials: &Credentials) -> Vec<CertificateDer> {
    let ours = credentials.published().iter().filter(|published| published.kind == ALG.key_type());
    ours.map(|published| published.certificate.clone()).collect()
}

/// Both sides, for a tenant that has switched it on.
pub fn parties(site: &Site) -> Option<Parties> {
    let entity = EntityId::parse(&site.base.at(HOME)).ok()?;
    site.service_provider(&entity).filter(|_| site.settings.playground)?;
    Some(Parties {
        entity_id: entity.as_str().to_owned(),
        acs: site.base.at(CONSUMER),
        logout: site.base.at(LOGOUT),
        idp: entity_id(&site.base),
        idp_sso: site.base.at(SSO_PATH),
        idp_logout: site.base.at(LOGOUT_PATH),
        keys: certificates(&site.credentials),
    })
}

/// A request on its way.
#[derive(Debug)]
pub struct Asking {
    pub id: MessageId,
    pub xml: String,
    pub reply: Reply,
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the request {0}")]
    Xml(#[from] XmlError),
    #[error("the tenant has no key that signs it")]
    NoKey,
}

pub fn ask(site: &Site, parties: &Parties, (wish, relay_state): (Wish, &str), now: Time) -> Result<Asking, AskError> {
    let id = MessageId::mint(site.entropy.as_ref());
    let xml = authn_request(parties, &id, now, wish)?;
    let signer = site.credentials.signer(ALG).ok_or(AskError::NoKey)?;
    let outgoing = Outgoing { kind: Kind::Request, xml: &xml, to: &parties.idp_sso, relay_state: Some(relay_state) };
    let reply = outgoing.redirect(signer, ALG)?;
    Ok(Asking { id, xml, reply })
}

/// A request to sign this person out everywhere.
pub fn leave(site: &Site, parties: &Parties, subject: &Subject, now: Time) -> Result<Asking, AskError> {
    let id = MessageId::mint(site.entropy.as_ref());
    let told = Told {
        name_id: &subject.name_id,
        format: &subject.format,
        session_index: &subject.session_index,
        audience: &parties.entity_id,
    };
    let reply = sender(site, parties, now)?.request(&id, route(parties, None), told)?;
    let xml = message(&reply).unwrap_or_default();
    Ok(Asking { id, xml, reply })
}

/// The service provider: requests of its own are about names that the identity provider gave.
fn sender<'a>(site: &'a Site, parties: &'a Parties, now: Time) -> Result<Sender<'a>, AskError> {
    let signer = site.credentials.signer(ALG).ok_or(AskError::NoKey)?;
    Ok(Sender { entity_id: &parties.entity_id, signer, alg: ALG, now, entropy: site.entropy.as_ref() })
}

fn route<'a>(parties: &'a Parties, relay_state: Option<&'a str>) -> Route<'a> {
    Route { binding: Binding::Redirect, location: &parties.idp_logout, relay_state }
}

/// What a Redirect carries, for reading.
fn message(reply: &Reply) -> Option<String> {
    let Reply::Redirect(location) = reply else { return None };
    let incoming = Incoming::redirect(location.split_once('?')?.1).ok()?;
    String::from_utf8(incoming.xml).ok()
}

/// What arrives where sign-outs do.
#[derive(Debug)]
pub enum Heard {
    /// The answer to our request, judged.
    Answer(Vec<Finding>),
    /// The identity provider signs the person out: where the browser goes with our answer.
    Request(Reply),
}

#[derive(Debug, thiserror::Error)]
pub enum HearError {
    #[error(transparent)]
    Message(#[from] LogoutError),
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Signed by the identity provider and meant for this address, or nothing is done.
pub fn hear(
    site: &Site,
    parties: &Parties,
    incoming: &Incoming,
    (leaving, now): (Option<&MessageId>, Time),
) -> Result<Heard, HearError> {
    let document = Document::parse(&incoming.xml).map_err(LogoutError::from)?;
    let root = document.root();
    incoming.verify(root, &parties.keys).map_err(LogoutError::from)?;
    match incoming.kind {
        Kind::Request => {
            let request = LogoutRequest::read(root)?;
            request.check(&parties.logout, now)?;
            from_provider(parties, &request.header)?;
            let route = route(parties, incoming.relay_state.as_deref());
            let answer = sender(site, parties, now)?.response(request.header.id.as_str(), route, &Status::Success);
            Ok(Heard::Request(answer.map_err(AskError::from)?))
        }
        Kind::Response => {
            let response = LogoutResponse::read(root)?;
            response.check(&parties.logout, now)?;
            from_provider(parties, &response.header)?;
            if leaving != Some(&response.in_response_to) {
                return Err(LogoutError::InResponseTo.into());
            }
            let status = if response.success { Ok("Success".to_owned()) } else { Err("not everybody".to_owned()) };
            Ok(Heard::Answer(vec![
                Finding { what: "Signature", outcome: Ok(parties.idp.clone()) },
                Finding { what: "Destination", outcome: Ok(parties.logout.clone()) },
                Finding { what: "InResponseTo", outcome: Ok(response.in_response_to.to_string()) },
                Finding { what: "Status", outcome: status },
            ]))
        }
    }
}

fn from_provider(parties: &Parties, header: &Header) -> Result<(), LogoutError> {
    if header.issuer.as_str() == parties.idp { Ok(()) } else { Err(LogoutError::Sender) }
}

/// What another program makes of an answer that we find good: it must name the same person. It is asked only then.
pub fn second_opinion(
    xml: &[u8],
    parties: &Parties,
    request: Option<&MessageId>,
    examined: &Examined,
) -> Option<Finding> {
    let subject = examined.subject.as_ref().filter(|_| examined.is_good())?;
    let question = Question {
        xml: std::str::from_utf8(xml).ok()?,
        issuer: &parties.idp,
        keys: &parties.keys,
        audience: &parties.entity_id,
        acs: &parties.acs,
        request: request?.as_str(),
    };
    let outcome = match ask_another(question) {
        Ok(Opinion::Subject { name, .. }) if name == subject.name_id => Ok(name),
        Ok(Opinion::Subject { name, .. }) => Err(format!("it reads {name}")),
        Ok(Opinion::Sealed) => Err("it finds nobody".to_owned()),
        Err(dissent) => Err(dissent.to_string()),
    };
    Some(Finding { what: "samael", outcome })
}
