//! What the API says of itself is what it does: each call of the OpenAPI document is made, with each of its examples, and is answered as it is
//! described.

use crate::harness::{Answer, World};
use countersign::Options;
use reqwest::Method;
use serde_json::{Map, Value};

/// The account of the examples, which is an enterprise.
const ENTERPRISE: &str = "demo-enterprise";
const IDENTITY: &str = "/v1/staff/customers/{customerId}/identity";
/// What an example of a body must not get: it would not be one.
const NOT_AN_EXAMPLE: [u16; 5] = [400, 404, 413, 415, 422];

struct Description(Value);

impl Description {
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(place) => self.resolved(self.0.pointer(place.trim_start_matches('#')).unwrap()),
            None => value,
        }
    }

    fn example(&self, path: &str, method: &str, name: &str) -> &Value {
        &self.0["paths"][path][method]["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    }

    /// Looks whether a value has the fields that its schema says, and no other ones.
    #[track_caller]
    fn fits(&self, schema: &Value, value: &Value, answer: &Answer) {
        let schema = self.resolved(schema);
        if let Some(ways) = schema["oneOf"].as_array() {
            let way = ways.iter().find(|way| way["type"] != "null").unwrap();
            if !value.is_null() {
                self.fits(way, value, answer);
            }
            return;
        }
        for item in value.as_array().into_iter().flatten() {
            self.fits(&schema["items"], item, answer);
        }
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        let parts: Vec<&Value> = parts.iter().map(|part| self.resolved(part)).collect();
        let described: Map<String, Value> =
            parts.iter().filter_map(|part| part["properties"].as_object().cloned()).flatten().collect();
        let required = parts.iter().filter_map(|part| part["required"].as_array()).flatten();
        let (Some(fields), false) = (value.as_object(), described.is_empty()) else { return };
        for name in required {
            answer.shows(fields.contains_key(name.as_str().unwrap()), &format!("{name} is described as always there"));
        }
        for (name, value) in fields {
            let inner = described.get(name).unwrap_or_else(|| panic!("{name} is not described\n{}", answer.story()));
            self.fits(inner, value, answer);
        }
    }
}

#[tokio::test]
async fn every_call_takes_its_examples_and_is_answered_as_described() {
    let day = std::time::Duration::from_secs(24 * 3600);
    let world = World::own(Options { register_customers: false, watch_every: day, ..Options::default() }).await;
    let description = Description(world.anybody().get("/v1/openapi.json").await.is(200));
    let (staff, enterprise) = (world.staff().await, world.caller(ENTERPRISE, "contracts/self").await);
    let person = world.person("李大山").await.api;
    let identity = description.example(IDENTITY, "put", "enterprise");
    staff.put(&IDENTITY.replace("{customerId}", ENTERPRISE), identity).await.is(200);
    let opened = enterprise.post("/v1/contracts", description.example("/v1/contracts", "post", "enterprise")).await;
    let of_enterprise = opened.is(201)["id"].as_str().unwrap().to_owned();
    let opened = person.post("/v1/contracts", description.example("/v1/contracts", "post", "person")).await;
    let of_person = opened.is(201)["id"].as_str().unwrap().to_owned();

    let (mut calls, mut good) = (0, 0);
    for (path, item) in description.0["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let examples = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
            let bodies: Vec<(&str, Option<&Value>)> = match examples {
                Some(examples) => examples.iter().map(|(name, shown)| (name.as_str(), Some(&shown["value"]))).collect(),
                None => vec![("nothing", None)],
            };
            for (name, body) in bodies {
                let (customer, contract) =
                    if name == "person" { (&person, &of_person) } else { (&enterprise, &of_enterprise) };
                let caller = match operation["security"][0]["tokens"][0].as_str() {
                    Some("contracts/staff") => staff.clone(),
                    Some(_) => customer.clone(),
                    None => world.anybody(),
                };
                let address = path.replace("{id}", contract).replace("{customerId}", ENTERPRISE).replace("{page}", "1");
                let method: Method = method.to_uppercase().parse().unwrap();
                let answer = caller.send(method, &address, body).await;
                calls += 1;
                good += u32::from(answer.status < 300);
                let refused = body.is_some() && NOT_AN_EXAMPLE.contains(&answer.status);
                answer.shows(!refused, "an example is refused");
                let described = description.resolved(&operation["responses"][answer.status.to_string()]);
                let media = answer.header("content-type").unwrap_or_default();
                let content = &described["content"][media];
                answer.shows(content.is_object(), &format!("{} {media} is not described", answer.status));
                description.fits(&content["schema"], &answer.json(), &answer);
            }
        }
    }
    assert!(calls >= 30 && good >= 20, "{calls} calls, of which {good} went well");
}
