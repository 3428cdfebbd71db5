//! The functions by name, as the gateway and the pumps call them.
//!
//! A function is called in process with the event a deployed function would get. It runs in a task of its own: a panic or a caller that goes away
//! touches neither the stack nor another call.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::dynamodb;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::DynamoDbEventResponse;
use lambda_http::{Body, Request, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// A future that owns all it needs.
pub type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a function can be called with.
#[derive(Clone)]
pub enum Handler {
    /// A request of the HTTP API.
    Http(Arc<dyn Fn(Request) -> Running<Response<Body>> + Send + Sync>),
    /// A batch of queue messages.
    Queue(Arc<dyn Fn(SqsEvent) -> Running<SqsBatchResponse> + Send + Sync>),
    /// A batch of stream records, in their order.
    Stream(Arc<dyn Fn(dynamodb::Event) -> Running<DynamoDbEventResponse> + Send + Sync>),
    /// A tick of a schedule, as EventBridge writes it; an error is only logged, the next tick comes anyway.
    Schedule(Arc<dyn Fn(Value) -> Running<Result<(), String>> + Send + Sync>),
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Http(_) => "Http",
            Self::Queue(_) => "Queue",
            Self::Stream(_) => "Stream",
            Self::Schedule(_) => "Schedule",
        })
    }
}

impl Handler {
    /// Calls the function with an event as AWS writes it, and gives its answer as AWS reads it.
    ///
    /// # Errors
    ///
    /// When the event is not of the kind the function takes, or the function fails.
    pub async fn invoke(&self, event: Value, limit: Duration) -> Result<Value, String> {
        let handler = self.clone();
        run(async move { handler.answer(event).await }, limit).await.map_err(text)?
    }

    /// The same in the caller's own task and without a limit: whoever drops this ends the invocation where it stands.
    ///
    /// # Errors
    ///
    /// When the event is not of the kind the function takes, or the function fails.
    pub async fn answer(&self, event: Value) -> Result<Value, String> {
        let answer = match self {
            Self::Http(handler) => {
                let request = lambda_http::request::from_str(&event.to_string()).map_err(|error| unreadable(&error))?;
                serde_json::to_value(as_gateway_answer(handler(request).await))
            }
            Self::Queue(handler) => {
                let event = serde_json::from_value(event).map_err(|error| unreadable(&error))?;
                serde_json::to_value(handler(event).await)
            }
            Self::Stream(handler) => {
                let event = serde_json::from_value(event).map_err(|error| unreadable(&error))?;
                serde_json::to_value(handler(event).await)
            }
            Self::Schedule(handler) => {
                handler(event).await?;
                Ok(Value::Null)
            }
        };
        answer.map_err(text)
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("the event is not one that the function takes: {error}")
}

fn as_gateway_answer(answer: Response<Body>) -> ApiGatewayV2httpResponse {
    let (parts, body) = answer.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    answer
}

/// Functions by name.
pub type Registry = BTreeMap<String, Handler>;

/// Why an invocation gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It panicked.
    #[error("the function panicked")]
    Panicked,
    /// It took longer than it may.
    #[error("the function took too long")]
    TimedOut,
}

/// Runs an invocation in a task of its own, for `limit` at most. When the caller goes away the invocation goes on.
pub async fn run<T: Send + 'static>(
    invocation: impl Future<Output = T> + Send + 'static,
    limit: Duration,
) -> Result<T, Failure> {
    let task = tokio::spawn(invocation);
    let abort = task.abort_handle();
    match tokio::time::timeout(limit, task).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Failure::Panicked),
        Err(_) => {
            abort.abort();
            Err(Failure::TimedOut)
        }
    }
}

/// Counts what is still running, so that a stop can wait for it.
#[derive(Debug, Clone)]
pub struct InFlight {
    _held: mpsc::Sender<()>,
}

/// Waits until everything that holds the matching [`InFlight`] is done.
#[derive(Debug)]
pub struct AllDone(mpsc::Receiver<()>);

impl InFlight {
    /// A counter and its end. Each piece of work holds a clone of the counter.
    pub fn new() -> (Self, AllDone) {
        let (sender, receiver) = mpsc::channel(1);
        (Self { _held: sender }, AllDone(receiver))
    }
}

impl AllDone {
    /// Waits for the last clone to be dropped, `limit` at most.
    pub async fn wait(mut self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.0.recv()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_and_a_late_answer_are_failures() {
        assert_eq!(run(async { 1 }, Duration::from_secs(5)).await, Ok(1));
        assert_eq!(run(async { panic!("on purpose") }, Duration::from_secs(5)).await, Err::<(), _>(Failure::Panicked));
        let slow = tokio::time::sleep(Duration::from_secs(60));
        assert_eq!(run(slow, Duration::from_millis(10)).await, Err(Failure::TimedOut));
    }

    #[tokio::test]
    async fn a_stop_waits_for_what_is_running() {
        let (in_flight, done) = InFlight::new();
        let finished = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let flag = Arc::clone(&finished);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            flag.store(true, std::sync::atomic::Ordering::SeqCst);
            drop(in_flight);
        });
        done.wait(Duration::from_secs(5)).await;
        assert!(finished.load(std::sync::atomic::Ordering::SeqCst));
    }
}
