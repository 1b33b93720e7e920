//! actix: extract → flow → respond. Handlers are short; what they may touch is in their arguments.

pub mod account;
mod across;
pub mod admin;
pub mod assets;
pub mod body;
pub mod context;
pub mod cookies;
pub mod cors;
mod durations;
mod etag;
pub mod federation;
pub mod form;
pub mod headers;
pub mod home;
pub mod management;
pub mod oidc;
pub mod pages;
pub mod person;
pub mod playground;
pub mod problem;
pub mod recovery;
mod reply;
pub mod reports;
pub mod routes;
pub mod saml;
pub mod second_factor;
pub mod sign_out;
pub mod signin;
pub mod status;
pub mod tenant;
pub mod wsfed;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::web;

use crate::flow::Host;

use problem::Problem;

/// What every handler may reach.
pub struct App {
    pub host: Arc<Host>,
    /// Proxies whose forwarding headers count; none by default.
    pub trusted_proxy: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// The one client for everything that is fetched.
    pub fetch: crate::outbound::fetch::Fetcher,
    /// Identity providers that do not answer.
    pub breakers: crate::outbound::upstream::Breakers,
    /// What the playground knows of the browsers that use it.
    pub playground: playground::Visits,
    pub saml_playground: playground::Visits<playground::saml::Visit>,
    /// What of browsers' reports is written down.
    pub reports: reports::Lines,
    /// For the ids and nonces of requests.
    pub spare: context::Spare,
    /// Whether the external origin is https, so that browsers may be told to insist on it.
    pub secure_origin: bool,
}

impl App {
    /// The bridge from asynchronous handlers to the synchronous core: work that waits for disk or hashing.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        web::block(work).await.map_err(Problem::internal)
    }

    /// Work that only reads: on an embedded store it is done in microseconds where it stands; a database
    /// server may take longer, so there it leaves the event loop.
    pub async fn glance<T: Send + 'static>(
        &self,
        embedded: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        if embedded { Ok(work()) } else { self.run(work).await }
    }
}

/// Scheme, host and port of an address, as browsers write them in `Origin`.
pub fn origin_of(address: &str) -> String {
    url::Url::parse(address).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}
