//! About 600 signed contracts, genuine ones by other programs and attacked ones, each with its right verdict (see `tests/signed`).

use std::path::Path;
use std::sync::Mutex;

use contract::{Sha256, Timestamp};
use evidence::{Anchors, Expected, Party};
use serde::Deserialize;

use crate::harness::tools::{self, Folder};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cases {
    party_a: String,
    party_b: String,
    draft_sha256: Sha256,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    file: String,
    anchors: String,
    right: String,
    /// A second verdict that is right as well.
    also: Option<String>,
    what: String,
    draft: Option<String>,
    draft_sha256: Option<Sha256>,
}

#[test]
fn each_made_contract_gets_its_verdict() {
    let folder = Folder::new();
    let (python, maker) = (format!("{ROOT}/target/pyhanko/bin/python"), format!("{ROOT}/tests/signed/make.py"));
    tools::run(&python, &["-B", &maker, &folder.path().display().to_string()]).succeeds();
    let cases: Cases = serde_json::from_slice(&read(folder.path(), "cases.json")).unwrap();
    let count = |right: &str| cases.cases.iter().filter(|case| case.right == right).count();
    assert!(count("holds") >= 100 && count("broken") >= 400 && count("cannot be judged here") >= 30);
    let wrong = Mutex::new(Vec::new());
    let (shared, folder, cases) = (&wrong, folder.path(), &cases);
    std::thread::scope(|scope| {
        for half in cases.cases.chunks(cases.cases.len() / 2 + 1) {
            scope.spawn(move || {
                for case in half {
                    if let Some(fault) = judge(folder, cases, case) {
                        shared.lock().unwrap().push(fault);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap()
}

/// What is wrong with the verdict on a case.
fn judge(folder: &Path, cases: &Cases, case: &Case) -> Option<String> {
    let anchors = String::from_utf8(read(folder, &case.anchors)).unwrap();
    let draft = case.draft.as_ref().map(|draft| read(folder, draft));
    let expected = Expected {
        draft_sha256: Some(case.draft_sha256.unwrap_or(cases.draft_sha256)),
        draft: draft.as_deref(),
        created_at: None,
        party_a: Party::named(&cases.party_a, false),
        party_b: Party::named(&cases.party_b, true),
        now: Timestamp::now(),
    };
    let (verdict, why) =
        match evidence::verify(&read(folder, &case.file), &Anchors::from_pem(&anchors).unwrap(), &expected) {
            Err(defect) => ("broken", defect.to_string()),
            Ok(report) if report.holds() => ("holds", String::new()),
            Ok(report) => ("cannot be judged here", format!("{:?}", report.doubts)),
        };
    let right = verdict == case.right || case.also.as_deref() == Some(verdict);
    (!right).then(|| format!("{} is {}: {}; the verdict: {verdict}. {why}", case.file, case.right, case.what))
}
