//! What an access token is good for here: UserInfo, and what introspection and revocation say of it.

use std::sync::Arc;

use crate::domain::Time;
use crate::domain::application::Client;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::grant::{Grant, GrantEnd};
use crate::domain::ids::{ClientId, GrantId, UserId};
use crate::domain::release::release;
use crate::domain::secret::{PlainToken, TokenHash};
use crate::domain::user::User;
use crate::protocol::oidc::bearer::{BearerError, BearerToken};
use crate::protocol::oidc::introspect::{
    Introspection, PresentedToken, active_access, active_refresh, concerns, inactive,
};
use crate::protocol::oidc::revoke::{Revocation, of_access_token};
use crate::protocol::oidc::token_claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims, TokenSubject};
use crate::protocol::oidc::userinfo::{answer, entitled};
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::client::ClientFault;

/// Why UserInfo does not answer.
#[derive(Debug, thiserror::Error)]
pub enum UserInfoFault {
    #[error(transparent)]
    Refused(#[from] BearerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the claims could not be written: {0}")]
    Internal(String),
}

const INVALID: BearerError = BearerError::InvalidToken("the token is not valid, or no longer");

/// OpenID Connect Core §5.3.
pub fn userinfo(site: &Site, token: &BearerToken) -> Result<Vec<u8>, UserInfoFault> {
    let claims = verified(site, token).ok_or(INVALID)?;
    let (user, grant) = entitled(&claims)?;
    let now = site.now();
    let application = site.client(&claims.client_id).ok_or(INVALID)?;
    let application = &application.application;
    let found = site.store.read(|tx| living(tx, application, &claims, (user, grant), now))?;
    let (user, grant) = found.ok_or(INVALID)?;
    let scopes = claims.scope.intersection(&application.protocol.scopes);
    let released = release(&user, &scopes, &grant.claims.userinfo);
    let info = answer(user.id, released).map_err(|cause| UserInfoFault::Internal(cause.to_string()))?;
    serde_json::to_vec(&info).map_err(|cause| UserInfoFault::Internal(cause.to_string()))
}

/// Signature, type, issuer, audience and time; nothing of the store yet.
fn verified(site: &Site, token: &BearerToken) -> Option<Arc<AccessTokenClaims>> {
    let now = site.now();
    let hash = TokenHash::of(token.expose());
    if let Some(claims) = site.verified.find(&hash) {
        return claims.check_time(now).is_ok().then_some(claims);
    }
    let raw = site.keys.verify(token.expose(), ACCESS_TOKEN_TYPE).ok()?;
    let claims = Arc::new(AccessTokenClaims::check(raw, &site.base, now).ok()?);
    site.verified.remember(hash, &claims);
    Some(claims)
}

/// The person and grant behind a token, if both still stand, the application is still for this person, and the token
/// was not revoked by itself.
fn living(
    tx: &mut Tx<'_>,
    application: &Client,
    claims: &AccessTokenClaims,
    (user, grant): (UserId, GrantId),
    now: Time,
) -> Result<Option<(User, Grant)>, StoreError> {
    let found = store::grants::find_standing(tx, grant, &claims.jti)?;
    let stands = |it: &store::grants::Standing| {
        let lives = !it.revoked && it.grant.is_live(now) && it.user.is_active();
        lives && application.may_be_used_by(&it.user)
    };
    let Some(it) = found.filter(|it| stands(it) && it.user.id == user) else { return Ok(None) };
    let served = store::transients::stands(tx, &it.user, it.grant.session, now)?;
    Ok(served.then_some((it.user, it.grant)))
}

/// RFC 7662, for a caller who has proven itself.
pub fn introspect(site: &Site, caller: &ClientId, token: &PresentedToken) -> Result<Introspection, StoreError> {
    match token {
        PresentedToken::Foreign => Ok(inactive()),
        PresentedToken::Access(token) => introspect_access(site, caller, token),
        PresentedToken::Refresh(token) => introspect_refresh(site, caller, token),
    }
}

fn introspect_access(site: &Site, caller: &ClientId, token: &BearerToken) -> Result<Introspection, StoreError> {
    let Some(claims) = verified(site, token).filter(|claims| concerns(claims, caller)) else { return Ok(inactive()) };
    // The application it was issued to may have been switched off since, or be allowed less.
    let Some(registered) = site.client(&claims.client_id) else { return Ok(inactive()) };
    let application = &registered.application;
    let scopes = claims.scope.intersection(&application.protocol.scopes);
    let now = site.now();
    match claims.subject() {
        Ok(TokenSubject::Person { user, grant }) => {
            let found = site.store.read(|tx| living(tx, application, &claims, (user, grant), now))?;
            let active = found.map(|(user, _)| active_access(&claims, &scopes, Some(user.username.as_str())));
            Ok(active.unwrap_or_else(inactive))
        }
        Ok(TokenSubject::Service) => {
            let revoked = site.store.read(|tx| store::access_tokens::is_revoked(tx, &claims.jti))?;
            Ok(if revoked { inactive() } else { active_access(&claims, &scopes, None) })
        }
        Err(_) => Ok(inactive()),
    }
}

fn introspect_refresh(site: &Site, caller: &ClientId, token: &PlainToken) -> Result<Introspection, StoreError> {
    let Some(registered) = site.client(caller) else { return Ok(inactive()) };
    let application = &registered.application;
    let now = site.now();
    let found = site.store.read(|tx| {
        let Some((grant, refresh, spent)) = store::grants::find_refresh(tx, &token.hash())? else { return Ok(None) };
        let usable = !spent && now < refresh.expires_at && grant.is_live(now) && grant.client == *caller;
        if !usable {
            return Ok::<_, StoreError>(None);
        }
        let user = store::users::find(tx, grant.user)?.filter(User::is_active);
        let Some(user) = user.filter(|user| application.may_be_used_by(user)) else { return Ok(None) };
        let served = store::transients::stands(tx, &user, grant.session, now)?;
        Ok(served.then_some((grant, refresh, user)))
    })?;
    Ok(match found {
        Some((grant, refresh, user)) => {
            let scopes = refresh.scopes.intersection(&application.protocol.scopes);
            active_refresh(&grant, &scopes, refresh.expires_at, user.username.as_str(), &site.base)
        }
        None => inactive(),
    })
}

/// RFC 7009, for a client that has proven itself. A refresh token takes its whole family with it.
pub fn revoke(site: &Site, caller: &ClientId, token: &PresentedToken, origin: &Origin) -> Result<(), ClientFault> {
    let now = site.now();
    let event = Event::new(now, EventKind::TokenRevoked, Outcome::Success, Actor::Application(caller.clone()), origin)
        .application(caller);
    match token {
        PresentedToken::Foreign => {}
        PresentedToken::Access(token) => {
            let Some(claims) = verified(site, token) else { return Ok(()) };
            let Revocation::Token { jti, expires_at, .. } = of_access_token(&claims, caller) else { return Ok(()) };
            site.store.write(move |tx| {
                store::access_tokens::revoke(tx, &jti, expires_at)?;
                store::audit::append(tx, &event.detail("jti", &jti))
            })?;
        }
        PresentedToken::Refresh(token) => {
            let (hash, caller) = (token.hash(), caller.clone());
            site.store.write(move |tx| {
                let found = store::grants::find_refresh(tx, &hash)?;
                let Some((grant, _, _)) = found.filter(|(grant, _, _)| grant.client == caller) else { return Ok(()) };
                store::grants::end(tx, grant.id, GrantEnd::Revoked, now)?;
                store::audit::append(tx, &event.user(grant.user).detail("grant", grant.id))
            })?;
        }
    }
    Ok(())
}
