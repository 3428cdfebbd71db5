//! Files from the field, each with the right verdict.

use std::path::PathBuf;

use contract::Sha256;
use evidence::{Anchors, Expected, Party};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cases {
    party_a: String,
    party_b: String,
    draft_sha256: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    draft: Option<String>,
    draft_sha256: Option<String>,
    file: String,
    anchors: String,
    right: String,
    #[serde(default)]
    also: Option<String>,
    what: String,
}

#[test]
fn each_file_from_the_field_gets_its_verdict() {
    let folder = std::env::var_os("CASES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/field"), PathBuf::from);
    let cases: Cases = serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let draft_sha256: Sha256 = cases.draft_sha256.parse().unwrap();
    let mut wrong = Vec::new();
    for case in &cases.cases {
        let pdf = std::fs::read(folder.join(&case.file)).unwrap();
        let draft = case.draft.as_ref().map(|draft| std::fs::read(folder.join(draft)).unwrap());
        let anchors = Anchors::from_pem(&std::fs::read_to_string(folder.join(&case.anchors)).unwrap()).unwrap();
        let expected = Expected {
            draft_sha256: Some(case.draft_sha256.as_ref().map_or(draft_sha256, |sha256| sha256.parse().unwrap())),
            draft: draft.as_deref(),
            created_at: None,
            party_a: Party::named(&cases.party_a, false),
            party_b: Party::named(&cases.party_b, true),
            now: contract::Timestamp::now(),
        };
        let (verdict, why) = match evidence::verify(&pdf, &anchors, &expected) {
            Err(defect) => ("broken", defect.to_string()),
            Ok(report) if report.holds() => ("holds", String::new()),
            Ok(report) => ("cannot be judged here", format!("{:?}", report.doubts)),
        };
        if verdict != case.right && Some(verdict) != case.also.as_deref() {
            wrong.push(format!("{} ({}): {verdict}, {why}", case.file, case.what));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
