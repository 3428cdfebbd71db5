//! The history holds against every kind of change, and keeps nothing personal where it cannot be erased.

use contract::{
    CauseKind, Command, ContractId, Entry, FlowState, IdentityCheck, Outcome, ReviewDecision, ReviewReason, Sha256,
    SubjectType, verify_history,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::world::{
    ADDRESS, BILLS, COMPANY, CONTACT, CREDIT_CODE, ID_MASKED, MAIL, MOBILE_MASKED, PERSON, PHONE, Run, application,
    archived, at, cause, draft, held, report_by,
};

/// One entry of every kind that fits into one life.
fn long_life(random: u128) -> Run {
    let check = IdentityCheck { verify_id: Some("verify-1".to_owned()), passed: false };
    let by_another = report_by(FlowState::Completed, SubjectType::Enterprise, "另一家公司");
    Run::open(SubjectType::Enterprise, random, at(0))
        .then(
            5,
            &Command::Edit {
                revision: 1,
                application: Box::new(application(SubjectType::Enterprise, 2)),
                draft: draft(2),
            },
        )
        .confirm(10)
        .then(15, &Command::RecordCheck { check })
        .sign(20)
        .then(30, &Command::RequestStart)
        .hold(40, ReviewReason::StartRefused)
        .review(50, ReviewDecision::Retry)
        .then(60, &Command::Revoke { cause: cause(CauseKind::Staff) })
        .then(70, &Command::Observe { report: by_another })
        .review(80, ReviewDecision::Accept)
        .hold_document(82, Outcome::Unjudged)
        .review(84, ReviewDecision::Close)
        .review(86, ReviewDecision::Accept)
        .then(90, &archived(held(Outcome::Unjudged).document))
}

fn verify(entries: &[Entry], run: &Run) -> Result<(), contract::Broken> {
    verify_history(entries, run.contract.id, run.contract.version, &run.contract.last_hash)
}

fn character(rng: &mut StdRng) -> char {
    let characters = ['0', 'f', 'x', ' ', '"', '{', '}', '王', '\\', '\u{0}'];
    characters[rng.random_range(0..characters.len())]
}

/// Replaces, removes or inserts one character.
fn edited(text: &str, rng: &mut StdRng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = rng.random_range(0..characters.len().max(1));
    match rng.random_range(0..3) {
        0 if !characters.is_empty() => characters[at] = character(rng),
        1 if !characters.is_empty() => drop(characters.remove(at)),
        _ => characters.insert(at, character(rng)),
    }
    characters.into_iter().collect()
}

/// One change of some kind; the kind's name.
fn tamper(entries: &mut Vec<Entry>, foreign: &[Entry], rng: &mut StdRng) -> &'static str {
    let at = rng.random_range(0..entries.len());
    let other = rng.random_range(0..entries.len());
    let elsewhere = foreign[rng.random_range(0..foreign.len())].clone();
    let entry = &mut entries[at];
    match rng.random_range(0..18) {
        0 => {
            entry.body = edited(&entry.body, rng);
            "body"
        }
        1 => {
            entry.personal = entry.personal.as_ref().map(|text| edited(text, rng));
            "personal"
        }
        2 => {
            entry.salt = entry.salt.as_ref().map(|text| edited(text, rng));
            "salt"
        }
        3 => {
            entry.kind = edited(&entry.kind, rng);
            "kind"
        }
        4 => {
            entry.seq = rng.random_range(0..20);
            "seq"
        }
        5 => {
            let mut bytes = *entry.hash.as_bytes();
            bytes[rng.random_range(0..32)] ^= 1 << rng.random_range(0..8);
            entry.hash = Sha256::from(bytes);
            "hash"
        }
        6 => {
            entry.personal = None;
            "personal without its salt erased"
        }
        7 => {
            entry.salt = None;
            "salt without its personal part erased"
        }
        8 => {
            let (Some(personal), Some(salt)) = (&mut entry.personal, &mut entry.salt) else {
                unreachable!("nothing was erased")
            };
            let cut = rng.random_range(0..salt.len());
            *personal = format!("{}{personal}", salt.split_off(cut));
            "characters moved from the salt to the personal part"
        }
        9 => {
            let (Some(personal), Some(salt)) = (&mut entry.personal, &mut entry.salt) else {
                unreachable!("nothing was erased")
            };
            salt.push(personal.remove(0));
            "a character moved from the personal part to the salt"
        }
        10 => {
            entries.remove(at);
            "deletion"
        }
        11 => {
            entries.truncate(at);
            "truncation"
        }
        12 => {
            entries.swap(at, other);
            "swap"
        }
        13 => {
            let copy = entries[at].clone();
            entries.insert(other, copy);
            "an entry twice"
        }
        14 => {
            entries.insert(at, elsewhere);
            "another contract's entry inserted"
        }
        15 => {
            entries[at] = elsewhere;
            "another contract's entry instead"
        }
        16 => {
            let parts = (entries[other].personal.clone(), entries[other].salt.clone());
            (entries[at].personal, entries[at].salt) = parts;
            "another entry's personal part"
        }
        _ => {
            // Whoever can write all entries, but not the contract's last hash, makes the hashes fit again.
            let body = &mut entries[at].body;
            *body = body.replacen("2026", "2027", 1);
            for later in at..entries.len() {
                let before = if later == 0 { Sha256::ZERO } else { entries[later - 1].hash };
                let mut fields: serde_json::Value = serde_json::from_str(&entries[later].body).unwrap();
                fields["previous"] = serde_json::json!(before);
                entries[later].body = fields.to_string();
                entries[later].hash = Sha256::of(&[before.as_bytes(), entries[later].body.as_bytes()].concat());
            }
            "a forged end"
        }
    }
}

#[test]
fn ten_thousand_changes_are_all_found() {
    let (run, foreign) = (long_life(7), long_life(8));
    assert!(run.entries.len() >= 8);
    assert_eq!(verify(&run.entries, &run), Ok(()));
    let mut rng = StdRng::seed_from_u64(20_261_124);
    let mut found = std::collections::BTreeMap::<&str, u32>::new();
    while found.values().sum::<u32>() < 10_000 {
        let mut entries = run.entries.clone();
        let what = tamper(&mut entries, &foreign.entries, &mut rng);
        if entries == run.entries {
            continue;
        }
        assert!(verify(&entries, &run).is_err(), "{what}: {entries:#?}");
        *found.entry(what).or_default() += 1;
    }
    assert_eq!(found.len(), 18, "each kind of change was tried: {found:?}");
    assert!(found.values().all(|times| *times > 100), "{found:?}");
}

#[test]
fn a_whole_history_under_another_contract_is_found() {
    let (run, foreign) = (long_life(7), long_life(8));
    assert!(verify(&foreign.entries, &run).is_err());
    let other: ContractId = foreign.contract.id;
    assert!(verify_history(&run.entries, other, run.contract.version, &run.contract.last_hash).is_err());
    assert!(verify(&[], &run).is_err());
}

#[test]
fn a_history_verifies_after_storage_and_after_erasure() {
    let run = long_life(7);
    let stored: Vec<Entry> = serde_json::from_str(&serde_json::to_string(&run.entries).unwrap()).unwrap();
    assert_eq!(stored, run.entries);
    let mut erased = stored;
    for at in 0..erased.len() {
        (erased[at].personal, erased[at].salt) = (None, None);
        assert_eq!(verify(&erased, &run), Ok(()), "the first {} erased", at + 1);
    }
}

#[test]
fn nothing_personal_stands_in_a_body() {
    let person = Run::open(SubjectType::Personal, 9, at(0)).confirm(10).sign(20).revoke(30);
    let entries: Vec<Entry> = long_life(7).entries.into_iter().chain(person.entries).collect();
    for personal in [
        COMPANY,
        PERSON,
        CONTACT,
        ADDRESS,
        PHONE,
        MAIL,
        BILLS,
        CREDIT_CODE,
        ID_MASKED,
        MOBILE_MASKED,
        "9135**********0Y43",
        "客户来电说明",
        "已核对原件",
        "user-of-acme",
        "192.0.2.44",
        "Sample Browser",
        "6222 0000 1111 2222",
        "示例银行",
    ] {
        assert!(!entries.iter().any(|entry| entry.body.contains(personal)), "{personal} stands in a body");
        assert!(
            entries.iter().any(|entry| entry.personal.as_ref().is_some_and(|part| part.contains(personal))),
            "{personal} is not recorded at all"
        );
    }
    for sealed in ["sealed", "signer-1", "key of"] {
        let anywhere = |entry: &Entry| {
            entry.body.contains(sealed) || entry.personal.as_ref().is_some_and(|part| part.contains(sealed))
        };
        assert!(!entries.iter().any(anywhere), "{sealed} is in the history");
    }
}
