//! A SAML service provider made by hand, so that each step can be done wrong. What it receives is verified by our own
//! engine and by xmlsec1, which we did not write.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::{self, Credential};
use portner::crypto::entropy::{Clock as _, SystemClock, SystemEntropy};
use portner::crypto::xml::{Document, Element, Place, Writer, decrypt_element, sign_enveloped, verify_enveloped};
use portner::domain::Time;
use portner::domain::saml::{CertificateDer, SignatureAlg};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::reply::Reply as Sent;
use portner::protocol::saml::binding::{Kind, Outgoing};
use portner::protocol::saml::message::{MessageId, written};
use portner::protocol::saml::{ASSERTION, METADATA, PROTOCOL, SOAP};

use super::http::{Call, Reply};
use super::{App, Browser, PASSWORD, Page};

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const ALG: SignatureAlg = SignatureAlg::RsaSha256;

pub fn now() -> Time {
    SystemClock.now()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<Vec<u8>> = STANDARD.encode(der).into_bytes().chunks(64).map(<[u8]>::to_vec).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", String::from_utf8(lines.join(&b'\n')).unwrap())
}

/// One application with its key pair.
pub struct ServiceProvider {
    pub id: String,
    pub entity: String,
    pub acs: String,
    base: String,
    port: u16,
    private: Vec<u8>,
    pub certificate: CertificateDer,
    pub credential: Credential,
}

impl ServiceProvider {
    /// Not yet registered.
    pub fn new(app: &App, id: &str) -> Self {
        let minted = credential::mint(KeyType::Rsa, id, now(), &SystemEntropy).unwrap();
        let (private, certificate) = (minted.private.to_vec(), minted.certificate.clone());
        let credential = Credential::parse(KeyId("sp".to_owned()), KeyType::Rsa, &private, minted.certificate).unwrap();
        Self {
            id: id.to_owned(),
            entity: format!("https://{id}.example/metadata"),
            acs: format!("https://{id}.example/acs"),
            base: app.base(),
            port: app.server.port(),
            private,
            certificate,
            credential,
        }
    }

    /// Registered, with these keys beside the usual ones.
    pub fn registered(app: &App, id: &str, more: &str) -> Self {
        let provider = Self::new(app, id);
        provider.register(app, "", more);
        provider
    }

    /// `application` are keys of the application itself, `saml` of how it speaks.
    pub fn register(&self, app: &App, application: &str, saml: &str) {
        let pem = pem("CERTIFICATE", &self.certificate.0);
        let acs = if saml.contains("acs = ") { String::new() } else { format!("acs = [{:?}]", self.acs) };
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = {:?}\nname = \"The {} service\"\n\
             {application}\n[tenant.application.saml]\nentity_id = {:?}\n{acs}\ncertificates = ['''{pem}''']\n{saml}\n",
            self.id, self.id, self.entity
        ));
    }

    pub fn sso(&self) -> String {
        format!("{}/saml/sso", self.base)
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            provider: self,
            attributes: vec![
                ("ID".to_owned(), MessageId::mint(&SystemEntropy).to_string()),
                ("Version".to_owned(), "2.0".to_owned()),
                ("IssueInstant".to_owned(), written(now())),
                ("Destination".to_owned(), self.sso()),
                ("AssertionConsumerServiceURL".to_owned(), self.acs.clone()),
            ],
            inside: String::new(),
            relay_state: Some("state of the application".to_owned()),
            signed: false,
        }
    }

    /// The certificates that our metadata names.
    pub fn trusted(&self) -> Vec<CertificateDer> {
        let path = format!("{}/saml/metadata", url::Url::parse(&self.base).unwrap().path());
        let text = Call::get(&path).send(self.port).unwrap().text();
        let document = Document::parse(text.as_bytes()).unwrap();
        let role = child(document.root(), METADATA, "IDPSSODescriptor");
        let keys = role.children().filter(|one| one.is(METADATA, "KeyDescriptor"));
        let certificate = |key: Element<'_>| {
            let data = child(child(key, DSIG, "KeyInfo"), DSIG, "X509Data");
            CertificateDer(STANDARD.decode(child(data, DSIG, "X509Certificate").text().unwrap()).unwrap())
        };
        keys.map(certificate).collect()
    }

    /// What stands in the self-posting form of a page.
    pub fn received(&self, page: &Page) -> Received {
        let form = page.find_form("SAMLResponse");
        let form = form.unwrap_or_else(|| panic!("no answer on {}: {}", page.url, page.reply.text()));
        let xml = String::from_utf8(STANDARD.decode(form.get("SAMLResponse").unwrap()).unwrap()).unwrap();
        let relay_state = form.get("RelayState").map(str::to_owned);
        Received {
            to: form.action.to_string(),
            xml,
            relay_state,
            private: self.private.clone(),
            trusted: self.trusted(),
        }
    }

    /// A whole sign-in of alice in this browser, by an unsigned Redirect.
    pub fn sign_in(&self, browser: &mut Browser) -> Received {
        self.received(&self.request().sign_in(browser))
    }

    /// The message that an artifact stands for, if it is given out.
    pub fn resolve(&self, artifact: &str) -> Resolved {
        self.send_resolve(&self.artifact_resolve(artifact, true))
    }

    pub fn artifact_resolve(&self, artifact: &str, signed: bool) -> String {
        let (id, issued) = (MessageId::mint(&SystemEntropy), written(now()));
        let mut writer = Writer::new();
        let attributes = [
            ("xmlns:samlp", PROTOCOL),
            ("xmlns:saml", ASSERTION),
            ("ID", id.as_str()),
            ("Version", "2.0"),
            ("IssueInstant", &issued),
        ];
        writer.open("samlp:ArtifactResolve", &attributes).leaf("saml:Issuer", &[], &self.entity);
        writer.leaf("samlp:Artifact", &[], artifact).close();
        let mut message = writer.finish().unwrap();
        if signed {
            message = sign_enveloped(&message, Place::AfterIssuer, &self.credential, ALG).unwrap();
        }
        format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{message}</s:Body></s:Envelope>")
    }

    pub fn send_resolve(&self, envelope: &str) -> Resolved {
        let path = format!("{}/saml/artifact", url::Url::parse(&self.base).unwrap().path());
        let reply = Call::new("POST", &path).body("text/xml", envelope).send(self.port).unwrap();
        Resolved { reply, private: self.private.clone(), trusted: self.trusted() }
    }
}

pub struct Request<'a> {
    provider: &'a ServiceProvider,
    attributes: Vec<(String, String)>,
    inside: String,
    pub relay_state: Option<String>,
    signed: bool,
}

impl Request<'_> {
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(key, _)| key != name);
        self
    }
    /// An element after the issuer, as it is.
    #[must_use]
    pub fn inside(mut self, element: &str) -> Self {
        self.inside.push_str(element);
        self
    }
    #[must_use]
    pub fn relay_state(mut self, state: Option<&str>) -> Self {
        self.relay_state = state.map(str::to_owned);
        self
    }
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.signed = true;
        self
    }
    pub fn id(&self) -> &str {
        self.attributes.iter().find(|(name, _)| name == "ID").map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn xml(&self) -> String {
        let mut all = vec![("xmlns:samlp", PROTOCOL), ("xmlns:saml", ASSERTION)];
        all.extend(self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut writer = Writer::new();
        writer.open("samlp:AuthnRequest", &all).leaf("saml:Issuer", &[], &self.provider.entity).insert(&self.inside);
        writer.close();
        writer.finish().unwrap()
    }

    /// The path of a GET below the host.
    pub fn path(&self) -> String {
        self.path_of(&self.xml())
    }
    pub fn path_of(&self, xml: &str) -> String {
        let to = self.provider.sso();
        let outgoing = Outgoing { kind: Kind::Request, xml, to: &to, relay_state: self.relay_state.as_deref() };
        let Sent::Redirect(address) = outgoing.redirect(&self.provider.credential, ALG).unwrap() else { panic!() };
        if self.signed { address } else { address.split_once("&SigAlg").unwrap().0.to_owned() }
    }
    /// The fields of a POST.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut xml = self.xml();
        if self.signed {
            xml = sign_enveloped(&xml, Place::AfterIssuer, &self.provider.credential, ALG).unwrap();
        }
        self.fields_of(&xml)
    }
    pub fn fields_of(&self, xml: &str) -> Vec<(&'static str, String)> {
        let to = self.provider.sso();
        let outgoing = Outgoing { kind: Kind::Request, xml, to: &to, relay_state: self.relay_state.as_deref() };
        let Sent::FormPost { params, .. } = outgoing.post() else { panic!() };
        params
    }

    /// By Redirect: a page, or the answer.
    pub fn send(&self, browser: &mut Browser) -> Page {
        browser.get(&self.path())
    }
    /// By POST from the application's own page: a browser sends no `SameSite=Lax` cookies along.
    pub fn post(&self, browser: &mut Browser) -> Page {
        post_from_elsewhere(browser, &self.fields())
    }
    /// The answer for a browser that may have to sign in as alice first.
    pub fn sign_in(&self, browser: &mut Browser) -> Page {
        let page = self.send(browser);
        if page.has("input[type=password]") { browser.fill_in(&page, "alice", PASSWORD) } else { page }
    }
}

pub fn post_from_elsewhere(browser: &mut Browser, fields: &[(&'static str, String)]) -> Page {
    post_from_elsewhere_to(browser, "/saml/sso", fields)
}

/// The same to another address.
pub fn post_from_elsewhere_to(browser: &mut Browser, path: &str, fields: &[(&'static str, String)]) -> Page {
    let kept = std::mem::take(&mut browser.cookies);
    browser.headers.push(("Origin".to_owned(), "https://sp.example".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = browser.url(path);
    let first = browser.send(&url, "POST", Some(super::http::encode(&fields)));
    browser.headers.pop();
    assert!(browser.cookies.is_empty(), "cookies that the browser has would be overwritten: {:?}", browser.cookies);
    browser.cookies = kept;
    if first.status() == 303 { browser.get(first.url.join(first.reply.location()).unwrap().as_str()) } else { first }
}

/// An answer at the application's address.
#[derive(Clone)]
pub struct Received {
    pub to: String,
    pub xml: String,
    pub relay_state: Option<String>,
    private: Vec<u8>,
    trusted: Vec<CertificateDer>,
}

pub fn child<'a>(parent: Element<'a>, namespace: &str, name: &str) -> Element<'a> {
    parent.child(namespace, name).unwrap().unwrap_or_else(|| panic!("no {name} in {parent:?}"))
}

impl Received {
    pub fn document(&self) -> Document {
        Document::parse(self.xml.as_bytes()).unwrap()
    }
    /// The last parts of the status codes, the outer one first, e.g. `Responder NoPassive`.
    pub fn status(&self) -> String {
        let document = self.document();
        let mut code = child(child(document.root(), PROTOCOL, "Status"), PROTOCOL, "StatusCode");
        let mut names = Vec::new();
        loop {
            names.push(code.attribute("Value").unwrap().rsplit(':').next().unwrap().to_owned());
            let Some(inner) = code.child(PROTOCOL, "StatusCode").unwrap() else { return names.join(" ") };
            code = inner;
        }
    }
    pub fn has_assertion(&self) -> bool {
        let parts = ["Assertion>", "<saml:Assertion", "AttributeStatement", "<saml:NameID", "<saml:Subject"];
        parts.iter().any(|part| self.xml.contains(part))
    }
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.document().root().attribute(name).map(str::to_owned)
    }
    /// A refusal as it must be: signed, for us, without a word about anybody.
    pub fn refusal(&self) -> String {
        assert!(!self.has_assertion(), "{}", self.xml);
        let document = self.document();
        verify_enveloped(document.root(), &self.trusted).unwrap();
        xmlsec1(&self.xml, &format!("{PROTOCOL}:Response"), &self.trusted).unwrap();
        self.status()
    }
    /// The assertion, decrypted if need be. Every signature that is there is right, and one that covers it is there.
    pub fn assertion(&self) -> Assertion {
        assert_eq!(self.status(), "Success", "{}", self.xml);
        let document = self.document();
        let root = document.root();
        let response_signed = is_signed(root);
        if response_signed {
            verify_enveloped(root, &self.trusted).unwrap();
            xmlsec1(&self.xml, &format!("{PROTOCOL}:Response"), &self.trusted).unwrap();
        }
        let encrypted = root.child(ASSERTION, "EncryptedAssertion").unwrap();
        let text = if let Some(encrypted) = encrypted {
            assert!(root.child(ASSERTION, "Assertion").unwrap().is_none());
            decrypt_element(child(encrypted, XENC, "EncryptedData"), &self.private).unwrap()
        } else {
            let start = self.xml.find("<saml:Assertion").unwrap();
            let end = self.xml.find("</saml:Assertion>").unwrap() + "</saml:Assertion>".len();
            self.xml[start..end].to_owned()
        };
        let inner = Document::parse(text.as_bytes()).unwrap();
        let signed = is_signed(inner.root());
        if signed {
            verify_enveloped(inner.root(), &self.trusted).unwrap();
            xmlsec1(&text, &format!("{ASSERTION}:Assertion"), &self.trusted).unwrap();
        }
        assert!(signed || response_signed, "nothing vouches for it");
        Assertion { text, signed, response_signed, encrypted: encrypted.is_some() }
    }
}

fn is_signed(element: Element<'_>) -> bool {
    element.children().any(|one| one.is(DSIG, "Signature"))
}

#[derive(Clone, Debug)]
pub struct Assertion {
    pub text: String,
    pub signed: bool,
    pub response_signed: bool,
    pub encrypted: bool,
}

impl Assertion {
    fn document(&self) -> Document {
        Document::parse(self.text.as_bytes()).unwrap()
    }
    pub fn name_id(&self) -> String {
        let document = self.document();
        child(child(document.root(), ASSERTION, "Subject"), ASSERTION, "NameID").text().unwrap()
    }
    pub fn name_format(&self) -> String {
        let document = self.document();
        let name = child(child(document.root(), ASSERTION, "Subject"), ASSERTION, "NameID");
        name.attribute("Format").unwrap().rsplit(':').next().unwrap().to_owned()
    }
    fn statement(&self, attribute: &str) -> Option<String> {
        let document = self.document();
        child(document.root(), ASSERTION, "AuthnStatement").attribute(attribute).map(str::to_owned)
    }
    pub fn session_index(&self) -> String {
        self.statement("SessionIndex").unwrap()
    }
    pub fn session_end(&self) -> Option<String> {
        self.statement("SessionNotOnOrAfter")
    }
    pub fn auth_instant(&self) -> String {
        self.statement("AuthnInstant").unwrap()
    }
    pub fn context(&self) -> String {
        let document = self.document();
        let statement = child(document.root(), ASSERTION, "AuthnStatement");
        child(child(statement, ASSERTION, "AuthnContext"), ASSERTION, "AuthnContextClassRef").text().unwrap()
    }
    /// `InResponseTo` of the confirmation.
    pub fn answers(&self) -> Option<String> {
        let document = self.document();
        let confirmation = child(child(document.root(), ASSERTION, "Subject"), ASSERTION, "SubjectConfirmation");
        child(confirmation, ASSERTION, "SubjectConfirmationData").attribute("InResponseTo").map(str::to_owned)
    }
    pub fn audience(&self) -> String {
        let document = self.document();
        let conditions = child(document.root(), ASSERTION, "Conditions");
        child(child(conditions, ASSERTION, "AudienceRestriction"), ASSERTION, "Audience").text().unwrap()
    }
    /// Names and values, in order.
    pub fn attributes(&self) -> Vec<(String, Vec<String>)> {
        let document = self.document();
        let statement = document.root().child(ASSERTION, "AttributeStatement").unwrap();
        let attributes = statement.into_iter().flat_map(Element::children).map(|one| {
            let values = one.children().map(|value| value.text().unwrap()).collect();
            (one.attribute("Name").unwrap().to_owned(), values)
        });
        attributes.collect()
    }
}

/// What came back over SOAP.
pub struct Resolved {
    pub reply: Reply,
    private: Vec<u8>,
    trusted: Vec<CertificateDer>,
}

impl Resolved {
    /// The message inside a signed answer, if there is one; `Err` is a fault.
    pub fn message(&self) -> Result<Option<Received>, String> {
        let text = self.reply.text();
        let envelope = Document::parse(text.as_bytes()).unwrap();
        let body = child(envelope.root(), SOAP, "Body");
        let Some(answer) = body.child(PROTOCOL, "ArtifactResponse").unwrap() else {
            assert_eq!(self.reply.status, 400, "{text}");
            return Err(child(body, SOAP, "Fault").child("", "faultstring").unwrap().unwrap().text().unwrap());
        };
        assert_eq!(self.reply.status, 200);
        verify_enveloped(answer, &self.trusted).unwrap();
        xmlsec1(&text, &format!("{PROTOCOL}:ArtifactResponse"), &self.trusted).unwrap();
        let Some(_message) = answer.child(PROTOCOL, "Response").unwrap() else { return Ok(None) };
        let start = text.find("<samlp:Response").unwrap();
        let end = text.find("</samlp:Response>").unwrap() + "</samlp:Response>".len();
        let (private, trusted) = (self.private.clone(), self.trusted.clone());
        Ok(Some(Received { to: String::new(), xml: text[start..end].to_owned(), relay_state: None, private, trusted }))
    }
}

/// Whether xmlsec1 verifies the first signature in a text by one of these certificates. `node` is `namespace:name` of
/// what bears the ID.
pub fn xmlsec1(text: &str, node: &str, trusted: &[CertificateDer]) -> Result<(), String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("message.xml");
    std::fs::write(&file, text).unwrap();
    let mut told = String::new();
    for (number, certificate) in trusted.iter().enumerate() {
        let key = dir.path().join(format!("{number}.pem"));
        std::fs::write(&key, pem("CERTIFICATE", &certificate.0)).unwrap();
        match verify(node, &key, &file) {
            Ok(()) => return Ok(()),
            Err(error) => told = error,
        }
    }
    Err(told)
}

fn verify(node: &str, key: &Path, file: &Path) -> Result<(), String> {
    let ids = [format!("{PROTOCOL}:Response"), format!("{ASSERTION}:Assertion"), node.to_owned()];
    let mut command = Command::new("xmlsec1");
    command.args(["--verify", "--enabled-reference-uris", "same-doc"]);
    for id in ids {
        command.args(["--id-attr:ID", &id]);
    }
    // By the key of this certificate and of no other.
    command.arg("--pubkey-cert-pem").arg(key).arg(file);
    let output = command.output().expect("xmlsec1 is needed: scripts/packages test");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
