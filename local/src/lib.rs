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

mod cors;
mod event;
mod filter;
mod folder;
mod functions;
mod gateway;
mod intrinsic;
mod mail;
mod parameters;
mod queues;
mod routing;
mod schedule;
mod smtp;
mod stream;
mod template;
mod token;
mod wiring;
