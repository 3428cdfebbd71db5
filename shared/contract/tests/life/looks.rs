//! No state waits in silence: when each situation is looked at again.

use contract::{LookSchedule, Timestamp, first_look, next_look};

use crate::{
    grid::Grid,
    situations::{Situation, situations},
    world::{Run, at},
};

fn schedule(text: &str) -> LookSchedule {
    text.parse().unwrap()
}

#[test]
fn each_situation_has_its_next_look() {
    let schedule = schedule("60,180,300,600");
    let mut grid = Grid::new(["first look", "next look"]);
    for Situation { name, contract, now } in situations() {
        let after = |look: Option<Timestamp>| {
            look.map_or("-".to_owned(), |look| format!("{} s", look.duration_since(now).as_secs()))
        };
        grid.row(name, [after(first_look(&contract, now, &schedule)), after(next_look(&contract, now, &schedule))]);
    }
    grid.assert_is(
        "
                                           | first look | next look
        draft                              | 2591995 s  | 2591995 s
        confirmed                          | 2591995 s  | 2591995 s
        signing                            | 50 s       | 50 s
        signing, held start_refused        | 86400 s    | 86400 s
        signing, held flow_unknown         | 86400 s    | 86400 s
        revoking, 59 s after the start     | 11 s       | 11 s
        revoking, 60 s after the start     | 10 s       | 10 s
        revoking, held flow_unknown        | 86400 s    | 86400 s
        completing                         | 55 s       | 55 s
        completing, sign won               | 55 s       | 55 s
        completing, held signer_mismatch   | 86400 s    | 86400 s
        completing, held broken document   | 86400 s    | 86400 s
        completing, held unjudged document | 86400 s    | 86400 s
        completing, held, close asked for  | 86400 s    | 86400 s
        completing, held flow_unknown      | 86400 s    | 86400 s
        completing, signer accepted        | 55 s       | 55 s
        completing, document accepted      | 55 s       | 55 s
        signed                             | -          | -
        revoked, no flow                   | -          | -
        revoked, flow ended                | -          | -
        revoked, unstarted, just now       | 600 s      | -
        revoked, unstarted, a minute ago   | 600 s      | -
        revoked, unstarted, held           | 86400 s    | 86400 s
        revoked, unstarted, reviewed       | 600 s      | -
        declined                           | -          | -
        declined, held                     | 86400 s    | 86400 s
        expired                            | -          | -
        closed, flow ended                 | -          | -
        closed, flow open, just now        | 600 s      | -
        closed, flow open, a minute ago    | 600 s      | -
        closed, flow open, held            | 86400 s    | 86400 s
",
    );
}

#[test]
fn the_provider_is_asked_after_1_3_and_5_minutes_and_then_every_10() {
    let schedule = schedule("60,180,300,600");
    let contract = Run::company().confirm(10).sign(20).contract;
    let mut looks = vec![first_look(&contract, at(20), &schedule).unwrap()];
    while looks.len() < 6 {
        looks.push(next_look(&contract, looks[looks.len() - 1], &schedule).unwrap());
    }
    let minutes: Vec<i64> = looks.iter().map(|look| look.duration_since(at(20)).as_mins()).collect();
    assert_eq!(minutes, [1, 3, 5, 15, 25, 35]);
}

#[test]
fn a_late_look_skips_what_it_missed() {
    let schedule = schedule("60,180,300,600");
    let contract = Run::company().confirm(10).sign(20).contract;
    for (now, next) in [(20 + 61, 20 + 180), (20 + 200, 20 + 300), (20 + 300, 20 + 900), (20 + 7_000, 20 + 7_600)] {
        assert_eq!(next_look(&contract, at(now), &schedule), Some(at(next)), "at {now}");
    }
}

#[test]
fn the_local_stack_looks_every_10_seconds() {
    let schedule = schedule("10,10");
    let contract = Run::company().confirm(10).sign(20).contract;
    assert_eq!(first_look(&contract, at(20), &schedule), Some(at(30)));
    assert_eq!(next_look(&contract, at(30), &schedule), Some(at(40)));
    assert_eq!(next_look(&contract, at(43), &schedule), Some(at(53)));
}

#[test]
fn a_draft_is_looked_at_30_days_after_it_was_touched_last() {
    let schedule = schedule("60,600");
    let day_30 = 30 * 24 * 3600;
    let contract = Run::company().contract;
    assert_eq!(first_look(&contract, at(0), &schedule), Some(at(day_30)));
    let confirmed = Run::company().confirm(500).contract;
    assert_eq!(next_look(&confirmed, at(600), &schedule), Some(at(500 + day_30)));
    assert_eq!(next_look(&confirmed, at(day_30 * 2), &schedule), Some(at(day_30 * 2)), "overdue is now, not the past");
}

#[test]
fn what_is_not_a_schedule_is_refused() {
    for text in ["60,180,300,600", "10,10", "600", " 1 , 2 ", "86400", "60,60,30"] {
        assert!(text.parse::<LookSchedule>().is_ok(), "{text}");
    }
    for text in [
        "",
        ",",
        "60,",
        ",60",
        "0",
        "60,0",
        "-60",
        "86401",
        "60;180",
        "1m",
        "6 0",
        "1.5",
        "180,60,600",
        "99999999999999999999",
    ] {
        assert!(text.parse::<LookSchedule>().is_err(), "{text}");
    }
}
