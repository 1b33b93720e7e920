//! To an upstream that speaks SAML and back. What it says is judged where it arrives, before the browser is known: browsers
//! send no cookies along with a form of another site. What was believed is then handed, sealed, through the browser to a
//! request of our own site, where it is held against what that browser set out with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::crypto::credential::PublicKey;
use crate::crypto::seal::SealError;
use crate::crypto::xml::XmlError;
use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::{IdentityProvider, SamlUpstream};
use crate::domain::ids::IdpId;
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::domain::signing::{KeyState, KeyType};
use crate::protocol::reply::Reply;
use crate::protocol::saml::assertion::{Assertion, AssertionError, Expected, answered, read};
use crate::protocol::saml::binding::{Incoming, Kind, Outgoing};
use crate::protocol::saml::message::MessageId;
use crate::protocol::saml::person::{Nameless, person};
use crate::protocol::saml::second_opinion::{self, Opinion, Question};
use crate::protocol::saml::upstream::{Asked, Keys, Own, authn_request, metadata, request_id};
use crate::store;

use super::super::Site;
use super::super::credentials::{CredentialFault, seal_context};
use super::super::interaction::Interaction;
use super::super::resume;
use super::super::site::Document;
use super::{Departure, Pending, Refused, Wish, age};

/// Everybody reads it; the certificates in our metadata are of its kind.
const ALG: SignatureAlg = SignatureAlg::RsaSha256;
/// How far clocks may be apart.
const SKEW: Duration = Duration::from_mins(1);
/// From the form of the other site to the request that follows it at once.
const HANDED_OVER: Duration = Duration::from_mins(2);
/// What an address can carry, wherever it passes through.
const LONGEST: usize = 6_000;

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the message {0}")]
    Xml(#[from] XmlError),
    #[error("the tenant has no key that signs it")]
    NoKey,
    #[error("the message cannot be sent by redirect")]
    Unsendable,
}

/// Where the browser goes to sign in.
pub fn ask(
    site: &Site,
    (id, upstream): (&IdpId, &SamlUpstream),
    departure: &Departure,
    interaction: &Interaction,
) -> Result<String, AskError> {
    let own = Own::of(&site.base, id);
    let request = request_id(&departure.nonce).ok_or(AskError::Unsendable)?;
    // SAML has no word for an age, nor for choosing another account: whoever asks for either gets a new sign-in.
    let (demand, _) = resume::wish(site, interaction);
    let force = departure.wish.fresh || departure.wish.choose_account || demand.max_age.is_some();
    let Wish { acr_values: contexts, proxies, .. } = &departure.wish;
    let asked = Asked { id: &request, force, contexts, proxies: *proxies };
    let xml = authn_request(&own, upstream, asked, site.now())?;
    let to = upstream.sign_on.as_str();
    let outgoing = Outgoing { kind: Kind::Request, xml: &xml, to, relay_state: Some(&departure.state) };
    let reply = if upstream.sign_requests {
        outgoing.redirect(site.credentials.signer(ALG).ok_or(AskError::NoKey)?, ALG)?
    } else {
        outgoing.redirect_unsigned()?
    };
    match reply {
        Reply::Redirect(address) => Ok(address),
        Reply::FormPost { .. } => Err(AskError::Unsendable),
    }
}

/// What the administrator of the upstream is given about us.
pub fn document(site: &Site, (id, upstream): (&IdpId, &SamlUpstream)) -> Result<Document, AskError> {
    let signer = site.credentials.signer(ALG).ok_or(AskError::NoKey)?;
    let published = site.credentials.published().iter().filter(|one| one.kind == ALG.key_type());
    let signing: Vec<&CertificateDer> = published.map(|one| &one.certificate).collect();
    let keys = Keys { signing: &signing, encryption: Some(signer.certificate()) };
    let text = metadata(&Own::of(&site.base, id), upstream, keys, (signer, ALG), site.entropy.as_ref())?;
    Ok(Document::new(text.into_bytes()))
}

/// An answer that passed every check but one: that this browser asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    request: MessageId,
    pub person: Person,
    judged_at: Time,
}

/// Why an answer is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Unbelieved {
    #[error("nobody asked for the answer")]
    Unsolicited,
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    #[error("{0}")]
    Nameless(#[from] Nameless),
    #[error("two readers disagree on the answer: {0}")]
    Disagreement(String),
    #[error("a key to decrypt with cannot be used: {0}")]
    Key(#[from] CredentialFault),
}

impl Unbelieved {
    /// `None`: the fault is here.
    pub fn refused(&self) -> Option<Refused> {
        let (code, reason) = match self {
            Self::Unsolicited => (ErrorCode::FederationUnsolicited, "unsolicited".to_owned()),
            Self::Assertion(AssertionError::Status(status)) => {
                let last: String = status.rsplit(':').next().unwrap_or_default().chars().take(64).collect();
                (ErrorCode::FederationDenied, format!("status: {last}"))
            }
            Self::Assertion(error) => (ErrorCode::FederationUntrusted, error.name()),
            Self::Nameless(nameless) => (ErrorCode::FederationNameless, nameless.name().to_owned()),
            Self::Disagreement(_) => (ErrorCode::FederationDisagreement, "disagreement".to_owned()),
            Self::Key(_) => return None,
        };
        Some(Refused::new(code, reason))
    }
}

/// From the octets that came to somebody who may be believed in.
pub fn judge(
    site: &Site,
    (provider, upstream): (&IdentityProvider, &SamlUpstream),
    incoming: &Incoming,
) -> Result<Answer, Unbelieved> {
    let own = Own::of(&site.base, &provider.id);
    let request = answered(&incoming.xml)?.ok_or(Unbelieved::Unsolicited)?;
    let expected = Expected {
        issuer: upstream.entity_id.as_str(),
        keys: &upstream.certificates,
        audience: &own.entity_id,
        acs: &own.acs,
        request: &request,
        private_key: None,
        now: site.now(),
    };
    let assertion = match read(&incoming.xml, &expected) {
        Err(AssertionError::NoKey) => decrypted(site, &incoming.xml, expected)?,
        other => other?,
    };
    agree(&assertion, expected)?;
    let person = person(&assertion, (provider, upstream))?;
    Ok(Answer { request, person, judged_at: site.now() })
}

/// With each key that the upstream may have been given: the one that signs now, those before it and those after.
fn decrypted(site: &Site, xml: &[u8], expected: Expected<'_>) -> Result<Assertion, Unbelieved> {
    let stored = site.store.read(store::credentials::list).map_err(CredentialFault::from)?;
    let mut usable: Vec<_> = stored.into_iter().filter(|one| one.kind == KeyType::Rsa).collect();
    usable.sort_by_key(|one| one.state != KeyState::Active);
    let mut refused = AssertionError::NoKey;
    for one in usable {
        let sealer = site.store.sealer();
        let private = sealer.open(&seal_context(&one.id), &one.sealed_private).map_err(CredentialFault::from)?;
        match read(xml, &Expected { private_key: Some(&private), ..expected }) {
            Err(other @ AssertionError::Xml(XmlError::Encryption)) => refused = other,
            other => return Ok(other?),
        }
    }
    Err(refused.into())
}

/// Whether somebody else reads the same. Whoever reads otherwise, or not at all, is an alarm: one of the two is wrong.
fn agree(assertion: &Assertion, expected: Expected<'_>) -> Result<(), Unbelieved> {
    let mut dissent = "there is no key to ask with".to_owned();
    for keys in by_kind(expected.keys) {
        let question = Question {
            xml: &assertion.shown,
            issuer: expected.issuer,
            keys: &keys,
            audience: expected.audience,
            acs: expected.acs,
            request: expected.request.as_str(),
        };
        match second_opinion::ask(question) {
            Ok(Opinion::Subject { format, name }) => {
                let ours = &assertion.name;
                if format == ours.format && name == ours.value {
                    return Ok(());
                }
                return Err(Unbelieved::Disagreement("they name different people".to_owned()));
            }
            Ok(Opinion::Sealed) if assertion.sealed => return Ok(()),
            Ok(Opinion::Sealed) => "what is in it is encrypted".clone_into(&mut dissent),
            Err(cause) => dissent = cause.to_string(),
        }
    }
    Err(Unbelieved::Disagreement(dissent))
}

/// The other reader stops at the first key of a kind that did not sign: each kind by itself, RSA first.
fn by_kind(keys: &[CertificateDer]) -> Vec<Vec<CertificateDer>> {
    let is_rsa = |key: &&CertificateDer| matches!(PublicKey::of(key), Ok(PublicKey::Rsa(_)));
    let (rsa, other): (Vec<&CertificateDer>, Vec<&CertificateDer>) = keys.iter().partition(is_rsa);
    let owned = |list: Vec<&CertificateDer>| list.into_iter().cloned().collect::<Vec<_>>();
    [rsa, other].into_iter().filter(|list| !list.is_empty()).map(owned).collect()
}

fn context(provider: &IdpId, state: &str) -> String {
    format!("federation.answer:{provider}:{state}")
}

/// Sealed, for this state and no other. `None`: an address cannot carry it.
pub fn hand_over(site: &Site, (provider, state): (&IdpId, &str), answer: &Answer) -> Result<Option<String>, SealError> {
    let plain = serde_json::to_vec(answer).map_err(|_unwritable| SealError::Failed)?;
    let sealed = site.store.sealer().seal_text(&context(provider, state), &plain, site.entropy.as_ref())?;
    Ok((sealed.len() <= LONGEST).then_some(sealed))
}

/// What was handed over a moment ago.
pub fn take_over(site: &Site, (provider, state): (&IdpId, &str), sealed: &str) -> Option<Answer> {
    let plain = site.store.sealer().open_text(&context(provider, state), sealed).ok()?;
    let answer: Answer = serde_json::from_slice(&plain).ok()?;
    (site.now() < answer.judged_at + HANDED_OVER).then_some(answer)
}

/// How an answer fits what this browser set out with.
#[derive(Debug)]
pub enum Fit {
    Fits(Box<Person>),
    /// It answers another request.
    Foreign,
    /// The sign-in there is older than it may be. SAML cannot ask for an age: the person may be sent once more.
    TooOld,
}

pub fn fit(site: &Site, pending: &Pending, answer: Answer) -> Fit {
    if request_id(&pending.nonce).as_ref() != Some(&answer.request) {
        return Fit::Foreign;
    }
    let Answer { person, .. } = answer;
    let admitted = person.auth_time.and_then(|told| age(site, pending).admit(told, site.now(), SKEW));
    match admitted {
        Some(auth_time) => Fit::Fits(Box::new(Person { auth_time: Some(auth_time), ..person })),
        None => Fit::TooOld,
    }
}
