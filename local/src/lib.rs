//! The local stack: the whole of Countersign in one process, without Docker, account or second tool.
//!
//! `template.yaml` says what there is: routes, queues, the table, schedules and every function's settings. This room reads it and plays API Gateway,
//! the event source mappings of Lambda and EventBridge, with the real functions in between, embedded stores (room `stores`) below and an e签宝
//! sandbox (room `sandbox`) beside. It listens on 127.0.0.1 only.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod beside;
mod catalog;
mod client;
mod cors;
mod customers;
mod definitions;
pub mod demo;
mod desk;
mod event;
mod figures;
mod filter;
mod folder;
mod functions;
mod gateway;
#[cfg(test)]
mod gateway_tests;
mod intrinsic;
mod log_in;
mod mail;
mod page;
mod parameters;
mod pumps;
mod queues;
mod resources;
mod routing;
mod schedule;
mod smtp;
mod stack;
mod stream;
mod template;
mod token;
mod unserved;
mod wiring;

pub use beside::Beside;
pub use catalog::Ground;
pub use functions::Handler;
pub use stack::{Options, Stack, StartError};
pub use unserved::{Around, Unserved};
