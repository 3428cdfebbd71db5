//! The order in which requests are refused: 401, 403, 404, 413, 415, 400, 422, 409. Everything is wrong at first, and one thing after the
//! other is put right.

use super::found::Found;
use super::sites::{self, Site};
use crate::harness::{Api, World};
use serde_json::json;

/// A contract that nobody has.
const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const JSON: Option<&str> = Some("application/json");
const TEXT: Option<&str> = Some("text/plain");

/// What is tried at one site.
struct Stairs<'a> {
    site: &'a Site,
    found: Found,
}

impl Stairs<'_> {
    async fn step(&mut self, what: &str, api: &Api, path: &str, sent: (Option<&str>, Vec<u8>), expected: (u16, &str)) {
        let case = format!("{}, {what}", self.site.name());
        let answer = api.send_bytes(self.site.method.clone(), path, sent.0, sent.1).await;
        match expected {
            (401 | 403, _) => self.found.by_the_gateway(&case, &answer, expected.0),
            (422, _) => self.found.problem(&case, &answer, 422, "invalid_fields", &[("", "wrong_type")]),
            (409, _) => self.found.status(&case, &answer, &[409]),
            (status, code) => self.found.problem(&case, &answer, status, code, &[]),
        }
    }
}

#[tokio::test]
async fn everything_is_wrong_and_the_first_check_answers() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let contract = customer.signed().await;
    let staff = world.staff().await;
    for mut site in sites::all(&contract).await {
        if site.route.ends_with("/identity") {
            site.body["verifiedAt"] = json!("2020-01-01T00:00:00Z");
        }
        let before = site.kept().await;
        let other = if site.route.starts_with("/v1/staff/") { &customer.api } else { &staff };
        let (api, path) = (&site.api, &site.path);
        let unknown = path.replace(&contract.id, NOBODYS);
        // Too large, and not JSON either.
        let large = || vec![b'['; 70_000];
        let mut stairs = Stairs { site: &site, found: Found::nothing_yet() };
        stairs.step("no token, and all else", &world.anybody(), &unknown, (TEXT, large()), (401, "")).await;
        stairs.step("another's scope, and all else", other, &unknown, (TEXT, large()), (403, "")).await;
        if unknown != *path {
            for (what, sent, body) in [
                ("an unknown id, and all else", TEXT, large()),
                ("an unknown id and a wrong type", TEXT, b"[".to_vec()),
                ("an unknown id and no JSON", JSON, b"[".to_vec()),
                ("an unknown id and no object", JSON, b"[]".to_vec()),
                ("an unknown id", JSON, site.body.to_string().into()),
            ] {
                stairs.step(what, api, &unknown, (sent, body), (404, "not_found")).await;
            }
        }
        stairs.step("too large, and all else", api, path, (TEXT, large()), (413, "too_large")).await;
        let no_json = (TEXT, b"[".to_vec());
        stairs.step("a wrong type and no JSON", api, path, no_json, (415, "unsupported_media_type")).await;
        stairs.step("no JSON", api, path, (JSON, b"[".to_vec()), (400, "malformed_json")).await;
        stairs.step("no object", api, path, (JSON, b"[]".to_vec()), (422, "")).await;
        if !["/v1/enquiries", "/v1/staff/contracts/search"].contains(&site.route) {
            let valid = (JSON, site.body.to_string().into());
            stairs.step("only the state is against it", api, path, valid, (409, "")).await;
        }
        stairs.found.unchanged(&site.name(), &before, &site.kept().await);
        stairs.found.none();
    }
}
