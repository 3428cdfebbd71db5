//! Ids that are nobody's, somebody else's, or none: one answer to all of them, so that no id can be found by trying.

use super::found::Found;
use super::routes::{self, Route};
use super::sites;
use crate::harness::{Answer, Api, Contract, Kind, World};
use reqwest::Method;
use serde_json::{Value, json};

/// A contract that nobody has.
const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Ids that are none, as they stand in an address.
fn malformed() -> Vec<String> {
    let mut ids: Vec<String> = [
        "nothing",
        "null",
        "0",
        "-1",
        "*",
        "%7Bid%7D",
        "%00",
        "%0A",
        "%20",
        "%2F",
        "%2e%2e%2fstaff",
        "%25",
        "%zz",
        "%FF%FE",
        "%F0%9F%99%82",
        "%E2%80%AE",
        "%27%20OR%20%271%27=%271",
        "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",
        "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
        "%2001ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV%20",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV%00",
        "OIARZ3NDEKTSV4RRFFQ69G5FAV",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "CONTRACT%2301ARZ3NDEKTSV4RRFFQ69G5FAV",
        "00000000-0000-0000-0000-000000000000",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.push("A".repeat(4000));
    ids
}

/// An id in other spellings, each of which is not it.
fn respelt(id: &str) -> Vec<String> {
    let encoded = format!("%{:02X}", id.as_bytes()[0]);
    vec![id.to_lowercase(), format!("{id}%20"), format!("%20{id}"), format!("{id}{encoded}"), format!("{id},{id}")]
}

/// The routes about one contract, each with a body that it would take.
struct Routes(Vec<(Route, Option<Value>)>);

impl Routes {
    async fn about(contract: &Contract) -> Self {
        let sites = sites::all(contract).await;
        let mut routes = routes::all();
        routes.retain(|route| route.path.contains("contracts/{id}"));
        let with_body = |route: Route| {
            let mut sites = sites.iter();
            let body = sites.find(|site| site.method == route.method && site.route == route.path);
            (body.map(|site| site.body.clone()), route)
        };
        let routes: Vec<_> = routes.into_iter().map(with_body).map(|(body, route)| (route, body)).collect();
        let bodies = routes.iter().filter(|(_, body)| body.is_some()).count();
        let posted =
            routes.iter().filter(|(route, _)| route.method != Method::GET && !route.path.contains("paper")).count();
        assert_eq!(bodies, posted, "a route that takes a body is not among the sites");
        Self(routes)
    }
}

async fn call(api: &Api, route: &Route, id: &str, body: Option<&Value>) -> Answer {
    api.send(route.method.clone(), &route.of(id).unwrap(), body).await
}

#[tokio::test]
async fn another_customers_contract_is_like_one_that_does_not_exist() {
    let world = World::shared().await;
    let mut found = Found::nothing_yet();
    for (customer, stranger) in [
        (world.enterprise("某某科技有限公司").await, world.enterprise("另一家科技有限公司").await),
        (world.person("李大山").await, world.person("陈小山").await),
    ] {
        // One in which nearly every call would do something, and one that has a document.
        let mut contracts = vec![customer.apply().await];
        if customer.kind == Kind::Person {
            contracts.push(world.person("孙小山").await.signed().await);
        }
        for contract in contracts {
            let routes = Routes::about(&contract).await;
            let before = contract.for_staff().await;
            for (route, body) in routes.0.iter().filter(|(route, _)| !route.is_for_staff()) {
                let case = format!("{} {}", route.method, route.path);
                let unknown = call(&stranger.api, route, NOBODYS, body.as_ref()).await;
                let strangers = call(&stranger.api, route, &contract.id, body.as_ref()).await;
                found.problem(&format!("{case} of a contract of nobody"), &unknown, 404, "not_found", &[]);
                found.alike(&format!("{case} of a stranger's contract"), &unknown, &strangers);
                let again = call(&stranger.api, route, &contract.id, Some(&json!([]))).await;
                found.alike(&format!("{case} of a stranger's contract, with a bad body"), &unknown, &again);
            }
            found.unchanged("a stranger's calls", &before, &contract.for_staff().await);
        }
    }
    found.none();
}

#[tokio::test]
async fn a_malformed_id_is_nobodys() {
    let world = World::shared().await;
    let mut found = Found::nothing_yet();
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let paper = sites::paper(&world.person("李大山").await).await;
    let paper = paper.send(&paper.body).await.is(201);
    let paper = paper["id"].as_str().unwrap();
    let staff = world.staff().await;
    let before = contract.for_staff().await;
    for (route, body) in Routes::about(&contract).await.0 {
        let papers = route.path.contains("paper-contracts");
        let api = if route.is_for_staff() { &staff } else { &contract.customer.api };
        let mut ids = malformed();
        ids.extend(respelt(if papers { paper } else { &contract.id }));
        // Each is an id, but of something else.
        ids.extend(
            [if papers { &contract.id } else { paper }, &contract.number, &contract.customer.id]
                .map(ToString::to_string),
        );
        let unknown = call(api, &route, NOBODYS, body.as_ref()).await;
        let name = format!("{} {}", route.method, route.path);
        found.problem(&format!("{name} of nobody"), &unknown, 404, "not_found", &[]);
        for id in ids {
            let case = format!("{name} of {}", super::found::told(&id));
            found.alike(&case, &unknown, &call(api, &route, &id, body.as_ref()).await);
        }
    }
    found.unchanged("malformed ids", &before, &contract.for_staff().await);
    let paper = staff.get(&format!("/v1/staff/paper-contracts/{paper}")).await.is(200);
    found.unchanged("malformed ids", &json!("recorded"), &paper["status"]);
    found.none();
}

#[tokio::test]
async fn a_customer_who_cannot_be_one_has_no_identity() {
    let world = World::shared().await;
    let staff = world.staff().await;
    let site = sites::identity(&world.person("李大山").await).await;
    let mut found = Found::nothing_yet();
    let long = "a".repeat(65);
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let body = (method == Method::PUT).then_some(&site.body);
        for id in ["%20", "a%20b", "a%2Fb", "a%23b", "%E7%94%B2", "%00", "a%0Ab", "a+b%", "%E2%80%AE", &long] {
            let path = format!("/v1/staff/customers/{id}/identity");
            let answer = staff.send(method.clone(), &path, body).await;
            found.problem(&format!("{method} {path}"), &answer, 404, "not_found", &[]);
        }
        if method != Method::PUT {
            let answer = staff.send(method.clone(), "/v1/staff/customers/nobody-at-all/identity", None).await;
            found.problem(&format!("{method} of an unknown customer"), &answer, 404, "not_found", &[]);
        }
    }
    found.none();
}

#[tokio::test]
async fn a_cursor_that_was_not_given_out_is_422() {
    let world = World::shared().await;
    let (customer, staff) = (world.person("李大山").await.api, world.staff().await);
    let mut found = Found::nothing_yet();
    let long = "A".repeat(4000);
    for (api, list) in
        [(&customer, "/v1/contracts"), (&staff, "/v1/staff/enquiries"), (&staff, "/v1/staff/paper-contracts")]
    {
        for cursor in [
            "",
            "%20",
            "x",
            "null",
            "MQ",
            "MjAwMC0wMS0wMVQwMDowMDowMC4wMDBa=",
            "_____w",
            "%00",
            "%E7%94%B2",
            "%FF",
            &long,
        ] {
            let answer = api.get(&format!("{list}?cursor={cursor}")).await;
            let case = format!("GET {list}?cursor={}", super::found::told(cursor));
            found.problem(&case, &answer, 422, "invalid_fields", &[("/cursor", "bad_format")]);
        }
    }
    found.none();
}
