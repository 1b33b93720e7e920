//! The token endpoint: a code or refresh token is spent by one conditional write; what was found is a value, so
//! that a replay is remembered and revokes its family. A code is spent by whoever shows it; a refresh token only by
//! what it buys, so that a refused request costs nobody their authorization.

use std::time::Duration;

use crate::crypto::token;
use crate::domain::Time;
use crate::domain::application::{Client, ConsentMode};
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::grant::{Grant, GrantEnd, Spent};
use crate::domain::ids::GrantId;
use crate::domain::oauth::Scopes;
use crate::domain::release::release;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::domain::user::User;
use crate::protocol::oidc::error::TokenError;
use crate::protocol::oidc::token::{
    CodeRedemption, IssuedTokens, NOT_VALID, TokenRequest, TokenResponse, check_code, check_refresh, service_scopes,
    token_response,
};
use crate::protocol::oidc::token_claims::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, ID_TOKEN_TYPE, Occasion, Stamp, id_token_claims,
};
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::client::ClientFault;

/// Tokens for a client that has proven itself.
pub fn exchange(
    site: &Site,
    application: &Client,
    request: TokenRequest,
    origin: &Origin,
) -> Result<TokenResponse, ClientFault> {
    request.check_registered(&application.protocol)?;
    match request {
        TokenRequest::AuthorizationCode(redemption) => redeem(site, application, redemption, origin),
        TokenRequest::RefreshToken { token, scope } => refresh(site, application, (&token, scope), origin),
        TokenRequest::ClientCredentials { scope } => serve(site, application, scope, origin),
    }
}

/// What a spent code or refresh token bought.
struct Bought {
    grant: Grant,
    user: User,
    scopes: Scopes,
    occasion: Occasion,
}

/// What one transaction decided; a refusal is a value, since an error would undo the spending.
type Decided = Result<Bought, TokenError>;

fn redeem(
    site: &Site,
    application: &Client,
    redemption: CodeRedemption,
    origin: &Origin,
) -> Result<TokenResponse, ClientFault> {
    let now = site.now();
    let family = token::mint(TokenKind::Refresh, site.entropy.as_ref());
    let spending = Spending::new(site, application, origin, &family);
    let decided = site.store.write(move |tx| -> Result<Decided, StoreError> {
        let (grant, binding) = match store::grants::redeem_code(tx, &redemption.code.hash(), now)? {
            Spent::Fresh(found) => found,
            Spent::Replayed(grant) => return spending.replayed(tx, grant, EventKind::CodeReplayed),
            Spent::Unknown => return Ok(Err(TokenError::InvalidGrant(NOT_VALID))),
        };
        if let Err(error) = check_code(&grant, &binding, &redemption, &spending.application.id, now) {
            return spending.refused(tx, &grant, Occasion::Code, error);
        }
        match spending.entitled(tx, &grant)? {
            Ok(user) => {
                let scopes = grant.scopes.clone();
                spending.buy(tx, Bought { grant, user, scopes, occasion: Occasion::Code })
            }
            Err(error) => spending.refused(tx, &grant, Occasion::Code, error),
        }
    })?;
    let bought = decided?;
    let refresh = bought.grant.is_offline().then_some(family);
    issue(site, application, &bought, refresh)
}

fn refresh(
    site: &Site,
    application: &Client,
    (presented, asked): (&PlainToken, Option<Scopes>),
    origin: &Origin,
) -> Result<TokenResponse, ClientFault> {
    let now = site.now();
    let hash = presented.hash();
    let successor = token::mint(TokenKind::Refresh, site.entropy.as_ref());
    let spending = Spending::new(site, application, origin, &successor);
    let decided = site.store.write(move |tx| -> Result<Decided, StoreError> {
        let Some((grant, found, spent)) = store::grants::find_refresh(tx, &hash)? else {
            return Ok(Err(TokenError::InvalidGrant(NOT_VALID)));
        };
        if spent {
            return spending.replayed(tx, grant.id, EventKind::RefreshReplayed);
        }
        let checked = check_refresh(&grant, found.expires_at, asked.as_ref(), &spending.application.id, now);
        let scopes = match checked {
            Ok(scopes) => scopes,
            Err(error) => return spending.refused(tx, &grant, Occasion::Refresh, error),
        };
        let user = match spending.entitled(tx, &grant)? {
            Ok(user) => user,
            Err(error) => return spending.refused(tx, &grant, Occasion::Refresh, error),
        };
        // Whoever comes second here has shown it twice.
        if !store::grants::spend_refresh(tx, &hash, now)? {
            return spending.replayed(tx, grant.id, EventKind::RefreshReplayed);
        }
        spending.buy(tx, Bought { grant, user, scopes, occasion: Occasion::Refresh })
    })?;
    issue(site, application, &decided?, Some(successor))
}

/// RFC 6749 §4.4: the application acts for itself. Nothing of it is stored but the event, and without the event nothing is
/// handed out.
fn serve(
    site: &Site,
    application: &Client,
    asked: Option<Scopes>,
    origin: &Origin,
) -> Result<TokenResponse, ClientFault> {
    let now = site.now();
    let scopes = service_scopes(&application.protocol, asked)?;
    let stamp = Stamp { base: &site.base, now, lifetime: site.lifetimes.access_token };
    let claims = AccessTokenClaims::for_service(application, scopes.clone(), site.new_id(now), &stamp);
    let actor = Actor::Application(application.id.clone());
    let event = Event::new(now, EventKind::ClientTokenIssued, Outcome::Success, actor, origin)
        .application(&application.id)
        .detail("scope", &scopes)
        .detail("jti", &claims.jti);
    site.store.write(move |tx| store::audit::append(tx, &event))?;
    let access_token = sign(site, application, ACCESS_TOKEN_TYPE, &claims)?;
    count("client_credentials");
    Ok(token_response(IssuedTokens {
        access_token,
        expires_in: claims.expires_in(),
        scopes,
        refresh_token: None,
        id_token: None,
    }))
}

/// What a transaction needs to judge a spent token, owned.
struct Spending {
    application: Client,
    origin: Origin,
    now: Time,
    idle: Duration,
    successor: crate::domain::secret::TokenHash,
}

impl Spending {
    fn new(site: &Site, application: &Client, origin: &Origin, successor: &PlainToken) -> Self {
        Self {
            application: application.clone(),
            origin: origin.clone(),
            now: site.now(),
            idle: site.lifetimes.refresh_token_idle,
            successor: successor.hash(),
        }
    }

    fn event(&self, kind: EventKind, outcome: Outcome) -> Event {
        let actor = Actor::Application(self.application.id.clone());
        Event::new(self.now, kind, outcome, actor, &self.origin).application(&self.application.id)
    }

    /// Somebody has a copy: everything bought with the original ends (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
    fn replayed(&self, tx: &mut Tx<'_>, grant: GrantId, kind: EventKind) -> Result<Decided, StoreError> {
        let ended = store::grants::end(tx, grant, GrantEnd::Replay, self.now)?;
        let event = self.event(kind, Outcome::Failure).detail("grant", grant).detail("ended", ended);
        store::audit::append(tx, &event)?;
        Ok(Err(TokenError::InvalidGrant(NOT_VALID)))
    }

    /// Shown by the wrong client or in the wrong way. A code stays spent; a refresh token is as good as before.
    fn refused(
        &self,
        tx: &mut Tx<'_>,
        grant: &Grant,
        occasion: Occasion,
        error: TokenError,
    ) -> Result<Decided, StoreError> {
        let event = self.event(kind(occasion), Outcome::Failure).user(grant.user).detail("grant", grant.id);
        let event = event.detail("issued_to", &grant.client).detail("reason", &error);
        store::audit::append(tx, &event)?;
        Ok(Err(error))
    }

    /// Everything is checked again now: the person, the role, the consent, the registration. What may be given back is
    /// refused and not ended: a slip in a declaration must not sign everybody out for good.
    fn entitled(&self, tx: &mut Tx<'_>, grant: &Grant) -> Result<Result<User, TokenError>, StoreError> {
        let refusal = Err(TokenError::InvalidGrant(NOT_VALID));
        let Some(user) = store::users::find(tx, grant.user)?.filter(User::is_active) else {
            store::grants::end(tx, grant.id, GrantEnd::UserDisabled, self.now)?;
            return Ok(refusal);
        };
        let asks = self.application.protocol.consent == ConsentMode::Ask;
        let stands = self.application.may_be_used_by(&user)
            && store::transients::stands(tx, &user, grant.session, self.now)?
            && !(asks && store::consents::find(tx, user.id, &self.application.id)?.is_none())
            && (!grant.is_offline() || self.application.protocol.scopes.contains("offline_access"));
        Ok(if stands { Ok(user) } else { refusal })
    }

    /// No more than is registered now, and the next refresh token.
    fn buy(&self, tx: &mut Tx<'_>, bought: Bought) -> Result<Decided, StoreError> {
        let Bought { grant, user, scopes, occasion } = bought;
        let scopes = scopes.intersection(&self.application.protocol.scopes);
        if grant.is_offline() {
            let expires_at = (self.now + self.idle).min(grant.expires_at);
            let issued = store::grants::NewRefresh { scopes: grant.scopes.clone(), issued_at: self.now, expires_at };
            store::grants::issue_refresh(tx, &self.successor, grant.id, &issued)?;
        }
        let event = self.event(kind(occasion), Outcome::Success).user(user.id).username(user.username.as_str());
        store::audit::append(tx, &event.session(grant.session).detail("grant", grant.id))?;
        Ok(Ok(Bought { grant, user, scopes, occasion }))
    }
}

fn kind(occasion: Occasion) -> EventKind {
    match occasion {
        Occasion::Code => EventKind::CodeRedeemed,
        Occasion::Refresh => EventKind::TokenRefreshed,
    }
}

/// Signing costs more than everything else, and happens after the commit.
fn issue(
    site: &Site,
    application: &Client,
    bought: &Bought,
    refresh_token: Option<PlainToken>,
) -> Result<TokenResponse, ClientFault> {
    let Bought { grant, user, scopes, occasion } = bought;
    let now = site.now();
    let stamp = Stamp { base: &site.base, now, lifetime: site.lifetimes.access_token };
    let claims = AccessTokenClaims::for_person(grant, scopes.clone(), application, site.new_id(now), &stamp);
    let access_token = sign(site, application, ACCESS_TOKEN_TYPE, &claims)?;
    let id_token = if scopes.contains("openid") {
        let at_hash = crate::crypto::jose::at_hash(application.protocol.id_token_alg, &access_token);
        let released = release(user, scopes, &grant.claims.id_token);
        let stamp = Stamp { lifetime: site.lifetimes.id_token, ..stamp };
        let claims = id_token_claims(grant, *occasion, at_hash, released, &stamp)
            .map_err(|cause| ClientFault::Internal(cause.to_string()))?;
        Some(sign(site, application, ID_TOKEN_TYPE, &single_audience(&claims)?)?)
    } else {
        None
    };
    count(match occasion {
        Occasion::Code => "authorization_code",
        Occasion::Refresh => "refresh_token",
    });
    let expires_in = claims.expires_in();
    Ok(token_response(IssuedTokens { access_token, expires_in, scopes: scopes.clone(), refresh_token, id_token }))
}

/// RFC 7519 §4.1.3: one audience may stand as a text. The crate writes a list of one, which some clients do not
/// expect.
fn single_audience(claims: &impl serde::Serialize) -> Result<serde_json::Value, ClientFault> {
    let mut claims = serde_json::to_value(claims).map_err(|cause| ClientFault::Internal(cause.to_string()))?;
    if let Some(audience) = claims.get_mut("aud")
        && let Some([only]) = audience.as_array().map(Vec::as_slice)
    {
        *audience = only.clone();
    }
    Ok(claims)
}

fn sign(site: &Site, application: &Client, typ: &str, claims: &impl serde::Serialize) -> Result<String, ClientFault> {
    let signed = site.keys.sign(application.protocol.id_token_alg, typ, claims);
    signed.map_err(|cause| ClientFault::Internal(cause.to_string()))
}

fn count(grant: &'static str) {
    metrics::counter!("portner_tokens_issued_total", "grant" => grant).increment(1);
}
