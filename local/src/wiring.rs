//! What calls which function: routes, queue and stream mappings and schedules, as template.yaml says.
//!
//! Functions are known here by their deployed short name, which is also the name of their folder (`fill-party-a`).

use crate::filter::Filters;
use crate::intrinsic::{References, Unresolved};
use crate::template::{STACK_NAME, Template};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that sets off a function.
#[derive(Debug, Clone, Default)]
pub struct Wiring {
    /// The functions, by name.
    pub functions: BTreeMap<String, Function>,
    /// The routes of the HTTP API.
    pub routes: Vec<Route>,
    /// Queues and the functions that read them.
    pub queues: Vec<QueueMapping>,
    /// Table streams and the functions that read them.
    pub streams: Vec<StreamMapping>,
    /// Functions that run by the clock.
    pub schedules: Vec<Schedule>,
}

/// One function of the template.
#[derive(Debug, Clone)]
pub struct Function {
    /// The longest an invocation may take.
    pub timeout: Duration,
    /// `Environment.Variables`, unresolved.
    pub variables: BTreeMap<String, Value>,
    logical: String,
}

/// One route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method in capitals.
    pub method: String,
    /// The path with its parameters in braces, as `/v1/contracts/{id}`.
    pub path: String,
    /// The name of the function.
    pub function: String,
    /// `None`: no token is asked for. Otherwise the token must carry one of these scopes; an empty list asks for a token only.
    pub scopes: Option<Vec<String>>,
}

/// A queue and the function that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMapping {
    /// The logical id of the queue.
    pub queue: String,
    /// The name of the function.
    pub function: String,
    /// How many messages one invocation gets at most, 1 to 10.
    pub batch_size: i32,
    /// Whether the function's answer names the messages that failed; otherwise a batch succeeds or fails as a whole.
    pub partial_failures: bool,
}

/// A table's stream and the function that reads it.
#[derive(Debug, Clone)]
pub struct StreamMapping {
    /// The logical id of the table.
    pub table: String,
    /// The name of the function.
    pub function: String,
    /// How many records one invocation gets at most.
    pub batch_size: usize,
    /// Whether the function's answer names the first record that failed.
    pub partial_failures: bool,
    /// Which records reach the function.
    pub filters: Filters,
}

/// A function that runs by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The logical name of the rule.
    pub rule: String,
    /// The name of the function.
    pub function: String,
    /// The time between two runs.
    pub every: Duration,
}

impl Wiring {
    /// Reads what the template wires. An event type the local stack does not know is an error.
    pub fn read(template: &Template, references: &References) -> Result<Self, Unresolved> {
        let authorizers = template
            .of_kind("AWS::Serverless::HttpApi")
            .map(|(api, properties)| (api, properties.pointer("/Auth/DefaultAuthorizer").is_some()))
            .collect::<BTreeMap<_, _>>();
        let mut wiring = Self::default();
        for (logical, properties) in template.of_kind("AWS::Serverless::Function") {
            let name = function_name(logical, properties, references)?;
            let timeout = template.function_property(properties, "Timeout").and_then(Value::as_u64).unwrap_or(3);
            let variables = match properties.pointer("/Environment/Variables") {
                Some(Value::Object(variables)) => variables.clone().into_iter().collect(),
                _ => BTreeMap::new(),
            };
            let function = Function { timeout: Duration::from_secs(timeout), variables, logical: logical.to_owned() };
            wiring.functions.insert(name.clone(), function);
            let Some(Value::Object(events)) = properties.get("Events") else { continue };
            for (event, definition) in events {
                let place = format!("Resources.{logical}.Events.{event}");
                wiring.add(&place, &name, definition, references, &authorizers)?;
            }
        }
        Ok(wiring)
    }

    /// Each function's environment as plain texts, secrets included.
    pub fn settings(&self, references: &References) -> Result<BTreeMap<String, BTreeMap<String, String>>, Unresolved> {
        self.functions
            .iter()
            .map(|(name, function)| {
                let settings = function
                    .variables
                    .iter()
                    .map(|(key, value)| {
                        let place = format!("Resources.{}.Environment.Variables.{key}", function.logical);
                        Ok((key.clone(), references.text(&place, value)?))
                    })
                    .collect::<Result<_, Unresolved>>()?;
                Ok((name.clone(), settings))
            })
            .collect()
    }

    fn add(
        &mut self,
        place: &str,
        function: &str,
        definition: &Value,
        references: &References,
        authorizers: &BTreeMap<&str, bool>,
    ) -> Result<(), Unresolved> {
        let missing = |what: &str| Unresolved(format!("{place} in template.yaml has no {what}."));
        let properties = definition.get("Properties").ok_or_else(|| missing("Properties"))?;
        let text = |name: &str| properties.get(name).and_then(Value::as_str).ok_or_else(|| missing(name));
        match definition.get("Type").and_then(Value::as_str) {
            Some("HttpApi") => {
                let api = properties.pointer("/ApiId/Ref").and_then(Value::as_str).ok_or_else(|| missing("ApiId"))?;
                let by_default = *authorizers.get(api).ok_or_else(|| missing("ApiId of an HttpApi"))?;
                self.routes.push(Route {
                    method: text("Method")?.to_ascii_uppercase(),
                    path: text("Path")?.to_owned(),
                    function: function.to_owned(),
                    scopes: scopes(properties.get("Auth"), by_default),
                });
            }
            Some("SQS") => {
                let batch_size = properties.get("BatchSize").and_then(Value::as_i64).unwrap_or(10);
                self.queues.push(QueueMapping {
                    queue: source(properties.get("Queue"), "Arn").ok_or_else(|| missing("Queue"))?,
                    function: function.to_owned(),
                    batch_size: i32::try_from(batch_size.clamp(1, 10)).unwrap_or(10),
                    partial_failures: partial_failures(properties),
                });
            }
            Some("DynamoDB") => {
                let batch_size = properties.get("BatchSize").and_then(Value::as_u64).unwrap_or(100);
                let criteria = properties.get("FilterCriteria").unwrap_or(&Value::Null);
                self.streams.push(StreamMapping {
                    table: source(properties.get("Stream"), "StreamArn").ok_or_else(|| missing("Stream"))?,
                    function: function.to_owned(),
                    batch_size: usize::try_from(batch_size.clamp(1, 1000)).unwrap_or(100),
                    partial_failures: partial_failures(properties),
                    filters: Filters::read(place, criteria)?,
                });
            }
            Some("Schedule") => {
                let rate = properties.get("Schedule").ok_or_else(|| missing("Schedule"))?;
                let rate = references.text(&format!("{place}.Properties.Schedule"), rate)?;
                self.schedules.push(Schedule {
                    rule: place.rsplit('.').next().unwrap_or(place).to_owned(),
                    function: function.to_owned(),
                    every: read_rate(&rate).ok_or_else(|| {
                        Unresolved(format!("{place} in template.yaml: {rate} is no rate the local stack understands."))
                    })?,
                });
            }
            other => {
                let kind = other.unwrap_or("without a Type");
                return Err(Unresolved(format!(
                    "{place} in template.yaml is an event the local stack does not know: {kind}."
                )));
            }
        }
        Ok(())
    }
}

fn function_name(logical: &str, properties: &Value, references: &References) -> Result<String, Unresolved> {
    let place = format!("Resources.{logical}.FunctionName");
    let name =
        properties.get("FunctionName").ok_or_else(|| Unresolved(format!("{place} is missing in template.yaml.")))?;
    let name = references.text(&place, name)?;
    Ok(name.strip_prefix(&format!("{STACK_NAME}-")).unwrap_or(&name).to_owned())
}

/// What a route's own `Auth` and the API's default authorizer come to.
fn scopes(auth: Option<&Value>, by_default: bool) -> Option<Vec<String>> {
    let named = auth.and_then(|auth| auth.get("Authorizer")).and_then(Value::as_str);
    if named == Some("NONE") || (named.is_none() && !by_default) {
        return None;
    }
    let scopes = auth.and_then(|auth| auth.get("AuthorizationScopes")).and_then(Value::as_array);
    Some(scopes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// The logical id behind `!GetAtt Id.attribute`.
fn source(value: Option<&Value>, attribute: &str) -> Option<String> {
    match value?.get("Fn::GetAtt")?.as_array()?.as_slice() {
        [Value::String(name), Value::String(found)] if found == attribute => Some(name.clone()),
        _ => None,
    }
}

fn partial_failures(properties: &Value) -> bool {
    properties
        .get("FunctionResponseTypes")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind.as_str() == Some("ReportBatchItemFailures")))
}

/// `rate(1 minute)` and its like. Seconds are understood too: the local stack uses them for itself, a deployment cannot.
fn read_rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number = number.parse::<u64>().ok().filter(|number| *number > 0)?;
    let seconds = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters;

    fn read() -> Wiring {
        let template = Template::embedded().unwrap();
        let references = template.references(&parameters::tests::given()).unwrap();
        Wiring::read(&template, &references).unwrap()
    }

    #[test]
    fn every_call_of_the_interface_has_its_function() {
        let wiring = read();
        let find = |method: &str, path: &str| {
            let route = wiring.routes.iter().find(|route| route.method == method && route.path == path).unwrap();
            (route.function.as_str(), route.scopes.clone())
        };
        let customers = Some(vec!["contracts/self".to_owned()]);
        let staff = Some(vec!["contracts/staff".to_owned()]);
        assert_eq!(find("GET", "/v1/eligibility"), ("check-eligibility", customers.clone()));
        assert_eq!(find("POST", "/v1/contracts"), ("fill-party-a", customers.clone()));
        assert_eq!(find("PUT", "/v1/contracts/{id}/party-a"), ("fill-party-a", customers.clone()));
        assert_eq!(find("GET", "/v1/contracts/{id}/draft"), ("confirm-content", customers.clone()));
        assert_eq!(find("GET", "/v1/contracts/{id}/draft/pages/{page}"), ("preview-draft", customers.clone()));
        assert_eq!(find("POST", "/v1/contracts/{id}/signing-session"), ("open-signing", customers.clone()));
        assert_eq!(find("POST", "/v1/enquiries"), ("manage-subjects", customers));
        assert_eq!(find("POST", "/v1/staff/contracts/search"), ("read-contracts", staff.clone()));
        assert_eq!(find("POST", "/v1/staff/contracts/{id}/revoke"), ("revoke-contract", staff));
        assert_eq!(find("POST", "/v1/esign/callback"), ("esign-callback", None));
        assert_eq!(find("GET", "/v1/openapi.json"), ("read-contracts", None));
        assert_eq!(wiring.routes.iter().filter(|route| route.path.starts_with("/v1/")).count(), 29);
    }

    #[test]
    fn every_function_is_called_by_something() {
        let wiring = read();
        assert_eq!(wiring.functions.len(), 15);
        for name in wiring.functions.keys() {
            let called = wiring.routes.iter().any(|route| &route.function == name)
                || wiring.queues.iter().any(|queue| &queue.function == name)
                || wiring.streams.iter().any(|stream| &stream.function == name)
                || wiring.schedules.iter().any(|schedule| &schedule.function == name);
            assert!(called, "{name} is called by nothing");
        }
    }

    #[test]
    fn queues_streams_and_schedules_are_read() {
        let wiring = read();
        let settlements = wiring.queues.iter().find(|mapping| mapping.queue == "SettlementsQueue").unwrap();
        assert_eq!((settlements.function.as_str(), settlements.batch_size), ("settle-signing", 10));
        assert!(settlements.partial_failures);
        let stream = wiring.streams.first().unwrap();
        assert_eq!((stream.table.as_str(), stream.function.as_str()), ("Table", "relay-events"));
        assert!(stream.partial_failures);
        assert_eq!(wiring.schedules.first().unwrap().every, Duration::from_secs(10));
        assert_eq!(wiring.functions["settle-signing"].timeout, Duration::from_secs(60));
        assert_eq!(wiring.functions["check-eligibility"].timeout, Duration::from_secs(15));
    }

    #[test]
    fn the_relay_sees_facts_and_nothing_else() {
        let wiring = read();
        let filters = &wiring.streams.first().unwrap().filters;
        let record = |event: &str, pk: &str, sk: &str| serde_json::json!({ "eventName": event, "dynamodb": { "Keys": { "pk": { "S": pk }, "sk": { "S": sk } } } });
        assert!(filters.pass(&record("INSERT", "CONTRACT#1", "EVENT#000001")));
        assert!(filters.pass(&record("INSERT", "ENQUIRY#1", "ENQUIRY")));
        assert!(filters.pass(&record("MODIFY", "PAPER#1", "PAPER")));
        assert!(!filters.pass(&record("INSERT", "ENQUIRY#1", "MAIL#recorded")));
        assert!(!filters.pass(&record("INSERT", "PAPER#1", "MAIL#refused")));
        assert!(!filters.pass(&record("MODIFY", "CONTRACT#1", "HEAD")));
        assert!(!filters.pass(&record("INSERT", "CONTRACT#1", "CALLBACK#1")));
        assert!(!filters.pass(&record("MODIFY", "CONTRACT#1", "EVENT#000001")));
        assert!(!filters.pass(&record("INSERT", "CUSTOMER#1", "IDENTITY")));
    }

    #[test]
    fn the_streams_sample_passes_its_filter() {
        let wiring = read();
        let stream = wiring.streams.first().unwrap();
        let file = format!("{}/../events/{}.json", env!("CARGO_MANIFEST_DIR"), stream.function);
        let sample: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let records = sample["Records"].as_array().unwrap();
        assert!(!records.is_empty() && records.iter().all(|record| stream.filters.pass(record)));
    }

    #[test]
    fn rates_are_read_in_every_unit() {
        assert_eq!(read_rate("rate(1 minute)"), Some(Duration::from_secs(60)));
        assert_eq!(read_rate("rate(5 minutes)"), Some(Duration::from_secs(300)));
        assert_eq!(read_rate("rate(2 hours)"), Some(Duration::from_secs(7_200)));
        assert_eq!(read_rate("rate(0 minutes)"), None);
        assert_eq!(read_rate("cron(0 1 * * ? *)"), None);
    }
}
