//! Callers without a token, with a bad one, with another's; and methods and paths that are no routes.

use super::found::Found;
use super::routes::{self, Route};
use crate::harness::{Api, Contract, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

/// Some address of the route.
fn path(route: &Route, contract: &Contract) -> String {
    let id = if route.path.contains("{customerId}") { &contract.customer.id } else { &contract.id };
    route.of(id).unwrap_or_else(|| route.path.clone())
}

/// The routes that ask for a token.
fn guarded() -> Vec<Route> {
    let mut routes = routes::all();
    routes.retain(|route| route.scope.is_some());
    routes
}

fn with_token(api: &Api, token: String) -> Api {
    Api { token, ..api.clone() }
}

/// The token with its claims changed, under the signature that it had.
fn altered(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    change(&mut claims);
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    parts.join(".")
}

/// The token under another header and signature.
fn under(token: &str, header: &Value, signature: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[tokio::test]
async fn without_a_good_token_every_route_is_401() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let good = contract.customer.api.token.clone();
    let staff = world.staff().await;
    let anybody = world.anybody();
    let signature = good.rsplit('.').next().unwrap();
    let mut found = Found::nothing_yet();
    let before = contract.for_staff().await;

    // Of bad tokens it is enough to try them at a route of each scope.
    let mut bad = vec![
        ("a word", "nonsense".to_owned()),
        ("three words", "x.y.z".to_owned()),
        ("two of its parts", good.rsplit_once('.').unwrap().0.to_owned()),
        ("no signature", format!("{}.", good.rsplit_once('.').unwrap().0)),
        ("its signature cut off", good[..good.len() - 8].to_owned()),
        ("a part too many", format!("{good}.{signature}")),
        ("alg none", under(&good, &json!({ "alg": "none", "typ": "JWT" }), "")),
        ("alg none with the signature", under(&good, &json!({ "alg": "none", "typ": "JWT" }), signature)),
        ("alg HS256", under(&good, &json!({ "alg": "HS256", "typ": "JWT", "kid": "x" }), signature)),
        ("an unknown key", under(&good, &json!({ "alg": "RS256", "typ": "JWT", "kid": "../../x" }), signature)),
        ("another customer", altered(&good, |claims| claims["customer_id"] = json!("customer-1"))),
        ("staff's scope", altered(&good, |claims| claims["scope"] = json!("contracts/staff"))),
        ("a longer life", altered(&good, |claims| claims["exp"] = json!(9_999_999_999_u64))),
        ("staff's, altered", altered(&staff.token, |claims| claims["sub"] = json!("staff-2"))),
        ("a very long one", "a".repeat(6000)),
    ];
    let elsewhere = World::own(countersign::Options { register_customers: false, ..Default::default() }).await;
    bad.push(("another deployment's", elsewhere.caller(&contract.customer.id, "contracts/self").await.token));
    bad.push(("another deployment's staff", elsewhere.staff().await.token));
    for (what, token) in &bad {
        let api = with_token(&anybody, token.clone());
        for path in ["/v1/eligibility".to_owned(), contract.path(""), format!("/v1/staff/contracts/{}", contract.id)] {
            found.by_the_gateway(&format!("GET {path} with {what}"), &api.get(&path).await, 401);
        }
    }
    for scheme in ["Basic ", "Bearer Bearer ", "Token "] {
        let api = anybody.with("authorization", &format!("{scheme}{good}"));
        found.by_the_gateway(&format!("authorization: {scheme}…"), &api.get("/v1/eligibility").await, 401);
    }
    let answer = anybody.get(&format!("/v1/eligibility?access_token={good}")).await;
    found.by_the_gateway("a token in the query", &answer, 401);

    for route in guarded() {
        let path = path(&route, &contract);
        let case = format!("{} {}", route.method, route.path);
        let answer = anybody.send(route.method.clone(), &path, None).await;
        found.by_the_gateway(&format!("{case} without a token"), &answer, 401);
        let forged = with_token(&anybody, bad[10].1.clone());
        let answer = forged.send(route.method.clone(), &path, Some(&json!({}))).await;
        found.by_the_gateway(&format!("{case} with another customer's name in the token"), &answer, 401);
    }
    found.unchanged("bad tokens", &before, &contract.for_staff().await);
    found.none();
}

#[tokio::test]
async fn with_another_scope_every_route_is_403() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    let account = &contract.customer.id;
    let before = contract.for_staff().await;
    let mut found = Found::nothing_yet();
    let scopes = [
        "",
        "contracts",
        "contracts/selfish",
        "contracts/self2",
        "CONTRACTS/SELF",
        "contracts/staffed",
        "openid profile",
    ];
    let mut others = Vec::new();
    for scope in scopes {
        others.push((scope, world.caller(account, scope).await));
    }
    let staff = ("contracts/staff", world.staff().await);
    let customer = ("contracts/self", contract.customer.api.clone());
    for route in guarded() {
        let path = path(&route, &contract);
        for (scope, api) in others.iter().chain([if route.is_for_staff() { &customer } else { &staff }]) {
            let case = format!("{} {} with scope {scope:?}", route.method, route.path);
            // Not even an unknown id or a bad body is told to them.
            let answer = api.send(route.method.clone(), &path, Some(&json!([]))).await;
            found.by_the_gateway(&case, &answer, 403);
        }
    }
    found.unchanged("other scopes", &before, &contract.for_staff().await);
    found.none();
}

#[tokio::test]
async fn a_token_that_names_no_possible_customer_is_403() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    let mut found = Found::nothing_yet();
    let long = "a".repeat(65);
    let id = &contract.customer.id;
    let spaced = format!(" {id}");
    let names = [" ", "a b", "a/b", "a#b", "甲", "a\u{200B}b", "a\nb", "\u{0}", "a,b", &long, &spaced];
    for name in names {
        let api = world.caller(name, "contracts/self").await;
        for route in guarded().iter().filter(|route| !route.is_for_staff()) {
            let answer = api.send(route.method.clone(), &path(route, &contract), Some(&json!([]))).await;
            let case = format!("{} {} by customer {}", route.method, route.path, super::found::told(name));
            found.problem(&case, &answer, 403, "forbidden", &[]);
        }
    }
    // One with both scopes is a customer's and staff's, and still only its own customer's.
    let both = world.caller("customer-of-both", "contracts/staff contracts/self").await;
    found.status("GET the list, by one with both scopes", &both.get("/v1/contracts").await, &[200]);
    found.problem(
        "GET another's contract, by one with both scopes",
        &both.get(&contract.path("")).await,
        404,
        "not_found",
        &[],
    );
    found.none();
}

#[tokio::test]
async fn what_is_no_route_is_the_gateways_404() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    let (customer, staff) = (&contract.customer.api, world.staff().await);
    let before = contract.for_staff().await;
    let mut found = Found::nothing_yet();
    let routes = routes::all();
    for route in &routes {
        let own = path(route, &contract);
        let taken = |method: &Method| {
            // A literal part wins over a parameter, and a method that only the parameter's route has leads there.
            let fits =
                |other: &&Route| other.path == route.path || (other.of("search").as_deref() == Some(&route.path));
            routes.iter().filter(fits).any(|other| other.method == *method)
        };
        let api = if route.is_for_staff() { &staff } else { customer };
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if taken(&method) {
                continue;
            }
            for (who, api) in [("its caller", api), ("nobody", &world.anybody())] {
                let answer = api.send(method.clone(), &own, Some(&json!({}))).await;
                found.by_the_gateway(&format!("{method} {} by {who}", route.path), &answer, 404);
            }
        }
        let head = api.send(Method::HEAD, &own, None).await;
        found.status(&format!("HEAD {}", route.path), &head, &[404]);
        let override_ = api.with("x-http-method-override", "DELETE").send(Method::PATCH, &own, None).await;
        found.by_the_gateway(&format!("PATCH {} overridden by a header", route.path), &override_, 404);
        for other in [
            format!("{own}/"),
            format!("/{own}"),
            own.to_uppercase(),
            format!("{own}/x/y"),
            own.replace("/v1/", "/v2/"),
        ] {
            let answer = api.send(route.method.clone(), &other, None).await;
            found.by_the_gateway(&format!("{} {other}", route.method), &answer, 404);
        }
    }
    found.unchanged("what is no route", &before, &contract.for_staff().await);
    found.none();
}
