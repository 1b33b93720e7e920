//! Applications registered and changed by a tenant's administrators. What a form says is judged as if it stood in a
//! declarative file: one set of rules for both.

use std::collections::BTreeMap;

use crate::crypto::certificate::{can_encrypt, read_certificates, write_pem};
use crate::crypto::credential::read_certificate;
use crate::crypto::xml::XmlError;
use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::audit::{EventKind, chain};
use crate::domain::authority::Act as What;
use crate::domain::doubt::Doubt;
use crate::domain::ids::ClientId;
use crate::domain::language::Language;
use crate::domain::registration::{Address, CertificateFact, FIXED, Facts, Fault, Field, Kind, Trouble, Typed};
use crate::domain::registration::{Mapping, source_word, usual_claim};
use crate::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, Binding, EntityId, LogoutEndpoint, NameIdKind, ServiceProvider,
};
use crate::domain::wsfed::RelyingParty;
use crate::flow::Site;
use crate::protocol::saml::sp_metadata::{self, MetadataFault, SpMetadata};
use crate::store::{self, StoreError};

use super::super::credentials::{self, CredentialFault};
use super::act::Act;
use super::answer::Action;
use super::applications;
use super::declared::{
    AcsBinding, AcsEntry, AcsTable, ApplicationEntry, ApplicationPlan, AttributeEntry, AttributeTable, OneOrMany,
    Problem, SamlEntry, SloBinding, SloEntry, SloList, SloTable, WsfedEntry, plan_application,
};
use super::difference;
use super::people::admit_to_tenant;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Saved(ClientId),
    Unchanged(ClientId),
    NotAllowed,
    /// There is no such application, or none that is changed here.
    Unknown,
    /// Somebody else has changed it since the form was shown.
    Stale,
    Faults(Vec<Fault>),
}

#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Credential(#[from] CredentialFault),
}

/// Metadata as its reader sees it before anything is saved: what it says, what there is to think about, and a form
/// filled in as it proposes.
#[derive(Debug)]
pub struct Preview {
    pub facts: Facts,
    pub typed: Typed,
    pub doubts: Vec<Doubt>,
}

/// Tells one state of an application from another: what a form was filled in upon.
pub fn stamp(application: &Application) -> String {
    let text = serde_json::to_vec(application).unwrap_or_default();
    chain(&[0; 32], &[&text]).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

pub fn preview(typed: Typed, language: Language, now: Time) -> Result<Preview, Fault> {
    let known = read(&typed, now)?;
    let mut typed = typed;
    typed.id = proposed_id(known.entity_id.as_str());
    typed.name = sp_metadata::name_for(&known.names, language.tag()).unwrap_or(&typed.id).to_owned();
    typed.signs_requests = known.signs_requests;
    let asked = known.name_id_formats.iter().find_map(|format| NameIdKind::parse(format));
    typed.name_id = asked.unwrap_or(NameIdKind::Persistent);
    typed.mappings = known.requested.iter().map(proposed_mapping).collect();
    let doubts = match propose(&typed, None) {
        Ok(plan) => doubts(&plan, now),
        Err(_later) => Vec::new(),
    };
    Ok(Preview { facts: facts_of(&known), typed, doubts })
}

/// What stands in the metadata of the form, if anything usable does.
pub fn facts(typed: &Typed, now: Time) -> Option<Facts> {
    read(typed, now).ok().map(|known| facts_of(&known))
}

fn read(typed: &Typed, now: Time) -> Result<SpMetadata, Fault> {
    let wanted = match typed.entity_id.trim() {
        "" => None,
        text => Some(EntityId::parse(text).ok().ok_or(Fault::Wrong(Field::EntityId))?),
    };
    let signers = match typed.metadata_certificates.trim() {
        "" => Vec::new(),
        text => read_certificates(text).ok().ok_or(Fault::Wrong(Field::MetadataCertificates))?,
    };
    let known = sp_metadata::read(typed.metadata.as_bytes(), wanted.as_ref(), &signers)
        .map_err(|fault| Fault::Metadata(trouble(fault)))?;
    match known.valid_until {
        Some(until) if until <= now => Err(Fault::Metadata(Trouble::Expired)),
        Some(_) | None => Ok(known),
    }
}

fn trouble(fault: MetadataFault) -> Trouble {
    match fault {
        MetadataFault::Xml(_) => Trouble::NotXml,
        MetadataFault::NotMetadata | MetadataFault::Validity => Trouble::NotMetadata,
        MetadataFault::NoServiceProvider | MetadataFault::EntityId(_) => Trouble::NoServiceProvider,
        MetadataFault::Several(names) => Trouble::Several(names),
        MetadataFault::Absent(_) => Trouble::Absent,
        MetadataFault::Address { address, .. } => Trouble::Address(address),
        MetadataFault::NoConsumer => Trouble::NoConsumer,
        MetadataFault::NoKey => Trouble::NoKey,
        MetadataFault::TooMany(_) => Trouble::TooMuch,
        MetadataFault::Unvouched(XmlError::Unsigned) => Trouble::SignatureMissing,
        MetadataFault::Unvouched(_) => Trouble::SignatureWrong,
        MetadataFault::Endless => Trouble::Endless,
    }
}

/// From the host in its name: `https://timesheet.example/saml` → `timesheet-example`.
fn proposed_id(entity_id: &str) -> String {
    let host = url::Url::parse(entity_id).ok().and_then(|url| url.host_str().map(str::to_owned));
    let source = host.unwrap_or_else(|| entity_id.to_owned());
    let kept =
        source.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    kept.take(60).collect::<String>().trim_matches('-').to_owned()
}

fn proposed_mapping(one: &sp_metadata::Requested) -> Mapping {
    let friendly = one.friendly_name.as_deref().and_then(usual_claim);
    let claim = usual_claim(&one.name).or(friendly).unwrap_or_default();
    Mapping { name: one.name.clone(), source: claim.to_owned() }
}

/// Everything there is to think about, once.
fn doubts(plan: &ApplicationPlan, now: Time) -> Vec<Doubt> {
    let mut all = applications::doubts(&plan.protocol, now);
    all.extend(plan.doubts.iter().cloned());
    all
}

/// What the form makes of an application. `stands` is what is registered under its id.
pub fn propose(typed: &Typed, stands: Option<&Application>) -> Result<ApplicationPlan, Vec<Fault>> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let before = match stands.map(|application| &application.protocol) {
        Some(Protocol::Saml(provider)) => provider.attributes.as_slice(),
        Some(Protocol::Wsfed(party)) => party.attributes.as_slice(),
        Some(Protocol::Oidc(_)) | None => &[],
    };
    let attributes = attributes(typed, before);
    let mut entry = ApplicationEntry {
        id: Some(typed.id.trim().to_owned()),
        name: some(&typed.name),
        require_role: some(&typed.require_role),
        // The form does not show it: it stays.
        identity_provider: stands.and_then(|one| one.identity_provider.as_ref()).map(ToString::to_string),
        ..ApplicationEntry::default()
    };
    match typed.kind {
        Kind::Saml => entry.saml = Some(Box::new(saml(typed, stands, attributes))),
        Kind::Wsfed => entry.wsfed = Some(Box::new(wsfed(typed, attributes))),
    }
    plan_application(entry).map_err(|problems| faults(&problems))
}

fn saml(typed: &Typed, stands: Option<&Application>, attributes: BTreeMap<String, AttributeEntry>) -> SamlEntry {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let known = match stands.map(|application| &application.protocol) {
        Some(Protocol::Saml(provider)) if typed.metadata.trim().is_empty() => as_written(provider),
        Some(Protocol::Saml(provider)) => {
            // New metadata for the same application: it cannot become another one by the way.
            let entity_id = Some(provider.entity_id.to_string());
            SamlEntry { entity_id, metadata: Some(typed.metadata.clone()), ..SamlEntry::default() }
        }
        Some(Protocol::Oidc(_) | Protocol::Wsfed(_)) | None => SamlEntry {
            metadata: Some(typed.metadata.clone()),
            entity_id: some(&typed.entity_id),
            ..SamlEntry::default()
        },
    };
    SamlEntry {
        metadata_url: some(&typed.metadata_url),
        metadata_certificates: some(&typed.metadata_certificates).map(OneOrMany::One),
        require_signed_requests: Some(typed.signs_requests),
        sign_response: Some(typed.sign_response),
        sign_assertion: Some(typed.sign_assertion),
        encrypt_assertion: Some(typed.encrypt),
        signature_algorithm: Some(typed.signature),
        name_id: Some(typed.name_id),
        attributes,
        preset: Some(typed.preset),
        idp_initiated: Some(typed.idp_initiated),
        relay_state: some(&typed.relay_state),
        ..known
    }
}

/// What is registered, in the words of the file.
fn as_written(provider: &ServiceProvider) -> SamlEntry {
    let pem =
        |list: &[crate::domain::saml::CertificateDer]| Some(OneOrMany::Many(list.iter().map(write_pem).collect()));
    let acs = |one: &AssertionConsumer| {
        let binding = if one.binding == Binding::Artifact { AcsBinding::Artifact } else { AcsBinding::Post };
        let (url, index) = (Some(one.location.to_string()), Some(one.index));
        AcsEntry::Table(AcsTable { url, binding: Some(binding), index, default: Some(one.is_default) })
    };
    let slo = |one: &LogoutEndpoint| {
        let binding = if one.binding == Binding::Post { SloBinding::Post } else { SloBinding::Redirect };
        let response_url = one.response_location.as_ref().map(ToString::to_string);
        SloEntry::Table(SloTable { url: Some(one.location.to_string()), binding: Some(binding), response_url })
    };
    SamlEntry {
        entity_id: Some(provider.entity_id.to_string()),
        acs: Some(provider.acs.iter().map(acs).collect()),
        certificates: pem(&provider.signing_certificates),
        encryption_certificates: pem(&provider.encryption_certificates),
        slo: Some(SloList::Many(provider.logout.iter().map(slo).collect())),
        ..SamlEntry::default()
    }
}

fn wsfed(typed: &Typed, attributes: BTreeMap<String, AttributeEntry>) -> WsfedEntry {
    let lines = typed.reply_urls.lines().map(str::trim).filter(|line| !line.is_empty());
    let certificate = Some(typed.certificate.trim().to_owned()).filter(|text| !text.is_empty());
    WsfedEntry {
        realm: Some(typed.realm.trim().to_owned()),
        reply_urls: lines.map(str::to_owned).collect(),
        token_type: Some(typed.token_type),
        attributes,
        name_id: Some(typed.name_id),
        encryption_certificate: certificate,
        encryption_certificate_file: None,
        signature_algorithm: Some(typed.signature),
    }
}

/// The rows of the form. What it does not show of a rule (its format, its fixed values) stays as it was.
fn attributes(typed: &Typed, before: &[AttributeRule]) -> BTreeMap<String, AttributeEntry> {
    let rows = typed.mappings.iter().filter(|row| !row.name.trim().is_empty() && !row.source.is_empty());
    let entry = |row: &Mapping| {
        let name = row.name.trim().to_owned();
        let rule = before.iter().find(|rule| rule.name == name);
        let (claim, value) = match rule.map(|rule| &rule.source) {
            Some(AttributeSource::Fixed(values)) if row.source == FIXED => {
                (None, Some(OneOrMany::Many(values.clone())))
            }
            Some(_) | None => (Some(row.source.clone()), None),
        };
        let name_format = rule.and_then(|rule| rule.format.clone());
        let friendly_name = rule.and_then(|rule| rule.friendly_name.clone());
        (name, AttributeEntry::Table(AttributeTable { claim, value, name_format, friendly_name }))
    };
    rows.map(entry).collect()
}

/// Problems by their path, as the fields of the form.
fn faults(problems: &[Problem]) -> Vec<Fault> {
    let mut found: Vec<Fault> = problems.iter().map(|problem| Fault::Wrong(field(&problem.path))).collect();
    found.sort_by_key(Fault::field);
    found.dedup();
    found
}

fn field(path: &str) -> Field {
    let key = path.strip_prefix("application.").unwrap_or(path);
    let (table, key) = key.split_once('.').unwrap_or(("", key));
    let key = key.split(['.', '[']).next().unwrap_or(key);
    match (table, key) {
        (_, "id") => Field::Id,
        (_, "name") => Field::Name,
        (_, "require_role") => Field::Role,
        (_, "attributes") => Field::Attributes,
        (_, "name_id") => Field::NameId,
        ("wsfed", "realm") => Field::Realm,
        ("wsfed", "reply_urls") => Field::ReplyUrls,
        ("wsfed", "encryption_certificate") => Field::Certificate,
        ("saml", "metadata_url") => Field::MetadataUrl,
        ("saml", "metadata_certificates") => Field::MetadataCertificates,
        ("saml", "entity_id") => Field::EntityId,
        ("saml", "sign_response" | "sign_assertion") => Field::Signed,
        ("saml", "encrypt_assertion") => Field::Encrypt,
        ("saml", "require_signed_requests") => Field::SignsRequests,
        ("saml", "relay_state") => Field::RelayState,
        (_, _) => Field::Metadata,
    }
}

/// Registers a new application as whoever acts may do now.
pub fn register(site: &Site, act: &Act, typed: &Typed) -> Result<Turn, RegistrationError> {
    if typed.kind == Kind::Saml
        && let Err(fault) = read(typed, site.now())
    {
        return Ok(Turn::Faults(vec![fault]));
    }
    match propose(typed, None).and_then(|plan| in_private(plan, site.now())) {
        Ok(plan) => save(site, act, plan, Basis::Nothing),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// Changes one, unless it has changed since `based_on`.
pub fn change(
    site: &Site,
    act: &Act,
    (id, based_on): (&ClientId, String),
    mut typed: Typed,
) -> Result<Turn, RegistrationError> {
    let Some(stands) = find(site, id)? else { return Ok(Turn::Unknown) };
    id.as_str().clone_into(&mut typed.id);
    match &stands.protocol {
        Protocol::Oidc(_) => return Ok(Turn::Unknown),
        Protocol::Wsfed(_) => typed.kind = Kind::Wsfed,
        Protocol::Saml(provider) => {
            typed.kind = Kind::Saml;
            provider.entity_id.as_str().clone_into(&mut typed.entity_id);
            if !typed.metadata.trim().is_empty()
                && let Err(fault) = read(&typed, site.now())
            {
                return Ok(Turn::Faults(vec![fault]));
            }
        }
    }
    match propose(&typed, Some(&stands)) {
        Ok(plan) => save(site, act, plan, Basis::Known { stamp: based_on, renewed: !typed.metadata.trim().is_empty() }),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// SAML metadata is shown with its doubts before it is registered; here nobody would be asked.
fn in_private(plan: ApplicationPlan, now: Time) -> Result<ApplicationPlan, Vec<Fault>> {
    let is_plain = |doubt: &Doubt| matches!(doubt, Doubt::PlainAddress(_));
    let exposed = plan.realm().is_some() && doubts(&plan, now).iter().any(is_plain);
    if exposed { Err(vec![Fault::Wrong(Field::ReplyUrls)]) } else { Ok(plan) }
}

/// What a form was filled in upon.
enum Basis {
    Nothing,
    /// And whether it brings other metadata.
    Known {
        stamp: String,
        renewed: bool,
    },
}

fn save(site: &Site, act: &Act, plan: ApplicationPlan, basis: Basis) -> Result<Turn, RegistrationError> {
    credentials::ensure(&site.store, site.base.issuer(), act.now, site.entropy.as_ref())?;
    let act = act.clone();
    Ok(site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        let stored = store::applications::list(tx)?;
        let all = || stored.iter().map(|stored| &stored.application);
        match (all().find(|other| other.id == plan.id), &basis) {
            (Some(_), Basis::Nothing) => return Ok(Turn::Faults(vec![Fault::Taken(Field::Id)])),
            (None, Basis::Known { .. }) => return Ok(Turn::Unknown),
            (Some(stands), Basis::Known { stamp: based_on, .. }) if stamp(stands) != *based_on => {
                return Ok(Turn::Stale);
            }
            (Some(_), Basis::Known { .. }) | (None, Basis::Nothing) => {}
        }
        if applications::same_name(&plan.protocol, all().filter(|other| other.id != plan.id)).is_some() {
            let field = if plan.realm().is_some() { Field::Realm } else { Field::EntityId };
            return Ok(Turn::Faults(vec![Fault::Taken(field)]));
        }
        let change = applications::put(tx, &act, &plan, None)?;
        if matches!(basis, Basis::Known { renewed: true, .. }) {
            store::metadata::forget_watch(tx, &plan.id)?;
        }
        Ok::<_, StoreError>(match change.action {
            Action::Created | Action::Changed => Turn::Saved(plan.id),
            Action::Unchanged => Turn::Unchanged(plan.id),
        })
    })?)
}

/// Takes an application out of use, or back into it.
pub fn set_enabled(site: &Site, act: &Act, id: ClientId, enabled: bool) -> Result<Turn, RegistrationError> {
    let act = act.clone();
    Ok(site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        let Some(stored) = store::applications::find(tx, &id)? else { return Ok(Turn::Unknown) };
        let after = Application { enabled, ..stored.application.clone() };
        let fields = difference::between(&stored.application, &after);
        if fields.is_empty() {
            return Ok(Turn::Unchanged(id));
        }
        store::applications::save(tx, &after, stored.secret_mac.as_ref())?;
        store::audit::append(tx, &act.changed(EventKind::ApplicationChanged, &fields).application(&id))?;
        Ok::<_, StoreError>(Turn::Saved(id))
    })?)
}

pub fn list(site: &Site) -> Result<Vec<Application>, StoreError> {
    let stored = site.store.read(store::applications::list)?;
    Ok(stored.into_iter().map(|stored| stored.application).collect())
}

pub fn find(site: &Site, id: &ClientId) -> Result<Option<Application>, StoreError> {
    let stored = site.store.read(|tx| store::applications::find(tx, id))?;
    Ok(stored.map(|stored| stored.application))
}

/// What stands, as the form shows it.
pub fn typed_of(application: &Application) -> Option<Typed> {
    let mappings = |rules: &[AttributeRule]| {
        rules.iter().map(|rule| Mapping { name: rule.name.clone(), source: source_word(&rule.source) }).collect()
    };
    let kind = match &application.protocol {
        Protocol::Oidc(_) => return None,
        Protocol::Saml(_) => Kind::Saml,
        Protocol::Wsfed(_) => Kind::Wsfed,
    };
    let mut typed = Typed::new(kind);
    typed.id = application.id.to_string();
    typed.name.clone_from(&application.name);
    typed.require_role = application.require_role.as_ref().map(ToString::to_string).unwrap_or_default();
    match &application.protocol {
        Protocol::Oidc(_) => {}
        Protocol::Saml(provider) => {
            let ServiceProvider { signed, signs_requests, preset, idp_initiated, signature, name_id, .. } = &**provider;
            (typed.sign_response, typed.sign_assertion) = (signed.response(), signed.assertion());
            (typed.signs_requests, typed.preset, typed.idp_initiated) = (*signs_requests, *preset, *idp_initiated);
            (typed.signature, typed.name_id, typed.encrypt) = (*signature, *name_id, provider.encrypt_assertion);
            typed.entity_id = provider.entity_id.to_string();
            typed.relay_state = provider.start_relay_state.clone().unwrap_or_default();
            typed.metadata_url = provider.metadata_url.as_ref().map(ToString::to_string).unwrap_or_default();
            typed.metadata_certificates = provider.metadata_certificates.iter().map(write_pem).collect();
            typed.mappings = mappings(&provider.attributes);
        }
        Protocol::Wsfed(party) => {
            let RelyingParty { realm, reply_urls, token_type, signature, name_id, .. } = &**party;
            typed.realm = realm.to_string();
            typed.reply_urls = reply_urls.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            (typed.token_type, typed.signature, typed.name_id) = (*token_type, *signature, *name_id);
            typed.certificate = party.encryption_certificate.as_ref().map(write_pem).unwrap_or_default();
            typed.mappings = mappings(&party.attributes);
        }
    }
    Some(typed)
}

fn facts_of(known: &SpMetadata) -> Facts {
    Facts {
        entity_id: known.entity_id.to_string(),
        consumers: known.acs.iter().map(consumer).collect(),
        logout: known.logout.iter().map(logout).collect(),
        certificates: certificates(&known.signing_certificates, &known.encryption_certificates),
        signs_requests: known.signs_requests,
        formats: known.name_id_formats.clone(),
        requested: known.requested.iter().map(|one| (one.name.clone(), one.is_required)).collect(),
    }
}

fn consumer(one: &AssertionConsumer) -> Address {
    Address { url: one.location.to_string(), binding: one.binding }
}

fn logout(one: &LogoutEndpoint) -> Address {
    Address { url: one.location.to_string(), binding: one.binding }
}

/// What is known of a registered service provider from itself.
pub fn facts_of_provider(provider: &ServiceProvider) -> Facts {
    Facts {
        entity_id: provider.entity_id.to_string(),
        consumers: provider.acs.iter().map(consumer).collect(),
        logout: provider.logout.iter().map(logout).collect(),
        certificates: certificates(&provider.signing_certificates, &provider.encryption_certificates),
        signs_requests: provider.signs_requests,
        formats: Vec::new(),
        requested: Vec::new(),
    }
}

/// Each once, with what it serves for.
pub fn certificates(
    signing: &[crate::domain::saml::CertificateDer],
    encryption: &[crate::domain::saml::CertificateDer],
) -> Vec<CertificateFact> {
    let others = encryption.iter().filter(|one| !signing.contains(one));
    let fact = |one: &crate::domain::saml::CertificateDer| {
        let facts = read_certificate(one)?;
        Some(CertificateFact {
            subject: facts.subject,
            fingerprint: facts.fingerprint,
            not_after: facts.not_after,
            signs: signing.contains(one),
            encrypts: encryption.contains(one) && can_encrypt(one),
        })
    };
    signing.iter().chain(others).filter_map(fact).collect()
}
