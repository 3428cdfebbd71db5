//! The functions that act outside, effect by effect: step 3 (`submit-signer`) and settling (`settle-signing`).
//!
//! Each step of an invocation is one effect: a call of the provider, or one transaction of the table. Between any two of them
//! everything else may happen, a crash included. What these functions do where they begin anew (a conflict, "ask again") is not
//! continued here: a message may begin them at any time, so that is the same.

use contract::{CauseKind, Due, FlowState, ReviewReason, StateName};

use super::{
    Model, Variant,
    life::{Ask, Seen},
    parties::File,
    world::{Flow, Invocation, Signature, Task, World, Written},
};

/// How an effect turns out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    Done,
    /// The provider does not answer; what was asked of it is lost or late.
    Away,
    /// The provider says no: it will not start the flow, or does not know it.
    Refused,
}

impl Model {
    /// How the next effect of an invocation may turn out.
    pub(super) fn turns(&self, invocation: &Invocation) -> &'static [Turn] {
        let ended = self.life.facts(invocation.loaded).ended;
        match invocation.task {
            // What has ended has had its flow at the provider for long.
            Task::Ask if self.bound.held && (!ended || self.variant == Variant::DeniedThenStarted) => {
                &[Turn::Done, Turn::Away, Turn::Refused]
            }
            Task::Start { .. } if self.bound.held => &[Turn::Done, Turn::Refused],
            Task::Ask | Task::Act(_) => &[Turn::Done, Turn::Away],
            // A request that is on its way may be late or lost; an answer that is lost leaves step 3 where a crash does.
            _ => &[Turn::Done],
        }
    }

    /// A message arrives. A draft that nobody touched is revoked; of everything else the provider is asked.
    pub(super) fn message(&self, world: &mut World, contract: u8) -> Option<()> {
        let loaded = world.record(contract).value;
        if self.is_over(world, contract) {
            return None;
        }
        if self.life.facts(loaded).flow.is_some() {
            world.invocations.push(Invocation { contract, loaded, fresh: true, task: Task::Ask });
        } else if self.change(world, contract, Ask::Revoke(CauseKind::Untouched)).is_none() {
            self.look_again(world, contract);
        }
        Some(())
    }

    /// Whether nothing can come of a message any more, whatever the provider answers: the contract has ended, and so has its flow.
    fn is_over(&self, world: &World, contract: u8) -> bool {
        let record = world.record(contract);
        let facts = self.life.facts(record.value);
        let Some(flow) = facts.flow.map(|flow| world.flow(flow)) else { return false };
        let seen = Seen { state: flow.state, fits: flow.signature != Signature::OfAnother };
        let nothing_from = |ask| self.life.decide(record.value, ask).is_none_or(|decided| decided.events.is_empty());
        facts.ended
            && facts.review.is_none()
            && !record.look
            && !matches!(flow.state, FlowState::NotStarted | FlowState::Signing)
            && nothing_from(Ask::Observe(seen))
            && nothing_from(Ask::Hold(ReviewReason::FlowUnknown))
            && self.life.due(record.value, flow.state) == Due::Nothing
            && !self.life.first_look(record.value).0
    }

    /// The mistake: a callback of one signer, which the vendor's automatic seal sends too, is taken for the flow's completion.
    pub(super) fn believe(&self, world: &mut World, flow: u8) -> Option<()> {
        let contract = world.flow(flow).contract;
        let loaded = world.record(contract).value;
        if self.life.facts(loaded).state != StateName::Signing || !world.invocations.is_empty() {
            return None;
        }
        let seen = Seen { state: FlowState::Completed, fits: true };
        world.invocations.push(Invocation { contract, loaded, fresh: true, task: Task::Observe(seen) });
        Some(())
    }

    /// Sets the next look of a contract that was looked at and did not change; an end that nobody has seen at the provider is looked
    /// at as if it were new.
    pub(super) fn look_again(&self, world: &mut World, contract: u8) {
        let value = world.record(contract).value;
        let ended = self.life.facts(value).ended && self.variant != Variant::ForgottenLook;
        let (look, late) = if ended { self.life.first_look(value) } else { self.life.next_look(value) };
        world.broken |= late;
        world.contracts[usize::from(contract)].look = look;
    }

    /// The next effect of an invocation.
    pub(super) fn go(&self, world: &mut World, at: usize, turn: Turn) -> Option<()> {
        let mut invocation = world.invocations.remove(at);
        let next = match invocation.task {
            Task::Create => self.create(world, &invocation)?,
            Task::Record { flow } => {
                let Written::Done(after) = self.append(world, &invocation, Ask::Sign { flow }) else { return Some(()) };
                invocation.loaded = after;
                invocation.fresh = true;
                (self.variant != Variant::StartBeforeRecord).then_some(Task::Start { flow })
            }
            // Step 3 ends here and leaves it to the timer: a crash, and then this.
            Task::Start { flow } if turn == Turn::Refused => {
                (world.flow(flow).state == FlowState::NotStarted).then_some(Task::Hold(ReviewReason::StartRefused))
            }
            Task::Start { flow } => {
                world.flow_mut(flow).start_on_its_way = true;
                (self.variant == Variant::StartBeforeRecord
                    && self.life.facts(invocation.loaded).state == StateName::Confirmed)
                    .then_some(Task::Record { flow })
            }
            Task::Ask => self.ask(world, &invocation, turn),
            Task::Observe(seen) => match self.append(world, &invocation, Ask::Observe(seen)) {
                Written::Done(after) => {
                    invocation.loaded = after;
                    invocation.fresh = true;
                    Some(Task::Act(seen))
                }
                Written::Nothing | Written::Refused => Some(Task::Act(seen)),
                Written::Conflict => None,
            },
            Task::Act(seen) => self.act(world, &mut invocation, seen, turn),
            Task::Hold(_) | Task::HoldDocument(_) => {
                let ask = match invocation.task {
                    Task::HoldDocument(file) => Ask::HoldDocument(file),
                    Task::Hold(reason) => Ask::Hold(reason),
                    _ => return None,
                };
                let held = self.append(world, &invocation, ask);
                if matches!(held, Written::Nothing) && invocation.fresh {
                    let (look, late) = self.life.next_look(invocation.loaded);
                    world.broken |= late;
                    world.contracts[usize::from(invocation.contract)].look = look;
                }
                None
            }
            Task::Sign(file) => {
                let written = self.append(world, &invocation, Ask::Archive(file));
                let keep = self.variant == Variant::SignedBeforeKept && matches!(written, Written::Done(_));
                keep.then_some(Task::Keep)
            }
            Task::Keep => {
                world.contracts[usize::from(invocation.contract)].kept = true;
                None
            }
        };
        world.invocations.extend(next.map(|task| Invocation { task, ..invocation }));
        Some(())
    }

    fn append(&self, world: &mut World, invocation: &Invocation, ask: Ask) -> Written {
        let Invocation { contract, loaded, fresh, .. } = *invocation;
        world.append(&self.life, self.variant, contract, loaded, fresh, ask)
    }

    fn create(&self, world: &mut World, invocation: &Invocation) -> Option<Option<Task>> {
        if world.flows.len() >= usize::from(self.bound.flows) {
            return None;
        }
        let flow = u8::try_from(world.flows.len()).ok()?;
        world.flows.push(Flow {
            contract: invocation.contract,
            file: self.life.facts(invocation.loaded).file?,
            state: FlowState::NotStarted,
            signature: Signature::None,
            start_on_its_way: false,
            revocation_on_its_way: false,
        });
        let early = self.variant == Variant::StartBeforeRecord;
        Some(Some(if early { Task::Start { flow } } else { Task::Record { flow } }))
    }

    fn ask(&self, world: &mut World, invocation: &Invocation, turn: Turn) -> Option<Task> {
        let flow = world.flow(self.life.facts(invocation.loaded).flow?);
        match turn {
            Turn::Done => {
                let seen = Seen { state: flow.state, fits: flow.signature != Signature::OfAnother };
                let moves = self.life.decide(invocation.loaded, Ask::Observe(seen));
                let moves = moves.is_some_and(|decided| !decided.events.is_empty());
                Some(if moves { Task::Observe(seen) } else { Task::Act(seen) })
            }
            Turn::Away => self.later(world, invocation),
            Turn::Refused => Some(Task::Hold(ReviewReason::FlowUnknown)),
        }
    }

    /// The provider is away: the next look goes on from here.
    fn later(&self, world: &mut World, invocation: &Invocation) -> Option<Task> {
        if invocation.fresh {
            self.look_again(world, invocation.contract);
        }
        None
    }

    /// Does what is due outside.
    fn act(&self, world: &mut World, invocation: &mut Invocation, seen: Seen, turn: Turn) -> Option<Task> {
        let facts = self.life.facts(invocation.loaded);
        let flow = facts.flow?;
        match (self.life.due(invocation.loaded, seen.state), turn) {
            (Due::Nothing, _) => {
                if invocation.fresh {
                    world.contracts[usize::from(invocation.contract)].look = false;
                }
                None
            }
            (Due::Wait, _) => self.later(world, invocation),
            (Due::Start, _) if self.variant == Variant::NeverStarted => self.later(world, invocation),
            (Due::Start, _) if self.variant == Variant::StartUnannounced => Some(Task::Start { flow }),
            (Due::Start, _) => match self.append(world, invocation, Ask::RequestStart) {
                Written::Done(after) => {
                    invocation.loaded = after;
                    Some(Task::Start { flow })
                }
                Written::Nothing | Written::Refused | Written::Conflict => None,
            },
            (Due::Revoke, Turn::Away) => {
                world.flow_mut(flow).revocation_on_its_way = true;
                self.later(world, invocation)
            }
            (Due::Revoke, _) => {
                let at_provider = world.flow_mut(flow);
                if at_provider.state == FlowState::Signing {
                    at_provider.state = FlowState::Revoked;
                }
                None
            }
            (Due::Archive, Turn::Away) => self.later(world, invocation),
            (Due::Archive, _) => {
                // What staff accepted was kept aside; otherwise the provider hands out what it has.
                let file = facts.accepted.or(world.flow(flow).signature.file())?;
                let archived = match file {
                    File::Sound => true,
                    File::Unjudged => facts.accepted.is_some(),
                    File::Broken => facts.accepted.is_some() && self.variant == Variant::AnythingAccepted,
                };
                if !archived {
                    return Some(Task::HoldDocument(file));
                }
                if self.variant != Variant::SignedBeforeKept {
                    world.contracts[usize::from(invocation.contract)].kept = true;
                }
                Some(Task::Sign(file))
            }
        }
    }
}
