//! What applications read about us.

use portner::crypto::xml::{Document, verify_enveloped};
use portner::protocol::saml::METADATA;

use crate::support::http::Call;
use crate::support::neutral::neutral;
use crate::support::provider::{child, xmlsec1};
use crate::support::{App, ServiceProvider};

#[test]
fn the_metadata_is_signed_and_names_every_address_and_certificate() {
    let app = App::shared();
    let reply = app.get("/saml/metadata");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/samlmetadata+xml"));
    let text = reply.text();
    insta::assert_snapshot!("metadata", neutral(&app, &text));
    let document = Document::parse(text.as_bytes()).unwrap();
    let root = document.root();
    assert!(root.is(METADATA, "EntityDescriptor"));
    assert_eq!(root.attribute("entityID"), Some(format!("{}/saml/metadata", app.base()).as_str()));
    let sp = ServiceProvider::new(&app, "reader");
    let trusted = sp.trusted();
    assert_eq!(trusted.len(), 2, "the one that signs and the next one");
    verify_enveloped(root, &trusted).unwrap();
    xmlsec1(&text, &format!("{METADATA}:EntityDescriptor"), &trusted).unwrap();
    let role = child(root, METADATA, "IDPSSODescriptor");
    let told: Vec<String> = role
        .children()
        .map(|one| {
            let location = one.attribute("Location").map(|at| at.replace(&app.base(), "")).unwrap_or_default();
            let binding =
                one.attribute("Binding").and_then(|urn| urn.rsplit(':').next()).unwrap_or_default().to_owned();
            let text = one.text().map(|text| text.rsplit(':').next().unwrap().to_owned()).unwrap_or_default();
            format!("{} {binding} {location} {text}", one.local()).trim().to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            "KeyDescriptor",
            "KeyDescriptor",
            "ArtifactResolutionService SOAP /saml/artifact",
            "SingleLogoutService HTTP-Redirect /saml/slo",
            "SingleLogoutService HTTP-POST /saml/slo",
            "NameIDFormat   persistent",
            "NameIDFormat   transient",
            "NameIDFormat   emailAddress",
            "NameIDFormat   unspecified",
            "SingleSignOnService HTTP-Redirect /saml/sso",
            "SingleSignOnService HTTP-POST /saml/sso",
        ]
    );
    // The elliptic key is told of once somebody asks for it.
    ServiceProvider::registered(&app, "elliptic", "signature_algorithm = \"ecdsa-sha256\"");
    assert_eq!(sp.trusted().len(), 4);
}

#[test]
fn the_metadata_stays_the_same_until_something_changes() {
    let app = App::shared();
    let first = app.get("/saml/metadata");
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(app.get("/saml/metadata").body, first.body);
    let again = app.send(&Call::get("/saml/metadata").header("If-None-Match", etag.as_str()));
    assert_eq!((again.status, again.body.len()), (304, 0));
    ServiceProvider::registered(&app, "change", "");
    assert_eq!(app.get("/saml/metadata").status, 200);
}

#[test]
fn credentials_are_made_once_whoever_asks_first() {
    let app = App::shared();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(app.get("/saml/metadata").status, 200));
        }
    });
    assert_eq!(app.count_events("credential.created"), 4, "active and next of two kinds");
}
