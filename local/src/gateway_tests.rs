//! The gateway over real connections, with functions made for the test.

use crate::cors::Cors;
use crate::desk::{Desk, routes};
use crate::folder::Folder;
use crate::functions::{Handler, InFlight, Registry, Running};
use crate::gateway::Gateway;
use crate::mail::Mailbox;
use crate::parameters::{AUDIENCE, tests::given};
use crate::routing::Router;
use crate::template::Template;
use crate::token::{Authorizer, Issuer};
use crate::wiring::Wiring;
use contract::{Clock, Timestamp};
use lambda_http::{Body, RequestExt as _, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

struct Place {
    url: String,
    http: reqwest::Client,
}

/// A gateway with the template's routes: `fill-party-a` echoes, `check-eligibility` panics, `read-contracts` never ends.
async fn place() -> Place {
    let clock: Clock = Arc::new(Timestamp::now);
    let template = Template::embedded().unwrap();
    let references = template.references(&given()).unwrap();
    let wiring = Wiring::read(&template, &references).unwrap();
    let echo = Handler::Http(Arc::new(|request| {
        let body: Running<Response<Body>> = Box::pin(async move {
            let told = json!({
                "method": request.method().as_str(),
                "id": request.path_parameters().first("id"),
                "bytes": request.body().len(),
                "language": request.headers().get("accept-language").map(|value| value.to_str().unwrap()),
            });
            Response::builder()
                .status(201)
                .header("content-type", "application/json")
                .header("vary", "a")
                .header("vary", "b")
                .header("set-cookie", "x=1")
                .header("set-cookie", "y=2")
                .body(Body::Text(told.to_string()))
                .unwrap()
        });
        body
    }));
    let panics = Handler::Http(Arc::new(|_| Box::pin(async { panic!("on purpose") })));
    let hangs = Handler::Http(Arc::new(|_| Box::pin(std::future::pending())));
    let functions = Registry::from([
        ("fill-party-a".to_owned(), echo),
        ("check-eligibility".to_owned(), panics),
        ("read-contracts".to_owned(), hangs),
    ]);
    let issuer =
        Issuer::open(&Folder::none(), "http://issuer.example".to_owned(), AUDIENCE.to_owned(), Arc::clone(&clock))
            .unwrap();
    let authorizer = Authorizer::new(issuer.key_set().clone(), "http://issuer.example", AUDIENCE, Arc::clone(&clock));
    let gateway = Gateway {
        router: Router::new(wiring.routes),
        functions,
        timeouts: BTreeMap::from([("read-contracts".to_owned(), Duration::from_millis(50))]),
        authorizer,
        cors: Cors::read(&template, &references).unwrap(),
        clock: Arc::clone(&clock),
        in_flight: InFlight::new().0,
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let desk = Arc::new(Desk {
        api: crate::desk::Api::Here(Box::new(gateway)),
        issuer,
        log_in: crate::log_in::LogIn::default(),
        clock,
        mailbox: Arc::new(Mailbox::open(Folder::none()).unwrap()),
        ready: AtomicBool::new(false),
        base_url: url.clone(),
        sandbox_url: "http://127.0.0.1:1".to_owned(),
    });
    let service = routes(desk).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Place { url, http: reqwest::Client::builder().no_proxy().build().unwrap() }
}

impl Place {
    async fn token(&self, scope: &str) -> String {
        let body = json!({ "customerId": "c-1", "scope": scope }).to_string();
        let answer = self.http.post(format!("{}/dev/token", self.url)).body(body).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["accessToken"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Vec<u8>) -> (u16, Value) {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)).body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }
}

#[tokio::test]
async fn a_request_reaches_its_function_and_the_answer_comes_back() {
    let place = place().await;
    let token = place.token("contracts/self").await;
    let answer = place
        .http
        .put(format!("{}/v1/contracts/01J/party-a?x=1", place.url))
        .bearer_auth(&token)
        .header("accept-language", "en")
        .body("12345")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["vary"], "a,b");
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    assert!(answer.headers().contains_key("apigw-requestid"));
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(told, json!({ "method": "PUT", "id": "01J", "bytes": 5, "language": "en" }));
}

#[tokio::test]
async fn what_is_no_route_is_not_found_whoever_asks() {
    let place = place().await;
    let token = place.token("contracts/self").await;
    let not_found = (404, json!({ "message": "Not Found" }));
    for (method, path) in [
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/contracts"),
        ("PATCH", "/v1/eligibility"),
        ("GET", "/v1/contracts/"),
        ("POST", "/"),
        ("DELETE", "/dev/mail"),
        ("GET", "/dev/nothing"),
    ] {
        assert_eq!(place.call(method, path, Some(&token), Vec::new()).await, not_found, "{method} {path}");
        assert_eq!(place.call(method, path, None, Vec::new()).await, not_found, "{method} {path} without token");
    }
}

#[tokio::test]
async fn tokens_are_asked_for_before_bodies_are_looked_at() {
    let place = place().await;
    let (customer, staff) = (place.token("contracts/self").await, place.token("contracts/staff").await);
    let large = vec![b'x'; 10 * 1024 * 1024 + 1];
    let cases = [
        (None, 401, "Unauthorized"),
        (Some("x.y.z"), 401, "Unauthorized"),
        (Some(staff.as_str()), 403, "Forbidden"),
        (Some(customer.as_str()), 413, "Request Entity Too Large"),
    ];
    for (token, status, message) in cases {
        let answer = place.call("POST", "/v1/contracts", token, large.clone()).await;
        assert_eq!(answer, (status, json!({ "message": message })));
    }
    let (status, told) = place.call("POST", "/v1/contracts", Some(&customer), vec![b'x'; 10 * 1024 * 1024]).await;
    assert_eq!((status, &told["bytes"]), (201, &json!(10 * 1024 * 1024)));
}

#[tokio::test]
async fn a_function_that_fails_is_the_gateways_answer() {
    let place = place().await;
    let token = place.token("contracts/self").await;
    let failed = (500, json!({ "message": "Internal Server Error" }));
    assert_eq!(place.call("GET", "/v1/eligibility", Some(&token), Vec::new()).await, failed, "it panics");
    assert_eq!(place.call("GET", "/v1/contracts", Some(&token), Vec::new()).await, failed, "it takes too long");
    assert_eq!(place.call("POST", "/v1/esign/callback", None, Vec::new()).await, failed, "it is not there");
    let (status, _) = place.call("POST", "/v1/contracts", Some(&token), Vec::new()).await;
    assert_eq!(status, 201, "and the gateway goes on");
}

#[tokio::test]
async fn browsers_of_the_console_may_call() {
    let place = place().await;
    let preflight = place
        .http
        .request(reqwest::Method::OPTIONS, format!("{}/v1/contracts", place.url))
        .header("origin", "http://127.0.0.1:8080")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "http://127.0.0.1:8080");
    let refused = place
        .http
        .get(format!("{}/v1/contracts", place.url))
        .header("origin", "http://127.0.0.1:8080")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["access-control-allow-origin"], "http://127.0.0.1:8080");
}

#[tokio::test]
async fn the_desk_logs_in_and_shows_mail() {
    let place = place().await;
    assert_eq!(place.call("GET", "/dev/ready", None, Vec::new()).await, (503, json!({ "ready": false })));
    let (status, keys) = place.call("GET", "/dev/issuer/.well-known/jwks.json", None, Vec::new()).await;
    assert_eq!((status, &keys["keys"][0]["kty"], keys["keys"][0].get("d")), (200, &json!("RSA"), None));
    let (status, discovery) = place.call("GET", "/dev/issuer/.well-known/openid-configuration", None, Vec::new()).await;
    assert_eq!((status, &discovery["issuer"]), (200, &json!("http://issuer.example")));
    for body in ["", "[]", "{}", r#"{"customerId":""}"#, r#"{"customerId":1}"#] {
        assert_eq!(place.call("POST", "/dev/token", None, body.into()).await.0, 400, "{body}");
    }
    let mails = place.http.get(format!("{}/dev/mail", place.url)).header("accept", "application/json");
    assert_eq!(mails.send().await.unwrap().text().await.unwrap(), "[]");
    for (path, holds) in [
        ("/dev", "/dev/login"),
        ("/dev/login", "demo-enterprise"),
        ("/dev/login?as=demo-person", "Bearer"),
        ("/dev/mail", "还没有邮件"),
    ] {
        let page = place.http.get(format!("{}{path}", place.url)).send().await.unwrap().text().await.unwrap();
        assert!(page.starts_with("<!doctype html>") && page.contains(holds), "{path}");
    }
}
