//! What goes wrong on the way of an effect, and how often.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::chance::Chance;
use super::seam::{Effect, Waiting};

/// How an effect is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// As it should be.
    Carried,
    /// The invocation dies before it.
    CrashBefore,
    /// It happens, and the invocation dies.
    CrashAfter,
    /// It happens, and the answer is lost.
    ReplyLost,
    /// Nothing is sent.
    Unreached,
    /// It does not happen: too many requests.
    Throttled,
    /// It does not happen: the other side fails.
    ServerError,
    /// It does not happen: another transaction is at the same items.
    Conflict,
}

impl How {
    pub const MODES: [Self; 3] = [Self::CrashBefore, Self::CrashAfter, Self::ReplyLost];

    pub fn name(self) -> &'static str {
        match self {
            Self::Carried => "carried out",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
            Self::ReplyLost => "reply lost",
            Self::Unreached => "unreached",
            Self::Throttled => "throttled",
            Self::ServerError => "server error",
            Self::Conflict => "conflict",
        }
    }
}

/// The weather of a run.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Faults in a thousand effects.
    rate: u64,
    /// Until when the provider is away.
    provider_back: Option<Instant>,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self { rate: 0, provider_back: None, counts: BTreeMap::new() }
    }

    /// So many faults in a thousand effects, on average.
    pub fn rough(rate: u64) -> Self {
        Self { rate, ..Self::fair() }
    }

    /// No fault from here on.
    pub fn clear(&mut self) {
        self.rate = 0;
        self.provider_back = None;
    }

    pub fn is_fair(&self) -> bool {
        self.rate == 0
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The provider goes away for so long.
    pub fn outage(&mut self, time: Duration) {
        self.provider_back = Some(Instant::now() + time);
        self.count("provider outage");
    }

    pub fn provider_is_away(&self) -> bool {
        self.provider_back.is_some_and(|back| Instant::now() < back)
    }

    /// How this effect is carried out; `None` where it hangs, and whoever waits gives up in their own time.
    pub fn how(&mut self, effect: &Waiting, chance: &mut Chance) -> Option<How> {
        if matches!(effect.effect, Effect::Provider(_)) && self.provider_is_away() {
            return [Some(How::Unreached), Some(How::ServerError), None][chance.below(3)];
        }
        if !chance.per_mille(self.rate) {
            return Some(How::Carried);
        }
        let how = match &effect.effect {
            Effect::Aws(request) if conflict(request).is_some() => chance.one_of(&[
                How::CrashBefore,
                How::CrashAfter,
                How::ReplyLost,
                How::Conflict,
                How::Throttled,
                How::ServerError,
                How::Unreached,
            ]),
            Effect::Aws(_) | Effect::Provider(_) => chance.one_of(&[
                How::CrashBefore,
                How::CrashAfter,
                How::ReplyLost,
                How::Unreached,
                How::Throttled,
                How::ServerError,
            ]),
            Effect::Mail(_) => chance.one_of(&[How::CrashBefore, How::CrashAfter, How::ReplyLost, How::Unreached]),
        };
        self.count(how.name());
        Some(how)
    }
}

/// What DynamoDB answers where another transaction is at an item that this request writes.
fn conflict(request: &http::Request<Vec<u8>>) -> Option<&'static str> {
    let target = request.headers().get("x-amz-target")?.to_str().ok()?;
    match target.rsplit('.').next()? {
        "TransactWriteItems" => Some(
            r#"{"__type":"TransactionCanceledException","Message":"cancelled","CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}]}"#,
        ),
        // Of what is written without a transaction, only a contract's head is written by transactions too.
        "UpdateItem" if String::from_utf8_lossy(request.body()).contains("\"HEAD\"") => {
            Some(r#"{"__type":"TransactionConflictException","message":"Transaction is ongoing for the item"}"#)
        }
        _ => None,
    }
}

/// The service that a request of the SDK is for.
pub fn service(request: &http::Request<Vec<u8>>) -> &str {
    let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let scope = authorization.and_then(|value| value.split_once("Credential=")).map_or("", |(_, rest)| rest);
    scope.split([',', ' ']).next().and_then(|scope| scope.rsplit('/').nth(1)).unwrap_or("unknown")
}

/// The answer of a service that does not carry an effect out.
pub fn refusal(effect: &Effect, how: How) -> http::Response<Vec<u8>> {
    let (of_aws, of_conflict) = match effect {
        Effect::Aws(request) => (Some(service(request)), conflict(request)),
        Effect::Provider(_) | Effect::Mail(_) => (None, None),
    };
    let (status, body) = match (of_aws, how) {
        (Some("s3"), How::Throttled) => (503, "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"),
        (Some("s3"), _) => (500, "<Error><Code>InternalError</Code><Message>broken</Message></Error>"),
        (Some(_), How::Throttled) => (400, r#"{"__type":"ThrottlingException","message":"slow down"}"#),
        (Some(_), How::Conflict) => (400, of_conflict.unwrap_or_default()),
        (Some(_), _) => (500, r#"{"__type":"InternalServerError","message":"broken"}"#),
        (None, How::Throttled) => (429, ""),
        (None, _) => (502, "<html>bad gateway</html>"),
    };
    http::Response::builder().status(status).body(body.as_bytes().to_vec()).expect("a status and a body are an answer")
}
