//! What is said of an application, by its protocol.

use serde::Serialize;

use crate::flow::admin::answer::{AttributeDetail, CertificateRow, OidcDetail, SamlDetail, WsfedDetail};

use super::{time, yes};

type Fields = Vec<(&'static str, String)>;

pub(super) fn client_fields(application: &OidcDetail) -> Fields {
    let method = application.token_endpoint_auth_method.clone();
    vec![
        ("authentication", method.unwrap_or_else(|| "client_secret_basic or client_secret_post".to_owned())),
        ("secret", if application.has_secret { "set" } else { "" }.to_owned()),
        ("keys", if application.jwks.is_some() { "registered" } else { "" }.to_owned()),
        ("keys from", application.jwks_uri.clone().unwrap_or_default()),
        ("redirect URIs", application.redirect_uris.join(" ")),
        ("after sign-out", application.post_logout_redirect_uris.join(" ")),
        ("back-channel logout", application.backchannel_logout_uri.clone().unwrap_or_default()),
        ("scopes", application.scopes.join(" ")),
        ("grant types", application.grant_types.join(" ")),
        ("PKCE required", yes(application.require_pkce)),
        ("consent", application.consent.clone()),
        ("ID tokens signed", application.id_token_signed_response_alg.clone()),
        ("audiences", application.audiences.join(" ")),
        ("privacy policy", application.policy_uri.clone().unwrap_or_default()),
        ("terms of use", application.tos_uri.clone().unwrap_or_default()),
    ]
}

pub(super) fn provider_fields(provider: &SamlDetail) -> Fields {
    let acs = provider.acs.iter().map(|one| {
        let default = if one.default { ", default" } else { "" };
        format!("{} ({} {}{default})", one.url, one.index, word(&one.binding))
    });
    let slo = provider.slo.iter().map(|one| {
        let answers = one.response_url.as_ref().map_or(String::new(), |url| format!(", answers to {url}"));
        format!("{} ({}{answers})", one.url, word(&one.binding))
    });
    vec![
        ("entityID", provider.entity_id.clone()),
        ("metadata from", provider.metadata_url.clone().unwrap_or_default()),
        ("metadata signed by", certificates(&provider.metadata_certificates)),
        ("assertions go to", acs.collect::<Vec<_>>().join(" ")),
        ("logout goes to", slo.collect::<Vec<_>>().join(" ")),
        ("certificates", certificates(&provider.certificates)),
        ("encryption certificates", certificates(&provider.encryption_certificates)),
        ("signed requests required", yes(provider.require_signed_requests)),
        ("response signed", yes(provider.sign_response)),
        ("assertion signed", yes(provider.sign_assertion)),
        ("assertion encrypted", yes(provider.encrypt_assertion)),
        ("signature algorithm", word(&provider.signature_algorithm)),
        ("name id", word(&provider.name_id)),
        ("attributes", attributes(&provider.attributes)),
        ("preset", word(&provider.preset)),
        ("sign-in may begin here", yes(provider.idp_initiated)),
        ("relay state", provider.relay_state.clone().unwrap_or_default()),
    ]
}

pub(super) fn party_fields(party: &WsfedDetail) -> Fields {
    vec![
        ("realm", party.realm.clone()),
        ("answers go to", party.reply_urls.join(" ")),
        ("token type", word(&party.token_type)),
        ("signature algorithm", word(&party.signature_algorithm)),
        ("name id", word(&party.name_id)),
        ("attributes", attributes(&party.attributes)),
        ("encryption certificate", certificates(party.encryption_certificate.as_slice())),
    ]
}

fn certificates(rows: &[CertificateRow]) -> String {
    let told = rows.iter().map(|row| {
        let until = row.not_after.map_or(String::new(), |at| format!(" until {}", time(at)));
        format!("{}{until}", row.fingerprint)
    });
    told.collect::<Vec<_>>().join(" ")
}

fn attributes(rules: &[AttributeDetail]) -> String {
    let told = rules.iter().map(|rule| match (&rule.claim, &rule.value) {
        (Some(claim), _) => format!("{}={claim}", rule.name),
        (None, values) => format!("{}={:?}", rule.name, values.as_deref().unwrap_or_default()),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// As the file writes it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
