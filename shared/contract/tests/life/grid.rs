//! Tables as text: one row per situation, one column per case, compared cell by cell.

use std::fmt::Write as _;

use contract::{Decision, Event, Refusal};

/// What was found, in the form in which the tests write what they expect.
pub struct Grid {
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Grid {
    pub fn new<C: ToString>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: columns.into_iter().map(|column| column.to_string()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push((name.to_owned(), cells.into_iter().collect()));
    }

    /// Fails with each cell that differs, and the table as it was found.
    #[track_caller]
    pub fn assert_is(&self, expected: &str) {
        let lines: Vec<Vec<&str>> = expected
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        let mut differences = String::new();
        let columns = lines.first().map_or(&[][..], |line| &line[1..]);
        if columns != self.columns {
            writeln!(differences, "columns: expected {columns:?}, found {:?}", self.columns).unwrap();
        }
        let names: Vec<&str> = lines.iter().skip(1).map(|line| line[0]).collect();
        let found: Vec<&str> = self.rows.iter().map(|(name, _)| name.as_str()).collect();
        if names != found {
            writeln!(differences, "rows: expected {names:?}, found {found:?}").unwrap();
        }
        for (name, cells) in &self.rows {
            let line = lines.iter().skip(1).find(|line| line[0] == name).map_or(&[][..], |line| &line[1..]);
            for (at, cell) in cells.iter().enumerate() {
                let expected = line.get(at).copied().unwrap_or("(no cell)");
                if expected != cell {
                    writeln!(differences, "{name} × {}: expected {expected}, found {cell}", self.columns[at]).unwrap();
                }
            }
        }
        assert!(differences.is_empty(), "\n{differences}\nAs found:\n{self}");
    }
}

impl std::fmt::Display for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let header = (String::new(), self.columns.clone());
        let lines: Vec<_> = std::iter::once(&header).chain(&self.rows).collect();
        let first = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                lines.iter().filter_map(|(_, cells)| cells.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for (name, cells) in lines {
            write!(f, "        {name:first$}")?;
            for (cell, width) in cells.iter().zip(&widths) {
                write!(f, " | {cell:width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// `-` for nothing, event names, or `!code`; `*` where the refusal names the business contact.
pub fn outcome(decision: &Decision) -> String {
    match decision {
        Ok(events) if events.is_empty() => "-".to_owned(),
        Ok(events) => events.iter().map(event).collect::<Vec<_>>().join(" + "),
        Err(refusal) => refused(refusal),
    }
}

pub fn refused(refusal: &Refusal) -> String {
    format!("!{}{}", refusal.code(), if refusal.names_contact() { "*" } else { "" })
}

/// An event's name, with what tells two of the same name apart.
fn event(event: &Event) -> String {
    match event {
        Event::Completed { sign_won: true, .. } => "completed:won".to_owned(),
        Event::HeldForReview { reason, .. } => format!("held:{}", reason.as_str()),
        Event::Revoked { cause: None, flow_ended: true } => "revoked:ended".to_owned(),
        Event::Revoked { cause: None, flow_ended: false } => "revoked:unstarted".to_owned(),
        other => other.kind().to_owned(),
    }
}
