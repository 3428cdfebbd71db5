//! fill-party-a
