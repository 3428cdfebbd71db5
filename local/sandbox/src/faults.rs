//! Things that go wrong on purpose, set by tests through `PUT /sandbox/faults`.
//!
//! Faults are kept like everything else, so they outlive the process; each `failNext` entry is used up call by call.

use serde::{Deserialize, Deserializer, Serialize};

use crate::pdf;
use crate::state::{Kind, Records};
use crate::wire::Refusal;

/// More copies of a callback than this are refused: a slip of the finger is not a load test.
const MOST_COPIES: u32 = 20;

/// The calls that can be made to fail, and are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Call {
    /// Asking for an upload address.
    Upload,
    /// Putting a file's bytes to its upload address.
    Put,
    /// Asking for a file's status.
    File,
    /// The identity check of name, number and mobile.
    Check,
    /// Creating a flow.
    Create,
    /// Starting a flow.
    Start,
    /// Asking for a link to the signing page.
    Link,
    /// Asking for a flow's detail.
    Status,
    /// Revoking a flow.
    Revoke,
    /// Asking for download addresses; `tampered` and `appended` meet the bytes fetched from them.
    Download,
    /// Getting bytes from a download address.
    Fetch,
    /// Asking for the provider's verdict on a signed file.
    Verify,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum How {
    /// Nothing is done, and no answer comes.
    Timeout,
    /// Nothing is done, and the answer is HTTP 500.
    ServerError,
    /// It is done, and the connection is closed without an answer.
    LostReply,
    /// Nothing is done, and the answer is this business error.
    Code(i64),
    /// The bytes arrive with one of them changed.
    Tampered,
    /// The bytes arrive with an incremental update behind the last signature that adds to a page.
    Appended,
}

impl How {
    /// Whether this concerns the bytes of a document rather than a call.
    pub(crate) fn is_of_bytes(self) -> bool {
        matches!(self, How::Tampered | How::Appended)
    }
}

impl TryFrom<String> for How {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "timeout" => Ok(How::Timeout),
            "500" => Ok(How::ServerError),
            "lost_reply" => Ok(How::LostReply),
            "tampered" => Ok(How::Tampered),
            "appended" => Ok(How::Appended),
            "quota" => Ok(How::Code(1_435_405)),
            "unknown" => Ok(How::Code(1_435_011)),
            other => match other.parse() {
                Ok(code @ 1_000_000..=99_999_999) => Ok(How::Code(code)),
                _ => Err(format!(
                    "how is timeout, 500, lost_reply, quota, unknown, tampered, appended or a business code, not {other}"
                )),
            },
        }
    }
}

impl From<How> for String {
    fn from(how: How) -> Self {
        match how {
            How::Timeout => "timeout".to_owned(),
            How::ServerError => "500".to_owned(),
            How::LostReply => "lost_reply".to_owned(),
            How::Tampered => "tampered".to_owned(),
            How::Appended => "appended".to_owned(),
            How::Code(code) => code.to_string(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FailNext {
    call: Call,
    #[serde(default = "once")]
    times: u32,
    how: How,
}

fn once() -> u32 {
    1
}

/// What goes wrong at present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Faults {
    /// No callback goes out; those that fall due meanwhile are lost for good.
    pub(crate) drop_callbacks: bool,
    /// How many extra copies of each callback go out.
    pub(crate) duplicate_callbacks: u32,
    /// Callbacks go out after a random delay, and a flow's end before its signers' callbacks.
    pub(crate) shuffle_callbacks: bool,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) fail_next: Vec<FailNext>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FailNext>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Many(Vec<FailNext>),
        One(FailNext),
    }
    Ok(match Option::<Given>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Given::One(one)) => vec![one],
        Some(Given::Many(many)) => many,
    })
}

/// The faults in force.
pub(crate) fn current(records: &Records<'_>) -> Result<Faults, Refusal> {
    Ok(records.get(Kind::Faults, "")?.unwrap_or_default())
}

/// Replaces the faults in force.
pub(crate) fn replace(records: &Records<'_>, faults: &Faults) -> Result<(), Refusal> {
    if faults.duplicate_callbacks > MOST_COPIES {
        let message = format!("duplicateCallbacks is at most {MOST_COPIES}.");
        return Err(Refusal::plain(hyper::StatusCode::BAD_REQUEST, message));
    }
    records.put(Kind::Faults, "", faults)
}

/// The failure that waits for this call, used up once.
pub(crate) fn take(records: &Records<'_>, call: Call, of_bytes: bool) -> Result<Option<How>, Refusal> {
    let mut faults = current(records)?;
    let waiting = faults
        .fail_next
        .iter_mut()
        .find(|next| next.call == call && next.how.is_of_bytes() == of_bytes && next.times > 0);
    let Some(next) = waiting else { return Ok(None) };
    next.times -= 1;
    let how = next.how;
    faults.fail_next.retain(|next| next.times > 0);
    records.put(Kind::Faults, "", &faults)?;
    Ok(Some(how))
}

/// What a document looks like that was changed on its way.
pub(crate) fn spoil(mut bytes: Vec<u8>, how: How) -> Vec<u8> {
    match how {
        How::Appended => pdf::with_a_bar(&bytes).unwrap_or(bytes),
        _ => {
            // In the middle of what was uploaded, so that it is the contract that changes and not a signature.
            let place = pdf::end_of_first_revision(&bytes) / 2;
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1;
            }
            bytes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn a_failure_is_used_up() {
        let state = State::open(None).unwrap();
        let text = r#"{"failNext": {"call": "create", "times": 2, "how": "lost_reply"}}"#;
        state.transact(|records| replace(records, &serde_json::from_str(text).unwrap())).unwrap();
        let take = |call| state.transact(|records| take(records, call, false)).unwrap();
        assert_eq!(take(Call::Start), None);
        assert_eq!(take(Call::Create), Some(How::LostReply));
        assert_eq!(take(Call::Create), Some(How::LostReply));
        assert_eq!(take(Call::Create), None);
    }

    #[test]
    fn several_failures_and_codes() {
        let text = r#"{"duplicateCallbacks": 2, "failNext": [{"call": "start", "how": "quota"}, {"call": "status", "how": "1435012"}]}"#;
        let faults: Faults = serde_json::from_str(text).unwrap();
        assert_eq!(faults.fail_next.len(), 2);
        assert_eq!(faults.fail_next[0], FailNext { call: Call::Start, times: 1, how: How::Code(1_435_405) });
        assert_eq!(serde_json::from_str::<Faults>(r#"{"failNext": null}"#).unwrap(), Faults::default());
        assert!(serde_json::from_str::<Faults>(r#"{"dropCallback": true}"#).is_err());
        assert!(serde_json::from_str::<Faults>(r#"{"failNext": {"call": "start", "how": "12"}}"#).is_err());
    }

    #[test]
    fn faults_on_bytes_wait_for_bytes() {
        let state = State::open(None).unwrap();
        let text = r#"{"failNext": {"call": "download", "how": "tampered"}}"#;
        state.transact(|records| replace(records, &serde_json::from_str(text).unwrap())).unwrap();
        assert_eq!(state.transact(|records| take(records, Call::Download, false)).unwrap(), None);
        assert_eq!(state.transact(|records| take(records, Call::Download, true)).unwrap(), Some(How::Tampered));
        assert_eq!(spoil(b"abcd%%EOF and more".to_vec(), How::Tampered), b"abbd%%EOF and more");
    }
}
