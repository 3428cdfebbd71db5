//! How a call to the provider can fail, and what the provider's codes mean to us (e签宝 Open API V3, codemsg-v3).
//!
//! The first question after a failure is whether the act may have happened all the same. So there are two kinds: an outage, after
//! which nobody knows, and a refusal, after which it has not happened.

/// What went wrong. Its text is one sentence without personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer, or none that settles anything: the act may have happened. Ask again later.
    #[error(transparent)]
    Unavailable(Outage),
    /// The provider said no, and nothing has happened.
    #[error("The provider refused: {refusal} (code {code}).")]
    Refused {
        refusal: Refusal,
        /// The provider's code, or the HTTP status where there was none.
        code: i64,
        /// What the provider said, for the operator, where a code alone does not tell what to mend: with [`Refusal::Configuration`]
        /// and [`Refusal::Other`]. Known personal values and long numbers are covered. Empty otherwise.
        message: String,
    },
}

impl Failure {
    /// The refusal, where it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(*refusal),
            Self::Unavailable(_) => None,
        }
    }

    /// Whether nobody knows if the act happened.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The refusal that `code` stands for. `private` are values that must not be repeated in its message.
    pub(crate) fn refused(code: i64, message: &str, private: &[&str]) -> Self {
        let refusal = Refusal::of(code);
        let told = matches!(refusal, Refusal::Configuration | Refusal::Other);
        Self::Refused { refusal, code, message: if told { covered(message, private) } else { String::new() } }
    }

    /// What is said of a flow's id that cannot be one of the provider's.
    pub(crate) fn no_such_flow() -> Self {
        Self::Refused { refusal: Refusal::FlowUnknown, code: FLOW_MISSING, message: String::new() }
    }

    pub(crate) fn puzzling(what: &'static str) -> Self {
        Self::Unavailable(Outage::Puzzling(what))
    }
}

/// Why nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The only one after which it is certain that nothing was sent.
    #[error("The provider could not be reached.")]
    Unreached,
    #[error("The provider did not answer in time.")]
    Late,
    #[error("The connection broke off before the provider's answer was complete.")]
    BrokenOff,
    #[error("The provider answered with HTTP status {0}.")]
    Status(u16),
    #[error("The provider reported a fault of its own (code {0}).")]
    Fault(i64),
    #[error("The provider's answer cannot be understood: {0}.")]
    Puzzling(&'static str),
}

/// Why the provider said no. As text it completes "the provider refused: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("it does not know this signing flow")]
    FlowUnknown,
    #[error("it no longer has the uploaded file")]
    FileLost,
    #[error("the uploaded file is not ready yet")]
    FileNotReady,
    #[error("the app's quota is used up")]
    NoQuota,
    #[error("the time for signing is over")]
    Expired,
    /// `identityVerify`: the signer's account at the provider is verified as somebody else.
    #[error("the signer's data differ from the provider's own verification of that person")]
    SignerMismatch,
    #[error("this person does not take part in the signing flow")]
    NotParticipant,
    /// Not started yet, or ended: [`crate::Provider::status`] says which.
    #[error("the signing flow is not open for signing")]
    NotSigning,
    #[error("the signing flow is not completed")]
    NotCompleted,
    #[error("it was asked too often about the same data")]
    TooOften,
    /// A right, a seal's grant or an authorisation is missing.
    #[error("the app lacks a right for this")]
    NotAllowed,
    /// App id, secret, clock or the list of permitted addresses.
    #[error("the app's identification was not accepted")]
    Configuration,
    #[error("the request was not accepted")]
    Other,
}

/// The flow does not exist; where a flow is created, the app may not seal automatically.
pub(crate) const FLOW_MISSING: i64 = 1_435_011;
/// A flow that is already revoked.
pub(crate) const ALREADY_REVOKED: i64 = 1_437_168;
/// The uploaded file is still being prepared: nothing was created.
pub(crate) const FILE_NOT_READY: i64 = 1_437_513;

impl Refusal {
    /// What a code means in a call that concerns a flow. When a flow is created, 1435011 says something else; see `Provider::create_flow`.
    fn of(code: i64) -> Self {
        match code {
            FLOW_MISSING => Self::FlowUnknown,
            1_437_511 | 1_430_608 | 1_430_802 => Self::FileLost,
            FILE_NOT_READY => Self::FileNotReady,
            1_435_404 | 1_435_405 | 30_503_107 => Self::NoQuota,
            1_437_169 => Self::Expired,
            1_437_328 => Self::SignerMismatch,
            1_437_114 => Self::NotParticipant,
            1_437_103 | 1_437_112 | ALREADY_REVOKED | 1_437_203 => Self::NotSigning,
            1_437_518 => Self::NotCompleted,
            30_504_900 => Self::TooOften,
            1_436_116 | 1_437_182 => Self::NotAllowed,
            401 | 403 | 72_000_032 => Self::Configuration,
            _ => Self::Other,
        }
    }
}

/// Whether the code tells of a fault inside the provider, after which the act may have happened.
pub(crate) fn is_fault(code: i64) -> bool {
    matches!(code, 1_435_012 | 1_430_012 | 500..=599)
}

const LONGEST_MESSAGE: usize = 200;
/// Long enough for every document and mobile number, too long for a page, a count or a field's length.
const LONG_NUMBER: usize = 6;

/// The message without the private values and without runs of digits that could be somebody's number.
fn covered(message: &str, private: &[&str]) -> String {
    let mut text = message.to_owned();
    for value in private.iter().filter(|value| !value.is_empty()) {
        text = text.replace(value, "***");
    }
    let mut covered = String::new();
    let mut digits = String::new();
    for character in text.chars().map(|character| if character.is_control() { ' ' } else { character }).chain([' ']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        covered.push_str(if digits.len() < LONG_NUMBER { &digits } else { "***" });
        digits.clear();
        covered.push(character);
    }
    covered.trim().chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_meaning() {
        for (code, refusal) in [
            (1_435_011, Refusal::FlowUnknown),
            (1_437_511, Refusal::FileLost),
            (1_437_513, Refusal::FileNotReady),
            (1_435_405, Refusal::NoQuota),
            (30_503_107, Refusal::NoQuota),
            (1_437_169, Refusal::Expired),
            (1_437_328, Refusal::SignerMismatch),
            (1_437_114, Refusal::NotParticipant),
            (1_437_103, Refusal::NotSigning),
            (1_437_203, Refusal::NotSigning),
            (1_437_518, Refusal::NotCompleted),
            (30_504_900, Refusal::TooOften),
            (1_436_116, Refusal::NotAllowed),
            (401, Refusal::Configuration),
            (403, Refusal::Configuration),
            (1_435_002, Refusal::Other),
        ] {
            assert_eq!(Failure::refused(code, "", &[]).refusal(), Some(refusal), "{code}");
        }
        assert!(is_fault(1_435_012) && !is_fault(1_435_002));
    }

    #[test]
    fn a_failure_is_one_sentence() {
        assert_eq!(
            Failure::refused(1_435_405, "", &[]).to_string(),
            "The provider refused: the app's quota is used up (code 1435405)."
        );
        assert_eq!(
            Failure::Unavailable(Outage::Status(502)).to_string(),
            "The provider answered with HTTP status 502."
        );
        assert_eq!(
            Failure::puzzling("it has no data").to_string(),
            "The provider's answer cannot be understood: it has no data."
        );
    }

    #[test]
    fn messages_carry_nothing_personal() {
        let message = "参数错误: 张三 13800138000\n11010519491231002X page 12 of 99999";
        let failure = Failure::refused(1_435_002, message, &["张三", ""]);
        let Failure::Refused { message, .. } = &failure else { panic!() };
        assert_eq!(message, "参数错误: *** *** ***X page 12 of 99999");
        assert!(!failure.to_string().contains("参数"));
        let mismatch = Failure::refused(1_437_328, "李四 is somebody else", &[]);
        assert!(matches!(mismatch, Failure::Refused { message, .. } if message.is_empty()));
        assert_eq!(covered(&"长".repeat(500), &[]).chars().count(), 200);
    }
}
