//! Crash points, callbacks, queues and an outage.

use reliability::crash::{Which, enumerate};
use reliability::simulation::Plant;
use reliability::{orders, outage, queues};

#[test]
fn every_effect_has_a_name_and_may_be_the_last() {
    let figures = enumerate(Which::FirstInOneWay, 2, &|_, _| {});
    println!("{figures}");
    assert!(figures.unnamed.is_empty(), "put these into crash_points.txt: {:#?}", figures.unnamed);
    assert!(figures.stale.is_empty(), "nothing has these names any more: {:#?}", figures.stale);
    assert!(figures.violations.is_empty(), "{:#?}", figures.violations);
    assert_eq!(figures.struck, figures.points.len() as u64, "{figures}");
}

#[test]
fn callbacks_in_any_order_repeated_or_dropped_lead_to_the_same_end() {
    let figures = orders::all(90, &|_| {});
    println!("{figures}");
    assert!(figures.violations.is_empty(), "{:#?}", figures.violations);
    assert!(figures.orders > 50, "{figures}");
}

#[test]
fn without_any_callback_the_end_is_known_within_15_minutes() {
    let figures = orders::dropped(&Plant::new());
    println!("{figures}");
    assert!(figures.violations.is_empty(), "{:#?}", figures.violations);
    assert_eq!(figures.runs, 24, "{figures}");
}

#[test]
fn a_message_that_nobody_can_read_harms_no_other_and_moving_messages_back_has_no_second_effect() {
    let broken = queues::poison(&Plant::new());
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_relay_that_stops_at_a_record_loses_nothing() {
    let stops = queues::relay_stops(&Plant::new(), 15, &|_| {});
    println!("{stops}");
    assert!(stops.violations.is_empty(), "{:#?}", stops.violations);
    assert!(stops.runs >= 9, "{stops}");
}

#[test]
fn a_day_without_the_provider_loses_nothing_and_ends_within_15_minutes() {
    let figures = outage::run(&Plant::new(), 24);
    println!("{figures}");
    assert!(figures.violations.is_empty(), "{:#?}", figures.violations);
    assert!(figures.calls > 0, "nobody looked: {figures}");
}
