use super::*;
use crate::crypto::credential::mint;
use crate::crypto::entropy::SystemEntropy;
use crate::domain::signing::KeyType;

const ACS: &str = r#"<md:AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example/acs"/>"#;

fn certificate(kind: KeyType) -> (CertificateDer, String) {
    use base64::Engine as _;
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    let certificate = mint(kind, "sp", now, &SystemEntropy).unwrap().certificate;
    let text = base64::engine::general_purpose::STANDARD.encode(&certificate.0);
    (certificate, text)
}

fn key(attributes: &str, certificate: &str) -> String {
    format!(
        "<md:KeyDescriptor{attributes}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{certificate}\n\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn entity(id: &str, attributes: &str, inside: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="{MD}" xmlns:ds="{DS}" xmlns:mdui="{MDUI}" entityID="{id}"><md:SPSSODescriptor protocolSupportEnumeration="{PROTOCOL}"{attributes}>{inside}</md:SPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn parse(text: &str) -> Result<SpMetadata, MetadataFault> {
    read(text.as_bytes(), None, &[])
}

fn sp(attributes: &str, inside: &str) -> Result<SpMetadata, MetadataFault> {
    parse(&entity("https://sp.example", attributes, inside))
}

#[test]
fn everything_that_a_service_provider_says_is_read() {
    let (rsa, text) = certificate(KeyType::Rsa);
    let inside = format!(
        r#"<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="en">Time Sheet</mdui:DisplayName>
        <mdui:DisplayName xml:lang="da">Time<!-- -->seddel</mdui:DisplayName></mdui:UIInfo></md:Extensions>{}
        <md:SingleLogoutService Binding="{}" Location="https://sp.example/slo" ResponseLocation="https://sp.example/slo/done"/>
        <md:NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:transient </md:NameIDFormat>{ACS}
        <md:AssertionConsumerService index="7" isDefault="true" Binding="{}" Location="https://sp.example/artifact"/>
        <md:AttributeConsumingService index="0"><md:ServiceName xml:lang="sv">Tidrapport</md:ServiceName>
        <md:RequestedAttribute Name="email" isRequired="true"/><md:RequestedAttribute Name="x" FriendlyName="y"/></md:AttributeConsumingService>"#,
        key(" use=\"signing\"", &text),
        Binding::Redirect.urn(),
        Binding::Artifact.urn(),
    );
    let read = sp(r#" AuthnRequestsSigned="true" WantAssertionsSigned="1" validUntil="2030-01-02T03:04:05Z" cacheDuration="P1DT2H""#, &inside).unwrap();
    assert_eq!(read.entity_id.as_str(), "https://sp.example");
    assert_eq!(
        read.acs.iter().map(|one| (one.index, one.binding, one.is_default)).collect::<Vec<_>>(),
        [(0, Binding::Post, false), (7, Binding::Artifact, true)]
    );
    let logout = &read.logout[0];
    assert_eq!(logout.location.as_str(), "https://sp.example/slo");
    assert_eq!(logout.response_location.as_ref().unwrap().as_str(), "https://sp.example/slo/done");
    assert_eq!((read.signing_certificates, read.encryption_certificates), (vec![rsa], vec![]));
    assert!(read.signs_requests && read.wants_assertions_signed);
    assert_eq!(read.name_id_formats, ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]);
    assert_eq!(
        read.requested.iter().map(|one| (one.name.as_str(), one.is_required)).collect::<Vec<_>>(),
        [("email", true), ("x", false)]
    );
    assert_eq!(name_for(&read.names, "da"), Some("Timeseddel"));
    assert_eq!(name_for(&read.names, "nb"), Some("Time Sheet"));
    assert_eq!(read.valid_until.unwrap().to_rfc3339(), "2030-01-02T03:04:05+00:00");
    assert_eq!(read.cache_for, Some(Duration::from_hours(26)));
}

/// Keycloak CVE-2026-16443: metadata without `use` switched the check of signatures off.
#[test]
fn a_key_without_a_use_serves_both_uses() {
    let (rsa, text) = certificate(KeyType::Rsa);
    let read = sp(r#" AuthnRequestsSigned="true""#, &(key("", &text) + ACS)).unwrap();
    assert_eq!((read.signing_certificates, read.encryption_certificates), (vec![rsa.clone()], vec![rsa]));
    assert!(read.signs_requests);
    let fault = sp(r#" AuthnRequestsSigned="true""#, &(key(" use=\"encryption\"", &text) + ACS)).unwrap_err();
    assert_eq!(fault, MetadataFault::NoKey);
    assert_eq!(sp(r#" AuthnRequestsSigned="true""#, ACS).unwrap_err(), MetadataFault::NoKey);
    let (ec, text) = certificate(KeyType::EcP256);
    let read = sp("", &(key("", &text) + ACS)).unwrap();
    assert_eq!((read.signing_certificates, read.encryption_certificates), (vec![ec], vec![]));
}

#[test]
fn of_several_service_providers_one_has_to_be_named() {
    let (one, two) = (entity("https://one.example", "", ACS), entity("https://two.example", "", ACS));
    let idp = format!(
        r#"<md:EntityDescriptor xmlns:md="{MD}" entityID="https://idp.example"><md:IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}"/></md:EntityDescriptor>"#
    );
    let all = format!(
        r#"<md:EntitiesDescriptor xmlns:md="{MD}" validUntil="2030-01-01T00:00:00Z">{idp}{one}<md:EntitiesDescriptor validUntil="2029-01-01T00:00:00">{two}</md:EntitiesDescriptor></md:EntitiesDescriptor>"#
    );
    let several = ["https://one.example", "https://two.example"].map(str::to_owned).to_vec();
    assert_eq!(parse(&all).unwrap_err(), MetadataFault::Several(several));
    let wanted = |id: &str| read(all.as_bytes(), Some(&EntityId::parse(id).unwrap()), &[]);
    let two = wanted("https://two.example").unwrap();
    assert_eq!(two.entity_id.as_str(), "https://two.example");
    assert_eq!(two.valid_until.unwrap().to_rfc3339(), "2029-01-01T00:00:00+00:00", "the earliest counts");
    assert_eq!(wanted("https://idp.example").unwrap_err(), MetadataFault::Absent("https://idp.example".to_owned()));
    let alone = format!(r#"<md:EntitiesDescriptor xmlns:md="{MD}">{one}</md:EntitiesDescriptor>"#);
    assert_eq!(parse(&alone).unwrap().entity_id.as_str(), "https://one.example");
    assert_eq!(parse(&idp).unwrap_err(), MetadataFault::NoServiceProvider);
}

#[test]
fn hostile_metadata_is_refused() {
    let acs = |location: &str| {
        format!(r#"<md:AssertionConsumerService index="0" Binding="{}" Location="{location}"/>"#, Binding::Post.urn())
    };
    for location in ["javascript:alert(1)", "data:text/html,x", "", "//sp.example/acs", "https://u@sp.example/"] {
        let fault = sp("", &acs(location)).unwrap_err();
        assert!(matches!(fault, MetadataFault::Address { .. }), "{location}: {fault}");
    }
    let slo = format!(
        r#"<md:SingleLogoutService Binding="{}" Location="https://sp.example/" ResponseLocation="javascript:x"/>"#,
        Binding::Post.urn()
    );
    assert!(matches!(sp("", &(slo + ACS)).unwrap_err(), MetadataFault::Address { .. }));
    assert!(matches!(parse(&entity("", "", ACS)).unwrap_err(), MetadataFault::EntityId(_)));
    assert_eq!(sp(r#" validUntil="soon""#, ACS).unwrap_err(), MetadataFault::Validity);
    assert_eq!(sp("", "").unwrap_err(), MetadataFault::NoConsumer);
    let paos = ACS.replace("bindings:HTTP-POST", "bindings:PAOS");
    assert_eq!(sp("", &paos).unwrap_err(), MetadataFault::NoConsumer);
    let redirect = ACS.replace("HTTP-POST", "HTTP-Redirect");
    assert_eq!(sp("", &redirect).unwrap_err(), MetadataFault::NoConsumer, "no assertion travels in an address");
    assert_eq!(sp("", &ACS.repeat(65)).unwrap_err(), MetadataFault::TooMany("AssertionConsumerService"));
    assert_eq!(parse("<html/>").unwrap_err(), MetadataFault::NotMetadata);
    let entity = entity("https://sp.example", "", ACS);
    for text in [
        String::new(),
        "{}".to_owned(),
        format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{entity}"),
        format!("{entity}{entity}"),
        entity.replace("</md:SPSSODescriptor>", ""),
        format!("{}{entity}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)),
    ] {
        let fault = parse(&text).unwrap_err();
        assert!(matches!(fault, MetadataFault::Xml(_)), "{fault}");
    }
}

#[test]
fn what_cannot_be_used_is_left_out_and_told() {
    let (_, text) = certificate(KeyType::Rsa);
    let inside = format!(
        "{}{}{ACS}{ACS}<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"x\"/>",
        key(" use=\"signing\"", "AAAA"),
        key(" use=\"signing\"", &text)
    );
    let read = sp("", &inside).unwrap();
    assert_eq!((read.acs.len(), read.signing_certificates.len(), read.logout.len()), (1, 1, 0));
    assert_eq!(read.left_out.len(), 4, "{:?}", read.left_out);
}

#[test]
fn durations_are_read_and_nonsense_is_none() {
    for (text, seconds) in [("PT1H", 3600), ("P1D", 86_400), ("P1M", 2_592_000), ("PT1M", 60), ("PT1.5S", 1)] {
        assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
    }
    for text in ["", "1D", "P1X", "PTx", "-P1D", "P99999999999999999999D"] {
        assert_eq!(duration(text), None, "{text}");
    }
}
