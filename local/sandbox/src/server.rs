//! HTTP: reads whole requests within bounds, answers them, and drops connections where a test wants an answer lost.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::files;
use crate::house::House;
use crate::routes;
use crate::wire::{Answer, Delivery, Refusal, Request};

/// The largest body that is no file: 1 MB.
const LARGEST_BODY: usize = 1024 * 1024;
/// How long an answer is held back that never comes; every caller has given up by then.
const HOLD: Duration = Duration::from_secs(60);
/// How long requests in progress may take to end when the sandbox is shut down.
const FAREWELL: Duration = Duration::from_secs(2);

/// An answer that is not sent: hyper closes the connection on it.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on purpose")]
struct LostReply;

/// Serves until told to stop.
pub(crate) async fn run(house: Arc<House>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(Arc::clone(&house), stream, stop.clone()));
                }
                // Out of file handles, or the caller has gone: neither is for ever.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let ended = tokio::time::timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(house: Arc<House>, stream: TcpStream, mut stop: watch::Receiver<bool>) {
    let service = hyper::service::service_fn(move |request| respond(Arc::clone(&house), request));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        _ = stop.changed() => served.as_mut().graceful_shutdown(),
    }
    // How a connection ends is the caller's affair.
    let _ = served.await;
}

async fn respond(
    house: Arc<House>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, LostReply> {
    let (parts, body) = request.into_parts();
    let limit = if parts.method == Method::PUT { files::LARGEST } else { LARGEST_BODY };
    let answer = match Limited::new(body, limit).collect().await {
        Ok(body) => {
            let request = Request {
                method: parts.method,
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                headers: parts.headers,
                body: body.to_bytes(),
            };
            answer(house, request).await
        }
        Err(error) if error.is::<LengthLimitError>() => {
            Refusal::plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").answer().with("connection", "close")
        }
        Err(_) => Refusal::plain(StatusCode::BAD_REQUEST, "The body could not be read.").answer(),
    };
    match answer.delivery {
        Delivery::Sent => Ok(response::<Bytes>(answer).map(Full::new)),
        Delivery::Lost => Err(LostReply),
        Delivery::Held => {
            tokio::time::sleep(HOLD).await;
            Err(LostReply)
        }
    }
}

/// Answers on a thread of its own, as signing and the database take their time there.
fn answer(house: Arc<House>, request: Request) -> impl Future<Output = Answer> {
    let answering = tokio::task::spawn_blocking(move || {
        let answer = routes::answer(&house, &request);
        tracing::debug!(method = %request.method, status = answer.status.as_u16(), "answered");
        answer
    });
    async move {
        answering.await.unwrap_or_else(|_| Refusal::Broken("A request could not be finished.".to_owned()).answer())
    }
}

pub(crate) fn response<B: From<Vec<u8>>>(answer: Answer) -> hyper::Response<B> {
    let mut response = hyper::Response::new(B::from(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Binds the port of this machine only.
///
/// # Errors
///
/// When the port is in use or not allowed.
pub(crate) async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await
}
