//! Starts what carries events to functions: queue consumers, stream followers and schedules.

use crate::folder::Folder;
use crate::functions::{InFlight, Registry};
use crate::intrinsic::{References, Unresolved};
use crate::queues::Consumer;
use crate::resources::Resources;
use crate::schedule;
use crate::stream::Follower;
use crate::wiring::Wiring;
use contract::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the pumps need.
#[derive(Clone, Copy)]
pub struct Pumps<'a> {
    /// What calls which function.
    pub wiring: &'a Wiring,
    /// The functions.
    pub functions: &'a Registry,
    /// The stores the events come from.
    pub resources: &'a Resources,
    /// Where references lead, with everything created.
    pub references: &'a References,
    /// Where the place in a stream is kept.
    pub folder: &'a Folder,
    /// The time in events.
    pub clock: &'a Clock,
    /// Counts what is running.
    pub in_flight: &'a InFlight,
    /// Changes when the stack stops.
    pub stopped: &'a watch::Receiver<bool>,
}

impl std::fmt::Debug for Pumps<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pumps").field("wiring", &self.wiring).finish_non_exhaustive()
    }
}

impl Pumps<'_> {
    /// Starts them all. A mapping whose function is not there is passed over with an error in the log.
    ///
    /// # Errors
    ///
    /// When a mapping names a queue or table that was not created.
    pub fn start(self) -> Result<Vec<JoinHandle<()>>, Unresolved> {
        let mut tasks = Vec::new();
        for mapping in &self.wiring.queues {
            let Some(handler) = self.functions.get(&mapping.function).cloned() else {
                tracing::error!("{} is not there, so {} is not read", mapping.function, mapping.queue);
                continue;
            };
            let consumer = Consumer {
                mapping: mapping.clone(),
                queue_url: self.reference(&mapping.queue)?,
                queue_arn: self.reference(&format!("{}.Arn", mapping.queue))?,
                handler,
                timeout: self.timeout(&mapping.function),
            };
            let client = self.resources.queue_client();
            tasks.push(tokio::spawn(consumer.consume(client, self.in_flight.clone(), self.stopped.clone())));
        }
        for mapping in &self.wiring.streams {
            let Some(handler) = self.functions.get(&mapping.function).cloned() else {
                tracing::error!("{} is not there, so the stream of {} is not read", mapping.function, mapping.table);
                continue;
            };
            let follower = Follower {
                mapping: mapping.clone(),
                source: self.resources.stream(&self.reference(&mapping.table)?),
                stream_arn: self.reference(&format!("{}.StreamArn", mapping.table))?,
                handler,
                timeout: self.timeout(&mapping.function),
                folder: self.folder.clone(),
            };
            tasks.push(tokio::spawn(follower.follow(self.in_flight.clone(), self.stopped.clone())));
        }
        for rule in &self.wiring.schedules {
            let Some(handler) = self.functions.get(&rule.function).cloned() else {
                tracing::error!("{} is not there, so it is not run by the clock", rule.function);
                continue;
            };
            let timeout = self.timeout(&rule.function);
            let (clock, in_flight) = (Arc::clone(self.clock), self.in_flight.clone());
            tasks.push(tokio::spawn(schedule::keep(
                rule.clone(),
                handler,
                timeout,
                clock,
                in_flight,
                self.stopped.clone(),
            )));
        }
        Ok(tasks)
    }

    fn timeout(&self, function: &str) -> Duration {
        self.wiring.functions.get(function).map_or(Duration::from_secs(3), |function| function.timeout)
    }

    fn reference(&self, name: &str) -> Result<String, Unresolved> {
        self.references
            .get(name)
            .map(str::to_owned)
            .ok_or_else(|| Unresolved(format!("template.yaml reads events from {name}, which was not created.")))
    }
}
