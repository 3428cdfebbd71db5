//! CloudFormation's intrinsic functions: from YAML tags to one long form, and from there to plain values.
//!
//! The local stack must see in template.yaml exactly what a deployment sees, so a function or reference that is not understood here is an
//! error with its place in the document, never a guess.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Why a value of the template has no plain form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unresolved(pub String);

/// Turns YAML with short tags (`!Ref`, `!Sub`, `!GetAtt`, …) into JSON with the long names (`Ref`, `Fn::Sub`, …).
pub fn to_long_form(yaml: serde_yaml_ng::Value) -> Result<Value, Unresolved> {
    use serde_yaml_ng::Value as Yaml;
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => json!(whole),
            (None, Some(real)) => json!(real),
            (None, None) => return Err(Unresolved(format!("The number {number} cannot be read."))),
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(to_long_form).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let Yaml::String(key) = key else {
                    return Err(Unresolved("A key in the template is not a text.".to_owned()));
                };
                object.insert(key, to_long_form(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let inner = to_long_form(tagged.value)?;
            match (tag.trim_start_matches('!'), inner) {
                ("Ref", name) => json!({ "Ref": name }),
                ("GetAtt", Value::String(path)) => match path.split_once('.') {
                    Some((name, attribute)) => json!({ "Fn::GetAtt": [name, attribute] }),
                    None => return Err(Unresolved(format!("!GetAtt {path} names no attribute."))),
                },
                (name @ ("Equals" | "GetAtt" | "If" | "Join" | "Not" | "Select" | "Split" | "Sub"), inner) => {
                    Value::Object(Map::from_iter([(format!("Fn::{name}"), inner)]))
                }
                (other, _) => return Err(Unresolved(format!("The local stack does not understand the tag !{other}."))),
            }
        }
    })
}

/// Where references lead: parameters and pseudo parameters by name, and what is known of created resources.
///
/// A resource's own reference (`Ref`) is kept under its logical id, an attribute under `Id.Attribute`, the value of a secret under
/// `secret:` and what `Ref` of the secret gives.
#[derive(Debug, Clone, Default)]
pub struct References(BTreeMap<String, String>);

impl References {
    /// Records what `name` stands for, replacing what it stood for before.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value with every intrinsic function replaced by what it stands for. `place` is named in the error.
    pub fn resolve(&self, place: &str, value: &Value) -> Result<Value, Unresolved> {
        match value {
            Value::Array(items) => {
                Ok(Value::Array(items.iter().map(|item| self.resolve(place, item)).collect::<Result<_, _>>()?))
            }
            Value::Object(object) => match single(object) {
                Some((name, argument)) if name == "Ref" || name.starts_with("Fn::") => {
                    self.call(place, name, argument).map(Value::String)
                }
                _ => object
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.resolve(&format!("{place}.{key}"), value)?)))
                    .collect::<Result<Map<_, _>, _>>()
                    .map(Value::Object),
            },
            plain => Ok(plain.clone()),
        }
    }

    /// The value as one text, secrets included. Numbers and truth values are written out, as CloudFormation does.
    pub fn text(&self, place: &str, value: &Value) -> Result<String, Unresolved> {
        match self.resolve(place, value)? {
            Value::String(text) => self.reveal(place, &text),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            _ => Err(Unresolved(format!("{place} in template.yaml must be a text."))),
        }
    }

    fn call(&self, place: &str, function: &str, argument: &Value) -> Result<String, Unresolved> {
        let wrong = || Unresolved(format!("{place} in template.yaml: {function} has arguments of the wrong form."));
        match (function, argument) {
            ("Ref", Value::String(name)) => self.look_up(place, name),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(name), Value::String(attribute)] => self.look_up(place, &format!("{name}.{attribute}")),
                _ => Err(wrong()),
            },
            ("Fn::Sub", Value::String(pattern)) => self.substitute(place, pattern, &BTreeMap::new()),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(own)] => {
                    let own = own
                        .iter()
                        .map(|(name, value)| Ok((name.clone(), self.text(place, value)?)))
                        .collect::<Result<BTreeMap<_, _>, Unresolved>>()?;
                    self.substitute(place, pattern, &own)
                }
                _ => Err(wrong()),
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), Value::Array(items)] => {
                    Ok(items.iter().map(|item| self.text(place, item)).collect::<Result<Vec<_>, _>>()?.join(between))
                }
                _ => Err(wrong()),
            },
            ("Fn::Select", Value::Array(parts)) => match parts.as_slice() {
                [index, list] => {
                    let index = index.as_u64().and_then(|index| usize::try_from(index).ok()).ok_or_else(wrong)?;
                    match self.list(place, list)?.get(index) {
                        Some(item) => self.text(place, item),
                        None => Err(wrong()),
                    }
                }
                _ => Err(wrong()),
            },
            _ => Err(Unresolved(format!(
                "{place} in template.yaml uses {function}, which the local stack does not know."
            ))),
        }
    }

    /// A list as an argument: written out, or the outcome of `Fn::Split`.
    fn list(&self, place: &str, value: &Value) -> Result<Vec<Value>, Unresolved> {
        match value {
            Value::Array(items) => Ok(items.clone()),
            Value::Object(object) => match object.get("Fn::Split").and_then(Value::as_array).map(Vec::as_slice) {
                Some([Value::String(between), text]) => {
                    Ok(self.text(place, text)?.split(between.as_str()).map(Value::from).collect())
                }
                _ => Err(Unresolved(format!("{place} in template.yaml: a list was expected."))),
            },
            _ => Err(Unresolved(format!("{place} in template.yaml: a list was expected."))),
        }
    }

    fn look_up(&self, place: &str, name: &str) -> Result<String, Unresolved> {
        self.get(name).map(str::to_owned).ok_or_else(|| {
            Unresolved(format!("{place} in template.yaml refers to {name}, for which the local stack has no value."))
        })
    }

    fn substitute(&self, place: &str, pattern: &str, own: &BTreeMap<String, String>) -> Result<String, Unresolved> {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| Unresolved(format!("{place} in template.yaml: a ${{ without its }}.")))?;
            match name.strip_prefix('!') {
                Some(literal) => text.push_str(&format!("${{{literal}}}")),
                None => match own.get(name) {
                    Some(value) => text.push_str(value),
                    None => text.push_str(&self.look_up(place, name)?),
                },
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }

    /// Replaces `{{resolve:secretsmanager:…}}` by the secret's value.
    fn reveal(&self, place: &str, text: &str) -> Result<String, Unresolved> {
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            plain.push_str(before);
            let (reference, after) = after
                .split_once("}}")
                .ok_or_else(|| Unresolved(format!("{place} in template.yaml: a {{{{resolve: without its }}}}.")))?;
            let secret = reference.strip_prefix("secretsmanager:").ok_or_else(|| {
                Unresolved(format!("{place} in template.yaml: only references to Secrets Manager are understood."))
            })?;
            plain.push_str(&self.look_up(place, &format!("secret:{secret}"))?);
            rest = after;
        }
        plain.push_str(rest);
        Ok(plain)
    }
}

fn single(object: &Map<String, Value>) -> Option<(&String, &Value)> {
    if object.len() == 1 { object.iter().next() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(text: &str) -> Value {
        to_long_form(serde_yaml_ng::from_str(text).unwrap()).unwrap()
    }

    fn references() -> References {
        let mut references = References::default();
        references.set("Table", "local-table");
        references.set("Table.Arn", "arn:aws:dynamodb:x:0:table/local-table");
        references.set("AWS::StackName", "local");
        references.set("Pass", "pass-id");
        references.set("secret:pass-id", "s3cret");
        references
    }

    #[test]
    fn short_tags_become_the_long_form() {
        assert_eq!(long("!Ref Table"), json!({ "Ref": "Table" }));
        assert_eq!(long("!GetAtt Table.Arn"), json!({ "Fn::GetAtt": ["Table", "Arn"] }));
        assert_eq!(long("a: [!Sub '${Table}/x']"), json!({ "a": [{ "Fn::Sub": "${Table}/x" }] }));
        let error = to_long_form(serde_yaml_ng::from_str("!ImportValue x").unwrap()).unwrap_err();
        assert!(error.0.contains("!ImportValue"), "{error}");
    }

    #[test]
    fn functions_are_replaced_by_what_they_stand_for() {
        let text = |yaml: &str| references().text("Here", &long(yaml)).unwrap();
        assert_eq!(text("!Ref Table"), "local-table");
        assert_eq!(text("!Sub '${AWS::StackName}-${Table}/${!kept}'"), "local-local-table/${kept}");
        assert_eq!(
            text("!Sub ['${A}${Table}', {A: !GetAtt Table.Arn}]"),
            "arn:aws:dynamodb:x:0:table/local-tablelocal-table"
        );
        assert_eq!(text("!Join ['-', [a, !Ref Table, 3]]"), "a-local-table-3");
        assert_eq!(text("!Select [1, !Split [':', 'a:b:c']]"), "b");
        assert_eq!(text("true"), "true");
    }

    #[test]
    fn secrets_are_revealed_in_texts() {
        let revealed = references().text("Here", &long("!Sub 'x{{resolve:secretsmanager:${Pass}}}y'")).unwrap();
        assert_eq!(revealed, "xs3crety");
    }

    #[test]
    fn an_unknown_reference_is_named_with_its_place() {
        let error = references().resolve("Resources.Fn", &long("{Environment: {A: !Ref Nobody}}")).unwrap_err();
        assert!(error.0.contains("Nobody") && error.0.contains("Resources.Fn.Environment.A"), "{error}");
        let error = references().resolve("Here", &long("{'Fn::ImportValue': x}")).unwrap_err();
        assert!(error.0.contains("Fn::ImportValue"), "{error}");
    }
}
