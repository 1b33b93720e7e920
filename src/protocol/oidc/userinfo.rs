//! UserInfo (OpenID Connect Core §5.3): which tokens may ask, and the answer.

use openidconnect::UserInfoClaims;
use openidconnect::core::CoreGenderClaim;
use serde_json::{Map, Value};

use crate::domain::ids::{GrantId, UserId};

use super::bearer::BearerError;
use super::token_claims::{AccessTokenClaims, ClaimsError, OwnClaims, TokenSubject, person_claims};

pub type PersonUserInfo = UserInfoClaims<OwnClaims, CoreGenderClaim>;

/// A token about a person, with `openid` among its scopes (Core §5.3.1). Whose it is, and by which grant.
pub fn entitled(claims: &AccessTokenClaims) -> Result<(UserId, GrantId), BearerError> {
    match claims.subject() {
        Ok(TokenSubject::Person { user, grant }) if claims.scope.contains("openid") => Ok((user, grant)),
        Ok(TokenSubject::Person { .. } | TokenSubject::Service) => Err(BearerError::InsufficientScope("openid")),
        Err(_) => Err(BearerError::InvalidToken("the token is not valid")),
    }
}

/// Core §5.3.2: `sub` always, and what was released.
pub fn answer(user: UserId, released: Map<String, Value>) -> Result<PersonUserInfo, ClaimsError> {
    let (standard, own) = person_claims(user, released)?;
    Ok(UserInfoClaims::new(standard, own))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use serde_json::json;
    use uuid::Uuid;

    use super::super::fixture::{application, base, grant, now, scopes, user};
    use super::super::token_claims::Stamp;
    use super::*;
    use crate::domain::language::Language;
    use crate::domain::release::{CLAIMS, release};
    use crate::domain::user::{Address, EmailAddress, Profile, Role, User, UserStatus, Username};

    #[test]
    fn only_a_person_with_openid_may_ask() {
        let base = base();
        let stamp = Stamp { base: &base, now: now(), lifetime: Duration::from_mins(5) };
        let token =
            |scope: &str| AccessTokenClaims::for_person(&grant(), scopes(scope), &application(), Uuid::nil(), &stamp);
        assert_eq!(entitled(&token("openid")), Ok((user(), grant().id)));
        assert_eq!(entitled(&token("orders:read")), Err(BearerError::InsufficientScope("openid")));
        let service = AccessTokenClaims::for_service(&application(), scopes("openid"), Uuid::nil(), &stamp);
        assert_eq!(entitled(&service), Err(BearerError::InsufficientScope("openid")));
        let odd = AccessTokenClaims { sub: "alice".to_owned(), ..token("openid") };
        assert_eq!(entitled(&odd).unwrap_err().status(), 401);
    }

    /// A person about whom everything is known, so that every claim there is passes through the crate's types.
    fn full_user() -> User {
        let text = |text: &str| Some(text.to_owned());
        User {
            id: user(),
            username: Username::parse("mette").unwrap(),
            email: Some(EmailAddress::parse("mette@acme.example").unwrap()),
            email_verified: true,
            locale: Some(Language::Da),
            profile: Profile {
                name: text("Mette Hansen"),
                given_name: text("Mette"),
                family_name: text("Hansen"),
                middle_name: text("M"),
                nickname: text("M#da"),
                profile: text("not a url"),
                picture: text("https://acme.example/m.png"),
                website: text("https://acme.example"),
                gender: text("something of her own"),
                birthdate: text("0000-03-12"),
                zoneinfo: text("Europe/Copenhagen"),
                phone_number: text("+45 12345678"),
                phone_number_verified: None,
                address: Some(Address { formatted: text("A\nB"), country: text("DK"), ..Address::default() }),
            },
            roles: [Role::parse("admin").unwrap()].into(),
            groups: ["finance".to_owned()].into(),
            status: UserStatus::Active,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn every_claim_of_the_release_policy_passes_unchanged() {
        let all: BTreeSet<String> = CLAIMS.into_iter().map(str::to_owned).collect();
        let mut released = release(&full_user(), &scopes("openid"), &all);
        assert_eq!(released.len(), CLAIMS.len());
        let answer = serde_json::to_value(answer(user(), released.clone()).unwrap()).unwrap();
        released.insert("sub".to_owned(), json!("00000000-0000-0000-0000-000000000001"));
        assert_eq!(answer, Value::Object(released));
    }

    #[test]
    fn nothing_released_is_still_an_answer() {
        let answer = serde_json::to_value(answer(user(), Map::new()).unwrap()).unwrap();
        assert_eq!(answer, json!({"sub": "00000000-0000-0000-0000-000000000001"}));
    }
}
