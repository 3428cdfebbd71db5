//! The seam at which a test sees every call and lets some of them fail.
//!
//! It sits in front of all services alike: a refused call reaches no service, and a lost reply comes from a call that was carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// One request of an AWS client.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RequestInfo<'a> {
    /// The service, as signatures name it: `dynamodb`, `s3`, `sqs` or `kms`.
    pub service: &'a str,
    /// The operation, as `PutItem`.
    pub operation: &'a str,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is carried out and answered.
    Pass,
    /// It is not carried out; the caller gets this error.
    FailBefore(
        /// The HTTP status.
        u16,
        /// The error code, as `ProvisionedThroughputExceededException`.
        String,
    ),
    /// It is carried out, and the connection closes before the answer.
    LoseReply,
}

/// Decides what becomes of a call.
pub type OnRequest = Arc<dyn Fn(&RequestInfo<'_>) -> Action + Send + Sync>;

/// Counts calls and asks the test about each.
#[derive(Default)]
pub(crate) struct Calls {
    counts: Mutex<BTreeMap<(String, String), u64>>,
    on_request: Mutex<Option<OnRequest>>,
}

impl fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Calls").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Calls {
    pub(crate) fn decide(&self, request: &RequestInfo<'_>) -> Action {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((request.service.to_owned(), request.operation.to_owned())).or_default() += 1;
        drop(counts);
        // Asked outside the lock, so that the test may set another decision from within.
        let on_request = self.on_request.lock().unwrap_or_else(PoisonError::into_inner).clone();
        on_request.map_or(Action::Pass, |on_request| on_request(request))
    }

    pub(crate) fn set(&self, on_request: Option<OnRequest>) {
        *self.on_request.lock().unwrap_or_else(PoisonError::into_inner) = on_request;
    }

    pub(crate) fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
