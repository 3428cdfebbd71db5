//! An e签宝 that runs on this machine.
//!
//! It speaks the real protocol (Open API V3) over HTTP: request signatures are checked, files uploaded, flows created, started,
//! revoked, expired, queried and downloaded, callbacks signed and retried; and it really signs, so that other people's tools accept the
//! documents. It is written from the protocol alone and shares no code with the project's client, so that the two check each other.
//! All of its state is on disk before an answer goes out: killing the process loses nothing that anybody was told.

#![cfg_attr(
    test,
    expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")
)]

mod callbacks;
mod controls;
mod creation;
mod creation_signers;
mod detail;
mod faults;
mod files;
mod flow;
mod flows;
mod house;
mod identity;
mod lenient;
mod links;
mod notary;
mod page;
mod pdf;
mod pictures;
mod routes;
mod server;
mod signature;
mod signing;
mod state;
mod style;
mod templates;
mod unserved;
mod verify;
mod wire;

pub use callbacks::Posted;
pub use unserved::{Keys, Unserved};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::Clock;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::house::House;
use crate::notary::{Notary, Signatory};
use crate::pictures::Pictures;
use crate::signature::Application;
use crate::state::State;

/// How the sandbox is set up.
#[derive(Clone)]
pub struct Options {
    /// The port of 127.0.0.1 to listen on; 0 takes a free one.
    pub port: u16,
    /// The folder that keeps the sandbox's state, made where it does not exist; none keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The only application that may call.
    pub app_id: String,
    /// Its secret, for requests and callbacks.
    pub app_secret: String,
    /// The name in the certificate of the application's own organisation, whose seal is automatic. At most 64 characters.
    pub vendor_name: String,
    /// The time of flows, links and signatures. Retries of callbacks go by the machine's clock.
    pub clock: Clock,
    /// How long to wait before each retry of a callback; [`retries`] has e签宝's.
    pub retries: Vec<Duration>,
    /// A folder with a font for the seals, TTF or OTF with Chinese characters.
    pub fonts: PathBuf,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Options").field("port", &self.port).field("data", &self.data).finish_non_exhaustive()
    }
}

/// The waits before e签宝's retries of a callback (Open API V3, callbacks; the intervals are those of an older page).
pub fn retries() -> Vec<Duration> {
    let seconds = [10, 10, 30, 60, 180, 360, 600, 1200, 1800, 3600, 7200, 7200, 7200, 7200];
    seconds.into_iter().map(Duration::from_secs).collect()
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("Port {0} is in use.")]
    PortInUse(u16),
    /// The port cannot be listened on for another reason.
    #[error("Port {port} cannot be listened on: {reason}.")]
    Port { port: u16, reason: std::io::Error },
    /// The data folder cannot be made, read or written.
    #[error("The folder {folder} cannot be used for the sandbox's data: {reason}.")]
    Data { folder: PathBuf, reason: String },
    /// There is no font to draw seals with.
    #[error("The folder {0} has no font with Chinese characters.")]
    Fonts(PathBuf),
    /// The client for callbacks cannot be set up.
    #[error("Callbacks cannot be sent: {0}.")]
    Callbacks(reqwest::Error),
}

/// A running sandbox. Dropping it stops it at once, [`Sandbox::shutdown`] lets requests in progress end.
pub struct Sandbox {
    address: SocketAddr,
    house: Arc<House>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    worker: JoinHandle<()>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts the sandbox on the current tokio runtime; it answers when this returns.
    ///
    /// # Errors
    ///
    /// When the port, the data folder or the fonts cannot be used.
    pub async fn start(options: Options) -> Result<Sandbox, StartError> {
        let listener = server::bind(options.port).await.map_err(|reason| match reason.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortInUse(options.port),
            _ => StartError::Port { port: options.port, reason },
        })?;
        Sandbox::start_on(listener, options).await
    }

    /// Starts the sandbox on a listener that is bound already; the port in the options is not looked at.
    ///
    /// # Errors
    ///
    /// When the listener, the data folder or the fonts cannot be used.
    pub async fn start_on(listener: TcpListener, options: Options) -> Result<Sandbox, StartError> {
        let port = options.port;
        let address = listener.local_addr().map_err(|reason| StartError::Port { port, reason })?;
        let client = callbacks::client().map_err(StartError::Callbacks)?;
        let opening = tokio::task::spawn_blocking(move || open(options, address));
        let house =
            opening.await.map_err(|error| StartError::Data { folder: PathBuf::new(), reason: error.to_string() })??;
        let house = Arc::new(house);
        let vendor = Arc::clone(&house);
        // The vendor's key takes a while to make; it is needed when the first flow starts.
        drop(tokio::task::spawn_blocking(move || {
            let signatory = Signatory { name: vendor.vendor_name.clone(), is_organisation: true, number: None };
            if let Err(error) = vendor.notary.signer(&signatory, vendor.now()) {
                tracing::error!(%error, "the vendor's certificate could not be issued");
            }
        }));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::run(Arc::clone(&house), listener, stopped.clone()));
        let worker = tokio::spawn(callbacks::run(Arc::clone(&house), client, stopped));
        Ok(Sandbox { address, house, stop, server, worker })
    }

    /// Where the sandbox answers: `http://127.0.0.1:port`, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.house.base_url
    }

    /// The certificate under which everything is signed here, in PEM. Trusting it makes the signatures verify.
    pub fn root_pem(&self) -> String {
        self.house.notary.root_pem()
    }

    /// Stops: requests in progress end, within two seconds, and callbacks that were not delivered wait for the next start.
    pub async fn shutdown(mut self) {
        // Nobody left to tell means that both have ended already.
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
        let _ = (&mut self.worker).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.server.abort();
        self.worker.abort();
    }
}

/// Opens everything that takes files; blocks.
fn open(options: Options, address: SocketAddr) -> Result<House, StartError> {
    let folder = options.data.clone().unwrap_or_default();
    let data = |reason: String| StartError::Data { folder: folder.clone(), reason };
    if let Some(folder) = &options.data {
        std::fs::create_dir_all(folder).map_err(|error| data(error.to_string()))?;
    }
    let state = State::open(options.data.as_deref()).map_err(|error| data(error.to_string()))?;
    let font = notary::find_font(&options.fonts).ok_or_else(|| StartError::Fonts(options.fonts.clone()))?;
    let notary = Notary::open(&state, font).map_err(|error| data(error.to_string()))?;
    Ok(furnished(options, state, Arc::new(notary), address))
}

fn furnished(options: Options, state: State, notary: Arc<Notary>, address: SocketAddr) -> House {
    House {
        state,
        notary,
        application: Application { id: options.app_id, secret: options.app_secret },
        vendor_name: options.vendor_name,
        clock: options.clock,
        base_url: format!("http://{address}"),
        retries: options.retries,
        bell: Notify::new(),
        pictures: Pictures::default(),
        calls: Mutex::default(),
    }
}
