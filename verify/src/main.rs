//! `verify`: judges a signed contract, without a network and without an account.
//!
//! It says whether a PDF holds, is broken, or cannot be judged here, and for each step the command of another program that shows the same. Its exit
//! code is 0, 1 or 2 for these three, and 3 where the question itself cannot be read.

mod answer;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use contract::{Language, Sha256, Timestamp};
use evidence::{Anchors, Expected, Party};

use answer::Answer;

/// The question could not be read.
const UNREADABLE: u8 = 3;

/// Judges a signed contract: 0 it holds, 1 it is broken, 2 it cannot be judged here.
#[derive(Parser)]
#[command(name = "verify", version)]
struct Arguments {
    /// The signed PDF.
    file: PathBuf,
    /// SHA-256 of the draft that was confirmed. Without it, the draft is what stands before the first signature.
    #[arg(long)]
    draft: Option<Sha256>,
    /// The confirmed draft itself, to compare the pages where the provider wrote the file anew.
    #[arg(long, value_name = "PDF")]
    draft_file: Option<PathBuf>,
    /// Party A's name. Without it, anybody may be party A.
    #[arg(long, value_name = "NAME")]
    party_a: Option<String>,
    /// Party B's name. Without it, anybody may be party B.
    #[arg(long, value_name = "NAME")]
    party_b: Option<String>,
    /// Certificates of the authorities to trust, in PEM, instead of those that the program brings.
    #[arg(long, value_name = "PEM")]
    anchors: Option<PathBuf>,
    /// The time of the check, such as 2026-12-01T08:00:00+08:00, instead of now.
    #[arg(long)]
    at: Option<Timestamp>,
    /// Answers in JSON.
    #[arg(long)]
    json: bool,
    /// The language of the answer, instead of that of the environment.
    #[arg(long, value_enum)]
    language: Option<Words>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Words {
    Zh,
    En,
}

/// Why the question cannot be read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("{0} cannot be read: {1}.")]
    File(PathBuf, std::io::Error),
    #[error("{0}: {1}")]
    Anchors(PathBuf, evidence::NotAnchors),
}

fn main() -> ExitCode {
    // A wrong argument is no verdict: clap's own exit code is the one for what cannot be judged.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(UNREADABLE) } else { ExitCode::SUCCESS };
        }
    };
    let mut out = std::io::stdout().lock();
    match judge(&arguments) {
        Ok(answer) => {
            let text = if arguments.json { answer.json() } else { answer.text(language(&arguments)) };
            let _ = writeln!(out, "{text}");
            ExitCode::from(answer.exit_code())
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(UNREADABLE)
        }
    }
}

fn judge(arguments: &Arguments) -> Result<Answer, Unreadable> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| Unreadable::File(path.clone(), error));
    let pdf = read(&arguments.file)?;
    let draft = arguments.draft_file.as_ref().map(read).transpose()?;
    let anchors = match &arguments.anchors {
        None => Anchors::bundled(),
        Some(path) => {
            let pem = String::from_utf8_lossy(&read(path)?).into_owned();
            Anchors::from_pem(&pem).map_err(|error| Unreadable::Anchors(path.clone(), error))?
        }
    };
    let expected = Expected {
        draft_sha256: arguments.draft.or(draft.as_deref().map(Sha256::of)),
        draft: draft.as_deref(),
        created_at: None,
        party_a: party(arguments.party_a.as_deref()),
        party_b: party(arguments.party_b.as_deref()),
        now: arguments.at.unwrap_or_else(Timestamp::now),
    };
    let verdict = evidence::verify(&pdf, &anchors, &expected);
    let anchors = arguments.anchors.as_ref().map(|path| path.display().to_string());
    Ok(Answer::new(arguments.file.display().to_string(), anchors, &pdf, verdict))
}

fn party(name: Option<&str>) -> Party<'_> {
    name.map_or_else(Party::anybody, |name| Party::named(name, true))
}

fn language(arguments: &Arguments) -> Language {
    let environment = || {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|set| !set.is_empty()));
        if set.is_some_and(|set| set.starts_with("zh")) { Language::ZhCn } else { Language::En }
    };
    arguments.language.map_or_else(environment, |words| match words {
        Words::Zh => Language::ZhCn,
        Words::En => Language::En,
    })
}
