//! Waiting for what others do: bounded, and telling what was seen last.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long anything may take; only something broken takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` gives `Ok`; `what` says what is waited for, and the last `Err` is what was seen instead.
pub async fn until<T, S: Debug>(what: &str, look: impl AsyncFnMut() -> Result<T, S>) -> T {
    until_within(PATIENCE, what, look).await
}

/// The same for what may take longer, or must not take as long.
pub async fn until_within<T, S: Debug>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, S>,
) -> T {
    let started = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if started.elapsed() > patience => {
                panic!("waited {} s for {what}; the last thing seen:\n{seen:#?}", patience.as_secs())
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
