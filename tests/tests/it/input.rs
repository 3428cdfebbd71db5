//! Hostile input: whatever is sent, the answer is the refusal that was promised, and nothing is kept of it.
//!
//! The cases are tables. What does not hold is collected and told at the end of a table, so that one run shows all of it.

mod bodies;
mod callers;
mod fields;
mod found;
mod headers;
mod ids;
mod order;
mod routes;
mod sites;
mod wrong;
