//! The world when nothing goes wrong: whatever can happen does, one thing after the other.

use std::time::Duration;

use serde_json::json;

use super::people::People;
use super::world::{QUEUES, World};

/// The places of the callbacks whose time has come.
pub fn due_callbacks(world: &World<'_>) -> Vec<usize> {
    if world.hold_callbacks {
        return Vec::new();
    }
    let now = tokio::time::Instant::now();
    (0..world.callbacks.len()).filter(|at| world.callbacks[*at].due <= now).collect()
}

/// What staff do about a dead-letter queue: its messages are moved back.
pub async fn redriven(world: &mut World<'_>) {
    for (queue, _) in QUEUES {
        let dead = queue.replace("Queue", "DeadLetterQueue");
        let arn = world.plant.functions.named(&format!("{dead}.Arn")).expect("each queue has an ARN").to_owned();
        if world.messages(&dead).await > 0 {
            world.weather.count("dead letters moved back");
            world.aws("sqs", "AmazonSQS.StartMessageMoveTask", &json!({ "SourceArn": arn })).await;
        }
    }
}

/// So much time in which nothing goes wrong: everything is delivered, and the schedule runs every four minutes
/// (where nothing is due it would only look).
pub async fn fair_minutes(world: &mut World<'_>, people: &mut People, time: Duration) {
    let end = tokio::time::Instant::now() + time + Duration::from_secs(60);
    loop {
        if world.something_is_due().await {
            world.tick();
        }
        quiet(world, people).await;
        let now = tokio::time::Instant::now();
        if now >= end {
            return;
        }
        world.pass((end - now).min(Duration::from_secs(240))).await;
    }
}

/// So many minutes, in each of which the schedule runs where anything is due, and what it sends is done.
pub async fn each_minute(world: &mut World<'_>, minutes: u64) {
    for _ in 0..minutes {
        world.pass(Duration::from_secs(60)).await;
        if world.something_is_due().await {
            world.tick();
        }
        quiet(world, &mut People::new()).await;
    }
}

/// What is under way comes to its end, without a fault but the one that the world is told to strike with; nothing new begins.
pub async fn landed(world: &mut World<'_>, people: &mut People) {
    loop {
        world.settle().await;
        people.hear(world);
        if world.waiting() > 0 {
            if world.stray(0).is_some() {
                world.forget(0);
            } else {
                let how = world.stricken();
                world.carry(0, how).await;
            }
        } else if world.in_flight() > 0 {
            world.pass(Duration::from_millis(200)).await;
        } else {
            return;
        }
    }
}

/// Everything that can happen at once happens, until nothing is left.
pub async fn quiet(world: &mut World<'_>, people: &mut People) {
    let mut idle = 0;
    while idle < 3 {
        landed(world, people).await;
        let mut moved = world.relay(100).await;
        for (queue, function) in QUEUES {
            moved |= world.consume(queue, function, 10).await;
        }
        if let Some(at) = due_callbacks(world).first() {
            world.post(*at);
            moved = true;
        }
        idle = if moved { 0 } else { idle + 1 };
    }
}
