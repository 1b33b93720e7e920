//! The answer to a SAML request: an assertion, written in one transaction with what has to be known of it later, or a
//! status. Signing and encrypting come before the transaction.

use std::time::Duration;

use crate::crypto::artifact as minted;
use crate::domain::application::Application;
use crate::domain::audit::{EventKind, Outcome};
use crate::domain::authn_context::{ContextClass, Evidence};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::{ClientId, SessionId, UserId};
use crate::domain::policy::Limit;
use crate::domain::release;
use crate::domain::saml::{Binding, NameIdKind, ServiceProvider};
use crate::domain::secret::PlainToken;
use crate::domain::session::{Deposit, Participant};
use crate::protocol::reply::Reply;
use crate::protocol::saml::artifact;
use crate::protocol::saml::authn_request::{AuthnError, AuthnRequest, ReplyAddress};
use crate::protocol::saml::binding::{Kind, Outgoing};
use crate::protocol::saml::preset;
use crate::protocol::saml::response::{NameId, Told, refusal, success};
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::super::browser::SignedIn;
use super::super::resume::{Refusal, Turn};
use super::super::{federation, name_id};
use super::sso::{Step, Stepped, Waiting};
use super::{issuer, own_name, unaddressable};

/// For the way of a reference through the browser and of the question that comes after it.
const ARTIFACT: Duration = Duration::from_secs(2 * 60);
/// Refusals by artifact that may wait at once: whoever is not signed in can cause them.
const REFUSALS: i64 = 1000;

impl Step<'_> {
    /// One write: who was told what of which session, its last use, the event, and the message where it is fetched.
    pub(super) fn issue(&self, known: &SignedIn) -> Stepped<Turn> {
        let (site, provider) = (self.site, &self.application.protocol);
        let Waiting { address, request } = self.waiting;
        // Taken apart without `..`: a wish that nothing obeys does not compile.
        let AuthnRequest { force: _demand, passive: _too, subject: _compared, proxies: _judged, context, name_id } =
            request;
        let Some(name_id) = self.name_id(*name_id, known)? else { return Ok(Err(AuthnError::NameIdPolicy)) };
        let evidence = Evidence::of(&known.session.proofs);
        let told = match context {
            Some(asked) => asked.told(evidence, provider.preset),
            None => Some(ContextClass::of(evidence.level, provider.preset)),
        };
        let Some(context) = told else { return Ok(Err(AuthnError::NoAuthnContext)) };
        let told = Told {
            session_index: session_index(site, known.session.id, &self.application.id),
            name_id,
            auth_time: known.session.auth_time,
            session_ends: self.session_ends(known),
            context,
            level: evidence.level,
            chain: federation::session::chain(site, &known.session)?,
            attributes: release::attributes(&known.user, &provider.attributes),
        };
        let own = own_name(site);
        let issuer = issuer(site, &own, provider.signature)?;
        let message = match success(issuer, provider, address, &told) {
            Ok(message) => message,
            Err(cause) => {
                tracing::warn!(client.application.id = %self.application.id, %cause, "no assertion could be written");
                return Ok(Err(AuthnError::Unwritable));
            }
        };
        let outgoing = Sending::new(site, self.application, address, &message)?;
        if !self.record(known, &told, &outgoing)? {
            return Ok(Err(AuthnError::SessionEnded));
        }
        Ok(Ok(Turn::Reply { reply: outgoing.reply, application: self.application.name.clone() }))
    }

    /// Whether the session still stood.
    fn record(&self, known: &SignedIn, told: &Told<'_>, outgoing: &Sending) -> Result<bool, StoreError> {
        let now = self.site.now();
        let granted = self
            .event(EventKind::AuthorizationGranted, Outcome::Success, known)
            .detail("acr", told.context.uri())
            .detail("binding", outgoing.binding);
        let (session, user) = (known.session.id, known.user.id);
        let participant = Participant {
            session,
            application: self.application.id.clone(),
            user,
            name_id: told.name_id.value.clone(),
            name_id_format: told.name_id.kind.format().to_owned(),
            session_index: told.session_index.clone(),
            joined_at: now,
        };
        let deposit = outgoing.deposit(self.site, &self.application.id, Some((user, session)));
        self.site.store.write(move |tx: &mut Tx<'_>| {
            // Ended in between (another tab signed out): nothing is issued.
            let live = store::sessions::find_by_id(tx, session)?.is_some_and(|session| session.ended_at.is_none());
            if !live {
                return Ok::<bool, StoreError>(false);
            }
            store::participants::join(tx, &participant)?;
            if let Some((artifact, deposit)) = deposit {
                store::artifacts::insert(tx, &artifact.hash(), &deposit)?;
            }
            store::sessions::touch(tx, session, now)?;
            store::audit::append(tx, &granted)?;
            Ok(true)
        })
    }

    fn name_id(&self, asked: Option<NameIdKind>, known: &SignedIn) -> Result<Option<NameId>, StoreError> {
        let (provider, user) = (&self.application.protocol, &known.user);
        let Some(kind) = preset::name_id(provider, asked) else { return Ok(None) };
        let value = match kind {
            NameIdKind::Persistent => {
                let name = name_id::persistent(self.site, user.id, provider.entity_id.as_str())?;
                Some(preset::shaped(provider, name))
            }
            NameIdKind::Transient => Some(preset::shaped(provider, name_id::transient(self.site))),
            NameIdKind::Email => user.email.as_ref().map(|email| email.as_str().to_owned()),
            NameIdKind::Username => Some(user.username.as_str().to_owned()),
        };
        Ok(value.map(|value| NameId { kind, value }))
    }

    fn session_ends(&self, known: &SignedIn) -> Option<crate::domain::Time> {
        let old = match self.site.settings.policy.for_roles(&known.user.roles).session.absolute {
            Limit::Off => None,
            Limit::At(limit) => Some(known.session.auth_time + limit),
        };
        old.into_iter().chain(known.session.ends_by).min()
    }
}

/// The same for each answer in one session, another for each application, and telling nothing.
fn session_index(site: &Site, session: SessionId, application: &ClientId) -> String {
    let tag = site.store.mac().tag(&format!("session-index:{application}"), session.as_uuid().as_bytes());
    tag.iter().take(20).fold("_".to_owned(), |index, byte| format!("{index}{byte:02x}"))
}

/// An answer on its way: in a form, or as a reference to what waits here.
struct Sending {
    reply: Reply,
    binding: &'static str,
    artifact: Option<(PlainToken, Vec<u8>)>,
}

impl Sending {
    fn new(
        site: &Site,
        application: &Application<ServiceProvider>,
        address: &ReplyAddress,
        message: &str,
    ) -> Result<Self, Refusal> {
        let (to, relay_state) = (address.location.as_str(), address.relay_state.as_deref());
        match address.binding {
            Binding::Post => {
                let outgoing = Outgoing { kind: Kind::Response, xml: message, to, relay_state };
                Ok(Self { reply: outgoing.post(), binding: "post", artifact: None })
            }
            Binding::Artifact => {
                let artifact = minted::mint(&own_name(site), site.entropy.as_ref());
                let context = super::artifact::seal_context(&artifact, &application.id);
                let sealed = site.store.sealer().seal(&context, message.as_bytes(), site.entropy.as_ref())?;
                let reply = Reply::Redirect(artifact::address(to, &artifact, relay_state));
                Ok(Self { reply, binding: "artifact", artifact: Some((artifact, sealed)) })
            }
            Binding::Redirect => Err(unaddressable(ErrorCode::SamlAddress, "HTTP-Redirect carries no assertions")),
        }
    }

    fn deposit(
        &self,
        site: &Site,
        application: &ClientId,
        about: Option<(UserId, SessionId)>,
    ) -> Option<(PlainToken, Deposit)> {
        let (artifact, sealed_message) = self.artifact.clone()?;
        let expires_at = site.now() + ARTIFACT;
        Some((artifact, Deposit { application: application.clone(), about, sealed_message, expires_at }))
    }
}

/// A status for the application, at its registered address.
pub(super) fn refuse(
    site: &Site,
    application: &Application<ServiceProvider>,
    address: &ReplyAddress,
    error: AuthnError,
) -> Result<Turn, Refusal> {
    let own = own_name(site);
    let issuer = issuer(site, &own, application.protocol.signature)?;
    let message = refusal(issuer, address, &error.status()).map_err(|cause| Refusal::Fault(cause.to_string()))?;
    let outgoing = Sending::new(site, application, address, &message)?;
    if let Some((artifact, deposit)) = outgoing.deposit(site, &application.id, None) {
        let now = site.now();
        let kept = site.store.write(move |tx: &mut Tx<'_>| {
            if store::artifacts::count_about_nobody(tx, now)? >= REFUSALS {
                return Ok::<bool, StoreError>(false);
            }
            store::artifacts::insert(tx, &artifact.hash(), &deposit)?;
            Ok(true)
        })?;
        if !kept {
            return Err(unaddressable(ErrorCode::Overloaded, "too many refusals wait to be fetched"));
        }
    }
    Ok(Turn::Reply { reply: outgoing.reply, application: application.name.clone() })
}
