//! A model check that drives the real decisions of `shared/contract`: two customers, staff, the provider, a network that loses,
//! repeats and reorders, and crashes between any two effects. All states within a bound are visited.
//!
//! What decides is the product's own code (`decide`, `entry` and `evolve`, `due`, `first_look`, `next_look`, `Slot`), asked in
//! `life`. What the model adds is the world around it: the order of effects in the functions (`invocation`), what is one
//! transaction in the table (`world`), and what everybody may do (`act`).

mod act;
mod bound;
mod invocation;
mod life;
mod parties;
mod promise;
mod rest;
mod search;
mod world;

pub use act::Act;
pub use bound::{Bound, Variant};
pub use invocation::Turn;
pub use life::Age;
pub use promise::{CONTENT, ENDS, HISTORY, LOOKS, ONE_CONTRACT, ONE_FLOW, REST, REVOKED, SOUND, TWO};
pub use search::{Figures, Violation, search, search_for};
pub use world::{Signature, World};

use contract::Slot;
use life::{Facts, Life};
use stateright::Property;

/// The model within a bound.
#[derive(Debug)]
pub struct Model {
    bound: Bound,
    variant: Variant,
    life: Life,
    known: rest::Known,
}

impl Model {
    #[must_use]
    pub fn new(bound: Bound, variant: Variant) -> Self {
        Self { bound, variant, life: Life::new(variant), known: rest::Known::default() }
    }

    fn facts_of<'a>(&'a self, world: &'a World) -> impl Iterator<Item = Facts> + 'a {
        world.contracts.iter().map(|record| self.life.facts(record.value))
    }
}

impl stateright::Model for Model {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        debug_assert_eq!(self.life.slot(self.life.slot_value(&Slot::Free)), Slot::Free);
        vec![World::new(&self.life, self.bound.subjects)]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        self.acts(world, acts);
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        self.after(world, act)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promise::all(self)
    }
}
