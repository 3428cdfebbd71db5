//! A sandbox that listens nowhere, for a simulation: it is handed each request, and its callbacks are fetched from it rather than sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hyper::{Request, Response};

use crate::callbacks::{self, Posted};
use crate::house::House;
use crate::notary::Notary;
use crate::state::State;
use crate::wire::{Delivery, Refusal};
use crate::{Options, StartError, furnished, open, routes, server, wire};

/// Where a sandbox that listens nowhere says that it is.
const NOWHERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 2);

/// A sandbox in memory that listens nowhere.
pub struct Unserved {
    house: House,
}

impl std::fmt::Debug for Unserved {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Unserved").finish_non_exhaustive()
    }
}

/// The keys of a sandbox, which take long to make.
#[derive(Clone)]
pub struct Keys(Arc<Notary>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys")
    }
}

impl Unserved {
    /// A sandbox without any flows. The port and the data folder in the options are not looked at; with the keys of an earlier one, documents verify
    /// against the same root.
    ///
    /// # Errors
    ///
    /// When the fonts cannot be used.
    pub fn new(options: Options, keys: Option<&Keys>) -> Result<Self, StartError> {
        let address = SocketAddr::from(NOWHERE);
        let options = Options { data: None, ..options };
        let house = match keys {
            None => open(options, address)?,
            Some(Keys(notary)) => {
                let broken = |error: rusqlite::Error| StartError::Data {
                    folder: std::path::PathBuf::new(),
                    reason: error.to_string(),
                };
                furnished(options, State::open(None).map_err(broken)?, Arc::clone(notary), address)
            }
        };
        Ok(Self { house })
    }

    /// The keys, for another one.
    pub fn keys(&self) -> Keys {
        Keys(Arc::clone(&self.house.notary))
    }

    /// Where this sandbox says that it is, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.house.base_url
    }

    /// The certificate under which everything is signed here, in PEM.
    pub fn root_pem(&self) -> String {
        self.house.notary.root_pem()
    }

    /// Answers one request; none where the answer is lost on purpose, or held back until nobody waits any more.
    pub fn answer(&self, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let (parts, body) = request.into_parts();
        let request = wire::Request {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: body.into(),
        };
        let answer = routes::answer(&self.house, &request);
        matches!(answer.delivery, Delivery::Sent).then(|| server::response(answer))
    }

    /// Ends the flows whose deadline has passed, and takes out all callbacks that wait, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// When the records cannot be read, in one sentence.
    pub fn take_callbacks(&self) -> Result<Vec<Posted>, String> {
        let taken =
            callbacks::expire_overdue(&self.house).and_then(|()| self.house.state.transact(callbacks::take_all));
        taken.map_err(|refusal: Refusal| refusal.to_string())
    }

    /// A callback as it is sent now: its signature covers the time.
    ///
    /// # Errors
    ///
    /// When the address that the flow named for it is none.
    pub fn signed(&self, callback: &Posted) -> Result<Request<Vec<u8>>, hyper::http::Error> {
        let query = callback.url.split_once('?').map_or("", |(_, query)| query);
        let headers = callbacks::headers(&self.house, query, &callback.body);
        let request = headers
            .into_iter()
            .fold(Request::post(callback.url.as_str()), |request, (name, value)| request.header(name, value));
        request.body(callback.body.clone())
    }
}
