//! DynamoDB, S3, SQS and KMS on this machine: in this process, behind one address that the AWS SDK's endpoint setting points at.
//!
//! With a data folder, whatever was answered survives the death of the process: tables and their streams, queues and keys are SQLite files in
//! write-ahead mode, documents are files. Without one, everything is gone when the stores are.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod answer;
mod calls;
mod documents;
mod endpoint;
mod entries;
mod folder;
mod ids;
mod keys;
mod ledger;
mod messages;
mod queue;
mod queues;
mod record;
mod sealing;
mod stream;
mod tables;

pub use answer::Refusal;
pub use calls::{Action, OnRequest, RequestInfo};
pub use folder::StartError;
pub use queues::QueueAddress;
pub use stream::{Stream, StreamRecords};

use calls::Calls;
use contract::{Clock, Timestamp};
use documents::Documents;
use endpoint::Services;
use folder::Folder;
use http_body_util::BodyExt as _;
use keys::Keys;
use ledger::Ledger;
use queues::Queues;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tables::Tables;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The access key that clients sign with, where they have no name of their own: any other one is taken too, and says who calls. S3 checks the
/// signature; the other services read only the names from it.
pub const ACCESS_KEY: &str = "local";
/// The secret key that belongs to [`ACCESS_KEY`]. It guards nothing: whoever reaches this address is on this machine.
pub const SECRET_KEY: &str = "local-secret-key";
/// The region that ARNs and stream records name.
pub const REGION: &str = "us-east-1";
/// The account that ARNs and queue addresses name.
pub const ACCOUNT: &str = "000000000000";

/// How often items and messages that have outlived their time are deleted.
const SWEEP: Duration = Duration::from_secs(5);
/// How long a stop waits for the server, which itself gives requests a few seconds.
const FAREWELL: Duration = Duration::from_secs(5);

/// How stores are set up. [`Options::default`] keeps everything in memory, on a free port.
#[derive(Clone, Default)]
pub struct Options {
    /// The folder everything is kept in; it is made when it is not there. None keeps everything in memory, but for documents: those are in a
    /// temporary folder that goes away with the stores.
    pub data: Option<PathBuf>,
    /// The port on 127.0.0.1; none takes a free one.
    pub port: Option<u16>,
    /// The time, as DynamoDB's streams and times to live see it. It counts in memory only: the database in a file knows the system's clock alone.
    pub clock: Option<Clock>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Options").field("data", &self.data).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Running stores. Dropping them stops them at once; [`Stores::shutdown`] answers first what is being answered.
#[derive(Debug)]
pub struct Stores {
    endpoint: String,
    /// None where nobody listens at the endpoint.
    serving: Option<Serving>,
    services: Arc<Services>,
}

#[derive(Debug)]
struct Serving {
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.server.abort();
        self.sweeper.abort();
    }
}

impl Stores {
    /// Starts the services; they answer when this returns.
    ///
    /// # Errors
    ///
    /// When the port or the data folder cannot be used: one sentence each.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let port = options.port.unwrap_or(0);
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let (listener, address) = bound
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
            .map_err(|error| StartError::port(port, error))?;
        // Waiting goes by the machine's clock, for it is about what really happens on this machine.
        let opened = tokio::task::spawn_blocking(move || open(&options, address, Arc::new(Timestamp::now))).await;
        let services = Arc::new(opened.map_err(|error| StartError::Broken(error.to_string()))??);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(endpoint::serve(listener, Arc::clone(&services), stopped));
        let sweeper = tokio::spawn(sweep(Arc::clone(&services)));
        let serving = Some(Serving { stop, server, sweeper });
        Ok(Self { endpoint: format!("http://{address}"), serving, services })
    }

    /// Stores in memory that listen nowhere: a simulation hands them each request through [`Stores::answer`]. All of their time is `clock`'s, and nothing
    /// is swept but by [`Stores::sweep`]. They are empty but for the keys of `earlier`, if there are any.
    ///
    /// # Errors
    ///
    /// When the temporary folder for documents cannot be made.
    pub fn unserved(clock: &Clock, earlier: Option<&Self>) -> Result<Self, StartError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let options = Options { clock: Some(Arc::clone(clock)), ..Options::default() };
        let mut services = open(&options, address, Arc::clone(clock))?;
        if let Some(earlier) = earlier {
            services.keys = Arc::clone(&earlier.services.keys);
        }
        Ok(Self { endpoint: format!("http://{address}"), serving: None, services: Arc::new(services) })
    }

    /// Answers one request of an AWS client, which has its body whole; none where the answer is lost on purpose.
    pub async fn answer(&self, request: http::Request<Vec<u8>>) -> Option<http::Response<Vec<u8>>> {
        let mut request = request.map(s3s::Body::from);
        // What a connection would have added; it is signed.
        let host = request.uri().authority().and_then(|host| http::HeaderValue::from_str(host.as_str()).ok());
        if let (Some(host), false) = (host, request.headers().contains_key(http::header::HOST)) {
            request.headers_mut().insert(http::header::HOST, host);
        }
        let (parts, body) = endpoint::answer(&self.services, request).await?.into_parts();
        let body = body.collect().await.ok()?.to_bytes().into();
        Some(http::Response::from_parts(parts, body))
    }

    /// Deletes items and messages that have outlived their time.
    pub fn sweep(&self) {
        self.services.tables.sweep();
        self.services.queues.sweep();
    }

    /// Where the services answer: `http://127.0.0.1:port`, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Stops: requests in progress are answered first, for a few seconds at most. Afterwards the data folder is free for the next.
    pub async fn shutdown(mut self) {
        let Some(mut serving) = self.serving.take() else { return };
        // Nobody left to tell means that the server has ended already.
        let _ = serving.stop.send(true);
        let _ = tokio::time::timeout(FAREWELL, &mut serving.server).await;
        serving.sweeper.abort();
        let _ = (&mut serving.sweeper).await;
    }

    /// Lets a test decide about every request from now on, or with `None` about none.
    pub fn on_request(&self, decide: Option<OnRequest>) {
        self.services.calls.set(decide);
    }

    /// How often each (service, operation) was asked for so far, refused ones included.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.services.calls.counts()
    }

    /// The stream of a table.
    #[must_use]
    pub fn stream(&self, table: &str) -> Stream {
        Stream::new(self.services.tables.clone(), table)
    }

    /// Reads at most `most` (1 to 1000) records of a table's stream after a position, or from the oldest one on, as [`Stream::read`] does.
    ///
    /// # Errors
    ///
    /// When there is no such table, it has no stream, or the position is none that was given before.
    pub async fn stream_records(
        &self,
        table: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<StreamRecords, Refusal> {
        self.stream(table).read(after, most).await
    }

    /// Creates a table from the JSON of a `CreateTable` request, unless there is one of that name, and has items deleted after the time that
    /// the attribute `time_to_live` names.
    ///
    /// # Errors
    ///
    /// When the definition is refused.
    pub fn create_table(&self, definition: &Value, time_to_live: Option<&str>) -> Result<(), Refusal> {
        self.services.tables.create(definition, time_to_live)
    }

    /// Creates a bucket, unless there is one of that name.
    ///
    /// # Errors
    ///
    /// When the name is none for a bucket, or the folder cannot be written.
    pub fn create_bucket(&self, name: &str) -> Result<(), Refusal> {
        self.services.documents.create_bucket(name)
    }

    /// Creates a queue, or gives the one of that name these attributes (as `VisibilityTimeout`; values as SQS takes them, in text).
    ///
    /// # Errors
    ///
    /// When the name or an attribute is refused.
    pub fn create_queue(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<QueueAddress, Refusal> {
        self.services.queues.create(name, attributes)
    }

    /// The bytes of a document as they are kept, if there is one of that name.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.services.documents.object(bucket, key)
    }

    /// Creates a key of that alias (without `alias/`), unless there is one, and gives its id.
    ///
    /// # Errors
    ///
    /// When there is no randomness or the file cannot be written.
    pub fn create_key(&self, alias: &str) -> Result<String, Refusal> {
        self.services.keys.create_named(alias)
    }
}

fn open(options: &Options, address: SocketAddr, queue_clock: Clock) -> Result<Services, StartError> {
    let folder = match &options.data {
        Some(path) => Folder::open(path)?,
        None => Folder::temporary()?,
    };
    let tables = Tables::open(folder.file("tables.sqlite").as_deref(), options.clock.as_ref())
        .map_err(|error| folder.damaged("tables.sqlite", &error))?;
    let ledger = Ledger::open(folder.file("queues-and-keys.sqlite").as_deref())
        .map_err(|error| folder.damaged("queues-and-keys.sqlite", &error))?;
    let ledger = Arc::new(ledger);
    let documents = Documents::open(&folder.subfolder("documents")?).map_err(|cause| folder.unusable(&cause))?;
    let queues =
        Queues::new(Arc::clone(&ledger), address, queue_clock).map_err(|error| folder.unusable(&error.message))?;
    Ok(Services {
        tables,
        documents,
        queues,
        keys: Arc::new(Keys::new(ledger)),
        calls: Calls::default(),
        _folder: folder,
    })
}

async fn sweep(services: Arc<Services>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let tables = services.tables.clone();
        // A sweep that panicked has said so; the next one comes.
        let _ = tokio::task::spawn_blocking(move || tables.sweep()).await;
        services.queues.sweep();
    }
}
