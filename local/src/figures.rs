//! What the functions write for CloudWatch: the largest value of each figure, for tests of what alarms would sound at.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The figures of one stack. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<Mutex<BTreeMap<String, u64>>>);

impl Figures {
    /// Where functions write to.
    pub fn lines(&self) -> web::Lines {
        let figures = self.clone();
        Arc::new(move |line| figures.take(line))
    }

    /// The largest value that a figure has had; none where it was never given.
    pub fn largest(&self, name: &str) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    fn take(&self, line: &str) {
        let Ok(Value::Object(line)) = serde_json::from_str(line) else { return };
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in line {
            if let Some(value) = value.as_u64() {
                let largest = figures.entry(name).or_default();
                *largest = value.max(*largest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_is_kept() {
        let figures = Figures::default();
        let lines = figures.lines();
        for line in [r#"{"Due":2,"_aws":{"Timestamp":1}}"#, r#"{"Due":5}"#, r#"{"Due":3}"#, "no figures"] {
            lines(line);
        }
        assert_eq!((figures.largest("Due"), figures.largest("_aws")), (Some(5), None));
    }
}
