//! What stands around a stack that is deployed elsewhere, as on an emulator of AWS: the log-in, the mail service, the e签宝 sandbox, and an address
//! that leads to the deployed API as a domain name would.
//!
//! Nothing of Countersign itself runs here. The address is known before anything is deployed, so the template's parameters can name it.

use crate::desk::{Api, Desk};
use crate::folder::Folder;
use crate::log_in::LogIn;
use crate::mail::Mailbox;
use crate::parameters::{self, AUDIENCE, Addresses, Secrets};
use crate::smtp;
use crate::stack::{StartError, address, bind, serve, whole_milliseconds};
use crate::token::Issuer;
use axum::body::Body;
use contract::Clock;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::{PoisonError, RwLock};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The path at which one says where the API is deployed.
pub const DEPLOYED_PATH: &str = "/dev/deployed";

/// The deployed API: where its server listens, and the host that it is asked for there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Place {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// The host of the API.
    pub host: String,
}

/// The way to the deployed API.
#[derive(Debug)]
pub struct Deployed {
    place: RwLock<Option<Place>>,
    http: reqwest::Client,
}

impl Deployed {
    fn new() -> Result<Self, StartError> {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| StartError::Function(format!("No HTTP client can be made: {error}.")))?;
        Ok(Self { place: RwLock::new(None), http })
    }

    /// Leads to this place from now on.
    pub fn lead_to(&self, place: Place) {
        *self.place.write().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// Hands a request on, and the answer back, both as they are.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let place = self.place.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(place) = place else { return unavailable("Nothing is deployed yet.") };
        self.hand_on(request, &place).await.unwrap_or_else(|why| unavailable(&why))
    }

    async fn hand_on(&self, request: Request<Body>, place: &Place) -> Result<Response<Body>, String> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut headers = parts.headers;
        headers.insert(header::HOST, HeaderValue::try_from(&place.host).map_err(|error| error.to_string())?);
        for one_hop in [header::CONNECTION, header::TRANSFER_ENCODING] {
            headers.remove(one_hop);
        }
        let sent = self.http.request(parts.method, format!("{}{path}", place.url)).headers(headers).body(body);
        let answer = sent.send().await.map_err(|error| error.to_string())?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        for one_hop in [header::CONNECTION, header::TRANSFER_ENCODING] {
            response.headers_mut().remove(one_hop);
        }
        *response.body_mut() = Body::from(answer.bytes().await.map_err(|error| error.to_string())?);
        Ok(response)
    }
}

fn unavailable(why: &str) -> Response<Body> {
    crate::page::json(StatusCode::SERVICE_UNAVAILABLE, &serde_json::json!({ "message": why }))
}

/// All of it, running. Dropping it stops it.
#[derive(Debug)]
pub struct Beside {
    /// Where the log-in and the mails are, and behind them the API.
    pub base_url: String,
    /// The e签宝 sandbox.
    pub sandbox_url: String,
    /// The template's parameters, secrets included.
    pub parameters: BTreeMap<String, String>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    sandbox: sandbox::Sandbox,
}

impl Beside {
    /// Starts on free ports, and keeps nothing. `look_schedule` is the parameter of that name, `watch_rate` how often the timer runs.
    ///
    /// # Errors
    ///
    /// When a port cannot be listened on.
    pub async fn start(look_schedule: &str, watch_rate: &str) -> Result<Self, StartError> {
        let clock: Clock = Arc::new(whole_milliseconds);
        let (door, sandbox_listener, mail) = (bind(0).await?, bind(0).await?, bind(0).await?);
        let base_url = address(&door)?;
        let addresses = Addresses {
            issuer: format!("{base_url}{}", crate::desk::ISSUER_PATH),
            sandbox: address(&sandbox_listener)?,
            mail: address(&mail)?.replace("http://", "smtp://"),
            gateway: base_url.clone(),
        };
        let folder = Folder::none();
        let secrets = Secrets::open(&folder)?;
        let mailbox = Arc::new(Mailbox::open(folder.clone())?);
        let issuer = Issuer::open(&folder, addresses.issuer.clone(), AUDIENCE.to_owned(), Arc::clone(&clock))?;
        let sandbox = sandbox::Sandbox::start_on(sandbox_listener, parameters::sandbox(&secrets, &clock)).await?;
        let parameters = parameters::values(&addresses, &secrets, &sandbox.root_pem(), look_schedule, watch_rate);
        let (stop, stopped) = watch::channel(false);
        let desk = Arc::new(Desk {
            api: Api::Deployed(Deployed::new()?),
            issuer,
            log_in: LogIn::default(),
            clock,
            mailbox: Arc::clone(&mailbox),
            ready: AtomicBool::new(true),
            base_url: base_url.clone(),
            sandbox_url: addresses.sandbox.clone(),
        });
        let tasks =
            vec![tokio::spawn(smtp::serve(mail, mailbox, stopped.clone())), tokio::spawn(serve(door, desk, stopped))];
        Ok(Self { base_url, sandbox_url: addresses.sandbox, parameters, stop, tasks, sandbox })
    }

    /// Stops.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            task.abort();
        }
        self.sandbox.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::post;

    #[tokio::test]
    async fn the_address_leads_to_what_is_deployed() {
        let listener = bind(0).await.unwrap();
        let place = Place { url: address(&listener).unwrap(), host: "api.example".to_owned() };
        let echo = post(|headers: http::HeaderMap, uri: http::Uri, body: String| async move {
            (StatusCode::CREATED, [("x-seen", headers["host"].clone())], format!("{uri} {body}"))
        });
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/contracts", echo)).await });

        let beside = Beside::start("1,1", "rate(1 minute)").await.unwrap();
        assert_eq!(beside.parameters["PublicUrl"], beside.base_url);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = || http.post(format!("{}/v1/contracts?a=b%20c", beside.base_url)).body("{}").send();
        assert_eq!(asked().await.unwrap().status(), 503);
        let told = serde_json::json!({ "url": place.url, "host": place.host }).to_string();
        let told = http.put(format!("{}{DEPLOYED_PATH}", beside.base_url)).body(told).send().await.unwrap();
        assert_eq!(told.status(), 200);
        let answer = asked().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["x-seen"].to_str().unwrap()), (201, "api.example"));
        assert_eq!(answer.text().await.unwrap(), "/v1/contracts?a=b%20c {}");
        beside.stop().await;
    }
}
