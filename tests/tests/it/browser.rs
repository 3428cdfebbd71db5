//! The pages, as somebody with a browser meets them: Chromium without a window, on a desktop and on a phone, in both languages.
//!
//! Every visit is watched to its end (`watch.rs`): no error in the console, nothing that the policy of the pages refuses, no request to another
//! host. Nothing here sleeps: what takes its time is waited for.

mod documents;
mod driver;
mod enquiry;
mod figures;
mod hands;
mod journeys;
mod keyboard;
mod log_in;
mod look;
mod moves;
mod outages;
mod overview;
mod people;
mod provider;
mod seal;
mod sound;
mod staff;
mod states;
mod steps;
mod visit;
mod watch;
mod watch_tests;

use hands::{field, named};
use look::Look;
use visit::{Browser, visit};
