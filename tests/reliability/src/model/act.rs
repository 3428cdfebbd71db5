//! What people, the network, the provider and time do: every step of the model but the invocations' own.

use contract::{CauseKind, FlowState, ReviewDecision, Slot, StateName};

use super::{
    Model,
    invocation::Turn,
    life::{Age, Ask},
    parties::{contract_id, customer, paper_id},
    world::{Invocation, Paper, Signature, Task, World, Written, slot_after},
};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Step 1.
    Apply {
        customer: u8,
    },
    /// Back to step 1.
    Edit {
        contract: u8,
        edition: u8,
    },
    /// Step 2.
    Confirm {
        contract: u8,
    },
    /// Step 3 begins; the same step may be under way already.
    Submit {
        contract: u8,
    },
    /// By the customer or by staff.
    Revoke {
        contract: u8,
    },
    /// The real-name system tells of a customer.
    Identify {
        customer: u8,
        subject: Option<u8>,
    },
    RegisterPaper {
        subject: u8,
    },
    WithdrawPaper {
        paper: u8,
    },
    /// By one of the two members of staff.
    Review {
        contract: u8,
        decision: ReviewDecision,
        by: u8,
    },
    /// A message that names the contract arrives: a callback, a settlement, the timer's look; new, late, repeated or forged, since any
    /// may arrive at any time, and none has to.
    Message {
        contract: u8,
    },
    /// The same, where a callback is taken at its word (a mistake).
    Believe {
        flow: u8,
    },
    /// An invocation does what is next.
    Go {
        invocation: u8,
        turn: Turn,
    },
    /// An invocation ends where it is.
    Crash {
        invocation: u8,
    },
    StartArrives {
        flow: u8,
    },
    StartIsLost {
        flow: u8,
    },
    RevocationArrives {
        flow: u8,
    },
    RevocationIsLost {
        flow: u8,
    },
    /// The signer signs, and with it the provider completes the flow.
    Sign {
        flow: u8,
        signature: Signature,
    },
    /// The provider hands out another file than before: a broken one is mended, and one that nobody could judge breaks.
    Exchange {
        flow: u8,
    },
    Decline {
        flow: u8,
    },
    Expire {
        flow: u8,
    },
    Pass(Age),
}

impl Model {
    /// Everything that may happen next, and some that may not: those have no next state.
    pub(super) fn acts(&self, world: &World, acts: &mut Vec<Act>) {
        let bound = &self.bound;
        // As long as the two customers are alike, the first who does something is the first.
        let alike = world.contracts.is_empty() && world.identities[0] == world.identities[1];
        let customers = if alike { 1 } else { 2 };
        if world.contracts.len() < usize::from(bound.contracts) {
            acts.extend((0..customers).map(|customer| Act::Apply { customer }));
        }
        for (contract, record) in world.contracts_by_number() {
            let facts = self.life.facts(record.value);
            if matches!(facts.state, StateName::Draft | StateName::Confirmed) {
                acts.extend((1..=bound.editions).map(|edition| Act::Edit { contract, edition }));
                acts.push(Act::Confirm { contract });
            }
            if !facts.ended {
                acts.push(Act::Revoke { contract });
            }
            if facts.review.is_some() {
                let decisions = [ReviewDecision::Accept, ReviewDecision::Retry, ReviewDecision::Close];
                acts.extend(decisions.map(|decision| Act::Review { contract, decision, by: 0 }));
                // Who of the two it is tells anything only where one of them wanted to close it.
                if facts.close_requested {
                    acts.push(Act::Review { contract, decision: ReviewDecision::Close, by: 1 });
                }
            }
            if world.invocations.len() < usize::from(bound.invocations) {
                acts.extend([Act::Submit { contract }, Act::Message { contract }]);
            }
        }
        if bound.identities_change {
            for customer in 0..customers {
                acts.push(Act::Identify { customer, subject: None });
                acts.extend((0..bound.subjects).map(|subject| Act::Identify { customer, subject: Some(subject) }));
            }
        }
        if world.papers.len() < usize::from(bound.papers) {
            acts.extend((0..bound.subjects).map(|subject| Act::RegisterPaper { subject }));
        }
        acts.extend((0u8..).zip(&world.papers).map(|(paper, _)| Act::WithdrawPaper { paper }));
        for (invocation, under_way) in (0u8..).zip(&world.invocations) {
            acts.push(Act::Crash { invocation });
            acts.extend(self.turns(under_way).iter().map(|turn| Act::Go { invocation, turn: *turn }));
        }
        for (flow, at_provider) in (0u8..).zip(&world.flows) {
            if at_provider.start_on_its_way {
                acts.extend([Act::StartArrives { flow }, Act::StartIsLost { flow }]);
            }
            if at_provider.revocation_on_its_way {
                acts.extend([Act::RevocationArrives { flow }, Act::RevocationIsLost { flow }]);
            }
            if at_provider.state == FlowState::Signing {
                acts.extend([
                    Act::Decline { flow },
                    Act::Expire { flow },
                    Act::Sign { flow, signature: Signature::Sound },
                ]);
                if bound.held {
                    acts.push(Act::Sign { flow, signature: Signature::OfAnother });
                    acts.push(Act::Sign { flow, signature: Signature::Unjudged });
                    acts.push(Act::Sign { flow, signature: Signature::Broken });
                }
                if self.variant == super::Variant::TrustCallback {
                    acts.push(Act::Believe { flow });
                }
            }
            if at_provider.state == FlowState::Completed && bound.held {
                acts.push(Act::Exchange { flow });
            }
        }
        acts.extend([Act::Pass(Age::Minute), Act::Pass(Age::Month)]);
    }

    /// The world after a step; `None` where it changes nothing or cannot be.
    pub(super) fn after(&self, world: &World, act: Act) -> Option<World> {
        let mut next = world.clone();
        match act {
            Act::Apply { customer: by } => {
                let subject = world.identities[usize::from(by)]?;
                let slot = self.life.slot(world.slots[usize::from(subject)]);
                if slot.refusal(&customer(by)).is_some() {
                    return None;
                }
                next.open(&self.life, by, subject);
            }
            Act::Edit { contract, edition } => self.change(&mut next, contract, Ask::Edit { edition })?,
            Act::Confirm { contract } => self.change(&mut next, contract, Ask::Confirm)?,
            Act::Revoke { contract } => self.change(&mut next, contract, Ask::Revoke(CauseKind::Customer))?,
            Act::Review { contract, decision, by } => self.change(&mut next, contract, Ask::Review(decision, by))?,
            Act::Submit { contract } => self.submit(&mut next, contract)?,
            Act::Message { contract } => self.message(&mut next, contract)?,
            Act::Believe { flow } => self.believe(&mut next, flow)?,
            Act::Identify { customer, subject } => self.identify(&mut next, customer, subject),
            Act::RegisterPaper { subject } => self.register_paper(&mut next, subject)?,
            Act::WithdrawPaper { paper } => self.withdraw_paper(&mut next, paper)?,
            Act::Go { invocation, turn } => self.go(&mut next, usize::from(invocation), turn)?,
            Act::Crash { invocation } => drop(next.invocations.remove(usize::from(invocation))),
            Act::StartArrives { flow } => self.start_arrives(&mut next, flow),
            Act::StartIsLost { flow } => next.flow_mut(flow).start_on_its_way = false,
            Act::RevocationArrives { flow } => {
                let at_provider = next.flow_mut(flow);
                at_provider.revocation_on_its_way = false;
                if at_provider.state == FlowState::Signing {
                    at_provider.state = FlowState::Revoked;
                }
            }
            Act::RevocationIsLost { flow } => next.flow_mut(flow).revocation_on_its_way = false,
            Act::Sign { flow, signature } => {
                let at_provider = next.flow_mut(flow);
                at_provider.state = FlowState::Completed;
                at_provider.signature = signature;
            }
            Act::Exchange { flow } => {
                let at_provider = next.flow_mut(flow);
                at_provider.signature = match at_provider.signature {
                    Signature::Broken => Signature::Sound,
                    Signature::Unjudged => Signature::Broken,
                    _ => return None,
                };
            }
            Act::Decline { flow } => next.flow_mut(flow).state = FlowState::Declined,
            Act::Expire { flow } => next.flow_mut(flow).state = FlowState::Expired,
            Act::Pass(age) => self.pass(&mut next, age)?,
        }
        next.tidy(&self.life, self.variant, &self.bound);
        (next != *world).then_some(next)
    }

    /// Changes a contract in one step; `None` where nothing is changed.
    pub(super) fn change(&self, world: &mut World, contract: u8, ask: Ask) -> Option<()> {
        matches!(world.change(&self.life, self.variant, contract, ask), Written::Done(_)).then_some(())
    }

    /// Step 3 begins by loading the contract; in another state it does nothing.
    fn submit(&self, world: &mut World, contract: u8) -> Option<()> {
        let loaded = world.record(contract).value;
        let flows_left = world.flows.len() < usize::from(self.bound.flows);
        if self.life.facts(loaded).state != StateName::Confirmed || !flows_left {
            return None;
        }
        world.invocations.push(Invocation { contract, loaded, fresh: true, task: Task::Create });
        Some(())
    }

    /// A start is in flight for less than the grace, counted from when it was recorded that it is asked for: the step and the timer
    /// give up long before. So a minute is over only when none is.
    fn pass(&self, world: &mut World, age: Age) -> Option<()> {
        let start_under_way = world.flows.iter().any(|flow| flow.start_on_its_way)
            || world.invocations.iter().any(|invocation| matches!(invocation.task, Task::Start { .. }));
        // No function runs for 30 days.
        if start_under_way || age == Age::Month && !world.invocations.is_empty() {
            return None;
        }
        world.age(&self.life, self.variant, age);
        Some(())
    }

    fn start_arrives(&self, world: &mut World, flow: u8) {
        let at_provider = world.flow_mut(flow);
        at_provider.start_on_its_way = false;
        if at_provider.state != FlowState::NotStarted {
            return;
        }
        at_provider.state = FlowState::Signing;
        let contract = self.life.facts(world.record(world.flow(flow).contract).value);
        if contract.state == StateName::Revoked && contract.flow == Some(flow) {
            world.broken |= super::promise::Broken::REVOKED_REACHES_NOBODY;
        }
    }

    /// The identity and its effect on the customer's open contract are one transaction.
    fn identify(&self, world: &mut World, customer_told: u8, subject: Option<u8>) {
        let known = world.identities[usize::from(customer_told)];
        world.identities[usize::from(customer_told)] = subject;
        let Some(old) = known.filter(|old| subject != Some(*old)) else { return };
        let Slot::Open { contract: open, customer: holder, .. } = self.life.slot(world.slots[usize::from(old)]) else {
            return;
        };
        if holder != customer(customer_told) {
            return;
        }
        let which = (0u8..).find(|which| contract_id(*which) == open).expect("a contract that was made here");
        self.change(world, which, Ask::Revoke(CauseKind::SubjectChanged));
    }

    /// The revocation of the open contract and the paper contract's place in the slot are one transaction.
    fn register_paper(&self, world: &mut World, subject: u8) -> Option<()> {
        let paper = paper_id(u8::try_from(world.papers.len()).ok()?);
        let recorded = Slot::Paper { paper };
        let (moved, status) = match self.life.slot(world.slots[usize::from(subject)]) {
            Slot::Free => (recorded, Paper::Recorded),
            Slot::Open { contract: open, customer, waiting: None } => {
                let which = (0u8..).find(|which| contract_id(*which) == open)?;
                let slot = Slot::Open { contract: open, customer: customer.clone(), waiting: None };
                let revoked = self.life.decide(world.record(which).value, Ask::Revoke(CauseKind::PaperContract));
                let revoked = revoked.filter(|decided| !decided.events.is_empty());
                let ended = revoked.as_ref().is_some_and(|decided| slot_after(&slot, which, &decided.events).is_some());
                if let Some(decided) = revoked {
                    world.write(&self.life, which, &decided);
                }
                if ended {
                    (recorded, Paper::Recorded)
                } else {
                    (Slot::Open { contract: open, customer, waiting: Some(paper) }, Paper::Waiting)
                }
            }
            Slot::Open { .. } | Slot::Signed { .. } | Slot::Paper { .. } => return None,
        };
        world.slots[usize::from(subject)] = self.life.slot_value(&moved);
        world.papers.push((subject, status));
        Some(())
    }

    fn withdraw_paper(&self, world: &mut World, paper: u8) -> Option<()> {
        let (subject, status) = world.papers[usize::from(paper)];
        let moved = match (status, self.life.slot(world.slots[usize::from(subject)])) {
            (Paper::Recorded, Slot::Paper { paper: holder }) if holder == paper_id(paper) => Slot::Free,
            (Paper::Waiting, Slot::Open { contract, customer, waiting: Some(holder) }) if holder == paper_id(paper) => {
                Slot::Open { contract, customer, waiting: None }
            }
            _ => return None,
        };
        world.slots[usize::from(subject)] = self.life.slot_value(&moved);
        world.papers[usize::from(paper)].1 = Paper::Withdrawn;
        Some(())
    }
}
