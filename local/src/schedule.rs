//! Functions that run by the clock, as EventBridge runs them.
//!
//! A run that fails is only logged: the next one comes anyway. Two runs of one schedule never overlap here.

use crate::event::schedule_tick;
use crate::functions::{Handler, InFlight, run};
use crate::wiring::Schedule;
use contract::Clock;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// Runs a function at its schedule, the first time after one interval, until `stop` changes.
pub async fn keep(
    schedule: Schedule,
    handler: Handler,
    timeout: Duration,
    clock: Clock,
    in_flight: InFlight,
    mut stop: watch::Receiver<bool>,
) {
    let Handler::Schedule(handler) = handler else {
        tracing::error!("{} takes no schedule", schedule.function);
        return;
    };
    let _in_flight = in_flight;
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + schedule.every, schedule.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = ticks.tick() => {}
        }
        let id = format!("{:032x}", rand::random::<u128>());
        let (handler, event) = (std::sync::Arc::clone(&handler), schedule_tick(&schedule.rule, &id, clock()));
        match run(async move { handler(event).await }, timeout).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("{}: {error}", schedule.function),
            Err(failure) => tracing::error!("{}: {failure}", schedule.function),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn it_runs_again_after_a_failure_and_stops_when_told() {
        let runs = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&runs);
        let handler = Handler::Schedule(Arc::new(move |event| {
            assert_eq!(event["detail-type"], "Scheduled Event");
            assert!(counter.fetch_add(1, Ordering::SeqCst) > 0, "the first run fails");
            Box::pin(async { Ok(()) })
        }));
        let schedule =
            Schedule { rule: "EveryMinute".to_owned(), function: "f".to_owned(), every: Duration::from_millis(10) };
        let (stop, stopped) = watch::channel(false);
        let (in_flight, done) = InFlight::new();
        let clock: Clock = Arc::new(contract::Timestamp::now);
        tokio::spawn(keep(schedule, handler, Duration::from_secs(1), clock, in_flight, stopped));
        while runs.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(true).unwrap();
        done.wait(Duration::from_secs(5)).await;
        let after = runs.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(runs.load(Ordering::SeqCst), after);
    }
}
