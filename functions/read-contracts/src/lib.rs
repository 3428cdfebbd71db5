//! read-contracts
