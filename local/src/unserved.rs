//! The functions with everything that template.yaml gives them, and no network between: for a simulation, which stands in for the gateway, the
//! queues and the clock itself and hands on each event and each request.

use crate::catalog::{self, Ground};
use crate::definitions::Definitions;
use crate::event::{Incoming, http_request};
use crate::figures::Figures;
use crate::folder::Folder;
use crate::functions::{Handler, Registry};
use crate::intrinsic::References;
use crate::parameters::{self, Addresses, Secrets};
use crate::resources;
use crate::routing::Router;
use crate::stack::StartError;
use crate::template::Template;
use crate::wiring::Wiring;
use contract::Clock;
use http::{HeaderMap, HeaderValue, Uri, header};
use sandbox::Keys;
use serde_json::{Map, Value};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use stores::Stores;

/// Where the gateway and the mail service would be.
const NOWHERE: (&str, &str) = ("http://127.0.0.1:3", "smtp://127.0.0.1:4");

/// What surrounds the functions.
#[derive(Debug)]
pub struct Around {
    /// What they stand on.
    pub ground: Ground,
    /// Seconds after which a waiting contract is looked at, as in the template's `LookSchedule`.
    pub look_schedule: String,
}

/// The functions, started once; stores and sandbox are made anew for each run.
pub struct Unserved {
    functions: Registry,
    wiring: Wiring,
    router: Router,
    definitions: Definitions,
    references: References,
    secrets: Secrets,
    clock: Clock,
    /// Empty, but for the keys that the functions' settings name.
    first: Stores,
    keys: Keys,
}

impl std::fmt::Debug for Unserved {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Unserved").finish_non_exhaustive()
    }
}

impl Unserved {
    /// Starts every function of the template.
    ///
    /// # Errors
    ///
    /// When the template says what cannot be done here, or a function refuses its settings.
    pub fn new(around: &Around) -> Result<Self, StartError> {
        let clock = Arc::clone(&around.ground.clock);
        let secrets = Secrets::open(&Folder::none())?;
        let sandbox = sandbox::Unserved::new(parameters::sandbox(&secrets, &clock), None)?;
        let first = Stores::unserved(&clock, None).map_err(resources::ResourcesError::from)?;
        let addresses = Addresses {
            gateway: NOWHERE.0.to_owned(),
            issuer: format!("{}/issuer", NOWHERE.0),
            sandbox: sandbox.base_url().to_owned(),
            mail: NOWHERE.1.to_owned(),
        };
        let values =
            parameters::values(&addresses, &secrets, &sandbox.root_pem(), &around.look_schedule, "rate(1 minute)");
        let template = Template::embedded()?;
        let mut references = template.references(&values)?;
        let definitions = Definitions::read(&template, &references)?;
        secrets.set(&mut references, &definitions);
        resources::create(&first, &definitions, &mut references)?;
        let wiring = Wiring::read(&template, &references)?;
        let functions = catalog::functions(&wiring.settings(&references)?, &around.ground, &Figures::default())
            .map_err(StartError::Function)?;
        let router = Router::new(wiring.routes.clone());
        let keys = sandbox.keys();
        Ok(Self { functions, wiring, router, definitions, references, secrets, clock, first, keys })
    }

    /// Empty stores with the table, the buckets and the queues of the template.
    ///
    /// # Errors
    ///
    /// When they cannot be made.
    pub fn stores(&self) -> Result<Stores, StartError> {
        let stores = Stores::unserved(&self.clock, Some(&self.first)).map_err(resources::ResourcesError::from)?;
        resources::create(&stores, &self.definitions, &mut self.references.clone())?;
        Ok(stores)
    }

    /// A sandbox without flows.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn sandbox(&self) -> Result<sandbox::Unserved, StartError> {
        Ok(sandbox::Unserved::new(parameters::sandbox(&self.secrets, &self.clock), Some(&self.keys))?)
    }

    /// What the template's resource of this logical id is called: a table's name, a queue's address.
    pub fn named(&self, logical: &str) -> Option<&str> {
        self.references.get(logical)
    }

    /// A function and the longest that it may take.
    pub fn function(&self, name: &str) -> Option<(Handler, Duration)> {
        Some((self.functions.get(name)?.clone(), self.wiring.functions.get(name)?.timeout))
    }

    /// The functions' names.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// The function that a request leads to, and the event that the gateway would hand it. With claims the request comes from whoever they
    /// name; the gateway's own checks are not made.
    pub fn event(
        &self,
        request: &http::Request<Vec<u8>>,
        claims: Option<(Map<String, Value>, &str)>,
        request_id: &str,
    ) -> Option<(String, Value)> {
        let uri: &Uri = request.uri();
        let found = self.router.find(request.method().as_str(), uri.path())?;
        let mut headers: HeaderMap = request.headers().clone();
        if !headers.contains_key(header::CONTENT_TYPE) && !request.body().is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let incoming = Incoming {
            method: request.method(),
            uri,
            headers: &headers,
            body: request.body(),
            source_ip: Ipv4Addr::LOCALHOST.into(),
            claims: claims.map(|(claims, scope)| (claims, vec![scope.to_owned()])),
            request_id,
            at: (self.clock)(),
        };
        Some((found.route.function.clone(), http_request(&incoming, &found)))
    }
}
