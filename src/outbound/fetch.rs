//! The one outgoing HTTP client (ASVS 15.3.2, RFC 9700 §4.16 in spirit: nobody makes this server look around for
//! them). An address is resolved, judged, and the connection goes to the judged address: a name cannot change its
//! meaning in between. No redirects, five seconds, one mebibyte (metadata: eight), https unless the operator opened the network.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect};
use url::{Host, Url};

use super::address::{self, Allowed};
use super::cache::{Fetched, Slot, Texts};

const TIMEOUT: Duration = Duration::from_secs(5);
/// What metadata is called (SAML Metadata, Appendix A).
const METADATA: &str = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1";
/// The largest body that is read.
const MAX_BODY: usize = 1024 * 1024;
/// The largest metadata, which may be of a whole federation.
const MAX_METADATA: usize = 8 * 1024 * 1024;
/// Kept texts are key sets; a key is less than two kilobytes.
const MAX_KEPT: usize = 256 * 1024;

/// What the operator decides.
pub struct FetchRules {
    /// Private networks that may be reached, also by plain http.
    pub allowed: Allowed,
    /// CA certificates to trust beside the system's, each file's PEM text.
    pub trust_anchors: Vec<Vec<u8>>,
    pub proxy: Option<Url>,
    /// The public origin of this server: may be reached whatever its address, and never through the proxy.
    pub own_origin: String,
}

/// Why nothing was fetched. Texts are for logs and for the developer whose address it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("the client for outgoing requests cannot be made: {0}")]
    Setup(String),
    #[error("not an address that can be fetched: only https without user name and password is")]
    Unfetchable,
    #[error("the host is in a network that this server may not reach")]
    Address,
    #[error("the host name cannot be resolved")]
    Name,
    #[error("no complete answer within five seconds")]
    TimedOut,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer has the status {0}")]
    Status(u16),
    #[error("the answer is not JSON")]
    NotJson,
    #[error("the connection failed: {0}")]
    Connection(String),
}

pub struct Fetcher {
    wire: Arc<Wire>,
    texts: Texts,
}

impl Fetcher {
    /// A TLS provider must be installed for the process before.
    pub fn new(rules: FetchRules) -> Result<Self, FetchError> {
        Ok(Self { wire: Arc::new(Wire::new(rules)?), texts: Texts::default() })
    }

    /// The JSON text at an address, at most five minutes old. However many ask and however it ends, it is fetched
    /// once a minute at most.
    pub async fn cached_text(&self, url: &Url) -> Result<Arc<str>, FetchError> {
        self.text(url, |slot| slot.answer(Instant::now())).await
    }

    /// The same for a caller who has found the kept text wanting: fetched anew, but once a minute at most.
    pub async fn renewed_text(&self, url: &Url) -> Result<Arc<str>, FetchError> {
        self.text(url, |slot| slot.renew(Instant::now())).await
    }

    async fn text(&self, url: &Url, kept: impl FnOnce(&mut Slot) -> Option<Fetched>) -> Fetched {
        let mut slot = self.texts.slot(url, Instant::now()).lock_owned().await;
        if let Some(answer) = kept(&mut slot) {
            return answer;
        }
        let (wire, url) = (Arc::clone(&self.wire), url.clone());
        // On its own, so that a caller who hangs up does not make the next one fetch again.
        let fetching = tokio::spawn(async move {
            let fetched = wire.text(&url).await;
            slot.keep(fetched.clone(), Instant::now());
            fetched
        });
        fetching.await.map_err(|fault| FetchError::Connection(fault.to_string()))?
    }

    /// A request to somebody else's server, by the same rules.
    pub async fn reach(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(|fault| failure(&fault))?;
        let client = self.wire.client_for(request.url()).await?;
        receive(client, request, MAX_KEPT).await
    }

    /// The text at an address, whatever kind it is, fetched now: eight mebibytes at most.
    pub async fn document(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let client = self.wire.client_for(url).await?;
        let request = client.get(url.clone()).header(http::header::ACCEPT, METADATA).build();
        let response = receive(client, request.map_err(|fault| failure(&fault))?, MAX_METADATA).await?;
        if response.status() != http::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        Ok(response.into_body())
    }

    /// The same for a thread that may wait.
    pub fn document_now(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|fault| setup(&fault))?.block_on(self.document(url))
    }

    /// A request to a tenant of this very server, as its playground makes it: to `home`'s origin and nowhere else.
    pub async fn send(&self, home: &Url, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(|fault| failure(&fault))?;
        if request.url().origin() != home.origin() || !is_fetchable(request.url()) {
            return Err(FetchError::Address);
        }
        receive(&self.wire.own, request, MAX_BODY).await
    }
}

impl Fetcher {
    /// A form, posted; the status of the answer, whose body nobody reads beyond what is sensible.
    pub async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<u16, FetchError> {
        let client = self.wire.client_for(url).await?;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = client
            .post(url.clone())
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(http::header::CACHE_CONTROL, "no-store")
            .body(body);
        let request = request.build().map_err(|fault| failure(&fault))?;
        Ok(receive(client, request, MAX_KEPT).await?.status().as_u16())
    }
}

/// One client for each kind of target; what differs is which addresses their resolvers let through.
struct Wire {
    own: Client,
    secure: Client,
    plain: Client,
    allowed: Arc<Allowed>,
    own_origin: url::Origin,
    proxied: bool,
}

impl Wire {
    fn new(rules: FetchRules) -> Result<Self, FetchError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(FetchError::Setup("no TLS provider is installed".to_owned()));
        }
        let own_origin = Url::parse(&rules.own_origin).map_err(|fault| setup(&fault))?.origin();
        let allowed = Arc::new(rules.allowed);
        let anchors = anchors(&rules.trust_anchors)?;
        let proxy = rules.proxy.map(Proxy::all).transpose().map_err(|fault| setup(&detail(&fault)))?;
        let reached = |reach: Reach| {
            // Behind a proxy only the proxy itself is resolved here.
            let reach = if proxy.is_some() { Reach::Any } else { reach };
            let builder = common(reach);
            match &proxy {
                Some(proxy) => builder.proxy(proxy.clone()),
                None => builder,
            }
        };
        Ok(Self {
            own: build(|| common(Reach::Any), &anchors)?,
            secure: build(|| reached(Reach::Public(Arc::clone(&allowed))).https_only(true), &anchors)?,
            plain: reached(Reach::Allowed(Arc::clone(&allowed)))
                .tls_certs_only([])
                .build()
                .map_err(|f| setup(&detail(&f)))?,
            proxied: proxy.is_some(),
            allowed,
            own_origin,
        })
    }

    async fn text(&self, url: &Url) -> Result<Arc<str>, FetchError> {
        let client = self.client_for(url).await?;
        let request =
            client.get(url.clone()).header(http::header::ACCEPT, "application/jwk-set+json, application/json");
        let request = request.build().map_err(|fault| failure(&fault))?;
        let response = receive(client, request, MAX_KEPT).await?;
        if response.status() != http::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let text = String::from_utf8(response.into_body()).map_err(|_not_text| FetchError::NotJson)?;
        serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(|_not_json| FetchError::NotJson)?;
        Ok(text.into())
    }

    /// The client whose rules fit the target. A host name is judged where it is resolved, a literal here.
    async fn client_for(&self, url: &Url) -> Result<&Client, FetchError> {
        if !is_fetchable(url) {
            return Err(FetchError::Unfetchable);
        }
        if url.origin() == self.own_origin {
            return Ok(&self.own);
        }
        let (client, reach) = match url.scheme() {
            "https" => (&self.secure, Reach::Public(Arc::clone(&self.allowed))),
            _ => (&self.plain, Reach::Allowed(Arc::clone(&self.allowed))),
        };
        let admitted = match url.host() {
            None => false,
            Some(Host::Ipv4(address)) => reach.admits(address.into()),
            Some(Host::Ipv6(address)) => reach.admits(address.into()),
            Some(Host::Domain(_)) if !self.proxied => true,
            // The proxy resolves for itself; what we can see of a name must fit all the same. A name that only the
            // proxy knows cannot be seen to be open for plain http.
            Some(Host::Domain(name)) => match look_up(name).await {
                Ok(found) => found.iter().all(|address| reach.admits(address.ip())),
                Err(_unknown) => url.scheme() == "https",
            },
        };
        if admitted { Ok(client) } else { Err(FetchError::Address) }
    }
}

fn is_fetchable(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http") && url.has_host() && url.username().is_empty() && url.password().is_none()
}

fn common(reach: Reach) -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .user_agent(concat!("Portner/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Resolver(reach))
}

/// With the system's certificates and the operator's. A system without any still serves; it can only not fetch.
fn build(builder: impl Fn() -> ClientBuilder, anchors: &[Certificate]) -> Result<Client, FetchError> {
    match builder().tls_certs_merge(anchors.iter().cloned()).build() {
        Ok(client) => Ok(client),
        Err(fault) if anchors.is_empty() => {
            tracing::warn!(fault = detail(&fault), "no CA certificates: nothing can be fetched by https");
            builder().tls_certs_only([]).build().map_err(|fault| setup(&detail(&fault)))
        }
        Err(fault) => Err(setup(&detail(&fault))),
    }
}

fn anchors(files: &[Vec<u8>]) -> Result<Vec<Certificate>, FetchError> {
    let mut anchors = Vec::new();
    for pem in files {
        let found = Certificate::from_pem_bundle(pem).map_err(|fault| setup(&detail(&fault)))?;
        if found.is_empty() {
            return Err(setup(&"a trust anchor file holds no certificate"));
        }
        anchors.extend(found);
    }
    Ok(anchors)
}

/// Reads the whole answer, and not a byte more than allowed.
async fn receive(client: &Client, request: reqwest::Request, limit: usize) -> Result<HttpResponse, FetchError> {
    let mut response = client.execute(request).await.map_err(|fault| failure(&fault))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|fault| failure(&fault))? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// Which addresses a client may connect to.
#[derive(Clone)]
enum Reach {
    Any,
    /// The public internet and what the operator opened.
    Public(Arc<Allowed>),
    /// Only what the operator opened.
    Allowed(Arc<Allowed>),
}

impl Reach {
    fn admits(&self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Public(allowed) => address::is_public(address) || allowed(address),
            Self::Allowed(allowed) => allowed(address),
        }
    }
}

/// The connection goes to the addresses that come out of here: judged once, used at once.
struct Resolver(Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            let kept: Vec<SocketAddr> = found.into_iter().filter(|address| reach.admits(address.ip())).collect();
            if kept.is_empty() {
                return Err(FetchError::Address.into());
            }
            let addresses: Addrs = Box::new(kept.into_iter());
            Ok(addresses)
        })
    }
}

async fn look_up(name: &str) -> Result<Vec<SocketAddr>, FetchError> {
    let found = tokio::net::lookup_host((name, 0)).await.map_err(|_unknown| FetchError::Name)?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() { Err(FetchError::Name) } else { Ok(found) }
}

/// Our own resolver's refusal, wherever in the chain of causes it is.
fn failure(fault: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(fault);
    while let Some(error) = cause {
        if let Some(own) = error.downcast_ref::<FetchError>() {
            return own.clone();
        }
        cause = error.source();
    }
    if fault.is_timeout() { FetchError::TimedOut } else { FetchError::Connection(detail(fault)) }
}

/// The innermost cause says what happened; the outer ones only that something did.
fn detail(fault: &reqwest::Error) -> String {
    let mut cause: &(dyn Error + 'static) = fault;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn setup(cause: &impl ToString) -> FetchError {
    FetchError::Setup(cause.to_string())
}

#[cfg(test)]
mod tests;
