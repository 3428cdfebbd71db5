//! What a check came to.

use std::fmt::Display;

/// The figures of one check, for the summary, and whether everything held.
pub struct Outcome {
    pub figures: Vec<String>,
    pub holds: bool,
}

impl Outcome {
    /// Prints what does not hold, and keeps the figures.
    pub fn of(check: &str, figures: &impl Display, broken: impl IntoIterator<Item = impl Display>) -> Self {
        let broken: Vec<String> = broken.into_iter().map(|what| format!("{check}: {what}")).collect();
        broken.iter().for_each(|what| println!("{what}"));
        let figures = figures.to_string().lines().map(|line| format!("{check}: {line}")).collect();
        Self { figures, holds: broken.is_empty() }
    }

    pub fn and(mut self, other: Self) -> Self {
        self.figures.extend(other.figures);
        Self { holds: self.holds && other.holds, ..self }
    }
}
