//! A state of the model: what the table holds, how the provider's flows stand, what is on its way, and which invocations stand
//! between which two effects.

use contract::{Due, Event, FlowState, PaperOutcome, ReviewDecision, Slot, StateName};

use super::{
    Bound, Variant,
    life::{Age, Ask, Decided, Life, Seen, SlotValue, Value},
    parties::{File, contract_id, customer, paper_id},
    promise::Broken,
};

/// A contract as the table holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub value: Value,
    /// Whether a time is set at which it is looked at again.
    pub look: bool,
    /// Whether its signed document is in the archive.
    pub kept: bool,
    /// Who of the two members of staff wanted to close it since it was held with a completed flow, as bits.
    pub closers: u8,
}

/// How a paper contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    Recorded,
    Waiting,
    Refused,
    Withdrawn,
}

/// Who signed, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signature {
    None,
    Sound,
    /// By somebody who is not the subject.
    OfAnother,
    /// The document cannot be judged.
    Unjudged,
    /// The document is broken.
    Broken,
}

impl Signature {
    /// What the provider hands out.
    pub(super) fn file(self) -> Option<File> {
        match self {
            Self::None => None,
            Self::Sound | Self::OfAnother => Some(File::Sound),
            Self::Unjudged => Some(File::Unjudged),
            Self::Broken => Some(File::Broken),
        }
    }
}

/// A flow at the provider, and what is on its way to it. A request that is on its way arrives late or never, and whoever sent it
/// has not learnt which.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    pub contract: u8,
    /// The edition of the file it was created with.
    pub file: u8,
    pub state: FlowState,
    pub signature: Signature,
    pub start_on_its_way: bool,
    pub revocation_on_its_way: bool,
}

/// What an invocation does next. Everything before it is done, and a crash here leaves it at that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Step 3: create the flow, unstarted.
    Create,
    /// Step 3: record the flow that was created.
    Record { flow: u8 },
    /// Ask the provider to start the recorded flow.
    Start { flow: u8 },
    /// Settling: ask the provider how the flow stands.
    Ask,
    /// Settling: record what the provider said.
    Observe(Seen),
    /// Settling: do what is due.
    Act(Seen),
    /// Settling: hold the contract for review.
    Hold(contract::ReviewReason),
    /// Settling: hold it for its document.
    HoldDocument(File),
    /// Settling: record that the document is archived.
    Sign(File),
    /// Only of the mistake `SignedBeforeKept`.
    Keep,
}

/// An invocation under way, with the contract as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Invocation {
    pub contract: u8,
    pub loaded: Value,
    /// Whether nobody has written the contract since.
    pub fresh: bool,
    pub task: Task,
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub contracts: Vec<Record>,
    /// By subject.
    pub slots: Vec<SlotValue>,
    /// Whom each of the two customers is verified as.
    pub identities: [Option<u8>; 2],
    /// With their subjects.
    pub papers: Vec<(u8, Paper)>,
    pub flows: Vec<Flow>,
    pub invocations: Vec<Invocation>,
    pub broken: Broken,
}

/// What became of a conditional write.
pub(super) enum Written {
    Done(Value),
    /// Decided, and there was nothing to record.
    Nothing,
    Refused,
    /// Somebody else wrote meanwhile.
    Conflict,
}

impl World {
    pub(super) fn new(life: &Life, subjects: u8) -> Self {
        let free = life.slot_value(&Slot::Free);
        Self {
            contracts: Vec::new(),
            slots: vec![free; usize::from(subjects)],
            identities: [Some(0), Some(0)],
            papers: Vec::new(),
            flows: Vec::new(),
            invocations: Vec::new(),
            broken: Broken::NOTHING,
        }
    }

    pub(super) fn record(&self, contract: u8) -> &Record {
        &self.contracts[usize::from(contract)]
    }

    pub(super) fn flow(&self, flow: u8) -> &Flow {
        &self.flows[usize::from(flow)]
    }

    pub(super) fn flow_mut(&mut self, flow: u8) -> &mut Flow {
        &mut self.flows[usize::from(flow)]
    }

    pub(super) fn contracts_by_number(&self) -> impl Iterator<Item = (u8, &Record)> {
        (0u8..).zip(&self.contracts)
    }

    /// Loads, decides and writes at once: a write on the condition that nothing changed since the load is one step.
    pub(super) fn change(&mut self, life: &Life, variant: Variant, contract: u8, ask: Ask) -> Written {
        let loaded = self.record(contract).value;
        self.append(life, variant, contract, loaded, true, ask)
    }

    /// Decides on the contract as it was loaded, and writes on the condition that nobody wrote meanwhile: the events, the slot, the
    /// paper contract that waits in it and the next look are one transaction.
    pub(super) fn append(
        &mut self,
        life: &Life,
        variant: Variant,
        contract: u8,
        loaded: Value,
        fresh: bool,
        ask: Ask,
    ) -> Written {
        let Some(decided) = life.decide(loaded, ask) else { return Written::Refused };
        if decided.events.is_empty() {
            return Written::Nothing;
        }
        if !fresh && variant != Variant::UnconditionalWrites {
            return Written::Conflict;
        }
        let subject = usize::from(life.facts(loaded).subject);
        let mut slot = life.slot(self.slots[subject]);
        if variant == Variant::SlotAssumed
            && let Slot::Open { waiting, .. } = &mut slot
        {
            *waiting = None;
        }
        if let Some((moved, outcome)) = slot_after(&slot, contract, &decided.events) {
            self.slots[subject] = life.slot_value(&moved);
            self.settle_paper(outcome);
        }
        let completing = life.facts(loaded).state == StateName::Completing;
        self.write(life, contract, &decided);
        let record = &mut self.contracts[usize::from(contract)];
        match ask {
            Ask::Review(ReviewDecision::Close, by) if completing => record.closers |= 1 << by,
            Ask::Review(..) => record.closers = 0,
            _ => {}
        }
        Written::Done(decided.after)
    }

    pub(super) fn settle_paper(&mut self, outcome: Option<PaperOutcome>) {
        let (id, becomes) = match outcome {
            Some(PaperOutcome::Recorded(id)) => (id, Paper::Recorded),
            Some(PaperOutcome::Refused(id)) => (id, Paper::Refused),
            None => return,
        };
        for (which, (_, paper)) in (0u8..).zip(&mut self.papers) {
            if paper_id(which) == id {
                if *paper != Paper::Waiting {
                    self.broken |= Broken::ONE_CONTRACT;
                }
                *paper = becomes;
            }
        }
    }

    /// Puts the contract as it was decided, with its next look.
    pub(super) fn write(&mut self, life: &Life, contract: u8, decided: &Decided) {
        let before = life.facts(self.record(contract).value);
        let after = life.facts(decided.after);
        self.broken |= decided.broken;
        // Of an end, only the hold may change.
        if before.ended && (before.state, before.document, before.flow) != (after.state, after.document, after.flow) {
            self.broken |= Broken::ENDS;
        }
        let signed = !before.ended && after.state == StateName::Signed;
        let fits = match after.document {
            Some(File::Sound) => before.accepted.is_none_or(|accepted| accepted == File::Sound),
            Some(File::Unjudged) => before.accepted == Some(File::Unjudged),
            Some(File::Broken) | None => false,
        };
        if signed && !fits {
            self.broken |= Broken::UNSOUND;
        }
        let edited = decided.events.iter().any(|event| matches!(event, Event::Edited { .. }));
        let to_draft = after.state == StateName::Draft;
        let unasked = before.content != after.content && !edited;
        if unasked || edited && !to_draft {
            self.broken |= Broken::CONTENT;
        }
        let (look, late) = life.first_look(decided.after);
        self.broken |= late;
        let record = &mut self.contracts[usize::from(contract)];
        record.value = decided.after;
        record.look = look;
        for invocation in self.invocations.iter_mut().filter(|invocation| invocation.contract == contract) {
            invocation.fresh = false;
        }
    }

    /// Opens a contract in a free slot.
    pub(super) fn open(&mut self, life: &Life, by: u8, subject: u8) {
        let which = u8::try_from(self.contracts.len()).expect("few contracts");
        let opened = life.open(which, by, subject);
        let (look, late) = life.first_look(opened.after);
        self.broken |= opened.broken | late;
        self.contracts.push(Record { value: opened.after, look, kept: false, closers: 0 });
        let slot = Slot::Open { contract: contract_id(which), customer: customer(by), waiting: None };
        self.slots[usize::from(subject)] = life.slot_value(&slot);
    }

    /// Time passes for everything that knows a time; but who has asked the provider goes on by the time at which it asked.
    pub(super) fn age(&mut self, life: &Life, variant: Variant, age: Age) {
        for record in &mut self.contracts {
            record.value = life.aged(record.value, age);
        }
        for invocation in &mut self.invocations {
            let asked = matches!(invocation.task, Task::Observe(_))
                || matches!(invocation.task, Task::Act(_)) && variant != Variant::LateClock;
            if !asked {
                invocation.loaded = life.aged(invocation.loaded, age);
            }
        }
    }

    /// Brings what leads to the same into one form, and drops what nothing can come of any more.
    pub(super) fn tidy(&mut self, life: &Life, variant: Variant, bound: &Bound) {
        // A conditional write that must fail changes nothing and leads to a new load, which is an invocation that begins later.
        if variant != Variant::UnconditionalWrites {
            self.invocations.retain(|invocation| invocation.fresh || stale_goes_on(life, invocation));
        }
        let flows_left = self.flows.len() < usize::from(bound.flows);
        self.invocations.retain(|invocation| flows_left || invocation.task != Task::Create);
        if variant == Variant::AsBuilt {
            for at in 0..self.invocations.len() {
                let Invocation { contract, fresh, task, .. } = self.invocations[at];
                // Who only starts a flow any more asks nothing of the contract.
                if matches!(task, Task::Start { .. }) && !(fresh && bound.held) {
                    let loaded = self.record(contract).value;
                    self.invocations[at] = Invocation { contract, loaded, fresh: false, task };
                }
            }
        }
        self.invocations.sort_by_key(order);
        for (at, flow) in (0u8..).zip(&mut self.flows) {
            // A request that can do nothing any more need not arrive.
            flow.start_on_its_way &= flow.state == FlowState::NotStarted;
            flow.revocation_on_its_way &= flow.state == FlowState::Signing;
            let facts = life.facts(self.contracts[usize::from(flow.contract)].value);
            let asked = self.invocations.iter().any(|invocation| invocation.contract == flow.contract);
            if facts.ended && facts.flow == Some(at) && !asked {
                // Who signed is asked before the end only.
                flow.signature = Signature::None;
            }
        }
    }
}

/// Where the slot moves by these events, and what that means for a paper contract that waits.
pub(super) fn slot_after(slot: &Slot, contract: u8, events: &[Event]) -> Option<(Slot, Option<PaperOutcome>)> {
    events.iter().filter_map(|event| slot.after(event, contract_id(contract))).next_back()
}

/// Whether an invocation that somebody overtook still has an effect before it that asks for no condition.
fn stale_goes_on(life: &Life, invocation: &Invocation) -> bool {
    match invocation.task {
        Task::Create | Task::Start { .. } | Task::Ask | Task::Keep => true,
        Task::Act(seen) => matches!(life.due(invocation.loaded, seen.state), Due::Revoke | Due::Archive),
        Task::Record { .. } | Task::Observe(_) | Task::Hold(_) | Task::HoldDocument(_) | Task::Sign(_) => false,
    }
}

fn order(invocation: &Invocation) -> (u8, Value, bool, u8, u8, bool) {
    let seen = |rank, seen: Seen| (rank, seen.state as u8, seen.fits);
    let (rank, detail, fits) = match invocation.task {
        Task::Create => (0, 0, false),
        Task::Record { flow } => (1, flow, false),
        Task::Start { flow } => (2, flow, false),
        Task::Ask => (3, 0, false),
        Task::Observe(what) => seen(4, what),
        Task::Act(what) => seen(5, what),
        Task::Hold(reason) => (6, reason as u8, false),
        Task::HoldDocument(file) => (7, file as u8, false),
        Task::Sign(file) => (8, file as u8, false),
        Task::Keep => (9, 0, false),
    };
    (invocation.contract, invocation.loaded, invocation.fresh, rank, detail, fits)
}
