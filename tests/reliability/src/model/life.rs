//! The real `decide`, `entry` (with `evolve` in it) and `due`, asked once for each different contract and command.
//!
//! They are pure functions, so what they answered once they answer again: an answer is kept and the next state with the same
//! contract takes it from there. A contract is kept in its normal form, and a state of the model holds its number.
//!
//! The normal form makes the contracts finitely many. Times become "now" or "long enough ago" (a minute where a start may be in
//! flight, 30 days for a draft), and nothing else is read from them; the history's number and hash, the revision and the time of
//! waiting begin anew after each step. What they are for is checked in the step itself, before they are dropped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{
    Actor, CauseKind, Command, Contract, Due, Event, FlowState, IdentityCheck, LookSchedule, Origin, Outcome,
    ReviewDecision, ReviewReason, START_GRACE_SECONDS, Sha256, Slot, State, StateName, Timestamp, UNTOUCHED_DAYS,
    decide, due, entry, evolve, first_look, next_look, opened, verify_history,
};
use jiff::SignedDuration;

use super::{
    Variant,
    parties::{
        File, application, cause, customer, draft, edition_of, file_id, now, number_in, opening, reason, report,
        signing, somebody_else, staff,
    },
    promise::Broken,
};

/// A contract in its normal form, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(u16);

/// A slot, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotValue(u16);

/// A command with the few contents that the model tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    Edit {
        edition: u8,
    },
    Confirm,
    Sign {
        flow: u8,
    },
    Revoke(CauseKind),
    RequestStart,
    Observe(Seen),
    Archive(File),
    Hold(ReviewReason),
    HoldDocument(File),
    /// By one of the two members of staff.
    Review(ReviewDecision, u8),
}

/// What the provider answers about a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    pub state: FlowState,
    /// Whether party A's name is the subject's.
    pub fits: bool,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Decided {
    pub events: Vec<Event>,
    pub after: Value,
    pub broken: Broken,
}

/// What the model asks of a contract's value again and again.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub state: StateName,
    pub ended: bool,
    pub review: Option<ReviewReason>,
    pub end_reviewed: bool,
    pub flow: Option<u8>,
    pub flow_ended: bool,
    /// The edition of party A's information that the draft was made of.
    pub content: u8,
    pub file: Option<u8>,
    /// The document on record, where it is a signed form of that draft.
    pub document: Option<File>,
    /// The document that staff accepted.
    pub accepted: Option<File>,
    pub close_requested: bool,
    pub subject: u8,
}

/// How much time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    /// So long that no start that was asked for can still be in flight.
    Minute,
    /// So long that an untouched draft is revoked.
    Month,
}

/// All contracts and answers so far.
#[derive(Debug)]
pub struct Life {
    variant: Variant,
    schedule: LookSchedule,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    contracts: Vec<(Contract, Facts)>,
    by_text: HashMap<String, Value>,
    decided: HashMap<(Value, Ask), Option<Arc<Decided>>>,
    aged: HashMap<(Value, Age), Value>,
    /// The first look, or a further one.
    looks: HashMap<(Value, bool), (bool, Broken)>,
    slots: Vec<Slot>,
}

impl Life {
    pub(super) fn new(variant: Variant) -> Self {
        let schedule = "60,180,300,600".parse().expect("a schedule");
        Self { variant, schedule, kept: Mutex::default() }
    }

    /// How many different contracts, and how many different questions were decided.
    pub(super) fn counts(&self) -> (usize, usize) {
        let kept = self.kept();
        (kept.contracts.len(), kept.decided.len())
    }

    /// A panic elsewhere leaves at worst an answer less.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self, value: Value) -> Facts {
        self.kept().contracts[usize::from(value.0)].1
    }

    pub(super) fn contract(&self, value: Value) -> Contract {
        self.kept().contracts[usize::from(value.0)].0.clone()
    }

    pub(super) fn slot(&self, slot: SlotValue) -> Slot {
        self.kept().slots[usize::from(slot.0)].clone()
    }

    pub(super) fn slot_value(&self, slot: &Slot) -> SlotValue {
        let slots = &mut self.kept().slots;
        let at = slots.iter().position(|known| known == slot).unwrap_or_else(|| {
            slots.push(slot.clone());
            slots.len() - 1
        });
        SlotValue(u16::try_from(at).expect("few slots"))
    }

    /// A new contract with its first event.
    pub(super) fn open(&self, which: u8, customer: u8, subject: u8) -> Decided {
        let new = opened(opening(which, customer, subject), now());
        let (after, broken) = self.recorded(&new, &[contract::apply()], true);
        Decided { events: vec![contract::apply()], after: self.value(&after), broken }
    }

    /// What `decide` says, and what the contract is after it; `None` where it is refused.
    pub(super) fn decide(&self, value: Value, ask: Ask) -> Option<Arc<Decided>> {
        if let Some(known) = self.kept().decided.get(&(value, ask)) {
            return known.clone();
        }
        let contract = self.contract(value);
        let decided = self.asked(&contract, ask).ok().map(|events| {
            let (mut after, broken) = self.recorded(&contract, &events, false);
            if self.variant == Variant::EditInPlace
                && matches!(contract.state, State::Confirmed { .. })
                && after.state == State::Draft
            {
                after.state = contract.state.clone();
            }
            Arc::new(Decided { events, after: self.value(&after), broken })
        });
        self.kept().decided.insert((value, ask), decided.clone());
        decided
    }

    /// The decision as it is built, or with one of the mistakes.
    fn asked(&self, contract: &Contract, ask: Ask) -> contract::Decision {
        let (mut before, mut ask) = (contract.clone(), ask);
        match (self.variant, ask, &mut before) {
            (Variant::AnythingAccepted, Ask::Review(ReviewDecision::Accept, _), Contract { held: Some(held), .. }) => {
                held.outcome = Outcome::Unjudged;
            }
            (
                Variant::ClosedByOne,
                Ask::Review(ReviewDecision::Close, by),
                Contract { close_requested: Some(request), .. },
            ) if request.by == staff(by) => ask = Ask::Review(ReviewDecision::Close, 1 - by),
            _ => {}
        }
        decide(&before, &command(&before, ask), self.time_of(ask))
    }

    /// When a command is decided: now, but for the mistake of not waiting.
    fn time_of(&self, ask: Ask) -> Timestamp {
        if self.variant == Variant::NoGrace && matches!(ask, Ask::Observe(_)) {
            ago(-START_GRACE_SECONDS)
        } else {
            now()
        }
    }

    /// Records events as the store does, and verifies what is then in the history: each change is one entry, it follows the entry
    /// before it, and it says of the contract what `evolve` says.
    fn recorded(&self, contract: &Contract, events: &[Event], first: bool) -> (Contract, Broken) {
        let (actor, origin) = (Actor::SYSTEM, Origin::default());
        let (mut after, mut history) = (contract.clone(), Vec::new());
        if !first {
            // Something came before, whatever it was: its hash is not that of an empty history.
            let (before, entry) = entry(&after, &contract::apply(), &actor, &origin, now(), 1);
            after.version = before.version;
            after.last_hash = before.last_hash;
            history.push(entry);
        }
        let mut holds = true;
        for event in events {
            let moved = evolve(after.clone(), event, now());
            if self.variant == Variant::CutChain {
                after.last_hash = Sha256::ZERO;
            }
            let (next, entry) = entry(&after, event, &actor, &origin, now(), 2);
            holds &= entry.kind == event.kind() && next.version == after.version + 1;
            holds &= next == Contract { version: next.version, last_hash: next.last_hash, ..moved };
            after = next;
            history.push(entry);
        }
        holds &= verify_history(&history, after.id, after.version, &after.last_hash).is_ok();
        (after, if holds { Broken::NOTHING } else { Broken::HISTORY })
    }

    /// What is due outside.
    pub(super) fn due(&self, value: Value, flow: FlowState) -> Due {
        let now = if self.variant == Variant::NoGrace { ago(-START_GRACE_SECONDS) } else { now() };
        due(&self.kept().contracts[usize::from(value.0)].0, flow, now)
    }

    /// Whether a contract that has just changed is looked at again, and whether in time.
    pub(super) fn first_look(&self, value: Value) -> (bool, Broken) {
        self.look((value, true), |contract| {
            let forgotten =
                self.variant == Variant::NoLookAfterEnd && contract.state.ended() && contract.review.is_none();
            if forgotten { None } else { first_look(contract, now(), &self.schedule) }
        })
    }

    /// The same for a contract that was looked at and did not change.
    pub(super) fn next_look(&self, value: Value) -> (bool, Broken) {
        self.look((value, false), |contract| {
            let forgotten = self.variant == Variant::ForgottenLook;
            if forgotten { None } else { next_look(contract, now(), &self.schedule) }
        })
    }

    fn look(&self, of: (Value, bool), time: impl FnOnce(&Contract) -> Option<Timestamp>) -> (bool, Broken) {
        if let Some(known) = self.kept().looks.get(&of) {
            return *known;
        }
        let contract = self.contract(of.0);
        let look = time(&contract);
        let most = match contract.state {
            State::Draft | State::Confirmed { .. } => SignedDuration::from_hours(24 * UNTOUCHED_DAYS),
            _ if contract.review.is_some() => SignedDuration::from_hours(24),
            _ => SignedDuration::from_mins(10),
        };
        let late = look.is_some_and(|look| look.duration_since(now()) > most);
        let looked = (look.is_some(), if late { Broken::LOOKS } else { Broken::NOTHING });
        self.kept().looks.insert(of, looked);
        looked
    }

    pub(super) fn aged(&self, value: Value, age: Age) -> Value {
        if let Some(known) = self.kept().aged.get(&(value, age)) {
            return *known;
        }
        let mut contract = self.contract(value);
        match age {
            Age::Minute => {
                let ended = contract.state.ended();
                if let Some(signing) = signing_of(&mut contract.state) {
                    signing.start_requested_at = ago(START_GRACE_SECONDS);
                    if ended {
                        contract.updated_at = ago(START_GRACE_SECONDS);
                    }
                }
            }
            Age::Month => {
                if matches!(contract.state, State::Draft | State::Confirmed { .. }) {
                    contract.updated_at = ago(UNTOUCHED_DAYS * 24 * 3600);
                }
            }
        }
        let aged = self.value(&contract);
        self.kept().aged.insert((value, age), aged);
        aged
    }

    /// The number of a contract in its normal form.
    fn value(&self, contract: &Contract) -> Value {
        let contract = normal(contract.clone());
        let text = serde_json::to_string(&contract).expect("a contract is JSON");
        let kept = &mut *self.kept();
        *kept.by_text.entry(text).or_insert_with(|| {
            let value = Value(u16::try_from(kept.contracts.len()).expect("few contracts"));
            let facts = facts(&contract);
            kept.contracts.push((contract, facts));
            value
        })
    }
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn command(contract: &Contract, ask: Ask) -> Command {
    match ask {
        Ask::Edit { edition } => Command::Edit {
            revision: contract.revision,
            application: Box::new(application(edition)),
            draft: draft(edition),
        },
        Ask::Confirm => {
            let sha256 = contract.draft.sha256;
            Command::Confirm { draft: sha256, file: file_id(edition_of(sha256)) }
        }
        Ask::Sign { flow } => {
            Command::Sign { signing: signing(flow), check: Some(IdentityCheck { verify_id: None, passed: true }) }
        }
        Ask::Revoke(kind) => Command::Revoke { cause: cause(kind) },
        Ask::RequestStart => Command::RequestStart,
        Ask::Observe(Seen { state, fits }) => {
            let party_a = if fits { contract.subject.name.clone() } else { somebody_else() };
            Command::Observe { report: report(state, &party_a) }
        }
        Ask::Archive(file) => Command::Archive {
            document: file.document(contract.draft.sha256),
            chain_checked: true,
            signatures: Vec::new(),
        },
        Ask::Hold(reason) => Command::Hold { reason },
        Ask::HoldDocument(file) => {
            Command::HoldDocument { held: file.held(contract.draft.sha256).expect("only what does not hold is held") }
        }
        Ask::Review(decision, by) => Command::Review { decision, reason: reason(), by: staff(by) },
    }
}

fn signing_of(state: &mut State) -> Option<&mut contract::Signing> {
    match state {
        State::Draft | State::Confirmed { .. } => None,
        State::Revoked { signing } => signing.as_mut(),
        State::Signing { signing }
        | State::Revoking { signing }
        | State::Completing { signing, .. }
        | State::Signed { signing, .. }
        | State::Declined { signing }
        | State::Expired { signing }
        | State::Closed { signing } => Some(signing),
    }
}

fn normal(mut contract: Contract) -> Contract {
    contract.version = 0;
    contract.last_hash = Sha256::ZERO;
    contract.revision = 1;
    if contract.state.ended() {
        // Whose it was is asked of open contracts only.
        contract.customer = customer(0);
    }
    let (updated, ended) = (contract.updated_at, contract.state.ended());
    let counts = !matches!(
        contract.state,
        State::Completing { .. } | State::Signed { .. } | State::Declined { .. } | State::Expired { .. }
    );
    let untouched = matches!(contract.state, State::Draft | State::Confirmed { .. })
        && now().duration_since(updated).as_hours() >= 24 * UNTOUCHED_DAYS;
    contract.updated_at = if untouched { updated } else { now() };
    if let Some(request) = &mut contract.close_requested {
        request.at = now();
    }
    if let State::Signed { signed_at, .. } = &mut contract.state {
        *signed_at = now();
    }
    if let Some(signing) = signing_of(&mut contract.state) {
        signing.waiting_since = now();
        // Of an end, the later of the two times is what counts.
        let since = if ended { signing.start_requested_at.max(updated) } else { signing.start_requested_at };
        let over = now().duration_since(since).as_secs() >= START_GRACE_SECONDS;
        signing.start_requested_at =
            if over || !counts || signing.flow_ended { ago(START_GRACE_SECONDS) } else { now() };
        if ended {
            contract.updated_at = signing.start_requested_at;
        }
    }
    contract
}

fn facts(contract: &Contract) -> Facts {
    let signing = contract.state.signing();
    let kept = if let State::Signed { document, .. } = contract.state { Some(document) } else { None };
    let accepted =
        if let State::Completing { accepted_document, .. } = contract.state { accepted_document } else { None };
    Facts {
        state: contract.state.name(),
        ended: contract.state.ended(),
        review: contract.review,
        end_reviewed: contract.end_reviewed,
        flow: signing.map(|signing| number_in(signing.flow.as_str())),
        flow_ended: signing.is_some_and(|signing| signing.flow_ended),
        content: edition_of(contract.draft.sha256),
        file: if let State::Confirmed { file } = &contract.state { Some(number_in(file.as_str())) } else { None },
        document: kept.and_then(|kept| File::of(contract.draft.sha256, kept)),
        accepted: accepted.and_then(|accepted| File::of(contract.draft.sha256, accepted)),
        close_requested: contract.close_requested.is_some(),
        subject: number_in(&contract.subject.key.0),
    }
}
