//! relay-events
