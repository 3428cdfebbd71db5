//! What every request needs: the records, the clock, the application that may call, and the notary.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::{Clock, Timestamp};
use tokio::sync::Notify;

use crate::faults::Call;
use crate::notary::Notary;
use crate::pictures::Pictures;
use crate::signature::Application;
use crate::state::State;

pub(crate) struct House {
    pub(crate) state: State,
    pub(crate) notary: Arc<Notary>,
    pub(crate) application: Application,
    pub(crate) vendor_name: String,
    pub(crate) clock: Clock,
    /// `http://127.0.0.1:port`, without a slash at its end.
    pub(crate) base_url: String,
    /// How long to wait before each retry of a callback.
    pub(crate) retries: Vec<Duration>,
    /// Rung when there may be callbacks to send.
    pub(crate) bell: Notify,
    /// Pages of documents as they were drawn for the signing page.
    pub(crate) pictures: Pictures,
    /// How often each call came since the start, refused ones included.
    pub(crate) calls: Mutex<BTreeMap<Call, u64>>,
}

impl House {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn count(&self, call: Call) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(call).or_default() += 1;
    }
}
