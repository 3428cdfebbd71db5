//! What a function says of what it did: JSON, one line for each event (a request, a message, a run of the timer), with the contract, the
//! request's id, the function and what came of it.
//!
//! Nothing of a person stands in a line: ids, codes, numbers of milliseconds, and causes that name nobody.

use std::{future::Future, time::Instant};

use lambda_http::{RequestExt as _, request::RequestContext};

use crate::{Request, Response};

tokio::task_local! {
    /// The request id of the invocation that is being worked on.
    static REQUEST_ID: String;
}

/// The contract that an answer is about, for the log, where the path does not name it.
#[derive(Clone, Debug)]
struct About(contract::ContractId);

/// What came of a request that was refused: the problem's code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused(pub(crate) &'static str);

/// Says, for the log, which contract an answer is about.
#[must_use]
pub fn about(mut response: Response, contract: contract::ContractId) -> Response {
    response.extensions_mut().insert(About(contract));
    response
}

/// One JSON line per event, at the level that the function's logging configuration sets (default `info`).
pub(crate) fn start() {
    let level = ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"].iter().find_map(|name| std::env::var(name).ok());
    let level = level.filter(|level| !level.is_empty()).unwrap_or_else(|| "info".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(level.to_lowercase())
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A second start in one process keeps the first one's log. The span is the invocation's and brings its request id to every line.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
}

/// The deployed function's name; empty where it is not deployed.
fn function() -> String {
    std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()
}

/// Works on an invocation with this request id.
pub(crate) async fn during<T>(request_id: String, work: impl Future<Output = T>) -> T {
    // Boxed, for what is behind it is nested too deeply for the compiler already.
    REQUEST_ID.scope(request_id, Box::pin(work)).await
}

/// What became of an event that is no request. `contract` is empty where it names none.
pub(crate) fn event(what: &'static str, contract: &str, began: Instant, failed: Option<&dyn std::fmt::Display>) {
    // Outside an invocation, as in a simulation, there is no id.
    let request_id = REQUEST_ID.try_with(String::clone).unwrap_or_default();
    let (function, ms) = (function(), milliseconds(began));
    match failed {
        None => {
            tracing::info!(target: "event", function, requestId = request_id, contract, event = what, outcome = "done", ms);
        }
        Some(cause) => {
            tracing::error!(target: "event", function, requestId = request_id, contract, event = what, outcome = "failed", cause = %cause, ms);
        }
    }
}

/// What is said of a request, taken from it before it is worked on.
pub(crate) struct Asked {
    request_id: String,
    gateway_id: String,
    route: String,
    contract: Option<String>,
    began: Instant,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        let (gateway_id, route) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                (context.request_id.clone().unwrap_or_default(), context.route_key.clone().unwrap_or_default())
            }
            _ => (String::new(), String::new()),
        };
        // A path may hold anything; only what is an id is told.
        let id = request.path_parameters_ref().and_then(|path| path.first("id"));
        Self {
            request_id: request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default(),
            gateway_id,
            contract: id
                .filter(|_| route.contains("/contracts/"))
                .and_then(contract::ContractId::parse)
                .map(|id| id.to_string()),
            route,
            began: Instant::now(),
        }
    }

    pub(crate) fn request_id(&self) -> String {
        self.request_id.clone()
    }

    /// The request's line, once it is answered.
    pub(crate) fn answered(self, response: &Response) {
        let about = response.extensions().get::<About>().map(|about| about.0.to_string());
        let contract = about.or(self.contract).unwrap_or_default();
        let status = response.status().as_u16();
        let outcome = response.extensions().get::<Refused>().map_or("done", |refused| refused.0);
        tracing::info!(
            target: "event",
            function = function(),
            requestId = self.request_id,
            gatewayRequestId = self.gateway_id,
            contract,
            event = "request",
            route = self.route,
            status,
            outcome,
            ms = milliseconds(self.began),
        );
    }
}

fn milliseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Vec<serde_json::Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, work);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn request(path: &str) -> Request {
        let sample = include_str!("../../../events/read-contracts.json");
        lambda_http::request::from_str(&sample.replace("01KE8H5VBKQ7M2N9B5R8T3V6YC", path)).unwrap()
    }

    #[test]
    fn a_request_is_one_line_with_its_contract_route_and_outcome() {
        let lines = logged(|| {
            let asked = Asked::of(&request("01KE8H5VBKQ7M2N9B5R8T3V6YC"));
            asked.answered(&crate::Problem::not_found().into_response(contract::Language::En));
            let asked = Asked::of(&request("someone@example.com"));
            asked.answered(&crate::ok(&1));
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        let text = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap().to_owned();
        assert_eq!(text(&lines[0], "contract"), "01KE8H5VBKQ7M2N9B5R8T3V6YC");
        assert_eq!(text(&lines[0], "outcome"), "not_found");
        assert_eq!(lines[0]["status"], 404);
        assert!(text(&lines[0], "route").starts_with("GET /v1/contracts/{id}"));
        assert!(!text(&lines[0], "gatewayRequestId").is_empty());
        assert_eq!((text(&lines[1], "contract"), text(&lines[1], "outcome")), (String::new(), "done".to_owned()));
        assert!(!lines[1].to_string().contains("example.com"), "{}", lines[1]);
    }

    #[tokio::test]
    async fn an_event_knows_its_request_and_needs_none() {
        let lines = logged(|| {
            REQUEST_ID.sync_scope("request-1".to_owned(), || event("message", "C", Instant::now(), None));
            event("tick", "", Instant::now(), Some(&"away"));
        });
        assert_eq!((lines[0]["requestId"].as_str(), lines[0]["outcome"].as_str()), (Some("request-1"), Some("done")));
        assert_eq!((lines[1]["requestId"].as_str(), lines[1]["outcome"].as_str()), (Some(""), Some("failed")));
        assert_eq!(lines[1]["cause"], "away");
    }
}
