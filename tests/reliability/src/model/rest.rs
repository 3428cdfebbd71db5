//! Once faults stop, every contract comes to its end: from every state that is reached, a run without faults is carried out to
//! where nothing moves any more, and what it comes to is judged.
//!
//! In such a run no message arrives at all: callbacks, relayed events and repeats are lost, and the timer alone looks at what has a
//! look set. Nobody applies or edits; the signers, staff and time do what each manner says. A run is a path of the model, and
//! deterministic; states that are known to lead to rest are remembered, so that each is run through once.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::PoisonError,
};

use contract::{FlowState, ReviewDecision, StateName};

use super::{
    Act, Model,
    invocation::Turn,
    life::Age,
    world::{Signature, Task, World},
};

/// So many steps lead to rest at most.
const MOST_STEPS: usize = 200;

/// What signers and staff do where they are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Manner {
    signer: Signer,
    /// Whether the signer is quicker than the timer.
    signer_first: bool,
    staff: ReviewDecision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Signer {
    Signs,
    Declines,
    LetsExpire,
}

const MANNERS: [Manner; 3] = [
    Manner { signer: Signer::Signs, signer_first: true, staff: ReviewDecision::Accept },
    Manner { signer: Signer::LetsExpire, signer_first: false, staff: ReviewDecision::Close },
    Manner { signer: Signer::Declines, signer_first: false, staff: ReviewDecision::Close },
];

/// Where the way to rest is known from, as fingerprints.
pub(super) type Known = std::sync::Mutex<HashSet<u64>>;

fn fingerprint(manner: Manner, world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    (manner, world).hash(&mut hasher);
    hasher.finish()
}

impl Model {
    /// Whether the world comes to rest from here in every manner.
    pub(super) fn comes_to_rest(&self, world: &World) -> bool {
        MANNERS.into_iter().all(|manner| self.rests(world.clone(), manner))
    }

    fn rests(&self, mut world: World, manner: Manner) -> bool {
        let mut way = Vec::new();
        for _ in 0..MOST_STEPS {
            let here = fingerprint(manner, &world);
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&here);
            way.push(here);
            match if known { None } else { self.onwards(&world, manner) } {
                Some(next) => world = next,
                None if known || self.agrees(&world) => {
                    self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(way);
                    return true;
                }
                None => return false,
            }
        }
        false
    }

    /// The next step of a run without faults; `None` where nothing moves any more.
    fn onwards(&self, world: &World, manner: Manner) -> Option<World> {
        // What is under way is done, and what is on its way arrives.
        if let Some(invocation) = world.invocations.first() {
            let cannot = invocation.task == Task::Create && world.flows.len() >= usize::from(self.bound.flows);
            let act = if cannot { Act::Crash { invocation: 0 } } else { Act::Go { invocation: 0, turn: Turn::Done } };
            return self.after(world, act);
        }
        for (flow, at_provider) in (0u8..).zip(&world.flows) {
            if at_provider.start_on_its_way {
                return self.after(world, Act::StartArrives { flow });
            }
            if at_provider.revocation_on_its_way {
                return self.after(world, Act::RevocationArrives { flow });
            }
        }
        let signers = || self.signer_acts(world, manner);
        let staff = || self.staff_act(world, manner);
        let timer = || self.timer_looks(world);
        let moved = if manner.signer_first { signers().or_else(timer) } else { timer().or_else(signers) };
        let moved = moved.or_else(staff);
        moved.or_else(|| [Age::Minute, Age::Month].into_iter().find_map(|age| self.after(world, Act::Pass(age))))
    }

    fn signer_acts(&self, world: &World, manner: Manner) -> Option<World> {
        let (flow, _) = (0u8..).zip(&world.flows).find(|(_, flow)| flow.state == FlowState::Signing)?;
        let act = match manner.signer {
            Signer::Signs => Act::Sign { flow, signature: Signature::Sound },
            Signer::Declines => Act::Decline { flow },
            Signer::LetsExpire => Act::Expire { flow },
        };
        self.after(world, act)
    }

    fn staff_act(&self, world: &World, manner: Manner) -> Option<World> {
        let held = world.contracts_by_number().find(|(_, record)| self.life.facts(record.value).review.is_some());
        let (contract, _) = held?;
        // What cannot be accepted is closed, by a colleague where the first alone cannot.
        let decisions = [(manner.staff, 0), (ReviewDecision::Close, 0), (ReviewDecision::Close, 1)];
        decisions.into_iter().find_map(|(decision, by)| self.after(world, Act::Review { contract, decision, by }))
    }

    /// The timer looks at the first contract that has a look set and that moves by it.
    fn timer_looks(&self, world: &World) -> Option<World> {
        let due = world.contracts_by_number().filter(|(_, record)| record.look);
        due.filter_map(|(contract, _)| self.settled(world, contract)).next()
    }

    /// One message, from its beginning to its end; `None` where it changes nothing.
    fn settled(&self, world: &World, contract: u8) -> Option<World> {
        let mut next = self.after(world, Act::Message { contract })?;
        for _ in 0..MOST_STEPS {
            if next.invocations.is_empty() {
                break;
            }
            next = self.after(&next, Act::Go { invocation: 0, turn: Turn::Done })?;
        }
        (next != *world).then_some(next)
    }

    /// Every contract has ended, staff have nothing to decide, no look is left, and the flow came to what the contract says.
    fn agrees(&self, world: &World) -> bool {
        self.facts_of(world).zip(&world.contracts).all(|(facts, record)| {
            let flow = facts.flow.map(|flow| world.flow(flow).state);
            let closed = facts.state == StateName::Closed;
            facts.ended
                && facts.review.is_none()
                && !record.look
                && match flow {
                    None => facts.state == StateName::Revoked,
                    // Staff know of everything else that was completed.
                    Some(FlowState::Completed) => {
                        facts.state == StateName::Signed || closed && facts.flow_ended || facts.end_reviewed
                    }
                    Some(FlowState::Revoked) => facts.state == StateName::Revoked || closed,
                    Some(FlowState::Declined) => facts.state == StateName::Declined || closed,
                    Some(FlowState::Expired) => facts.state == StateName::Expired || closed,
                    Some(FlowState::NotStarted) => facts.state == StateName::Revoked || closed,
                    Some(FlowState::Signing) => false,
                }
        })
    }
}
