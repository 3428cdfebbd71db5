//! The HTTP API, answered as API Gateway answers it.
//!
//! What a function never sees is decided here, with API Gateway's own answers: an unknown route or wrong method (404), a missing or bad token (401), a
//! missing scope (403), a body over 10 MB (413), a function that fails (500) or takes over 30 s (503). Everything else is the function's.

use crate::cors::Cors;
use crate::event::{Incoming, http_request};
use crate::functions::{Failure, Handler, InFlight, Registry, run};
use crate::routing::{Match, Router};
use crate::token::{Authorizer, Verdict};
use axum::body::Body;
use contract::Clock;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The largest body API Gateway takes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// How much of a body that is too large is read before the answer, so that the sender gets to see it.
const MOST_DISCARDED: usize = 64 * 1024 * 1024;
/// How long API Gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(30);

/// The gateway of one stack.
pub struct Gateway {
    pub(crate) router: Router,
    pub(crate) functions: Registry,
    /// The longest each function may take, by name.
    pub(crate) timeouts: BTreeMap<String, Duration>,
    pub(crate) authorizer: Authorizer,
    pub(crate) cors: Cors,
    pub(crate) clock: Clock,
    pub(crate) in_flight: InFlight,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Gateway").field("router", &self.router).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Answers one request and writes its line to the log.
    pub async fn answer(&self, peer: SocketAddr, request: Request<Body>) -> Response<Body> {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let body = read(body).await;
        let method = parts.method.clone();
        let origin = parts.headers.get(header::ORIGIN).cloned();
        let request_id = format!("{:016x}", rand::random::<u64>());
        let found = self.router.find(method.as_str(), parts.uri.path());
        let (line_path, function) = match &found {
            Some(found) => (safe_path(found), found.route.function.clone()),
            // What is not a route may hold anything, so it is not written down.
            None => ("(no route)".to_owned(), "-".to_owned()),
        };
        let mut answer = match found {
            None if method == Method::OPTIONS => return self.preflight(origin.as_ref()),
            None => refuse(StatusCode::NOT_FOUND, "Not Found"),
            Some(found) => self.route(peer, &parts, body, &found, &request_id).await,
        };
        answer.headers_mut().extend(self.cors.answer(origin.as_ref()));
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            answer.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
        }
        let milliseconds = started.elapsed().as_millis();
        tracing::info!("{method} {line_path} {} {milliseconds} ms {function}", answer.status().as_u16());
        answer
    }

    async fn route(
        &self,
        peer: SocketAddr,
        parts: &http::request::Parts,
        body: Result<Vec<u8>, Unreadable>,
        found: &Match<'_>,
        request_id: &str,
    ) -> Response<Body> {
        let claims = match &found.route.scopes {
            None => None,
            Some(scopes) => {
                let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
                match self.authorizer.judge(token, scopes) {
                    Verdict::Admitted(claims, held) => Some((claims, held)),
                    Verdict::Unauthorized => {
                        let mut answer = refuse(StatusCode::UNAUTHORIZED, "Unauthorized");
                        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                        return answer;
                    }
                    Verdict::Forbidden => return refuse(StatusCode::FORBIDDEN, "Forbidden"),
                }
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(Unreadable::TooLarge) => return refuse(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Err(Unreadable::Broken) => return refuse(StatusCode::BAD_REQUEST, "Bad Request"),
        };
        let function = &found.route.function;
        let Some(Handler::Http(handler)) = self.functions.get(function).cloned() else {
            tracing::error!("{function} is not there, or takes no requests");
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        };
        let event = http_request(
            &Incoming {
                method: &parts.method,
                uri: &parts.uri,
                headers: &parts.headers,
                body: &body,
                source_ip: peer.ip(),
                claims,
                request_id,
                at: (self.clock)(),
            },
            found,
        );
        let in_flight = self.in_flight.clone();
        let limit = self.timeouts.get(function).copied().unwrap_or(PATIENCE);
        let invocation = async move {
            let _in_flight = in_flight;
            let request = lambda_http::request::from_str(&event.to_string())?;
            Ok::<_, serde_json::Error>(handler(request).await)
        };
        match run(invocation, limit.min(PATIENCE)).await {
            Ok(Ok(answer)) => to_client(answer),
            Ok(Err(error)) => {
                tracing::error!("the event for {function} cannot be read back: {error}");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Err(Failure::TimedOut) if limit >= PATIENCE => {
                refuse(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Err(failure) => {
                tracing::error!("{function}: {failure}");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }

    fn preflight(&self, origin: Option<&HeaderValue>) -> Response<Body> {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        *answer.headers_mut() = self.cors.preflight(origin);
        answer
    }
}

/// Why a body did not arrive.
#[derive(Debug, Clone, Copy)]
enum Unreadable {
    TooLarge,
    Broken,
}

/// The whole body. It is read before anything is decided: a sender that is answered before it has sent everything may never see the answer.
async fn read(body: Body) -> Result<Vec<u8>, Unreadable> {
    let mut body = body;
    let mut bytes = Vec::new();
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unreadable::Broken)?;
        let Some(data) = frame.data_ref() else { continue };
        size = size.saturating_add(data.len());
        if size <= LARGEST_BODY {
            bytes.extend_from_slice(data);
        } else if size > MOST_DISCARDED {
            break;
        }
    }
    if size > LARGEST_BODY { Err(Unreadable::TooLarge) } else { Ok(bytes) }
}

/// The route with those of its parameters that are plainly ids of ours. Others may be anything a caller typed, so they stay out of the log.
fn safe_path(found: &Match<'_>) -> String {
    let mut path = found.route.path.clone();
    for (name, value) in &found.parameters {
        if value.len() == 26 && value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
    }
    path
}

/// An answer of the gateway itself.
fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(json!({ "message": message }).to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A function's answer as the client gets it: repeated headers joined, cookies apart.
fn to_client(answer: Response<lambda_http::Body>) -> Response<Body> {
    let (parts, body) = answer.into_parts();
    let mut headers = HeaderMap::new();
    for name in parts.headers.keys() {
        let values: Vec<&HeaderValue> = parts.headers.get_all(name).iter().collect();
        if let ([_, _, ..], false) = (values.as_slice(), name == header::SET_COOKIE) {
            let joined = values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>().join(&b","[..]);
            if let Ok(value) = HeaderValue::from_bytes(&joined) {
                headers.insert(name, value);
            }
        } else {
            for value in values {
                headers.append(name, value.clone());
            }
        }
    }
    let body = match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = headers;
    answer
}
