//! The history: append-only, each entry's hash covering the one before it. It is at once the audit trail, the timeline that the
//! customer sees, and the outbox.
//!
//! An entry's `body` is the exact JSON text that is hashed and holds nothing personal; `personal` is covered by a salted hash
//! inside it. Erasing a person's data drops `personal` and `salt`, and the chain still verifies.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Actor, Contract, ContractId, Event, Sha256, Timestamp, evolve};

/// A salt is 128 bits in hexadecimal digits.
const SALT_DIGITS: usize = 32;

/// Where a call came from, as the gateway saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// One entry of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1.
    pub seq: u64,
    /// The event's name, also inside `body`; here for whoever filters.
    pub kind: String,
    pub body: String,
    pub personal: Option<String>,
    pub salt: Option<String>,
    /// SHA-256 of the previous hash's 32 bytes and `body`.
    pub hash: Sha256,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    contract_id: ContractId,
    seq: u64,
    at: Timestamp,
    kind: String,
    actor: String,
    facts: serde_json::Value,
    previous: Sha256,
    /// SHA-256 of the salt's text and `personal`.
    personal: Sha256,
}

/// The contract after `event`, and the entry that records it. `salt` must be random.
#[must_use]
pub fn entry(
    contract: &Contract,
    event: &Event,
    actor: &Actor,
    origin: &Origin,
    now: Timestamp,
    salt: u128,
) -> (Contract, Entry) {
    let mut after = evolve(contract.clone(), event, now);
    let mut personal = event.personal(&after);
    if let Some(fields) = personal.as_object_mut() {
        fields.insert("by".to_owned(), json!({"id": actor.id, "ip": origin.ip, "userAgent": origin.user_agent}));
    }
    let (personal, salt) = (personal.to_string(), format!("{salt:0SALT_DIGITS$x}"));
    let body = Body {
        contract_id: contract.id,
        seq: contract.version + 1,
        at: now,
        kind: event.kind().to_owned(),
        actor: actor.kind.as_str().to_owned(),
        facts: event.facts(&after),
        previous: contract.last_hash,
        personal: Sha256::of(format!("{salt}{personal}").as_bytes()),
    };
    let body_text = json!(body).to_string();
    let hash = chain(&contract.last_hash, &body_text);
    after.version = body.seq;
    after.last_hash = hash;
    (after, Entry { seq: body.seq, kind: body.kind, body: body_text, personal: Some(personal), salt: Some(salt), hash })
}

fn chain(previous: &Sha256, body: &str) -> Sha256 {
    let mut bytes = previous.as_bytes().to_vec();
    bytes.extend_from_slice(body.as_bytes());
    Sha256::of(&bytes)
}

/// Where a history does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {seq} is not what was recorded: its hash does not fit")]
    Hash { seq: u64 },
    #[error("entry {seq} does not follow the one before it")]
    Link { seq: u64 },
    #[error("entry {seq} belongs to another contract or place in the history")]
    Place { seq: u64 },
    #[error("the personal part of entry {seq} is not what was recorded")]
    Personal { seq: u64 },
    #[error("the history has {found} entries where the contract counts {expected}, or ends in another hash")]
    Length { expected: u64, found: u64 },
}

/// Checks a whole history against the contract's own count and last hash, so that a truncated one is found too.
pub fn verify_history(entries: &[Entry], contract: ContractId, version: u64, last_hash: &Sha256) -> Result<(), Broken> {
    let mut previous = Sha256::ZERO;
    for (entry, seq) in entries.iter().zip(1u64..) {
        let body: Body = serde_json::from_str(&entry.body).map_err(|_| Broken::Hash { seq })?;
        if chain(&previous, &entry.body) != entry.hash {
            return Err(Broken::Hash { seq });
        }
        if body.previous != previous {
            return Err(Broken::Link { seq });
        }
        if body.contract_id != contract || body.seq != seq || entry.seq != seq || body.kind != entry.kind {
            return Err(Broken::Place { seq });
        }
        match (&entry.personal, &entry.salt) {
            // The salt's length is fixed, or a character could move from one text to the other unseen.
            (Some(personal), Some(salt))
                if salt.len() == SALT_DIGITS && Sha256::of(format!("{salt}{personal}").as_bytes()) == body.personal => {
            }
            (None, None) => {}
            _ => return Err(Broken::Personal { seq }),
        }
        previous = entry.hash;
    }
    let found = entries.len() as u64;
    if found == version && previous == *last_hash { Ok(()) } else { Err(Broken::Length { expected: version, found }) }
}
