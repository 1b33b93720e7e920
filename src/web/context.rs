//! What the server knows of one request: its id, where it came from, its nonce.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::entropy::Entropy;
use crate::domain::audit::Origin;
use crate::domain::ids::ClientId;
use crate::domain::language::Language;

use super::App;
use super::tenant::Tenant;

/// An id and a nonce.
const DRAW: usize = 12 + 16;
/// How many requests one draw is for: what a draw costs hardly depends on its length.
const DRAWN_FOR: usize = 64;

/// Random bytes drawn beforehand. Each is used once.
#[derive(Default)]
pub struct Spare(Mutex<Vec<[u8; DRAW]>>);

impl Spare {
    fn take(&self, entropy: &dyn Entropy) -> [u8; DRAW] {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = spare.pop() {
            return bytes;
        }
        let mut random = [0; DRAW * DRAWN_FOR];
        entropy.fill(&mut random);
        spare.extend(random.as_chunks().0);
        spare.pop().unwrap_or_default()
    }
}

/// Made once, when the request arrives.
pub struct Context {
    pub request_id: String,
    pub nonce: String,
    pub address: Option<IpAddr>,
    pub started: Instant,
    /// As soon as it is known, and also where it lets nobody in: its errors are told in its languages.
    pub tenant: OnceLock<Tenant>,
    /// Of the person who is known to sit there, if they have one of their own.
    pub language: OnceLock<Language>,
    /// The application that speaks, by what it calls itself.
    pub client: OnceLock<ClientId>,
}

impl Context {
    /// The slug of the tenant, as far as it is known.
    pub fn tenant_name(&self) -> &str {
        self.tenant.get().map(|tenant| tenant.slug.as_str()).unwrap_or_default()
    }

    /// What the application calls itself, as far as it has.
    pub fn client_name(&self) -> &str {
        self.client.get().map(ClientId::as_str).unwrap_or_default()
    }

    pub fn begin(app: &App, request: &ServiceRequest) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let random = app.spare.take(app.host.entropy.as_ref());
        let (id, nonce) = random.split_at(12);
        Self {
            request_id: URL_SAFE_NO_PAD.encode(id),
            nonce: URL_SAFE_NO_PAD.encode(nonce),
            address: client_address(app, peer, request.headers()),
            started: Instant::now(),
            tenant: OnceLock::new(),
            language: OnceLock::new(),
            client: OnceLock::new(),
        }
    }

    /// The request's own; a request outside the middleware has none and gets an empty one.
    pub fn of(request: &HttpRequest) -> Arc<Self> {
        let known = request.extensions().get::<Arc<Self>>().cloned();
        known.unwrap_or_else(|| {
            let empty = String::new();
            Arc::new(Self {
                request_id: empty.clone(),
                nonce: empty,
                address: None,
                started: Instant::now(),
                tenant: OnceLock::new(),
                language: OnceLock::new(),
                client: OnceLock::new(),
            })
        })
    }
}

/// The peer's address; behind a trusted proxy the last address that is not itself a trusted proxy.
fn client_address(app: &App, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let mut address = peer?;
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|line| line.to_str().ok()).collect();
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        if !(app.trusted_proxy)(address) {
            break;
        }
        match hop.trim().parse() {
            Ok(before) => address = before,
            Err(_) => break,
        }
    }
    Some(address)
}

/// Where a request came from, for the audit log and the throttles.
pub fn origin(request: &HttpRequest) -> Origin {
    let context = Context::of(request);
    let agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok());
    Origin {
        address: context.address,
        user_agent: agent.map(|text| text.chars().take(256).collect()),
        request_id: Some(context.request_id.clone()),
    }
}
