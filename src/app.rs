//! Composition root: configuration → stores, keys, clock, hash pool → host → web. The only place that names
//! concrete parts.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret as _;

use crate::config::{Config, Database, MailSecurity, MasterKeySource, Tls};
use crate::crypto::breached::Breached;
use crate::crypto::entropy::{self, Clock as _, Entropy, SystemClock, SystemEntropy};
use crate::crypto::keyring::MasterKey;
use crate::crypto::password::{HashParams, HashPool};
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::policy::Limit;
use crate::domain::quantity::Rate;
use crate::domain::trial::Step;
use crate::flow::admin::provider_registration;
use crate::flow::host::Parts;
use crate::flow::sources::Sources;
use crate::flow::{Host, Lifetimes};
use crate::jobs::Jobs;
use crate::outbound::fetch::{FetchError, FetchRules, Fetcher};
use crate::outbound::mail::{MailServer, Mailer, Security};
use crate::store::{Engine, StoreOptions, Stores};
use crate::telemetry;
use crate::web::management::{self, Management};
use crate::web::{App, headers, routes};

/// Tenants kept open at once; each is a few connections and less than a megabyte.
const OPEN_TENANTS: usize = 500;
/// How long running requests may take to finish when the server stops.
const GRACE: u64 = 20;

/// It is the management listener that cannot be opened, not the public one.
#[derive(Debug, thiserror::Error)]
#[error("the management listener {0} cannot be opened")]
pub struct ManagementListener(SocketAddr);

/// Whether there is an installation where the configuration says. Nothing is made by asking.
pub fn is_founded(config: &Config) -> anyhow::Result<bool> {
    Ok(Stores::is_begun(&engine(config), &config.data_dir)?)
}

fn engine(config: &Config) -> Engine {
    match &config.database {
        Database::Embedded => Engine::Sqlite,
        Database::Postgres(url) => Engine::Postgres(url.clone()),
    }
}

/// An installation for a trial, that is gone when this is dropped.
pub struct Scratch {
    pub host: Arc<Host>,
    _dir: ScratchDir,
}

struct ScratchDir(PathBuf);

impl Drop for ScratchDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the directory of a trial could not be removed");
        }
    }
}

/// As [`open_host`] would open a new installation, without leaving one behind.
pub fn open_scratch(config: &Config) -> anyhow::Result<Scratch> {
    let name = format!("portner-trial-{}", entropy::uuid(SystemClock.now(), &SystemEntropy).simple());
    let dir = ScratchDir(std::env::temp_dir().join(name));
    let master_key = MasterKeySource::File(dir.0.join("master.key"));
    let config = Config { data_dir: dir.0.clone(), database: Database::Embedded, master_key, ..config.clone() };
    Ok(Scratch { host: open_host(&config)?, _dir: dir })
}

/// Everything behind the listeners, opened: also what the command line works on while no server runs.
pub fn open_host(config: &Config) -> anyhow::Result<Arc<Host>> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .with_context(|| format!("the data directory {} cannot be made", config.data_dir.display()))?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let engine = engine(config);
    let master = master_key(config, &engine, entropy.as_ref())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let data_dir = config.data_dir.canonicalize()?;
    let options =
        StoreOptions { data_dir, engine, open_tenants: OPEN_TENANTS, readers: cores, entropy: Arc::clone(&entropy) };
    let stores = Stores::open(options, master)?;
    let hashing = &config.password_hash;
    let params =
        HashParams { memory_kib: hashing.memory_kib, iterations: hashing.iterations, parallelism: hashing.parallelism };
    let hasher = HashPool::start(params, hashing.workers.unwrap_or(cores), hashing.queue)?;
    let breached = match &config.breached {
        None => Breached::default(),
        Some(path) => Breached::open(path).with_context(|| format!("the list {} cannot be used", path.display()))?,
    };
    let parts = Parts {
        stores,
        clock: Arc::new(SystemClock),
        entropy,
        hasher,
        breached,
        lifetimes: lifetimes(config),
        mail_stays: config.mail.is_none(),
        codes_per_account: rate(&config.limits.codes_per_account),
        public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
        sources: Sources::new(rate(&config.limits.failures_per_source), rate(&config.limits.accounts_per_source))
            .resets(rate(&config.limits.resets_per_source), rate(&config.limits.resets_per_account)),
    };
    Ok(Arc::new(Host::new(parts)?))
}

fn lifetimes(config: &Config) -> Lifetimes {
    let from = &config.lifetimes;
    Lifetimes {
        authorization_code: from.authorization_code,
        access_token: from.access_token,
        id_token: from.id_token,
        refresh_token_idle: from.refresh_token_idle,
        refresh_token_absolute: from.refresh_token_absolute,
        one_time_code: from.one_time_code,
        invitation: from.invitation,
        password_reset: from.password_reset,
    }
}

fn rate(limit: &Limit<Rate>) -> Option<Rate> {
    match limit {
        Limit::Off => None,
        Limit::At(rate) => Some(*rate),
    }
}

/// Read from where the configuration says; made at the first start, readable by its owner only.
fn master_key(config: &Config, engine: &Engine, entropy: &dyn Entropy) -> anyhow::Result<MasterKey> {
    let path = match &config.master_key {
        MasterKeySource::Text(text) => return Ok(MasterKey::decode(text.expose_secret())?),
        MasterKeySource::File(path) => path,
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            warn_of_readers(path);
            MasterKey::decode(text.trim()).with_context(|| format!("{} is not a master key", path.display()))
        }
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
            if Stores::is_begun(engine, &config.data_dir)? {
                anyhow::bail!(
                    "the master key {} is missing, and there is data that only it can open: restore the key from your backup",
                    path.display()
                );
            }
            make_master_key(path, entropy)
        }
        Err(fault) => Err(fault).with_context(|| format!("the master key {} cannot be read", path.display())),
    }
}

/// A secret that is mounted for a group is as it should be; one for everybody is not.
fn warn_of_readers(path: &Path) {
    if fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o007 != 0) {
        tracing::warn!(path = %path.display(), "the master key is readable by others on this machine: chmod 600");
    }
}

fn make_master_key(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<MasterKey> {
    let key = MasterKey::generate(entropy);
    write_master_key(path, &key).with_context(|| format!("the master key {} cannot be made", path.display()))?;
    Ok(key)
}

fn write_master_key(path: &Path, key: &MasterKey) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", key.encode().as_str())?;
    file.sync_all()
}

/// The one client for everything that is fetched.
fn fetcher(config: &Config) -> anyhow::Result<Fetcher> {
    let allowed = config.outgoing.allow.clone();
    let anchors = config.outgoing.trust_anchors.iter().map(fs::read).collect::<Result<Vec<_>, _>>();
    let rules = FetchRules {
        allowed: Box::new(move |address| allowed.iter().any(|network| network.contains(address))),
        trust_anchors: anchors.context("a trust anchor of [outgoing] cannot be read")?,
        proxy: config.outgoing.proxy.clone(),
        own_origin: crate::web::origin_of(config.public_url.as_str()),
    };
    Fetcher::new(rules).context("the outgoing client cannot be made")
}

/// The text at an address, for a command.
pub fn fetch(config: &Config, url: &url::Url) -> anyhow::Result<String> {
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let fetched = fetcher(config)?.document_now(url);
    if matches!(fetched, Err(FetchError::Address)) {
        anyhow::bail!("{}: list it in [outgoing] allow of the configuration", FetchError::Address);
    }
    Ok(String::from_utf8(fetched?)?)
}

/// Whether an identity provider can be used from here, step by step.
pub fn probe(config: &Config, provider: &IdentityProvider) -> anyhow::Result<Vec<Step>> {
    let now = SystemClock.now();
    let mut steps = provider_registration::certificate_steps(provider, now);
    if let Some(oidc) = provider.oidc() {
        let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let fetcher = fetcher(config)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        steps.extend(runtime.block_on(crate::outbound::upstream::probe(&fetcher, oidc, now)));
    }
    Ok(steps)
}

/// Nothing where no mail server is configured: mail then stays in the outbox.
fn mailer(config: &Config) -> anyhow::Result<Option<Mailer>> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let anchors = config.outgoing.trust_anchors.iter().map(fs::read).collect::<Result<Vec<_>, _>>();
    let server = MailServer {
        host: mail.host.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::None => Security::None,
            MailSecurity::StartTls => Security::StartTls,
            MailSecurity::Tls => Security::Tls,
        },
        login: mail.login.clone(),
        sender: mail.from.clone(),
        hello: config.public_url.host_str().unwrap_or("localhost").to_owned(),
        trust_anchors: anchors.context("a trust anchor of [outgoing] cannot be read")?,
    };
    Mailer::new(server).map(Some).context("[mail] cannot be used")
}

/// Runs the server until it is told to stop.
///
/// `attend` gets the opened host and returns what is to live as long as the server: the command socket.
pub fn serve<G>(
    config: &Config,
    demo: bool,
    attend: impl FnOnce(&Arc<Host>) -> anyhow::Result<G>,
) -> anyhow::Result<()> {
    let metrics = telemetry::start_metrics()?;
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let host = open_host(config)?;
    if demo {
        crate::flow::admin::demo::ensure(&host)?;
    }
    let trusted = config.trusted_proxies.clone();
    let app = web::Data::new(App {
        host: Arc::clone(&host),
        trusted_proxy: Box::new(move |address| trusted.iter().any(|network| network.contains(address))),
        fetch: fetcher(config)?,
        breakers: crate::outbound::upstream::Breakers::default(),
        playground: crate::web::playground::Visits::default(),
        saml_playground: crate::web::playground::Visits::default(),
        reports: crate::web::reports::Lines::default(),
        spare: crate::web::context::Spare::default(),
        secure_origin: config.public_url.scheme() == "https",
    });
    let attendant = attend(&host)?;
    let jobs = Jobs::start(&host, mailer(config)?, (fetcher(config)?, fetcher(config)?))
        .context("the threads of the jobs cannot be started")?;
    let ran = actix_web::rt::System::new().block_on(run(config, app, metrics, demo));
    drop(jobs);
    drop(attendant);
    ran
}

async fn run(
    config: &Config,
    app: web::Data<App>,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    demo: bool,
) -> anyhow::Result<()> {
    let draining = Arc::new(AtomicBool::new(false));
    actix_web::rt::spawn(telemetry::fold_samples(metrics.clone()));
    let management = web::Data::new(Management { app: app.clone(), metrics, draining: Arc::clone(&draining) });
    let inner =
        HttpServer::new(move || actix_web::App::new().app_data(management.clone()).configure(management::configure))
            .workers(1)
            .disable_signals()
            .bind(config.management)
            .context(ManagementListener(config.management))?
            .run();
    let public = HttpServer::new(move || {
        actix_web::App::new().app_data(app.clone()).wrap(from_fn(headers::dress)).configure(routes::configure)
    })
    .workers(std::thread::available_parallelism().map_or(1, usize::from))
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(75))
    .max_connections(4096)
    .shutdown_timeout(GRACE)
    .disable_signals();
    let public = match &config.tls {
        None => public.bind(config.listen),
        Some(tls) => public.bind_rustls_0_23(config.listen, tls_config(tls)?),
    }
    .with_context(|| format!("{} cannot be listened on", config.listen))?
    .run();
    let (public_handle, inner_handle) = (public.handle(), inner.handle());
    actix_web::rt::spawn(stop_on_signal(public_handle, inner_handle, draining));
    let inner = actix_web::rt::spawn(inner);
    tracing::info!(listen = %config.listen, management = %config.management, public_url = %config.public_url, "ready");
    announce(config, demo);
    public.await?;
    inner.await??;
    Ok(())
}

async fn stop_on_signal(public: ServerHandle, management: ServerHandle, draining: Arc<AtomicBool>) {
    let signals = (
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()),
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: running requests are finished first");
    draining.store(true, Ordering::Relaxed);
    public.stop(true).await;
    management.stop(true).await;
}

fn tls_config(tls: &Tls) -> anyhow::Result<rustls::ServerConfig> {
    let named = |path: &Path| format!("{} cannot be used", path.display());
    let certificates = CertificateDer::pem_file_iter(&tls.certificate)
        .with_context(|| named(&tls.certificate))?
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| named(&tls.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).with_context(|| named(&tls.key))?;
    rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .with_context(|| format!("the key {} does not fit the certificate", tls.key.display()))
}

/// For the person at the terminal; the log has its own line.
fn announce(config: &Config, demo: bool) {
    let base = config.public_url.as_str().trim_end_matches('/');
    telemetry::say(format_args!("Portner listens on {} and is reached at {base}", config.listen));
    if demo {
        for line in crate::flow::admin::demo::announcement(base) {
            telemetry::say(line);
        }
    }
    telemetry::say("Stop it with Ctrl-C.");
}
