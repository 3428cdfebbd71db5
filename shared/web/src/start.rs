//! Starting a function: settings read once, a log line per event, one sentence and an end where it cannot start.

use std::{future::Future, io, pin::Pin, process::ExitCode, sync::Arc, time::Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use contract::{Clock, Random, Timestamp};
use lambda_http::http;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::{Lines, Request, Response, Settings, SqsBatchResponse, SqsEvent, StreamEvent, StreamResponse, log};

/// What carries a request to the provider in the network's place, for a simulation.
pub type Carrier = Arc<
    dyn Fn(http::Request<Vec<u8>>) -> Pin<Box<dyn Future<Output = io::Result<http::Response<Vec<u8>>>> + Send>>
        + Send
        + Sync,
>;

/// What takes a mail, formatted, in the mail service's place, for a simulation.
pub type Postbox = Arc<dyn Fn(Vec<u8>) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> + Send + Sync>;

/// What a function is given to work with.
pub struct Host {
    pub settings: Settings,
    pub aws: SdkConfig,
    pub clock: Clock,
    pub random: Random,
    /// The way to the provider; none is the network.
    pub carrier: Option<Carrier>,
    /// The way to the mail service; none is SMTP.
    pub postbox: Option<Postbox>,
    /// Where figures go, a line at a time.
    pub metrics: Lines,
}

impl Host {
    /// The deployed function's: environment, AWS's own configuration, the system's clock and randomness.
    pub async fn deployed() -> Self {
        Self {
            settings: Settings::from_environment(),
            aws: aws_config::load_defaults(BehaviorVersion::latest()).await,
            clock: Arc::new(system_time),
            random: Arc::new(rand::random),
            carrier: None,
            postbox: None,
            metrics: Arc::new(|line| {
                use io::Write as _;
                // Where nobody reads the log, there is nobody to tell.
                let _ = writeln!(io::stdout().lock(), "{line}");
            }),
        }
    }
}

/// The system's time in whole milliseconds, as the API tells it.
fn system_time() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Runs an HTTP function until its environment ends it.
pub async fn run_http<A, F>(new: fn(&mut Host) -> Option<A>, handle: impl Fn(Arc<A>, Request) -> F) -> ExitCode
where
    F: Future<Output = Response> + Send,
{
    let app = match started(new).await {
        Ok(app) => app,
        Err(end) => return end,
    };
    let service = service_fn(|request: Request| {
        let asked = log::Asked::of(&request);
        let answer = log::during(asked.request_id(), handle(app.clone(), request));
        async move {
            let answer = answer.await;
            asked.answered(&answer);
            Ok::<_, Error>(answer)
        }
    });
    ended(lambda_http::run(service).await)
}

/// Runs a function behind a queue.
pub async fn run_queue<A, F>(new: fn(&mut Host) -> Option<A>, handle: impl Fn(Arc<A>, SqsEvent) -> F) -> ExitCode
where
    F: Future<Output = SqsBatchResponse>,
{
    let app = match started(new).await {
        Ok(app) => app,
        Err(end) => return end,
    };
    let service = service_fn(|event: LambdaEvent<SqsEvent>| {
        let answer = log::during(event.context.request_id, handle(app.clone(), event.payload));
        async move { Ok::<_, Error>(answer.await) }
    });
    ended(lambda_runtime::run(service).await)
}

/// Runs a function behind the table's stream.
pub async fn run_stream<A, F>(new: fn(&mut Host) -> Option<A>, handle: impl Fn(Arc<A>, StreamEvent) -> F) -> ExitCode
where
    F: Future<Output = StreamResponse>,
{
    let app = match started(new).await {
        Ok(app) => app,
        Err(end) => return end,
    };
    let service = service_fn(|event: LambdaEvent<StreamEvent>| {
        let answer = log::during(event.context.request_id, handle(app.clone(), event.payload));
        async move { Ok::<_, Error>(answer.await) }
    });
    ended(lambda_runtime::run(service).await)
}

/// Runs a function that the schedule calls.
pub async fn run_schedule<A, F, E>(new: fn(&mut Host) -> Option<A>, handle: impl Fn(Arc<A>) -> F) -> ExitCode
where
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    let app = match started(new).await {
        Ok(app) => app,
        Err(end) => return end,
    };
    let service = service_fn(|event: LambdaEvent<serde_json::Value>| {
        let answer = handle(app.clone());
        log::during(event.context.request_id, async move {
            let began = Instant::now();
            let done = answer.await;
            log::event("tick", "", began, done.as_ref().err().map(|error| error as &dyn std::fmt::Display));
            done.map_err(|error| -> Error { Box::new(error) })
        })
    });
    ended(lambda_runtime::run(service).await)
}

async fn started<A>(new: fn(&mut Host) -> Option<A>) -> Result<Arc<A>, ExitCode> {
    log::start();
    let mut host = Host::deployed().await;
    let app = new(&mut host);
    match (app, host.settings.finish()) {
        (Some(app), Ok(())) => Ok(Arc::new(app)),
        (_, Err(bad)) => {
            tracing::error!("{bad}");
            Err(ExitCode::FAILURE)
        }
        (None, Ok(())) => {
            tracing::error!("the function cannot start, and its settings do not say why");
            Err(ExitCode::FAILURE)
        }
    }
}

fn ended(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function's runtime ended");
            ExitCode::FAILURE
        }
    }
}
