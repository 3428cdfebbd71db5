//! One subject, its contracts and the provider's flows, with messages lost, late and out of order: whatever happens on the way,
//! contract and flow come to agreement, and the subject has at most one contract.

use std::collections::BTreeMap;

use contract::{
    CauseKind, Command, Contract, CustomerId, Due, FileId, FlowId, FlowState, IdentityCheck, LookSchedule, Outcome,
    PaperId, PaperOutcome, ReviewDecision, ReviewReason, START_GRACE_SECONDS, Sha256, Slot, State, StateName,
    SubjectType, Timestamp, decide, due, first_look, next_look,
};
use jiff::SignedDuration;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::world::{
    COLLEAGUE, COMPANY, Run, STAFF, application, archived, at, cause, draft, held, report_by, review_by, signing,
};

const SEEDS: u64 = 1_000;
const ACTS: usize = 60;

/// A flow at the provider.
#[derive(Clone, Debug)]
struct Flow {
    state: FlowState,
    /// The name that signed.
    signer: &'static str,
    /// What the verifier says of its signed document, where that does not hold.
    found: Option<Outcome>,
}

struct World {
    rng: StdRng,
    now: Timestamp,
    schedule: LookSchedule,
    slot: Slot,
    runs: Vec<Run>,
    looks: Vec<Option<Timestamp>>,
    flows: BTreeMap<FlowId, Flow>,
    /// Starts that the provider has not heard yet.
    in_flight: Vec<(Timestamp, FlowId)>,
    papers: BTreeMap<PaperId, &'static str>,
    faults: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            now: at(0),
            schedule: "60,180,300,600".parse().unwrap(),
            slot: Slot::Free,
            runs: Vec::new(),
            looks: Vec::new(),
            flows: BTreeMap::new(),
            in_flight: Vec::new(),
            papers: BTreeMap::new(),
            faults: true,
        }
    }

    fn chance(&mut self, of: f64) -> bool {
        self.rng.random_bool(of)
    }

    fn fault(&mut self, of: f64) -> bool {
        self.faults && self.chance(of)
    }

    /// Time goes on, and what was under way arrives.
    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        let (heard, still) = std::mem::take(&mut self.in_flight).into_iter().partition(|(when, _)| *when <= self.now);
        self.in_flight = still;
        let heard: Vec<(Timestamp, FlowId)> = heard;
        for (_, id) in heard {
            let flow = self.flows.get_mut(&id).unwrap();
            if flow.state == FlowState::NotStarted {
                flow.state = FlowState::Signing;
                let revoked =
                    |run: &Run| matches!(&run.contract.state, State::Revoked { signing: Some(of) } if of.flow == id);
                assert!(!self.runs.iter().any(revoked), "what is revoked does not reach the signer any more");
            }
        }
    }

    /// One write: events, slot and next look together.
    fn append(&mut self, which: usize, events: &[contract::Event]) {
        for event in events {
            if let Some((slot, outcome)) = self.slot.after(event, self.runs[which].contract.id) {
                self.slot = slot;
                let settled = outcome.map(|outcome| match outcome {
                    PaperOutcome::Recorded(paper) => (paper, "recorded"),
                    PaperOutcome::Refused(paper) => (paper, "refused"),
                });
                if let Some((paper, status)) = settled {
                    assert_eq!(self.papers.insert(paper, status), Some("waiting"), "a paper contract is settled once");
                }
            }
            self.runs[which].record(event, self.now);
        }
        if !events.is_empty() {
            self.looks[which] = first_look(&self.runs[which].contract, self.now, &self.schedule);
        }
    }

    fn command(&mut self, which: usize, command: &Command) {
        let events = decide(&self.runs[which].contract, command, self.now).unwrap_or_default();
        self.append(which, &events);
    }

    fn newest(&self) -> Option<usize> {
        self.runs.len().checked_sub(1)
    }

    /// What customers, staff and signers do.
    fn act(&mut self) {
        let newest = self.newest();
        match (self.rng.random_range(0..24), newest) {
            (0..=3, _) if self.slot.refusal(&CustomerId::new("acme-42")).is_none() => {
                let run = Run::open(SubjectType::Enterprise, self.runs.len() as u128 + 1, self.now);
                let (contract, customer) = (run.contract.id, run.contract.customer.clone());
                self.slot = Slot::Open { contract, customer, waiting: None };
                self.looks.push(first_look(&run.contract, self.now, &self.schedule));
                self.runs.push(run);
            }
            (4, Some(which)) => {
                let (revision, edition) = (self.runs[which].contract.revision, self.rng.random_range(1..4));
                let application = Box::new(application(SubjectType::Enterprise, edition));
                self.command(which, &Command::Edit { revision, application, draft: draft(edition) });
            }
            (5..=8, Some(which)) => {
                let draft = self.runs[which].contract.draft.sha256;
                self.command(which, &Command::Confirm { draft, file: FileId::new("file-1") });
            }
            (9..=13, Some(which)) => self.submit_signer(which),
            (14, Some(which)) => {
                let kind =
                    [CauseKind::Customer, CauseKind::Staff, CauseKind::SubjectChanged][self.rng.random_range(0..3)];
                self.command(which, &Command::Revoke { cause: cause(kind) });
            }
            (15, _) => self.register_paper(),
            (16, _) => {
                if let Slot::Paper { paper } = self.slot {
                    self.papers.insert(paper, "withdrawn");
                    self.slot = Slot::Free;
                }
            }
            (17, Some(which)) => self.review(which),
            _ => self.at_the_provider(),
        }
    }

    fn submit_signer(&mut self, which: usize) {
        let contract = self.runs[which].contract.clone();
        if !matches!(contract.state, State::Confirmed { .. }) {
            return;
        }
        let flow = FlowId::new(format!("flow-{}", self.flows.len() + 1));
        let signer = if self.chance(0.9) { COMPANY } else { "另一家公司" };
        let found = match self.rng.random_range(0..20) {
            0 => Some(Outcome::Broken),
            1 | 2 => Some(Outcome::Unjudged),
            _ => None,
        };
        self.flows.insert(flow.clone(), Flow { state: FlowState::NotStarted, signer, found });
        // Somebody else may come first while the provider creates the flow.
        if self.chance(0.1) {
            self.act();
        }
        let crashed = self.fault(0.1);
        if crashed || self.runs[which].contract.version != contract.version {
            return;
        }
        let check = Some(IdentityCheck { verify_id: None, passed: true });
        self.command(which, &Command::Sign { signing: signing(flow.as_str(), "signer-1", self.now), check });
        if !self.fault(0.2) {
            self.start(flow);
        }
    }

    /// The provider hears of it at once, late or never; whoever asked may not learn which.
    fn start(&mut self, flow: FlowId) {
        if self.fault(0.2) {
            return;
        }
        let late = if self.fault(0.5) { self.rng.random_range(0..START_GRACE_SECONDS) } else { 0 };
        self.in_flight.push((self.now + SignedDuration::from_secs(late), flow));
        self.wait(0);
    }

    fn register_paper(&mut self) {
        let paper = PaperId::new(self.now, self.papers.len() as u128);
        match self.slot.clone() {
            Slot::Free => {
                self.slot = Slot::Paper { paper };
                self.papers.insert(paper, "recorded");
            }
            Slot::Open { contract, customer, waiting: None } => {
                self.slot = Slot::Open { contract, customer, waiting: Some(paper) };
                self.papers.insert(paper, "waiting");
                let which = self.newest().unwrap();
                self.command(which, &Command::Revoke { cause: cause(CauseKind::PaperContract) });
            }
            _ => {}
        }
    }

    fn review(&mut self, which: usize) {
        let decision =
            [ReviewDecision::Accept, ReviewDecision::Retry, ReviewDecision::Close][self.rng.random_range(0..3)];
        let by = [STAFF, COLLEAGUE][self.rng.random_range(0..2)];
        self.command(which, &review_by(by, decision));
    }

    fn at_the_provider(&mut self) {
        let end = match self.rng.random_range(0..10) {
            0..=6 => FlowState::Completed,
            7 | 8 => FlowState::Declined,
            _ => FlowState::Expired,
        };
        if let Some(flow) = self.flows.values_mut().find(|flow| flow.state == FlowState::Signing) {
            flow.state = end;
        }
    }

    /// Brings one contract and its flow to agreement, as far as the provider answers.
    fn settle(&mut self, which: usize) {
        for _ in 0..8 {
            if !self.settle_once(which) {
                return;
            }
        }
    }

    /// Asks how the flow stands and does one thing; whether there is more to do.
    fn settle_once(&mut self, which: usize) -> bool {
        let contract = self.runs[which].contract.clone();
        let Some(signing) = contract.state.signing() else {
            self.command(
                which,
                &Command::Revoke { cause: contract::Cause { kind: CauseKind::Untouched, reason: None } },
            );
            if self.runs[which].contract.version == contract.version {
                self.looks[which] = next_look(&contract, self.now, &self.schedule);
            }
            return false;
        };
        let flow = self.flows[&signing.flow].clone();
        if self.fault(0.2) {
            return self.later(which);
        }
        let command = Command::Observe { report: report_by(flow.state, SubjectType::Enterprise, flow.signer) };
        let events = decide(&contract, &command, self.now).unwrap();
        if self.fault(0.1) {
            self.act();
            if self.runs[which].contract.version != contract.version {
                return true;
            }
        }
        self.append(which, &events);
        let contract = self.runs[which].contract.clone();
        match due(&contract, flow.state, self.now) {
            Due::Nothing => self.looks[which] = None,
            Due::Wait => return self.later(which),
            Due::Start => {
                self.command(which, &Command::RequestStart);
                let id = contract.state.signing().unwrap().flow.clone();
                if self.fault(0.1) {
                    self.command(which, &Command::Hold { reason: ReviewReason::StartRefused });
                } else {
                    self.start(id);
                }
            }
            Due::Revoke => {
                if self.fault(0.2) {
                    return self.later(which);
                }
                let at_provider = self.flows.get_mut(&contract.state.signing().unwrap().flow).unwrap();
                if at_provider.state == FlowState::Signing {
                    at_provider.state = FlowState::Revoked;
                }
                return true;
            }
            Due::Archive => {
                let accepted = matches!(contract.state, State::Completing { accepted_document: Some(_), .. });
                let command = match flow.found.map(held) {
                    None => archived(Sha256::of(b"signed")),
                    Some(held) if accepted => archived(held.document),
                    Some(held) => Command::HoldDocument { held },
                };
                self.command(which, &command);
            }
        }
        false
    }

    fn later(&mut self, which: usize) -> bool {
        let contract = &self.runs[which].contract;
        let look = if contract.state.ended() { first_look } else { next_look };
        self.looks[which] = look(contract, self.now, &self.schedule);
        false
    }

    /// The timer: all whose time has come.
    fn watch(&mut self) {
        for which in 0..self.runs.len() {
            if self.looks[which].is_some_and(|look| look <= self.now) {
                self.settle(which);
            }
        }
    }

    /// At most one contract of the subject, whatever its form, and the slot knows which.
    fn check_slot(&self) {
        let standing: Vec<&Contract> = self
            .runs
            .iter()
            .map(|run| &run.contract)
            .filter(|contract| !contract.state.ended() || contract.state.name() == StateName::Signed)
            .collect();
        let holder = match &self.slot {
            Slot::Open { contract, .. } | Slot::Signed { contract, .. } => Some(*contract),
            Slot::Free | Slot::Paper { .. } => None,
        };
        assert_eq!(
            standing.iter().map(|contract| contract.id).collect::<Vec<_>>(),
            holder.into_iter().collect::<Vec<_>>()
        );
        let recorded = self.papers.values().filter(|status| **status == "recorded").count();
        assert_eq!(recorded, usize::from(matches!(self.slot, Slot::Paper { .. })));
        let waiting = self.papers.values().filter(|status| **status == "waiting").count();
        assert_eq!(waiting, usize::from(matches!(self.slot, Slot::Open { waiting: Some(_), .. })));
    }

    /// Nobody acts any more but the timer, and staff where they are asked.
    fn come_to_rest(&mut self) {
        self.faults = false;
        for _ in 0..200 {
            let Some(next) = self.looks.iter().flatten().min().copied() else { return };
            self.wait(next.duration_since(self.now).as_secs().max(0) + 1);
            self.watch();
            for which in 0..self.runs.len() {
                if self.runs[which].contract.review.is_some() {
                    self.review(which);
                }
            }
            self.check_slot();
        }
        // Only signers who take their time are waited for that long.
        for (run, look) in self.runs.iter().zip(&self.looks) {
            let waits = run.contract.state.name() == StateName::Signing;
            assert!(look.is_none() || waits, "{:?} does not come to rest", run.contract.state);
        }
    }
}

#[test]
fn contract_and_flow_come_to_agreement_whatever_happens() {
    let mut ends = BTreeMap::<StateName, u32>::new();
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..ACTS {
            world.act();
            let seconds = world.rng.random_range(0..100);
            world.wait(seconds);
            world.watch();
            if world.chance(0.1) && !world.runs.is_empty() {
                let which = world.rng.random_range(0..world.runs.len());
                world.settle(which);
            }
            world.check_slot();
        }
        world.come_to_rest();
        for run in &world.runs {
            if let (StateName::Signing, Some(signing)) = (run.contract.state.name(), run.contract.state.signing()) {
                let flow = &world.flows[&signing.flow];
                assert_eq!(flow.state, FlowState::Signing, "seed {seed}: the signer can sign");
            }
        }
        for flow in world.flows.values_mut().filter(|flow| flow.state == FlowState::Signing) {
            flow.state = FlowState::Expired;
        }
        world.come_to_rest();
        for run in &world.runs {
            let contract = &run.contract;
            assert!(contract.state.ended() && contract.review.is_none(), "seed {seed}: {:?}", contract.state);
            *ends.entry(contract.state.name()).or_default() += 1;
            let Some(signing) = contract.state.signing() else { continue };
            let fits = match world.flows[&signing.flow].state {
                FlowState::Completed => {
                    matches!(contract.state, State::Signed { .. } | State::Closed { .. }) || contract.end_reviewed
                }
                FlowState::Revoked => matches!(contract.state, State::Revoked { .. } | State::Closed { .. }),
                FlowState::Declined => matches!(contract.state, State::Declined { .. } | State::Closed { .. }),
                FlowState::Expired => matches!(contract.state, State::Expired { .. } | State::Closed { .. }),
                FlowState::NotStarted => matches!(contract.state, State::Revoked { .. } | State::Closed { .. }),
                FlowState::Signing => false,
            };
            assert!(fits, "seed {seed}: {:?} over {:?}", contract.state, world.flows[&signing.flow]);
            let broken = world.flows[&signing.flow].found == Some(Outcome::Broken);
            assert!(
                !(broken && contract.state.name() == StateName::Signed),
                "seed {seed}: a broken document is signed"
            );
            assert!(!(contract.end_reviewed && contract.state.name() == StateName::Signed), "seed {seed}");
        }
    }
    let enough = [StateName::Signed, StateName::Revoked, StateName::Declined, StateName::Expired, StateName::Closed];
    assert!(enough.iter().all(|end| ends.get(end).is_some_and(|times| *times > 20)), "{ends:?}");
}
