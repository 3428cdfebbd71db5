//! What Countersign promises under faults, checked. `RELIABILITY.md` says what is promised and what each check covers.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "made-up data, and places that the model itself gave out: a check that meets the unexpected should stop there"
)]

pub mod crash;
pub mod load;
pub mod model;
pub mod orders;
pub mod outage;
pub mod queues;
pub mod simulation;
