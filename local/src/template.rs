//! template.yaml as the local stack reads it.
//!
//! The same file is deployed: nothing that it says is said a second time here. It is compiled in, so a copied binary brings its template along.

use crate::intrinsic::{References, Unresolved, to_long_form};
use serde_json::Value;
use std::collections::BTreeMap;

const EMBEDDED: &str = include_str!("../../template.yaml");

/// The stack's name in the local stack; resources are called after it.
pub const STACK_NAME: &str = "countersign";
/// The account every local resource belongs to.
pub const ACCOUNT: &str = "000000000000";
/// The region every local resource lies in.
pub const REGION: &str = "us-east-1";

/// A parsed template, with every intrinsic function in its long form and nothing resolved yet.
#[derive(Debug, Clone)]
pub struct Template {
    parameters: BTreeMap<String, Value>,
    function_defaults: Value,
    resources: BTreeMap<String, Resource>,
}

/// One entry of `Resources`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The CloudFormation type, as `AWS::SQS::Queue`.
    pub kind: String,
    /// `Properties`, in the long form; null where there are none.
    pub properties: Value,
}

impl Template {
    /// The template this binary was built with.
    pub fn embedded() -> Result<Self, Unresolved> {
        Self::parse(EMBEDDED)
    }

    /// Reads a template. Everything the local stack does not understand is an error, when it is met.
    pub fn parse(text: &str) -> Result<Self, Unresolved> {
        let yaml = serde_yaml_ng::from_str::<serde_yaml_ng::Value>(text)
            .map_err(|error| Unresolved(format!("template.yaml cannot be read: {error}.")))?;
        let mut document = to_long_form(yaml)?;
        let parameters = match document.get_mut("Parameters").map(Value::take) {
            Some(Value::Object(parameters)) => parameters.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        let Some(Value::Object(resources)) = document.get_mut("Resources").map(Value::take) else {
            return Err(Unresolved("template.yaml has no Resources.".to_owned()));
        };
        let resources = resources
            .into_iter()
            .map(|(name, mut resource)| {
                let kind = resource
                    .get("Type")
                    .and_then(Value::as_str)
                    .ok_or_else(|| Unresolved(format!("{name} in template.yaml has no Type.")))?
                    .to_owned();
                let properties = resource.get_mut("Properties").map(Value::take).unwrap_or_default();
                Ok((name, Resource { kind, properties }))
            })
            .collect::<Result<_, Unresolved>>()?;
        let function_defaults = document.pointer("/Globals/Function").cloned().unwrap_or_default();
        Ok(Self { parameters, function_defaults, resources })
    }

    /// The resources of one type with their logical ids, in the order of their ids.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource.kind == kind)
            .map(|(name, resource)| (name.as_str(), &resource.properties))
    }

    /// A property of a function, or what `Globals` says of all functions.
    pub fn function_property<'a>(&'a self, properties: &'a Value, name: &str) -> Option<&'a Value> {
        properties.get(name).or_else(|| self.function_defaults.get(name))
    }

    /// The references that are known before anything is created: parameters (given values before defaults) and pseudo parameters.
    ///
    /// A given value no parameter has is an error, and so is a parameter with neither value nor default.
    pub fn references(&self, given: &BTreeMap<String, String>) -> Result<References, Unresolved> {
        let mut references = References::default();
        if let Some(unknown) = given.keys().find(|name| !self.parameters.contains_key(*name)) {
            return Err(Unresolved(format!(
                "template.yaml has no parameter {unknown}, but the local stack gives one."
            )));
        }
        for (name, definition) in &self.parameters {
            let value = match (given.get(name), definition.get("Default")) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => References::default().text(&format!("Parameters.{name}.Default"), default)?,
                (None, None) => {
                    return Err(Unresolved(format!(
                        "The parameter {name} of template.yaml has no default, and the local stack gives it no value."
                    )));
                }
            };
            references.set(name, value);
        }
        for (name, value) in [
            ("AWS::StackName", STACK_NAME),
            ("AWS::AccountId", ACCOUNT),
            ("AWS::Region", REGION),
            ("AWS::Partition", "aws"),
            ("AWS::URLSuffix", "amazonaws.com"),
        ] {
            references.set(name, value);
        }
        Ok(references)
    }
}

/// The name a resource gets from its logical id, as `countersign-drafts-bucket` from `DraftsBucket`.
pub fn physical_name(logical: &str) -> String {
    let mut name = STACK_NAME.to_owned();
    for letter in logical.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "
Parameters:
  Given: { Type: String }
  Kept: { Type: Number, Default: 3 }
Globals:
  Function: { Timeout: 15 }
Resources:
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: !Ref Given } }
";

    #[test]
    fn given_values_come_before_defaults() {
        let template = Template::parse(SMALL).unwrap();
        let references = template.references(&BTreeMap::from([("Given".to_owned(), "here".to_owned())])).unwrap();
        assert_eq!(references.get("Given"), Some("here"));
        assert_eq!(references.get("Kept"), Some("3"));
        assert_eq!(references.get("AWS::Partition"), Some("aws"));
    }

    #[test]
    fn a_parameter_without_value_and_a_value_without_parameter_are_named() {
        let template = Template::parse(SMALL).unwrap();
        assert!(template.references(&BTreeMap::new()).unwrap_err().0.contains("Given"));
        let surplus = BTreeMap::from([("Given".to_owned(), String::new()), ("Other".to_owned(), String::new())]);
        assert!(template.references(&surplus).unwrap_err().0.contains("Other"));
    }

    #[test]
    fn the_embedded_template_parses() {
        let template = Template::embedded().unwrap();
        assert_eq!(template.of_kind("AWS::Serverless::Function").count(), 15);
        assert_eq!(physical_name("DraftsBucket"), "countersign-drafts-bucket");
    }
}
