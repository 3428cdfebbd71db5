//! How far a long run is.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A line at most so often.
const EVERY: Duration = Duration::from_secs(20);

pub struct Progress {
    began: Instant,
    told: Mutex<Instant>,
}

impl Progress {
    pub fn new() -> Self {
        let now = Instant::now();
        Self { began: now, told: Mutex::new(now) }
    }

    /// Prints how far the run is, unless it did so a moment ago.
    pub fn tell(&self, how_far: impl FnOnce() -> String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= EVERY {
            *told = Instant::now();
            println!("  {} s: {}", self.began.elapsed().as_secs(), how_far());
        }
    }

    pub fn seconds(&self) -> u64 {
        self.began.elapsed().as_secs()
    }
}
