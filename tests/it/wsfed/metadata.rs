//! Federation metadata, as ASP.NET reads it.

use portner::crypto::xml::Document;

use super::party::{app, at, verified_by_xmlsec1};
use crate::support::neutral::neutral;
use crate::support::{App, Call};

const DESCRIPTOR: (&str, &str) = ("ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor");

#[test]
fn metadata_has_the_shape_that_asp_net_reads() {
    let app = app();
    let reply = app.get("/wsfed/metadata");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/samlmetadata+xml")));
    let text = reply.text();
    insta::assert_snapshot!("metadata", neutral(&app, &text));
}

#[test]
fn metadata_is_signed_and_found_where_tools_look_for_it() {
    let app = app();
    let text = app.get("/wsfed/metadata").text();
    assert_eq!(app.get("/FederationMetadata/2007-06/FederationMetadata.xml").text(), text);
    assert!(verified_by_xmlsec1(&app, "metadata", &text, DESCRIPTOR));
    let moved = text.replace("/wsfed</wsa:Address>", "/elsewhere</wsa:Address>");
    assert_ne!(moved, text);
    assert!(!verified_by_xmlsec1(&app, "moved", &moved, DESCRIPTOR));
    let document = Document::parse(text.as_bytes()).unwrap();
    let role = at(document.root(), &["RoleDescriptor"]);
    assert_eq!(at(role, &["PassiveRequestorEndpoint", "EndpointReference", "Address"]).text().unwrap(), {
        format!("{}/wsfed", app.base())
    });
}

#[test]
fn metadata_stays_the_same_and_is_not_sent_twice() {
    let app = app();
    let first = app.get("/wsfed/metadata");
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(app.get("/wsfed/metadata").body, first.body);
    let again = app.send(&Call::get("/wsfed/metadata").header("If-None-Match", etag.as_str()));
    assert_eq!(again.status, 304);
}

/// A tenant that nobody registered anything with makes its certificates when somebody asks.
#[test]
fn the_first_who_asks_finds_certificates() {
    let app = App::shared();
    let text = app.get("/wsfed/metadata").text();
    assert_eq!(text.matches("<md:KeyDescriptor").count(), 4, "two kinds, now and next: {text}");
}
