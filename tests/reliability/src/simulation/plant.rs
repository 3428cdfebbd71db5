//! The functions as deployed, started once; each run has its own time, chance, stores and provider beneath them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use contract::Timestamp;
use countersign::{Around, Ground, Unserved};
use tokio::time::Instant;

use super::chance::Chance;
use super::seam::Seam;

/// When every run begins, 2026-03-02T01:00:00Z, in milliseconds: nine in the morning in Beijing, on a Monday.
const BEGIN_MS: i64 = 1_772_413_200_000;

/// The looks of the deployed stack.
const LOOK_SCHEDULE: &str = "60,180,300,600";

/// What a run has of its own.
#[derive(Debug)]
struct Run {
    began: Option<Instant>,
    chance: Chance,
}

/// The functions and the seam beneath them.
pub struct Plant {
    pub functions: Unserved,
    pub seam: Seam,
    pub clock: contract::Clock,
    run: Arc<Mutex<Run>>,
}

impl std::fmt::Debug for Plant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Plant").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Plant {
    /// Starts the functions.
    ///
    /// # Panics
    /// Where the template or the fonts are not in order, which every other test would show too.
    #[must_use]
    pub fn new() -> Self {
        let run = Arc::new(Mutex::new(Run { began: None, chance: Chance::new(0) }));
        let seam = Seam::default();
        let of_clock = Arc::clone(&run);
        let clock: contract::Clock = Arc::new(move || {
            let began = of_clock.lock().unwrap_or_else(PoisonError::into_inner).began;
            let elapsed = began.map_or(0, |began| i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX));
            Timestamp::from_millisecond(BEGIN_MS + elapsed).expect("a run ends within centuries")
        });
        let of_random = Arc::clone(&run);
        let random: contract::Random =
            Arc::new(move || of_random.lock().unwrap_or_else(PoisonError::into_inner).chance.wide());
        let aws = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(stores::REGION))
            .endpoint_url("http://127.0.0.1:1")
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                stores::ACCESS_KEY,
                stores::SECRET_KEY,
                None,
                None,
                "simulation",
            )))
            .http_client(seam.aws())
            // The deployed number of attempts, but pauses without the SDK's own chance in them, which no seed could repeat.
            .retry_config(RetryConfig::standard().with_use_static_exponential_base(true))
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .build();
        let ground = Ground {
            aws,
            clock: Arc::clone(&clock),
            random,
            carrier: Some(seam.carrier()),
            postbox: Some(seam.postbox()),
        };
        let around = Around { ground, look_schedule: LOOK_SCHEDULE.to_owned() };
        let functions = Unserved::new(&around).unwrap_or_else(|error| panic!("the functions do not start: {error}"));
        Self { functions, seam, clock, run }
    }

    /// Begins a run: its time starts now, and what the functions draw follows from the seed.
    pub(super) fn begin(&self, seed: u64) {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        *run = Run { began: Some(Instant::now()), chance: Chance::new(seed ^ 0x5eed) };
        drop(run);
        self.seam.with(Vec::clear);
    }
}

impl Default for Plant {
    fn default() -> Self {
        Self::new()
    }
}
