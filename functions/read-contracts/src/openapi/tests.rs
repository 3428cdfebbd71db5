use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

fn api() -> Value {
    serde_json::from_str(&document()).unwrap()
}

/// Each operation by method and path.
fn operations(api: &Value) -> BTreeMap<(String, String), &Map<String, Value>> {
    let mut found = BTreeMap::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            found.insert((method.to_uppercase(), path.clone()), operation.as_object().unwrap());
        }
    }
    found
}

fn resolved<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(place) => {
            let pointer = place.strip_prefix('#').unwrap_or_else(|| panic!("{place} leads elsewhere"));
            resolved(api, api.pointer(pointer).unwrap_or_else(|| panic!("{place} leads nowhere")))
        }
        None => value,
    }
}

fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|value| walk(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn it_is_openapi_and_every_reference_leads_somewhere() {
    let api = api();
    assert_eq!(api["openapi"], "3.1.0");
    let mut count = 0;
    walk(&api, &mut |fields| {
        if fields.contains_key("$ref") {
            count += 1;
            resolved(&api, &Value::Object(fields.clone()));
        }
    });
    assert!(count > 100, "{count} references");
}

#[test]
fn it_has_the_routes_of_the_template_with_their_scopes() {
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(include_str!("../../../../template.yaml")).unwrap();
    let text = |value: &serde_yaml_ng::Value| value.as_str().unwrap_or_default().to_owned();
    let mut routes = BTreeMap::new();
    for resource in template["Resources"].as_mapping().unwrap().values() {
        let events = resource.get("Properties").and_then(|properties| properties.get("Events"));
        for event in events.and_then(|events| events.as_mapping()).into_iter().flat_map(|events| events.values()) {
            let properties = &event["Properties"];
            // The rest are pages.
            if event["Type"].as_str() == Some("HttpApi") && text(&properties["Path"]).starts_with("/v1/") {
                let scopes = properties["Auth"].get("AuthorizationScopes").and_then(|scopes| scopes.as_sequence());
                let scopes: Vec<String> = scopes.into_iter().flatten().map(text).collect();
                assert_eq!(scopes.is_empty(), properties["Auth"].get("Authorizer").is_some(), "{properties:?}");
                routes.insert((text(&properties["Method"]), text(&properties["Path"])), scopes);
            }
        }
    }
    let api = api();
    let scopes = |operation: &&Map<String, Value>| -> Vec<String> {
        let asked = operation["security"].as_array().unwrap().iter().flat_map(|way| way["tokens"].as_array().unwrap());
        asked.map(|scope| scope.as_str().unwrap().to_owned()).collect()
    };
    let described: BTreeMap<_, _> =
        operations(&api).iter().map(|(route, operation)| (route.clone(), scopes(operation))).collect();
    assert_eq!(described, routes);
}

#[test]
fn every_operation_says_what_it_is_for_in_both_languages() {
    let api = api();
    let mut ids = BTreeSet::new();
    for (route, operation) in operations(&api) {
        let text = |name: &str| operation[name].as_str().unwrap_or_else(|| panic!("{route:?} has no {name}"));
        assert!(ids.insert(text("operationId")), "{route:?} has another one's operationId");
        assert!(text("summary").is_ascii() && text("summary").len() > 5, "{route:?}");
        assert!(text("description").chars().any(|letter| ('\u{4E00}'..='\u{9FFF}').contains(&letter)), "{route:?}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{route:?} never goes well");
        for answer in answers.values() {
            assert!(resolved(&api, answer)["description"].as_str().is_some_and(|text| text.len() > 5), "{route:?}");
        }
    }
}

#[test]
fn the_parameters_of_a_path_are_described() {
    let api = api();
    for (route, operation) in operations(&api) {
        let named: BTreeSet<&str> =
            route.1.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let described: BTreeSet<&str> = parameters
            .map(|parameter| resolved(&api, parameter))
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(described, named, "{route:?}");
    }
}

/// Looks whether values are what their schemas say, and remembers which described fields it has met.
#[derive(Default)]
struct Checker {
    met: BTreeSet<(String, String)>,
}

impl Checker {
    fn check(&mut self, api: &Value, schema: &Value, value: &Value) -> Result<(), String> {
        let name = schema["$ref"].as_str().map(str::to_owned);
        let schema = resolved(api, schema);
        if let Some(ways) = schema["oneOf"].as_array() {
            let fitting = ways.iter().filter(|way| self.check(api, way, value).is_ok()).count();
            return if fitting == 1 { Ok(()) } else { Err(format!("{value} fits {fitting} ways of {schema}")) };
        }
        let (properties, required, closed) = shape(api, schema);
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if !properties.is_empty() => vec!["object"],
            _ => return Err(format!("{schema} has no type")),
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let text = value.as_str().map(|text| text.chars().count() as u64);
        let fits = kinds.contains(&kind)
            && schema["enum"].as_array().is_none_or(|names| names.contains(value))
            && text.is_none_or(|length| schema["minLength"].as_u64().is_none_or(|least| length >= least))
            && text.is_none_or(|length| schema["maxLength"].as_u64().is_none_or(|most| length <= most));
        if !fits {
            return Err(format!("{value} is not {schema}"));
        }
        for item in value.as_array().into_iter().flatten() {
            self.check(api, &schema["items"], item)?;
        }
        let Some(fields) = value.as_object() else { return Ok(()) };
        if let Some(missing) = required.iter().find(|name| !fields.contains_key(**name)) {
            return Err(format!("{missing} is missing in {value}"));
        }
        // An object without described fields may hold anything, unless it says that it does not.
        if properties.is_empty() && !closed {
            return Ok(());
        }
        for (field, value) in fields {
            let (owner, described) =
                properties.get(field.as_str()).ok_or_else(|| format!("{field} is not described: {value}"))?;
            self.check(api, described, value).map_err(|why| format!("{field}: {why}"))?;
            self.met.insert((owner.clone().or(name.clone()).unwrap_or_default(), field.clone()));
        }
        Ok(())
    }
}

/// An object's fields, each with the schema it comes from where that is another one; those that must be there; whether others may.
type Shape<'a> = (BTreeMap<&'a str, (Option<String>, &'a Value)>, BTreeSet<&'a str>, bool);

fn shape<'a>(api: &'a Value, schema: &'a Value) -> Shape<'a> {
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut properties: BTreeMap<_, _> = own.map(|(name, value)| (name.as_str(), (None, value))).collect();
    let mut required: BTreeSet<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let owner = part["$ref"].as_str().map(str::to_owned);
        let (inner, needed, _) = shape(api, resolved(api, part));
        properties.extend(inner.into_iter().map(|(name, (of, value))| (name, (of.or(owner.clone()), value))));
        required.extend(needed);
    }
    (properties, required, schema["additionalProperties"] == false)
}

#[test]
fn examples_are_what_their_schemas_say_and_show_every_field() {
    let api = api();
    let mut checker = Checker::default();
    let mut count = 0;
    walk(&api, &mut |fields| {
        let (Some(schema), Some(examples)) = (fields.get("schema"), fields.get("examples").and_then(Value::as_object))
        else {
            return;
        };
        for (name, example) in examples {
            count += 1;
            checker.check(&api, schema, &example["value"]).unwrap_or_else(|why| panic!("{name}: {why}\n{schema}"));
        }
    });
    assert!(count > 80, "{count} examples");
    // What no example shows, no function may write at all.
    for (name, schema) in api["components"]["schemas"].as_object().unwrap() {
        let own = std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten());
        for field in own.filter_map(|part| part["properties"].as_object()).flat_map(Map::keys) {
            let place = (format!("#/components/schemas/{name}"), field.clone());
            assert!(checker.met.contains(&place), "{field} of {name} is in no example");
        }
    }
}

#[test]
fn every_call_with_a_body_has_an_example_of_it_and_so_has_every_answer() {
    let api = api();
    for (route, operation) in operations(&api) {
        let body = operation.get("requestBody");
        let answers = operation["responses"].as_object().unwrap();
        let good = answers.iter().filter(|(status, _)| status.starts_with('2')).map(|(_, answer)| answer);
        for described in body.into_iter().chain(good) {
            let content = &described["content"]["application/json"];
            let shown = content["examples"].as_object().is_some_and(|examples| !examples.is_empty());
            let is_picture = described["content"].get("image/png").is_some();
            assert!(shown || is_picture || route.1 == "/v1/openapi.json", "{route:?} lacks an example in {described}");
        }
    }
}

#[test]
fn a_picture_may_be_as_wide_as_is_drawn() {
    let api = api();
    let parameters = api["paths"]["/v1/contracts/{id}/draft/pages/{page}"]["get"]["parameters"].as_array().unwrap();
    let width = &parameters.iter().find(|parameter| parameter["name"] == "width").unwrap()["schema"];
    assert_eq!(
        (&width["minimum"], &width["maximum"]),
        (&(*preview::WIDTHS.start()).into(), &(*preview::WIDTHS.end()).into())
    );
}
