//! watch-contracts
