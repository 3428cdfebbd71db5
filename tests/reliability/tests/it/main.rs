//! The promises of `RELIABILITY.md`, each check at a length that the ordinary test command has time for. The long ones are `cargo xtask soak`.

#![expect(clippy::print_stdout, reason = "the figures are what a run of this is for")]

mod faults;
mod load;
mod model;
mod simulation;
