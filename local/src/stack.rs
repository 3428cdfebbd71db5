//! The local stack as a whole: what is started in which order, and how it stops.
//!
//! Ports are taken first, so that a port in use is known before anything is touched. Whatever fails on the way, what was started before it is stopped.

use crate::catalog::Ground;
use crate::client::Client;
use crate::cors::Cors;
use crate::customers::{ACCOUNTS, STAFF, STAFF_SCOPE, identity_body};
use crate::definitions::Definitions;
use crate::desk::{self, Api, Desk, ISSUER_PATH};
use crate::figures::Figures;
use crate::folder::{Folder, FolderError};
use crate::functions::{AllDone, InFlight};
use crate::gateway::Gateway;
use crate::intrinsic::Unresolved;
use crate::log_in::LogIn;
use crate::mail::Mailbox;
use crate::parameters::{self, AUDIENCE, Addresses, Secrets};
use crate::pumps::Pumps;
use crate::resources::{Resources, ResourcesError};
use crate::routing::Router;
use crate::template::Template;
use crate::token::{Authorizer, Issuer, IssuerError};
use crate::wiring::Wiring;
use crate::{catalog, smtp};
use contract::{Clock, Random, Timestamp};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a stop waits for what is running.
const FAREWELL: Duration = Duration::from_secs(10);
/// The file that says that the ready customers are registered.
const REGISTERED_FILE: &str = "customers-registered";

/// How a stack is set up. [`Options::default`] is a stack in memory on free ports.
#[derive(Clone)]
pub struct Options {
    /// The port of the gateway; the sandbox takes the next one. 0 takes two free ones.
    pub port: u16,
    /// The folder everything is kept in; none keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The time, as the functions, the gateway, the sandbox and a database in memory see it; none is the machine's.
    pub clock: Option<Clock>,
    /// Where the functions' ids and salts come from.
    pub random: Random,
    /// Seconds after which a waiting contract is looked at, as in the template's `LookSchedule`.
    pub look_schedule: String,
    /// How often the timer runs. Whole seconds.
    pub watch_every: Duration,
    /// Whether the ready customers are registered at the first start.
    pub register_customers: bool,
    /// The sandbox's waits before it retries a callback.
    pub callback_retries: Vec<Duration>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Options").field("port", &self.port).field("data", &self.data).finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data: None,
            clock: None,
            random: Arc::new(rand::random),
            look_schedule: "10,10".to_owned(),
            watch_every: Duration::from_secs(2),
            register_customers: true,
            callback_retries: sandbox::retries(),
        }
    }
}

/// The system's time in whole milliseconds, as the deployed functions tell it.
pub(crate) fn whole_milliseconds() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Why a stack did not start, in one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("Port {0} is in use. Choose another one with --port; the sandbox takes the port after it.")]
    PortInUse(u16),
    /// The port cannot be listened on for another reason.
    #[error("Port {0} cannot be listened on: {1}.")]
    Port(u16, std::io::Error),
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The template says something the local stack cannot follow.
    #[error(transparent)]
    Template(#[from] Unresolved),
    /// The log-in cannot be set up.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The embedded stores do not start or do not take what the template defines.
    #[error(transparent)]
    Resources(#[from] ResourcesError),
    /// The sandbox does not start.
    #[error(transparent)]
    Sandbox(#[from] sandbox::StartError),
    /// A function refuses its settings.
    #[error("{0}")]
    Function(String),
}

/// A running stack. Dropping it stops it at once; [`Stack::stop`] lets what is running end.
pub struct Stack {
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
    done: AllDone,
    sandbox: sandbox::Sandbox,
    resources: Resources,
    secrets: Secrets,
    figures: Figures,
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Stack").field("base_url", &self.desk.base_url).finish_non_exhaustive()
    }
}

impl Stack {
    /// Starts a stack; it is ready when this returns.
    ///
    /// # Errors
    ///
    /// When a port or the data folder cannot be used, or the template says what the local stack cannot do.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let gateway_listener = bind(options.port).await?;
        let sandbox_listener = bind(if options.port == 0 { 0 } else { options.port.saturating_add(1) }).await?;
        let mail_listener = bind(0).await?;
        let base_url = address(&gateway_listener)?;
        let addresses = Addresses {
            issuer: format!("{base_url}{ISSUER_PATH}"),
            sandbox: address(&sandbox_listener)?,
            mail: address(&mail_listener)?.replace("http://", "smtp://"),
            gateway: base_url.clone(),
        };
        let folder = match &options.data {
            Some(path) => Folder::open(path)?,
            None => Folder::none(),
        };
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(whole_milliseconds));
        let secrets = Secrets::open(&folder)?;
        let mailbox = Arc::new(Mailbox::open(folder.clone())?);
        let issuer = Issuer::open(&folder, addresses.issuer.clone(), AUDIENCE.to_owned(), Arc::clone(&clock))?;
        let template = Template::embedded()?;

        // Both take their time with files and keys, and neither needs the other.
        let (sandbox, resources) = tokio::join!(
            sandbox::Sandbox::start_on(sandbox_listener, sandbox_options(&options, &clock, &folder, &secrets)),
            Resources::start(&folder, options.clock.as_ref()),
        );
        let (sandbox, resources) = (sandbox?, resources?);

        let watch_rate = format!("rate({} seconds)", options.watch_every.as_secs().max(1));
        let values = parameters::values(&addresses, &secrets, &sandbox.root_pem(), &options.look_schedule, &watch_rate);
        let mut references = template.references(&values)?;
        let definitions = Definitions::read(&template, &references)?;
        secrets.set(&mut references, &definitions);
        resources.create(&definitions, &mut references)?;
        let wiring = Wiring::read(&template, &references)?;
        let mut settings = wiring.settings(&references)?;
        // The embedded store of documents is not where S3 would be.
        if let Some(console) = settings.get_mut("console") {
            console.insert("DOCUMENT_ORIGINS".to_owned(), resources.endpoint());
        }
        let figures = Figures::default();
        let ground = Ground {
            aws: resources.aws(),
            clock: Arc::clone(&clock),
            random: Arc::clone(&options.random),
            carrier: None,
            postbox: None,
        };
        let functions = catalog::functions(&settings, &ground, &figures).map_err(StartError::Function)?;

        let (stop, stopped) = watch::channel(false);
        let (in_flight, done) = InFlight::new();
        let pumps = Pumps {
            wiring: &wiring,
            functions: &functions,
            resources: &resources,
            references: &references,
            folder: &folder,
            clock: &clock,
            in_flight: &in_flight,
            stopped: &stopped,
        };
        let mut tasks = pumps.start()?;
        tasks.push(tokio::spawn(smtp::serve(mail_listener, Arc::clone(&mailbox), stopped.clone())));
        let gateway = Gateway {
            router: Router::new(wiring.routes.clone()),
            timeouts: wiring.functions.iter().map(|(name, function)| (name.clone(), function.timeout)).collect(),
            functions,
            authorizer: Authorizer::new(issuer.key_set().clone(), &addresses.issuer, AUDIENCE, Arc::clone(&clock)),
            cors: Cors::read(&template, &references)?,
            clock: Arc::clone(&clock),
            in_flight,
        };
        let desk = Arc::new(Desk {
            api: Api::Here(Box::new(gateway)),
            issuer,
            log_in: LogIn::default(),
            clock: Arc::clone(&clock),
            mailbox,
            ready: AtomicBool::new(false),
            base_url,
            sandbox_url: addresses.sandbox,
        });
        let server = tokio::spawn(serve(gateway_listener, Arc::clone(&desk), stopped));
        let stack = Self { desk, stop, server, tasks, done, sandbox, resources, secrets, figures };
        if options.register_customers && folder.read(REGISTERED_FILE)?.is_none() {
            stack.register_customers(&folder).await?;
        }
        stack.desk.ready.store(true, Ordering::SeqCst);
        Ok(stack)
    }

    /// Where the API and the pages are: `http://127.0.0.1:port`, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.desk.base_url
    }

    /// Where the e签宝 sandbox is, in the same form.
    pub fn sandbox_url(&self) -> &str {
        &self.desk.sandbox_url
    }

    /// Where the embedded AWS services answer, in the same form.
    pub fn aws_url(&self) -> String {
        self.resources.endpoint()
    }

    /// The embedded AWS services: what was asked of them, and a seam for tests.
    pub fn stores(&self) -> &stores::Stores {
        self.resources.stores()
    }

    /// The largest value of a figure that the functions gave so far, as an alarm would have seen it.
    pub fn largest_figure(&self, name: &str) -> Option<u64> {
        self.figures.largest(name)
    }

    /// The root certificate of the sandbox's signatures, in PEM.
    pub fn trust_anchor(&self) -> String {
        self.sandbox.root_pem()
    }

    /// The secret that the sandbox signs callbacks with, for who has to sign one in its place.
    pub fn esign_app_secret(&self) -> &str {
        &self.secrets.esign_app_secret
    }

    /// An access token as `POST /dev/token` gives it.
    ///
    /// # Errors
    ///
    /// When the key cannot sign.
    pub fn token(&self, account: &str, scope: &str) -> Result<String, StartError> {
        Ok(self.desk.issuer.token(account, scope)?)
    }

    /// Calls a function with an event as AWS writes it, such as one of `events/`, and gives its answer as AWS reads it.
    ///
    /// # Errors
    ///
    /// When there is no such function, it does not take the event, or it fails.
    pub async fn invoke(&self, function: &str, event: Value) -> Result<Value, String> {
        let Api::Here(gateway) = &self.desk.api else { return Err("nothing runs here".to_owned()) };
        let Gateway { functions, timeouts, .. } = gateway.as_ref();
        match (functions.get(function), timeouts.get(function)) {
            (Some(handler), Some(limit)) => handler.invoke(event, *limit).await,
            _ => Err(format!("there is no function {function}")),
        }
    }

    /// Stops: requests, batches and timers in progress end, for ten seconds at most.
    pub async fn stop(self) {
        let Self { desk, stop, server, tasks, done, sandbox, resources, .. } = self;
        // Nobody left to tell means that all have ended already.
        let _ = stop.send(true);
        let _ = tokio::time::timeout(FAREWELL, server).await;
        drop(desk);
        for task in tasks {
            let _ = tokio::time::timeout(FAREWELL, task).await;
        }
        done.wait(FAREWELL).await;
        sandbox.shutdown().await;
        resources.stop().await;
    }

    /// Tells the stack, through its own API, who the ready customers are.
    async fn register_customers(&self, folder: &Folder) -> Result<(), StartError> {
        let token = self.token(STAFF, STAFF_SCOPE)?;
        let client = match Client::new(self.base_url(), &token, "zh-CN") {
            Ok(client) => client,
            Err(error) => {
                tracing::warn!("the ready customers cannot be registered: {error}");
                return Ok(());
            }
        };
        let mut all = true;
        for account in &ACCOUNTS {
            let Some(identity) = identity_body(account) else { continue };
            let path = format!("/v1/staff/customers/{}/identity", account.id);
            if let Err(error) = client.put(&path, &identity).await {
                all = false;
                tracing::warn!("the ready customer {} is not registered: {error}", account.id);
            }
        }
        if all {
            folder.write(REGISTERED_FILE, "")?;
        }
        Ok(())
    }
}

pub(crate) async fn bind(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse(port),
        _ => StartError::Port(port, error),
    })
}

pub(crate) fn address(listener: &TcpListener) -> Result<String, StartError> {
    match listener.local_addr() {
        Ok(address) => Ok(format!("http://{address}")),
        Err(error) => Err(StartError::Port(0, error)),
    }
}

pub(crate) async fn serve(listener: TcpListener, desk: Arc<Desk>, mut stopped: watch::Receiver<bool>) {
    let routes = desk::routes(desk).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes).with_graceful_shutdown(async move {
        let _ = stopped.changed().await;
    });
    if let Err(error) = served.await {
        tracing::error!("the gateway has stopped: {error}");
    }
}

fn sandbox_options(options: &Options, clock: &Clock, folder: &Folder, secrets: &Secrets) -> sandbox::Options {
    sandbox::Options {
        data: folder.path().map(|path| path.join("sandbox")),
        retries: options.callback_retries.clone(),
        ..parameters::sandbox(secrets, clock)
    }
}
