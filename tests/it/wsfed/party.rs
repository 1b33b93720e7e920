//! A relying party made by hand: it sends people here, takes the answer apart, and has it verified by xmlsec1.

use std::process::Command;

use portner::crypto::xml::{Document, Element};
use url::Url;

use crate::support::{App, Browser, PASSWORD, Page};

pub const REALM: &str = "urn:acme:intranet";
pub const REPLY: &str = "https://intranet.example/signin-wsfed";
pub const OTHER_REPLY: &str = "https://intranet.example/other?a=1";
pub const MODERN_REALM: &str = "https://modern.example/";
pub const MODERN_REPLY: &str = "https://modern.example/signin";
pub const CLOSED_REALM: &str = "urn:acme:closed";

pub const SAML11: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
pub const SAML20: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const TRUST: &str = "http://schemas.xmlsoap.org/ws/2005/02/trust";

const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

/// The relying parties of these tests, beside what every tenant has.
pub fn declare(app: &App) {
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"

[[tenant.application]]
id = "intranet"
name = "Intranet"
[tenant.application.wsfed]
realm = "{REALM}"
reply_urls = ["{REPLY}", "{OTHER_REPLY}"]
[tenant.application.wsfed.attributes]
"{CLAIMS}/emailaddress" = "email"
"{CLAIMS}/givenname" = "given_name"
"{CLAIMS}/surname" = "family_name"
"http://schemas.microsoft.com/ws/2008/06/identity/claims/role" = "roles"

[[tenant.application]]
id = "modern"
name = "Modern"
[tenant.application.wsfed]
realm = "{MODERN_REALM}"
reply_urls = ["{MODERN_REPLY}"]
token_type = "saml20"
name_id = "username"
[tenant.application.wsfed.attributes]
"{CLAIMS}/emailaddress" = "email"

[[tenant.application]]
id = "closed"
name = "Closed"
require_role = "staff"
[tenant.application.wsfed]
realm = "{CLOSED_REALM}"
reply_urls = ["https://closed.example/"]
"#
    ));
}

pub fn app() -> App {
    let app = App::shared();
    declare(&app);
    app
}

/// The address of a sign-in, with more parameters.
pub fn sign_in_path(realm: &str, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("wa", "wsignin1.0"), ("wtrealm", realm)]).extend_pairs(more);
    format!("/wsfed?{}", query.finish())
}

/// Where the sign-in leads: alice signs in if she is asked.
pub fn sign_in(browser: &mut Browser, realm: &str, more: &[(&str, &str)]) -> Page {
    let page = browser.get(&sign_in_path(realm, more));
    if page.status() == 200 && page.has("input[type=password]") {
        return browser.fill_in(&page, "alice", PASSWORD);
    }
    page
}

/// What the browser would post to the relying party.
#[derive(Debug)]
pub struct Answer {
    pub to: Url,
    pub result: String,
    pub context: Option<String>,
}

pub fn answer(page: &Page) -> Answer {
    assert_eq!(page.status(), 200, "{} {}", page.url, page.reply.text());
    let form = page.form("wresult");
    assert_eq!(form.get("wa"), Some("wsignin1.0"));
    let field = |name: &str| form.get(name).map(str::to_owned);
    Answer { to: form.action.clone(), result: field("wresult").unwrap(), context: field("wctx") }
}

impl Answer {
    /// The signed assertion, octet for octet, and what is in it.
    pub fn assertion(&self) -> String {
        let begin = self.result.find("<saml:Assertion").expect("an assertion");
        let end = self.result.find("</saml:Assertion>").expect("its end") + "</saml:Assertion>".len();
        self.result[begin..end].to_owned()
    }
    pub fn envelope(&self) -> Envelope {
        Envelope::read(&self.result)
    }
}

/// The parts of a `RequestSecurityTokenResponse` that a relying party looks at.
#[derive(Debug)]
pub struct Envelope {
    pub applies_to: String,
    pub token_type: String,
    pub created: String,
    pub expires: String,
}

impl Envelope {
    fn read(text: &str) -> Self {
        let document = Document::parse(text.as_bytes()).unwrap();
        let root = document.root();
        assert!(root.is(TRUST, "RequestSecurityTokenResponse"));
        let names: Vec<&str> = root.children().map(portner::crypto::xml::Element::local).collect();
        let expected =
            ["Lifetime", "AppliesTo", "RequestedSecurityToken", "TokenType", "RequestType", "KeyType"].to_vec();
        assert_eq!(names, expected);
        Self {
            applies_to: text_at(root, &["AppliesTo", "EndpointReference", "Address"]),
            token_type: text_at(root, &["TokenType"]),
            created: text_at(root, &["Lifetime", "Created"]),
            expires: text_at(root, &["Lifetime", "Expires"]),
        }
    }
}

/// The text of the one element at this path of local names.
pub fn text_at(from: Element<'_>, path: &[&str]) -> String {
    at(from, path).text().unwrap()
}

pub fn at<'a>(from: Element<'a>, path: &[&str]) -> Element<'a> {
    let mut here = from;
    for name in path {
        let found: Vec<Element<'a>> = here.children().filter(|child| child.local() == *name).collect();
        assert_eq!(found.len(), 1, "{name} below {}", here.local());
        here = found[0];
    }
    here
}

/// Name and values of each attribute, as a relying party joins them.
pub fn claims(assertion: Element<'_>) -> Vec<(String, Vec<String>)> {
    let attributes = at(assertion, &["AttributeStatement"]).children().filter(|child| child.local() == "Attribute");
    let name_of = |attribute: Element<'_>| match attribute.attribute("Name") {
        Some(name) => name.to_owned(),
        None => format!(
            "{}/{}",
            attribute.attribute("AttributeNamespace").unwrap(),
            attribute.attribute("AttributeName").unwrap()
        ),
    };
    attributes
        .map(|attribute| (name_of(attribute), attribute.children().map(|value| value.text().unwrap()).collect()))
        .collect()
}

/// A certificate from its base64.
pub fn pem(base64: &str) -> String {
    let body: Vec<char> = base64.chars().collect();
    let lines: Vec<String> = body.chunks(64).map(|line| line.iter().collect()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// The certificates that federation metadata names, in PEM.
pub fn certificates(app: &App) -> Vec<String> {
    let text = app.get("/wsfed/metadata").text();
    let pieces = text.split("<ds:X509Certificate>").skip(1);
    let mut found: Vec<String> = Vec::new();
    for piece in pieces {
        let pem = pem(piece.split('<').next().unwrap());
        if !found.contains(&pem) {
            found.push(pem);
        }
    }
    found
}

/// Whether xmlsec1 finds the signature good under one of the tenant's certificates.
pub fn verified_by_xmlsec1(app: &App, name: &str, xml: &str, id: (&str, &str)) -> bool {
    let file = app.file(&format!("{name}.xml"), xml);
    certificates(app).iter().enumerate().any(|(number, pem)| {
        let certificate = app.file(&format!("{name}-{number}.pem"), pem);
        let (attribute, element) = id;
        let output = Command::new("xmlsec1")
            .args(["--verify", &format!("--id-attr:{attribute}"), element])
            .args(["--enabled-reference-uris", "same-doc", "--pubkey-cert-pem"])
            .args([&certificate, &file])
            .output()
            .expect("xmlsec1 is installed");
        output.status.success()
    })
}
