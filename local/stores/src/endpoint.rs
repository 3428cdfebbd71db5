//! The one address of all services: an HTTP/1.1 server that hands each request to the service its signature names.

use crate::answer::{Refusal, as_json};
use crate::calls::{Action, Calls, RequestInfo};
use crate::documents::Documents;
use crate::folder::Folder;
use crate::keys::Keys;
use crate::queues::Queues;
use crate::record;
use crate::tables::Tables;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::Body;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The largest request of a JSON service, in bytes: what DynamoDB accepts.
const LARGEST: usize = 16 * 1024 * 1024;
/// How long a stop waits for requests that are being answered.
const FAREWELL: Duration = Duration::from_secs(3);
/// The pause after a connection could not be accepted, which is mostly a lack of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// The services behind the address.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) tables: Tables,
    pub(crate) documents: Documents,
    pub(crate) queues: Queues,
    pub(crate) keys: Arc<Keys>,
    pub(crate) calls: Calls,
    /// The last to go, so that the folder is free only when nobody uses it any more.
    pub(crate) _folder: Folder,
}

/// The answer is to get lost: the connection closes without one.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on purpose")]
struct Lost;

/// Serves until `stop` changes; what is being answered then is answered first, for a few seconds at most.
pub(crate) async fn serve(listener: TcpListener, services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, Arc::clone(&services), stop.clone()));
            }
            Err(error) => {
                tracing::warn!("a connection to the local endpoint cannot be accepted: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    services.queues.close();
    let _ = tokio::time::timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    // Small answers must not wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("TCP_NODELAY cannot be set: {error}");
    }
    let service = service_fn(move |request| handle(Arc::clone(&services), request));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection to the local endpoint ended early: {error}");
    }
}

async fn handle(services: Arc<Services>, request: Request<Incoming>) -> Result<Response<Body>, Lost> {
    answer(&services, request.map(Body::from)).await.ok_or(Lost)
}

/// Answers one request; none where the answer gets lost.
pub(crate) async fn answer(services: &Arc<Services>, request: Request<Body>) -> Option<Response<Body>> {
    if request.method() == Method::OPTIONS {
        return Some(preflight());
    }
    let Some((caller, service)) = signer(request.headers(), request.uri()) else {
        let message = "The request carries no signature.".to_owned();
        return Some(Refusal { status: 403, code: "AccessDenied".to_owned(), message }.as_xml());
    };
    let operation = match service.as_str() {
        "s3" => crate::documents::operation(request.method(), request.uri(), request.headers()).to_owned(),
        _ => target(request.headers()).unwrap_or("unknown").to_owned(),
    };
    let action = services.calls.decide(&RequestInfo { service: &service, operation: &operation });
    if let Action::FailBefore(status, code) = &action {
        let message = "Refused by the test at hand.".to_owned();
        let refusal = Refusal { status: *status, code: code.clone(), message };
        return Some(if service == "s3" { refusal.as_xml() } else { refusal.as_json() });
    }
    if service == "s3" && record::wanted() {
        record::document(&caller, &operation, request.uri());
    }
    let response = match service.as_str() {
        "s3" => services.documents.call(request).await,
        "dynamodb" | "sqs" | "kms" => json_call(services, (&caller, &service), operation, request)
            .await
            .unwrap_or_else(|refusal| refusal.as_json()),
        other => Refusal::new("UnknownService", format!("The local endpoint has no service {other}.")).as_json(),
    };
    if action == Action::LoseReply {
        // What the answer would have been is read to its end, so that everything has happened when the connection closes.
        let _ = response.into_body().collect().await;
        return None;
    }
    Some(response)
}

async fn json_call(
    services: &Arc<Services>,
    (caller, service): (&str, &str),
    operation: String,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    let body = Limited::new(request.into_body(), LARGEST).collect().await;
    let body =
        body.map_err(|error| Refusal::new("SerializationException", format!("The body is unreadable: {error}.")))?;
    let body = String::from_utf8(body.to_bytes().into())
        .map_err(|_| Refusal::new("SerializationException", "The body is no UTF-8."))?;
    if record::wanted() {
        record::json(caller, service, &operation, &serde_json::from_str(&body).unwrap_or_default());
    }
    if service == "dynamodb" {
        let tables = services.tables.clone();
        let called = tokio::task::spawn_blocking(move || tables.call(&operation, &body)).await;
        let (status, answer) =
            called.map_err(|error| Refusal::internal(format!("The operation broke off: {error}.")))?;
        return Ok(as_json(status, answer));
    }
    let request: Value = serde_json::from_str(&body)
        .map_err(|error| Refusal::new("SerializationException", format!("The body is no JSON: {error}.")))?;
    let answer = match service {
        "sqs" => services.queues.call(&operation, &request).await?,
        _ => services.keys.call(&operation, &request)?,
    };
    Ok(as_json(200, answer.to_string()))
}

/// The operation that `X-Amz-Target` names, without the name of the protocol.
fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.rsplit('.').next()
}

/// The access key and the service in the credential scope (`key/date/region/service/aws4_request`) of the header or of the presigned query.
fn signer(headers: &HeaderMap, uri: &Uri) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_header = header.and_then(|value| value.split_once("Credential=")).map(|(_, rest)| rest.to_owned());
    let scope = in_header.or_else(|| {
        form_urlencoded::parse(uri.query()?.as_bytes())
            .find(|(name, _)| name == "X-Amz-Credential")
            .map(|(_, value)| value.into_owned())
    })?;
    let scope = scope.split([',', ' ']).next()?;
    Some((scope.split('/').next()?.to_owned(), scope.rsplit('/').nth(1)?.to_owned()))
}

/// The answer to a browser that asks whether a page may fetch from here: documents yes, anything else no.
fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_names_caller_and_service() {
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("http://127.0.0.1/");
        assert_eq!(signer(&headers, &uri), None);
        let value =
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        assert_eq!(signer(&headers, &uri), Some(("local".to_owned(), "sqs".to_owned())));
    }

    #[test]
    fn a_presigned_query_names_caller_and_service() {
        let uri =
            Uri::from_static("/b/k?X-Amz-Credential=local%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=0");
        assert_eq!(signer(&HeaderMap::new(), &uri), Some(("local".to_owned(), "s3".to_owned())));
    }
}
