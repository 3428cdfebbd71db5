//! A function's settings: environment variables when deployed, the same names from the template when run locally. All that is missing
//! or malformed is named at once.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use serde::de::DeserializeOwned;

/// Names and values, and what was found wrong with them.
#[derive(Debug, Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
    missing: Vec<&'static str>,
    malformed: Vec<String>,
}

/// What is missing or malformed. Values are not shown: some are secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function cannot start: {0}; set them in the template's Environment of this function")]
pub struct BadSettings(String);

impl Settings {
    /// The process's environment.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::new(std::env::vars().collect())
    }

    #[must_use]
    pub fn new(values: BTreeMap<String, String>) -> Self {
        Self { values, ..Self::default() }
    }

    /// A value that must be there; empty, and noted, where it is not.
    pub fn required(&mut self, name: &'static str) -> String {
        let value = self.values.get(name).filter(|value| !value.trim().is_empty()).cloned();
        if value.is_none() && !self.missing.contains(&name) {
            self.missing.push(name);
        }
        value.unwrap_or_default()
    }

    /// A value that may be absent.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        self.values.get(name).filter(|value| !value.trim().is_empty()).cloned()
    }

    /// A value that must be there and be read as `T`.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str) -> Option<T>
    where
        T::Err: Display,
    {
        let value = self.required(name);
        if value.is_empty() { None } else { self.accept(name, value.parse::<T>()) }
    }

    /// A value that must be there and be JSON of this form.
    pub fn json<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.required(name);
        if value.is_empty() {
            return None;
        }
        // Only the place is told: the value may be a secret.
        let read = serde_json::from_str(&value)
            .map_err(|error| format!("not the JSON that is expected there, near column {}", error.column()));
        self.accept(name, read)
    }

    /// Notes the error of something that was made from the value of `name`.
    pub fn accept<T, E: Display>(&mut self, name: &'static str, made: Result<T, E>) -> Option<T> {
        match made {
            Ok(made) => Some(made),
            Err(_) if self.missing.contains(&name) => None,
            Err(error) => {
                self.malformed.push(format!("{name} ({error})"));
                None
            }
        }
    }

    /// All that was found wrong, in one sentence.
    ///
    /// # Errors
    /// Where anything was missing or malformed.
    pub fn finish(&self) -> Result<(), BadSettings> {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("missing {}", self.missing.join(", ")));
        }
        if !self.malformed.is_empty() {
            parts.push(format!("malformed {}", self.malformed.join(", ")));
        }
        if parts.is_empty() { Ok(()) } else { Err(BadSettings(parts.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_named_at_once_without_values() {
        let mut settings = Settings::new(BTreeMap::from([
            ("PORT".to_owned(), "secret-text".to_owned()),
            ("EMPTY".to_owned(), " ".to_owned()),
        ]));
        assert_eq!(settings.required("TABLE_NAME"), "");
        assert_eq!(settings.required("EMPTY"), "");
        assert_eq!(settings.parsed::<u16>("PORT"), None);
        assert_eq!(settings.json::<Vec<u8>>("PORT"), None);
        let told = settings.finish().unwrap_err().to_string();
        assert!(told.contains("missing TABLE_NAME, EMPTY") && told.contains("malformed PORT"), "{told}");
        assert!(!told.contains("secret-text"), "{told}");
        assert_eq!(Settings::default().finish(), Ok(()));
    }
}
