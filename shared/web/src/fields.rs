//! A JSON object, read field by field. All that is wrong is told at once, each with the JSON pointer (RFC 6901) of its field; a field
//! that nobody asks for is wrong too.

use contract::Invalid;
use serde_json::{Map, Value};

use crate::Problem;

/// One field that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    pub invalid: Invalid,
}

/// An object being read.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    pointer: String,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// A body.
    #[must_use]
    pub fn of(body: &'a Value) -> Self {
        Self::at(body, String::new())
    }

    fn at(value: &'a Value, pointer: String) -> Self {
        let object = value.as_object();
        let errors = if object.is_some() {
            vec![]
        } else {
            vec![FieldError { pointer: pointer.clone(), invalid: Invalid::WrongType }]
        };
        Self { object, pointer, asked: Vec::new(), errors }
    }

    /// The value of a field; null is the same as absent.
    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object?.get(name).filter(|value| !value.is_null())
    }

    /// Notes that a field was not taken.
    pub fn refuse(&mut self, name: &str, invalid: Invalid) {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.errors.push(FieldError { pointer: format!("{}/{name}", self.pointer), invalid });
    }

    /// Notes that a field is missing which another one asks for. One that was sent and not taken is not missing.
    pub fn refuse_missing(&mut self, name: &str) {
        let pointer = format!("{}/{name}", self.pointer);
        if self.errors.iter().all(|error| error.pointer != pointer) {
            self.refuse(name, Invalid::Required);
        }
    }

    fn needed(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.value(name);
        // Of what is not an object, it is enough to say so.
        if value.is_none() && self.object.is_some() {
            self.refuse(name, Invalid::Required);
        }
        value
    }

    fn parse<T>(
        &mut self,
        name: &'static str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match value.as_str().ok_or(Invalid::WrongType).and_then(parse) {
            Ok(read) => Some(read),
            Err(invalid) => {
                self.refuse(name, invalid);
                None
            }
        }
    }

    /// A text that must be there.
    pub fn text<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let value = self.needed(name)?;
        self.parse(name, value, parse)
    }

    /// A text that may be absent.
    pub fn optional_text<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let value = self.value(name)?;
        self.parse(name, value, parse)
    }

    /// A whole number from 0 that must be there.
    pub fn number(&mut self, name: &'static str) -> Option<u32> {
        let value = self.needed(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.refuse(name, Invalid::WrongType);
        }
        number
    }

    /// A yes or no that may be absent.
    pub fn optional_flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        if !value.is_boolean() {
            self.refuse(name, Invalid::WrongType);
        }
        value.as_bool()
    }

    /// An object that must be there.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Option<T> {
        let value = self.needed(name)?;
        self.inner(name, value, read)
    }

    /// An object that may be absent.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        self.inner(name, value, read)
    }

    fn inner<T>(
        &mut self,
        name: &'static str,
        value: &'a Value,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let mut inner = Self::at(value, format!("{}/{name}", self.pointer));
        let made = if inner.object.is_some() { read(&mut inner) } else { None };
        inner.refuse_unknown();
        self.errors.append(&mut inner.errors);
        made
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> = self
            .object
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| !self.asked.contains(&name.as_str()))
            .collect();
        for name in unknown {
            self.refuse(&name, Invalid::UnknownField);
        }
    }

    /// What was made of the body, if nothing was wrong with it.
    ///
    /// # Errors
    /// 422 with all that was wrong.
    pub fn finish<T>(mut self, made: Option<T>) -> Result<T, Problem> {
        self.refuse_unknown();
        match made {
            Some(made) if self.errors.is_empty() => Ok(made),
            // A reader that gives nothing has noted why; were it not so, the field it is about is the whole body.
            None if self.errors.is_empty() => Err(Problem::invalid_field("", Invalid::Required)),
            _ => Err(Problem::invalid_fields(self.errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Mobile, Name};
    use serde_json::json;

    type Read = (Name, Option<Mobile>, u32);

    fn read(body: &Value) -> Result<Read, Vec<(String, &'static str)>> {
        let mut fields = Fields::of(body);
        let party = fields.object("party", |fields| {
            let name = fields.text("name", Name::parse);
            let mobile = fields.optional_text("mobile", Mobile::parse);
            Some((name?, mobile))
        });
        let revision = fields.number("revision");
        let made = (|| {
            let (name, mobile) = party?;
            Some((name, mobile, revision?))
        })();
        fields.finish(made).map_err(|problem| {
            problem.errors().iter().map(|error| (error.pointer.clone(), error.invalid.code())).collect()
        })
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_pointer() {
        assert!(read(&json!({"party": {"name": "王伟", "mobile": null}, "revision": 1})).is_ok());
        for (body, expected) in [
            (json!({}), vec![("/party", "required"), ("/revision", "required")]),
            (json!([]), vec![("", "wrong_type")]),
            (json!("x"), vec![("", "wrong_type")]),
            (json!({"party": null, "revision": -1}), vec![("/party", "required"), ("/revision", "wrong_type")]),
            (json!({"party": [], "revision": 1.5}), vec![("/party", "wrong_type"), ("/revision", "wrong_type")]),
            (
                json!({"party": {"name": 7, "mobile": "1", "a/b": 1}, "revision": 1, "~": 2}),
                vec![
                    ("/party/name", "wrong_type"),
                    ("/party/mobile", "bad_format"),
                    ("/party/a~1b", "unknown_field"),
                    ("/~0", "unknown_field"),
                ],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(pointer, code)| (pointer.to_owned(), code)).collect();
            assert_eq!(read(&body).unwrap_err(), expected, "{body}");
        }
    }
}
