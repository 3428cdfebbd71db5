//! What must always hold, as properties of a state. What can only be seen of a step is noted in the state that it leads to.

use contract::{FlowState, Slot, StateName};
use stateright::Property;

use super::{
    Model,
    parties::{File, contract_id},
    world::{Paper, World},
};

/// Promises that a step broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Broken(u8);

impl Broken {
    pub const NOTHING: Self = Self(0);
    pub const ONE_CONTRACT: Self = Self(1);
    pub const ENDS: Self = Self(2);
    pub const CONTENT: Self = Self(4);
    pub const LOOKS: Self = Self(8);
    pub const HISTORY: Self = Self(16);
    pub const REVOKED_REACHES_NOBODY: Self = Self(32);
    pub const UNSOUND: Self = Self(64);

    fn has(self, promise: Self) -> bool {
        self.0 & promise.0 != 0
    }
}

impl std::ops::BitOr for Broken {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Broken {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

pub const ONE_CONTRACT: &str = "1 at most one open, signed or paper contract per subject, and the slot says which";
pub const ONE_FLOW: &str = "2 at most one started flow per contract, and it is the recorded one";
pub const ENDS: &str = "3 ends never change; signed means a completed flow and an archived document";
pub const CONTENT: &str = "4 the content is frozen from confirmed on, and it is what the flow shows";
pub const LOOKS: &str = "5 nothing waits in silence";
pub const HISTORY: &str = "6 each change is one event, and each event's hash covers the one before it";
pub const REVOKED: &str = "what is revoked reaches the signer no more";
pub const SOUND: &str =
    "a broken document is never signed, and one that nobody can judge only where staff accepted that very one";
pub const TWO: &str = "a completed flow's slot is not free until two people closed the contract";
pub const REST: &str = "once faults stop every contract comes to its end, and flow and contract agree";

/// The promises, and what the model must be able to reach, or it proves nothing.
pub(super) fn all(model: &Model) -> Vec<Property<Model>> {
    let mut properties = vec![
        Property::always(ONE_CONTRACT, one_contract),
        Property::always(ONE_FLOW, one_flow),
        Property::always(ENDS, ends),
        Property::always(CONTENT, content),
        Property::always(LOOKS, looks),
        Property::always(HISTORY, |_, world: &World| !world.broken.has(Broken::HISTORY)),
        Property::always(REVOKED, |_, world: &World| !world.broken.has(Broken::REVOKED_REACHES_NOBODY)),
        Property::always(SOUND, |_, world: &World| !world.broken.has(Broken::UNSOUND)),
        Property::always(TWO, closed_by_two),
        Property::always(REST, Model::comes_to_rest),
        Property::sometimes("is signed", |model: &Model, world: &World| any(model, world, StateName::Signed)),
        Property::sometimes("is revoked", |model: &Model, world: &World| any(model, world, StateName::Revoked)),
        Property::sometimes("is declined", |model: &Model, world: &World| any(model, world, StateName::Declined)),
        Property::sometimes("expires", |model: &Model, world: &World| any(model, world, StateName::Expired)),
        Property::sometimes("leaves a flow that nobody recorded", |model: &Model, world: &World| {
            (0u8..)
                .zip(&world.flows)
                .any(|(at, flow)| model.life.facts(world.record(flow.contract).value).flow != Some(at))
        }),
    ];
    if model.bound.papers > 0 {
        properties.extend([
            Property::sometimes("records paper", |_, world: &World| paper(world, Paper::Recorded)),
            Property::sometimes("keeps paper waiting", |_, world: &World| paper(world, Paper::Waiting)),
            Property::sometimes("refuses paper", |_, world: &World| paper(world, Paper::Refused)),
        ]);
    }
    if model.bound.held {
        properties.extend([
            Property::sometimes("is closed by staff", |model: &Model, world: &World| {
                any(model, world, StateName::Closed)
            }),
            Property::sometimes("is closed by two", |model: &Model, world: &World| {
                world.contracts.iter().any(|record| record.closers == BOTH) && any(model, world, StateName::Closed)
            }),
            Property::sometimes("is signed with a document that staff accepted", |model: &Model, world: &World| {
                model.facts_of(world).any(|facts| facts.document == Some(File::Unjudged))
            }),
            Property::sometimes("is held after its end", |model: &Model, world: &World| {
                model.facts_of(world).any(|facts| facts.ended && facts.review.is_some())
            }),
        ]);
    }
    if model.bound.contracts > 1 {
        properties.push(Property::sometimes("is signed after another ended", |model: &Model, world: &World| {
            model.facts_of(world).take(2).map(|facts| facts.state).eq([StateName::Declined, StateName::Signed])
        }));
    }
    properties
}

fn any(model: &Model, world: &World, state: StateName) -> bool {
    model.facts_of(world).any(|facts| facts.state == state)
}

fn paper(world: &World, status: Paper) -> bool {
    world.papers.iter().any(|(_, paper)| *paper == status)
}

fn one_contract(model: &Model, world: &World) -> bool {
    let subjects = (0u8..).zip(&world.slots);
    !world.broken.has(Broken::ONE_CONTRACT)
        && subjects.into_iter().all(|(subject, slot)| {
            let standing: Vec<_> = (0u8..)
                .zip(model.facts_of(world))
                .filter(|(_, facts)| facts.subject == subject && (!facts.ended || facts.state == StateName::Signed))
                .map(|(which, facts)| (contract_id(which), facts.ended))
                .collect();
            let papers = |status| world.papers.iter().filter(|(of, paper)| *of == subject && *paper == status).count();
            let (recorded, waiting) = (papers(Paper::Recorded), papers(Paper::Waiting));
            standing.len() + recorded <= 1
                && match model.life.slot(*slot) {
                    Slot::Free => standing.is_empty() && recorded + waiting == 0,
                    Slot::Open { contract, waiting: queued, .. } => {
                        standing == [(contract, false)] && waiting == usize::from(queued.is_some())
                    }
                    Slot::Signed { contract, .. } => standing == [(contract, true)] && waiting == 0,
                    Slot::Paper { .. } => recorded == 1 && waiting == 0,
                }
        })
}

fn one_flow(model: &Model, world: &World) -> bool {
    let mut started = (0u8..).zip(&world.flows).filter(|(_, flow)| flow.state != FlowState::NotStarted);
    started.all(|(at, flow)| {
        let others = (0u8..).zip(&world.flows).filter(|(_, other)| other.contract == flow.contract);
        model.life.facts(world.record(flow.contract).value).flow == Some(at)
            && others.filter(|(_, other)| other.state != FlowState::NotStarted).count() == 1
    })
}

fn ends(model: &Model, world: &World) -> bool {
    !world.broken.has(Broken::ENDS)
        && model.facts_of(world).zip(&world.contracts).all(|(facts, record)| {
            let flow = facts.flow.map(|flow| world.flow(flow).state);
            match facts.state {
                StateName::Signed => flow == Some(FlowState::Completed) && record.kept && facts.document.is_some(),
                // Asked of the provider itself, never taken from the callback.
                StateName::Completing => flow == Some(FlowState::Completed),
                _ => true,
            }
        })
}

/// Both members of staff.
const BOTH: u8 = 0b11;

fn closed_by_two(model: &Model, world: &World) -> bool {
    model.facts_of(world).zip(&world.contracts).all(|(facts, record)| {
        let completed =
            facts.flow_ended && facts.flow.is_some_and(|flow| world.flow(flow).state == FlowState::Completed);
        facts.state != StateName::Closed || !completed || record.closers == BOTH
    })
}

fn content(model: &Model, world: &World) -> bool {
    !world.broken.has(Broken::CONTENT)
        && model.facts_of(world).all(|facts| {
            let shown = facts.file.or_else(|| facts.flow.map(|flow| world.flow(flow).file));
            shown.is_none_or(|edition| edition == facts.content)
        })
}

fn looks(model: &Model, world: &World) -> bool {
    !world.broken.has(Broken::LOOKS)
        && model.facts_of(world).zip(&world.contracts).all(|(facts, record)| {
            // What has ended here and is still with the signer has to be revoked there.
            let with_signer = facts.flow.is_some_and(|flow| world.flow(flow).state == FlowState::Signing);
            record.look || facts.ended && facts.review.is_none() && !with_signer
        })
}
