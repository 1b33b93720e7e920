//! What a service provider does about logout, each step by hand so that it can be done wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::Document;
use portner::domain::Time;
use portner::domain::saml::Binding;
use portner::protocol::reply::Reply as Sent;
use portner::protocol::saml::binding::{Incoming, Kind};
use portner::protocol::saml::logout::{LogoutRequest, LogoutResponse, Route, Sender, Told};
use portner::protocol::saml::message::MessageId;
use portner::protocol::saml::status::{Fault, Status};

use crate::support::http::encode;
use crate::support::provider::{ALG, ServiceProvider, now};
use crate::support::{App, Browser, Page};

pub const RELAY: &str = "where they were & more";

/// A service provider that takes part in logout.
pub struct Party {
    pub provider: ServiceProvider,
    pub binding: Binding,
    pub slo: String,
    ours: String,
}

/// Under which name alice is known there.
#[derive(Clone, Debug)]
pub struct Known {
    pub name_id: String,
    pub format: String,
    pub session_index: String,
}

impl Party {
    pub fn register(app: &App, id: &str, binding: Binding) -> Self {
        let slo = format!("https://{id}.example/slo?of={id}");
        let name = if binding == Binding::Post { "post" } else { "redirect" };
        let more = format!("slo = [{{ url = \"{slo}\", binding = \"{name}\" }}]");
        let provider = ServiceProvider::registered(app, id, &more);
        Self { provider, binding, slo, ours: format!("{}/saml/slo", app.base()) }
    }

    pub fn sign_in(&self, browser: &mut Browser) -> Known {
        let assertion = self.provider.sign_in(browser).assertion();
        let format = match assertion.name_format().as_str() {
            "persistent" => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned(),
            other => panic!("{other}"),
        };
        Known { name_id: assertion.name_id(), format, session_index: assertion.session_index() }
    }

    fn sender(&self, now: Time) -> Sender<'_> {
        let signer = &self.provider.credential;
        Sender { entity_id: &self.provider.entity, signer, alg: ALG, now, entropy: &SystemEntropy }
    }

    /// A request for logout as it stands in a browser; `id` is its own.
    pub fn request(&self, known: &Known, id: &MessageId) -> Sent {
        self.request_of(known, id, (&self.ours, now()))
    }

    pub fn request_of(&self, known: &Known, id: &MessageId, (to, at): (&str, Time)) -> Sent {
        let told = Told {
            name_id: &known.name_id,
            format: &known.format,
            session_index: &known.session_index,
            audience: &self.provider.entity,
        };
        let route = Route { binding: self.binding, location: to, relay_state: Some(RELAY) };
        self.sender(at).request(id, route, told).unwrap()
    }

    /// The message that the browser was sent here with, if it was; its signature is right.
    pub fn try_receive(&self, page: &Page) -> Option<Incoming> {
        let incoming = match self.binding {
            Binding::Redirect => {
                let location = page.reply.header("location").filter(|location| location.starts_with(&self.slo))?;
                assert_eq!(page.status(), 303);
                Incoming::redirect(location.split_once('?').unwrap().1).unwrap()
            }
            Binding::Post | Binding::Artifact => {
                let form = page.find_form("SAMLRequest").or_else(|| page.find_form("SAMLResponse"))?;
                if form.action.as_str() != self.slo {
                    return None;
                }
                let fields: Vec<(&str, &str)> =
                    form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                Incoming::post(&encode(&fields)).unwrap()
            }
        };
        let document = Document::parse(&incoming.xml).unwrap();
        incoming.verify(document.root(), &self.provider.trusted()).unwrap();
        Some(incoming)
    }

    /// Our request to it.
    pub fn asked(&self, page: &Page) -> LogoutRequest {
        let incoming = self.try_receive(page);
        let incoming = incoming
            .unwrap_or_else(|| panic!("not sent to {}: {:?} {}", self.slo, page.reply.headers, page.reply.text()));
        assert_eq!(incoming.kind, Kind::Request);
        let request = LogoutRequest::read(Document::parse(&incoming.xml).unwrap().root()).unwrap();
        request.check(&self.slo, now()).unwrap();
        request
    }

    /// Our answer to it: what it answers, and the words of its status.
    pub fn told(&self, page: &Page) -> (LogoutResponse, String) {
        let incoming = self.try_receive(page);
        let incoming = incoming
            .unwrap_or_else(|| panic!("not sent to {}: {:?} {}", self.slo, page.reply.headers, page.reply.text()));
        assert_eq!((incoming.kind, incoming.relay_state.as_deref()), (Kind::Response, Some(RELAY)));
        let document = Document::parse(&incoming.xml).unwrap();
        let response = LogoutResponse::read(document.root()).unwrap();
        response.check(&self.slo, now()).unwrap();
        let xml = String::from_utf8(incoming.xml.clone()).unwrap();
        let words = xml.split("status:").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        (response, words.collect::<Vec<_>>().join(" "))
    }

    pub fn answer(&self, to: &LogoutRequest, success: bool) -> Sent {
        let status = if success { Status::Success } else { Status::refused(Fault::Responder, None, "no") };
        let route = Route { binding: self.binding, location: &self.ours, relay_state: None };
        self.sender(now()).response(to.header.id.as_str(), route, &status).unwrap()
    }
}

pub fn id() -> MessageId {
    MessageId::mint(&SystemEntropy)
}

/// The browser brings a message, by a link or by a form of another site, which sends no `SameSite=Lax` cookies along;
/// then it goes wherever our own pages lead it.
pub fn bring(browser: &mut Browser, message: &Sent) -> Page {
    let page = match message {
        Sent::Redirect(address) => browser.peek(address),
        Sent::FormPost { action, params } => {
            let kept = std::mem::take(&mut browser.cookies);
            browser.headers.push(("Origin".to_owned(), "https://sp.example".to_owned()));
            let fields: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = browser.send(&action.parse().unwrap(), "POST", Some(encode(&fields)));
            browser.headers.pop();
            assert!(browser.cookies.is_empty(), "cookies that the browser has would be overwritten");
            browser.cookies = kept;
            page
        }
    };
    follow(browser, page)
}

/// Redirects to our own pages are followed, those to others are not.
pub fn follow(browser: &mut Browser, page: Page) -> Page {
    let mut page = page;
    for _ in 0..5 {
        let Some(location) = page.reply.header("location").map(str::to_owned) else { return page };
        let next = page.url.join(&location).unwrap();
        if next.origin() != page.url.origin() {
            return page;
        }
        page = browser.send(&next, "GET", None);
    }
    panic!("redirected too often, at last to {}", page.url);
}

/// A message, changed: in its XML before it is put into its binding again, so that the signature is wrong.
pub fn tampered(message: &Sent, from: &str, to: &str) -> Sent {
    match message {
        Sent::FormPost { action, params } => {
            let change = |(name, value): &(&'static str, String)| {
                if !name.starts_with("SAML") {
                    return (*name, value.clone());
                }
                let xml = String::from_utf8(STANDARD.decode(value).unwrap()).unwrap();
                assert!(xml.contains(from), "{xml}");
                (*name, STANDARD.encode(xml.replacen(from, to, 1)))
            };
            Sent::FormPost { action: action.clone(), params: params.iter().map(change).collect() }
        }
        Sent::Redirect(_) => panic!("only forms are changed here"),
    }
}
