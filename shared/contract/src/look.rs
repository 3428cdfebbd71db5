//! No state waits in silence: when each contract is looked at again.

use jiff::SignedDuration;

use crate::{Contract, State, Timestamp};

/// Drafts that nobody touches for so many days are revoked by the timer.
pub const UNTOUCHED_DAYS: i64 = 30;

/// How long a contract that waits for staff waits until it is looked at again.
const HELD_HOURS: i64 = 24;

/// How long after it began to wait for the provider a contract is looked at, and how often after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookSchedule {
    first: Vec<SignedDuration>,
    then_every: SignedDuration,
}

/// Not a list of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as seconds with commas, rising, the last one the repeat, such as 60,180,300,600")]
pub struct NotASchedule;

impl std::str::FromStr for LookSchedule {
    type Err = NotASchedule;

    /// `60,180,300,600`: after 1, 3 and 5 minutes, then every 10.
    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        let mut seconds = text
            .split(',')
            .map(|part| {
                part.trim().parse().ok().filter(|seconds| (1..=86_400).contains(seconds)).map(SignedDuration::from_secs)
            })
            .collect::<Option<Vec<_>>>()
            .ok_or(NotASchedule)?;
        let then_every = seconds.pop().ok_or(NotASchedule)?;
        if seconds.is_sorted() { Ok(Self { first: seconds, then_every }) } else { Err(NotASchedule) }
    }
}

/// When a contract that has just changed is looked at first.
#[must_use]
pub fn first_look(contract: &Contract, now: Timestamp, schedule: &LookSchedule) -> Option<Timestamp> {
    match &contract.state {
        // A flow that nobody has seen ended is looked at once more, for a start that was in flight.
        state if state.ended() && contract.review.is_none() => {
            state.signing().filter(|signing| !signing.flow_ended).map(|_| later(now, schedule.then_every))
        }
        _ => next_look(contract, now, schedule),
    }
}

/// When a contract that was looked at, and still waits, is looked at next; `None` once it has ended and staff have nothing to decide.
#[must_use]
pub fn next_look(contract: &Contract, now: Timestamp, schedule: &LookSchedule) -> Option<Timestamp> {
    match &contract.state {
        State::Draft | State::Confirmed { .. } => {
            Some(later(contract.updated_at, SignedDuration::from_hours(UNTOUCHED_DAYS * 24)).max(now))
        }
        _ if contract.review.is_some() => Some(later(now, SignedDuration::from_hours(HELD_HOURS))),
        State::Signing { signing } | State::Revoking { signing } | State::Completing { signing, .. } => {
            let times = schedule.first.iter().map(|after| later(signing.waiting_since, *after));
            Some(times.into_iter().find(|time| *time > now).unwrap_or_else(|| later(now, schedule.then_every)))
        }
        State::Signed { .. }
        | State::Revoked { .. }
        | State::Declined { .. }
        | State::Expired { .. }
        | State::Closed { .. } => None,
    }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
