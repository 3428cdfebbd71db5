//! The stores as the project's functions meet them: through the AWS SDK's own clients, over a socket.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected should stop there"
)]
#![expect(clippy::print_stdout, reason = "tests tell what they measured")]

mod clients;
mod documents;
mod keys;
mod queues;
mod requests;
mod start;
mod streams;
mod survival;
mod tables;
