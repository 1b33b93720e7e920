//! Which claims about a person an application is given (OpenID Connect Core §5.1, §5.4, §5.5).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::oauth::Scopes;
use super::saml::{AttributeRule, AttributeSource, ClaimName};
use super::user::User;

/// Scopes every tenant understands; others are names for resource servers.
pub const SCOPES: [&str; 8] = ["openid", "profile", "email", "address", "phone", "roles", "groups", "offline_access"];

const PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// Where a claim stands when a person reads several: who it is, then how to reach them; others last.
pub fn place(claim: &str) -> usize {
    const FIRST: [&str; 3] = ["name", "given_name", "family_name"];
    let known = FIRST.iter().chain(&CLAIMS).position(|known| *known == claim);
    if claim == "updated_at" { usize::MAX } else { known.unwrap_or(usize::MAX - 1) }
}

/// Every claim that can be released, for discovery.
pub const CLAIMS: [&str; 21] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
    "roles",
    "groups",
];

/// The claim names that a scope stands for.
pub fn claims_of(scope: &str) -> &'static [&'static str] {
    match scope {
        "profile" => &PROFILE,
        "email" => &["email", "email_verified"],
        "address" => &["address"],
        "phone" => &["phone_number", "phone_number_verified"],
        "roles" => &["roles"],
        "groups" => &["groups"],
        _ => &[],
    }
}

/// The claims that these scopes and single wishes stand for, whether or not the person has them.
pub fn releasable(scopes: &Scopes, wished: &BTreeSet<String>) -> BTreeSet<&'static str> {
    let by_scope = scopes.iter().flat_map(|scope| claims_of(scope.as_str())).copied();
    let by_wish = wished.iter().filter_map(|name| CLAIMS.into_iter().find(|known| known == name));
    by_scope.chain(by_wish).collect()
}

/// The claims released for these scopes and single wishes; what the person does not have is left out.
pub fn release(user: &User, scopes: &Scopes, wished: &BTreeSet<String>) -> Map<String, Value> {
    let names = releasable(scopes, wished);
    names.into_iter().filter_map(|name| Some((name.to_owned(), value(user, name)?))).collect()
}

fn value(user: &User, name: &str) -> Option<Value> {
    let profile = &user.profile;
    let text = |value: &Option<String>| value.as_ref().map(|text| json!(text));
    match name {
        "name" => Some(json!(user.display_name())),
        "family_name" => text(&profile.family_name),
        "given_name" => text(&profile.given_name),
        "middle_name" => text(&profile.middle_name),
        "nickname" => text(&profile.nickname),
        "preferred_username" => Some(json!(user.username.as_str())),
        "profile" => text(&profile.profile),
        "picture" => text(&profile.picture),
        "website" => text(&profile.website),
        "gender" => text(&profile.gender),
        "birthdate" => text(&profile.birthdate),
        "zoneinfo" => text(&profile.zoneinfo),
        "locale" => user.locale.map(|language| json!(language.tag())),
        "updated_at" => Some(json!(user.updated_at.timestamp())),
        "email" => user.email.as_ref().map(|email| json!(email.as_str())),
        "email_verified" => user.email.as_ref().map(|_| json!(user.email_verified)),
        "address" => profile.address.as_ref().and_then(|address| serde_json::to_value(address).ok()),
        "phone_number" => text(&profile.phone_number),
        "phone_number_verified" => {
            profile.phone_number.as_ref().map(|_| json!(profile.phone_number_verified.unwrap_or(false)))
        }
        "roles" => Some(json!(user.roles)),
        "groups" => Some(json!(user.groups)),
        _ => None,
    }
}
/// The values of one claim as texts, for protocols whose attributes are lists of texts. What the person does not have
/// is an empty list.
pub fn texts(user: &User, claim: &ClaimName) -> Vec<String> {
    let value = match claim.as_str() {
        "username" => Some(json!(user.username.as_str())),
        "id" => Some(json!(user.id.to_string())),
        name => value(user, name),
    };
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().map(text_of).collect(),
        Some(Value::Object(parts)) => {
            parts.get("formatted").map(text_of).into_iter().filter(|text| !text.is_empty()).collect()
        }
        Some(one) => vec![text_of(&one)],
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What an application is told by these rules and no more, in their order; an attribute without a value is left out.
pub fn attributes<'a>(user: &User, rules: &'a [AttributeRule]) -> Vec<(&'a AttributeRule, Vec<String>)> {
    let of = |rule: &'a AttributeRule| {
        let values = match &rule.source {
            AttributeSource::Claim(claim) => texts(user, claim),
            AttributeSource::Fixed(values) => values.clone(),
        };
        (!values.is_empty()).then_some((rule, values))
    };
    rules.iter().filter_map(of).collect()
}
