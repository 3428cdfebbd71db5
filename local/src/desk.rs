//! What the local stack answers besides the API: its pages, its log-in and its state, all under `/dev/`.

use crate::beside::{DEPLOYED_PATH, Deployed};
use crate::customers::{ACCOUNTS, CUSTOMER_SCOPE};
use crate::gateway::Gateway;
use crate::log_in::{Authorization, LONGEST_ACCOUNT, LogIn, Redemption};
use crate::mail::Mailbox;
use crate::page;
use crate::token::Issuer;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::routing::{get, post, put};
use contract::Clock;
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The path of the issuer; its documents lie below.
pub const ISSUER_PATH: &str = "/dev/issuer";

/// Where the API is.
pub enum Api {
    /// In this process.
    Here(Box<Gateway>),
    /// Deployed elsewhere.
    Deployed(Deployed),
}

/// What the desk needs.
pub struct Desk {
    /// The API.
    pub api: Api,
    /// Signs tokens.
    pub issuer: Issuer,
    /// The codes of the log-in.
    pub log_in: LogIn,
    /// The time.
    pub clock: Clock,
    /// What was mailed.
    pub mailbox: Arc<Mailbox>,
    /// Whether everything is up.
    pub ready: AtomicBool,
    /// The gateway's address.
    pub base_url: String,
    /// The sandbox's address.
    pub sandbox_url: String,
}

/// Everything that is answered on the gateway's port.
pub fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/dev", get(overview))
        .route("/dev/ready", get(ready))
        .route("/dev/login", get(accounts))
        .route("/dev/issuer/authorize", get(authorize))
        .route("/dev/issuer/token", post(redeem))
        .route("/dev/token", post(token))
        .route("/dev/mail", get(mail))
        .route(DEPLOYED_PATH, put(deployed))
        .route("/dev/issuer/.well-known/openid-configuration", get(discovery))
        .route("/dev/issuer/.well-known/jwks.json", get(keys))
        .fallback(api)
        .method_not_allowed_fallback(api)
        .with_state(desk)
}

async fn api(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    match &desk.api {
        Api::Here(gateway) => gateway.answer(peer, request).await,
        Api::Deployed(deployed) => deployed.answer(request).await,
    }
}

/// Says where the API is deployed. Where it is in this process there is nothing to say.
async fn deployed(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    match (&desk.api, serde_json::from_slice(&body)) {
        (Api::Deployed(deployed), Ok(place)) => {
            deployed.lead_to(place);
            page::json(StatusCode::OK, &json!({}))
        }
        (Api::Deployed(_), Err(error)) => page::json(StatusCode::BAD_REQUEST, &json!({ "message": error.to_string() })),
        (Api::Here(_), _) => page::json(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
    }
}

async fn overview(State(desk): State<Arc<Desk>>) -> Response<Body> {
    page::overview(&desk.sandbox_url)
}

async fn ready(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let ready = desk.ready.load(Ordering::SeqCst);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    page::json(status, &json!({ "ready": ready }))
}

#[derive(Deserialize)]
struct Chosen {
    r#as: Option<String>,
}

async fn accounts(State(desk): State<Arc<Desk>>, Query(query): Query<Chosen>) -> Response<Body> {
    let Some(account) = ACCOUNTS.iter().find(|account| query.r#as.as_deref() == Some(account.id)) else {
        return page::accounts(&ACCOUNTS);
    };
    match desk.issuer.token(account.id, account.scope) {
        Ok(token) => page::logged_in(account, &token, &desk.base_url),
        Err(error) => failed(&error.to_string()),
    }
}

/// The first half of the console's log-in: who somebody is.
async fn authorize(State(desk): State<Arc<Desk>>, Query(request): Query<Authorization>) -> Response<Body> {
    if let Some(why) = LogIn::refused(&request, &desk.base_url) {
        return page::json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_request", "error_description": why }));
    }
    match desk.log_in.grant(&request, &desk.clock) {
        Some(address) => page::redirect(&address),
        None => page::choice(&ACCOUNTS, &request),
    }
}

/// The second half: a token for the code.
async fn redeem(State(desk): State<Arc<Desk>>, Form(request): Form<Redemption>) -> Response<Body> {
    let Some((account, scope)) = desk.log_in.redeem(&request, &desk.base_url, &desk.clock) else {
        return page::json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    };
    given(&desk, &account, scope)
}

fn given(desk: &Desk, account: &str, scope: &str) -> Response<Body> {
    match desk.issuer.token(account, scope) {
        Ok(token) => {
            let body = json!({
                "access_token": token, "token_type": "Bearer", "expires_in": desk.issuer.lifetime(), "scope": scope,
            });
            page::json(StatusCode::OK, &body)
        }
        Err(error) => failed(&error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenRequest {
    customer_id: String,
    #[serde(default = "customer_scope")]
    scope: String,
}

fn customer_scope() -> String {
    CUSTOMER_SCOPE.to_owned()
}

async fn token(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    let request = serde_json::from_slice::<TokenRequest>(&body)
        .ok()
        .filter(|request| (1..=LONGEST_ACCOUNT).contains(&request.customer_id.chars().count()));
    let Some(request) = request else {
        let message =
            "The body must be JSON: customerId (1 to 128 characters) and, if it is not contracts/self, scope.";
        return page::json(StatusCode::BAD_REQUEST, &json!({ "message": message }));
    };
    match desk.issuer.token(&request.customer_id, &request.scope) {
        Ok(token) => {
            let body = json!({ "accessToken": token, "tokenType": "Bearer", "expiresIn": desk.issuer.lifetime() });
            page::json(StatusCode::OK, &body)
        }
        Err(error) => failed(&error.to_string()),
    }
}

async fn mail(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response<Body> {
    let mails = desk.mailbox.list();
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") { page::json(StatusCode::OK, &mails) } else { page::mails(&mails) }
}

async fn discovery(State(desk): State<Arc<Desk>>) -> Response<Body> {
    page::json(StatusCode::OK, &desk.issuer.discovery())
}

async fn keys(State(desk): State<Arc<Desk>>) -> Response<Body> {
    page::json(StatusCode::OK, desk.issuer.key_set())
}

fn failed(message: &str) -> Response<Body> {
    page::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": message }))
}
