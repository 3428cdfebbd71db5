//! What must always hold, judged on what the stores and the provider really hold. Everything that was written up to a moment is looked at, and
//! compared with what was there before.

use std::collections::BTreeMap;

use contract::{Contract, ContractId, Entry, ReviewReason, Sha256, Slot, State, SubjectType, verify_history};
use evidence::{Anchors, Expected, Party};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::{Paper, PaperStatus};

use super::world::{World, table};
use crate::model::{CONTENT, ENDS, HISTORY, LOOKS, ONE_CONTRACT, ONE_FLOW, REST, REVOKED, SOUND, TWO};

/// A contract as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub contract: Contract,
    pub is_due: bool,
}

/// All that the table holds of contracts.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub contracts: BTreeMap<ContractId, Kept>,
    entries: BTreeMap<ContractId, Vec<Entry>>,
    slots: BTreeMap<String, Slot>,
    papers: Vec<Paper>,
    /// Mails that were claimed and have not gone out.
    mails_waiting: usize,
}

impl Snapshot {
    /// Reads the table.
    pub async fn of(world: &World<'_>) -> Self {
        let mut snapshot = Self::default();
        let mut from = Value::Null;
        loop {
            let mut asked = json!({ "TableName": table(world.plant), "ConsistentRead": true });
            if !from.is_null() {
                asked["ExclusiveStartKey"] = from;
            }
            let answer = world.aws("dynamodb", "DynamoDB_20120810.Scan", &asked).await;
            for item in answer["Items"].as_array().into_iter().flatten() {
                snapshot.take(item);
            }
            from = answer["LastEvaluatedKey"].clone();
            if from.is_null() {
                break;
            }
        }
        for entries in snapshot.entries.values_mut() {
            entries.sort_by_key(|entry| entry.seq);
        }
        snapshot
    }

    fn take(&mut self, item: &Value) {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
        let (owner, place) = (text("pk"), text("sk"));
        match (owner.split_once('#').unwrap_or_default(), place.split('#').next().unwrap_or_default()) {
            (("CONTRACT", id), "HEAD") => {
                let contract = read(text("body"));
                let is_due = item.get("dueAt").is_some();
                self.contracts.insert(id_of(id), Kept { contract, is_due });
            }
            (("CONTRACT", id), "EVENT") => {
                let owned = |name: &str| item[name]["S"].as_str().map(str::to_owned);
                let entry = Entry {
                    seq: item["seq"]["N"].as_str().and_then(|seq| seq.parse().ok()).unwrap_or(0),
                    kind: text("kind").to_owned(),
                    body: text("body").to_owned(),
                    personal: owned("personal"),
                    salt: owned("salt"),
                    hash: text("hash").parse().unwrap_or(Sha256::ZERO),
                };
                self.entries.entry(id_of(id)).or_default().push(entry);
            }
            (("SUBJECT", key), "SLOT") => {
                self.slots.insert(key.to_owned(), read(text("body")));
            }
            (("PAPER", _), "PAPER") => self.papers.push(read(text("body"))),
            (_, "MAIL") if text("status") != "sent" => self.mails_waiting += 1,
            _ => {}
        }
    }

    /// What does not hold, each with the promise that it breaks.
    pub fn broken(&self, before: &Self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut say = |promise: &str, what: String| broken.push(format!("{promise}: {what}"));
        for (id, kept) in &self.contracts {
            let contract = &kept.contract;
            let entries = self.entries.get(id).map(Vec::as_slice).unwrap_or_default();
            if let Err(error) = verify_history(entries, *id, contract.version, &contract.last_hash) {
                say(HISTORY, format!("{id}: {error}"));
            }
            if !contract.state.ended() && !kept.is_due {
                say(LOOKS, format!("{id} is {} and has no next look", contract.state.name().as_str()));
            }
            let Some(earlier) = before.contracts.get(id).map(|kept| &kept.contract) else { continue };
            if earlier.state.ended() && !same_end(&earlier.state, &contract.state) {
                say(ENDS, format!("{id} was {:?} and is {:?}", earlier.state.name(), contract.state.name()));
            }
            let frozen = !matches!(earlier.state, State::Draft) && earlier.revision == contract.revision;
            if frozen && (earlier.draft != contract.draft || earlier.application != contract.application) {
                say(CONTENT, format!("{id} changed within revision {}", contract.revision));
            }
            if contract.version < earlier.version {
                say(HISTORY, format!("{id} went back from {} to {}", earlier.version, contract.version));
            }
        }
        for (id, _) in before.contracts.iter().filter(|(id, _)| !self.contracts.contains_key(id)) {
            say(HISTORY, format!("{id} is gone"));
        }
        self.slots_hold(&mut say);
        broken
    }

    /// At most one open, signed or paper contract per subject, and the slot says which.
    fn slots_hold(&self, say: &mut impl FnMut(&str, String)) {
        let mut holders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (id, kept) in &self.contracts {
            let contract = &kept.contract;
            if !contract.state.ended() || matches!(contract.state, State::Signed { .. }) {
                holders.entry(&contract.subject.key.0).or_default().push(format!("{id}"));
            }
        }
        for paper in self.papers.iter().filter(|paper| paper.status == PaperStatus::Recorded) {
            holders.entry(&paper.subject.key.0).or_default().push(format!("{}", paper.id));
        }
        let subjects = holders.keys().copied().chain(self.slots.keys().map(String::as_str));
        for subject in subjects.collect::<std::collections::BTreeSet<_>>() {
            let held = holders.get(subject).map(Vec::as_slice).unwrap_or_default();
            let waits = |paper: &Paper| paper.status == PaperStatus::Waiting && paper.subject.key.0 == subject;
            let waiting: Vec<_> = self.papers.iter().filter(|paper| waits(paper)).map(|paper| paper.id).collect();
            let slot = self.slots.get(subject).cloned().unwrap_or_default();
            let (expected, queued) = match &slot {
                Slot::Free => (Vec::new(), None),
                Slot::Open { contract, waiting, .. } => (vec![contract.to_string()], *waiting),
                Slot::Signed { contract, .. } => (vec![contract.to_string()], None),
                Slot::Paper { paper } => (vec![paper.to_string()], None),
            };
            if held != expected || waiting != queued.into_iter().collect::<Vec<_>>() {
                say(ONE_CONTRACT, format!("the slot says {slot:?}, held by {held:?}, with {waiting:?} waiting"));
            }
            let open = matches!(slot, Slot::Open { .. });
            let is_open = |id: &String| {
                self.contracts.iter().any(|(of, kept)| of.to_string() == *id && !kept.contract.state.ended())
            };
            if open != held.iter().any(is_open) {
                say(ONE_CONTRACT, format!("the slot says {slot:?}, held by {held:?}"));
            }
        }
    }

    /// Flows at the provider: a started one is the recorded one, and the only one of its contract.
    pub fn flows_broken(&self, flows: &[Flow]) -> Vec<String> {
        let mut broken = Vec::new();
        for flow in flows.iter().filter(|flow| flow.started) {
            let recorded = self.contracts.get(&flow.contract).and_then(|kept| kept.contract.state.signing());
            if recorded.is_none_or(|signing| signing.flow.as_str() != flow.id) {
                broken.push(format!("{ONE_FLOW}: {} of {} was started and is not recorded", flow.id, flow.contract));
            }
        }
        broken
    }

    /// What the provider says has ended or is to be ended, but is not settled here although it had the time for it.
    pub fn unsettled(&self, flows: &[Flow]) -> Vec<String> {
        let mut broken = Vec::new();
        for (id, kept) in &self.contracts {
            let contract = &kept.contract;
            let Some(signing) = contract.state.signing().filter(|_| contract.review.is_none()) else { continue };
            let status = flows.iter().find(|flow| flow.id == signing.flow.as_str()).map(|flow| flow.status);
            let settled = match &contract.state {
                State::Signing { .. } => status == Some(1),
                State::Revoking { .. } | State::Completing { .. } => false,
                State::Signed { .. } => status == Some(2),
                State::Revoked { .. } => matches!(status, Some(3 | 0)),
                State::Declined { .. } => status == Some(7),
                State::Expired { .. } => matches!(status, Some(5 | 0)),
                _ => status != Some(1),
            };
            if !settled {
                let state = contract.state.name().as_str();
                broken.push(format!("{REST}: {id} is {state} while its flow has status {status:?}"));
            }
            if matches!(contract.state, State::Revoked { .. }) && matches!(status, Some(1 | 2)) {
                broken.push(format!("{REVOKED}: {id}"));
            }
        }
        broken
    }

    /// What a run that has come to rest must not hold.
    pub fn at_rest(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (id, kept) in &self.contracts {
            let contract = &kept.contract;
            if !contract.state.ended() {
                broken.push(format!("{REST}: {id} is {}", contract.state.name().as_str()));
            }
            if contract.review == Some(ReviewReason::CompletedAfterEnd) || contract.end_reviewed {
                broken.push(format!("{REVOKED}: {id} was completed after its end"));
            }
            let entries = self.entries.get(id).map(Vec::as_slice).unwrap_or_default();
            if let (State::Closed { .. }, false) = (&contract.state, closed_as_it_should(entries)) {
                broken.push(format!("{TWO}: {id}"));
            }
            if kept.is_due && contract.state.ended() && contract.review.is_none() {
                broken.push(format!("{LOOKS}: {id} has ended and is looked at for ever"));
            }
        }
        if let Some(paper) = self.papers.iter().find(|paper| paper.status == PaperStatus::Waiting) {
            broken.push(format!("{REST}: the paper contract {} still waits", paper.id));
        }
        if self.mails_waiting > 0 {
            broken.push(format!("{LOOKS}: {} mails have not gone out", self.mails_waiting));
        }
        broken
    }

    /// For each event that asks for a mail there is one.
    pub fn mails_broken(&self, mails: &[String]) -> Vec<String> {
        let asks = ["signed", "revoked", "declined", "expired", "closed", "held_for_review"];
        let mut broken = Vec::new();
        for (id, entries) in &self.entries {
            for entry in entries.iter().filter(|entry| asks.contains(&entry.kind.as_str())) {
                let message = format!("contract.{}.{:06}.{}@", id.to_string().to_lowercase(), entry.seq, entry.kind);
                if !mails.iter().any(|mail| mail.contains(&message)) {
                    broken.push(format!("{REST}: no mail for {} of {id}", entry.kind));
                }
            }
        }
        broken
    }

    /// The events of each contract: number and kind.
    pub fn events(&self) -> BTreeMap<ContractId, Vec<(u64, String)>> {
        let told = |entry: &Entry| (entry.seq, entry.kind.clone());
        self.entries.iter().map(|(id, entries)| (*id, entries.iter().map(told).collect())).collect()
    }

    /// How the contracts stand, by state.
    pub fn states(&self) -> BTreeMap<&'static str, u64> {
        let mut states = BTreeMap::new();
        for kept in self.contracts.values() {
            *states.entry(kept.contract.state.name().as_str()).or_default() += 1;
        }
        states
    }
}

/// Every signed contract has its document, whose signatures verify and whose first revision is the confirmed draft.
pub async fn documents_broken(world: &World<'_>, snapshot: &Snapshot, anchors: &Anchors, party_b: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for (id, kept) in &snapshot.contracts {
        let State::Signed { document, .. } = &kept.contract.state else { continue };
        let draft_sha256 = kept.contract.draft.sha256;
        let draft = archived(world, *id, &draft_sha256).await;
        if Sha256::of(&draft) != draft_sha256 {
            broken.push(format!("{ENDS}: the draft of {id} is not in the archive"));
        }
        let pdf = archived(world, *id, document).await;
        let accepted =
            snapshot.entries.get(id).is_some_and(|entries| entries.iter().any(|entry| entry.kind == "reviewed"));
        let expected = Expected {
            draft_sha256: Some(draft_sha256),
            draft: None,
            created_at: None,
            // Where staff accepted another signer, that name is in the document.
            party_a: Party::named(
                if accepted { "别的名字" } else { kept.contract.subject.name.as_str() },
                kept.contract.subject.kind == SubjectType::Enterprise,
            ),
            party_b: Party::named(party_b, true),
            now: kept.contract.updated_at,
        };
        if Sha256::of(&pdf) != *document {
            broken.push(format!("{ENDS}: the document of {id} is not in the archive"));
        } else if let Err(defect) = evidence::verify(&pdf, anchors, &expected) {
            broken.push(format!("{SOUND}: the document of {id}: {defect}"));
        }
    }
    broken
}

/// Where both parties had signed, one of staff asked for the close and another one closed.
fn closed_as_it_should(entries: &[Entry]) -> bool {
    let by = |kind: &str| {
        let entry = entries.iter().rfind(|entry| entry.kind == kind)?;
        let personal: Value = read(entry.personal.as_deref()?);
        personal["by"]["id"].as_str().map(str::to_owned)
    };
    let completed = entries.iter().any(|entry| entry.kind == "completed");
    !completed || by("close_requested").is_some_and(|asked| by("closed").is_some_and(|closed| closed != asked))
}

async fn archived(world: &World<'_>, id: ContractId, sha256: &Sha256) -> Vec<u8> {
    let bucket = world.plant.functions.named("ArchiveBucket").expect("the template has an archive");
    world.stores.object(bucket, &format!("signed/{id}/{sha256}.pdf")).unwrap_or_default()
}

/// A flow at the provider.
#[derive(Clone, Debug)]
pub struct Flow {
    pub id: String,
    pub contract: ContractId,
    pub status: u64,
    pub started: bool,
}

/// All flows at the provider; the address for their callbacks names the contract.
pub fn flows(world: &mut World<'_>) -> Vec<Flow> {
    let (_, flows) = world.sandbox("GET", "/sandbox/flows", &Value::Null);
    let flow = |flow: &Value| {
        let contract = flow["notifyUrl"].as_str()?.split_once("contract=")?.1;
        Some(Flow {
            id: flow["id"].as_str()?.to_owned(),
            contract: ContractId::parse(contract)?,
            status: flow["status"].as_u64()?,
            started: flow["started"].as_bool()?,
        })
    };
    flows.as_array().into_iter().flatten().filter_map(flow).collect()
}

fn same_end(before: &State, now: &State) -> bool {
    match (before, now) {
        (State::Signed { document: before, .. }, State::Signed { document: now, .. }) => before == now,
        (before, now) => before.name() == now.name(),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("an item cannot be read: {error} in {text}"))
}

fn id_of(text: &str) -> ContractId {
    ContractId::parse(text).unwrap_or_else(|| panic!("{text} is no contract's id"))
}
