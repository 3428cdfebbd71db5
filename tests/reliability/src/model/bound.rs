//! How much of the world is explored, and the deliberate mistakes that prove that the checks can fail.

/// How much there is of everything. Faults are not counted: any of them may happen at any time, any number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub name: &'static str,
    /// Contracts that are opened, one after the other.
    pub contracts: u8,
    /// Flows that are created at the provider, those that nobody records included.
    pub flows: u8,
    /// Invocations of functions under way at one time, each between any two of its effects.
    pub invocations: u8,
    /// Paper contracts that are registered.
    pub papers: u8,
    /// Different contents of party A's information.
    pub editions: u8,
    /// Legal subjects that a customer may be verified as.
    pub subjects: u8,
    /// Whether verifications are changed and taken back.
    pub identities_change: bool,
    /// Whether somebody else signs, a document does not hold, starts are refused and flows are unknown to the provider: what staff
    /// have to decide.
    pub held: bool,
}

impl Bound {
    /// Seconds: one contract after the other, with everything that holds a contract for review.
    pub const REVIEW: Self = Self {
        name: "review",
        contracts: 1,
        flows: 2,
        invocations: 2,
        papers: 1,
        editions: 1,
        subjects: 1,
        identities_change: false,
        held: true,
    };

    /// Seconds: a second contract after the first, with paper, edits and changes of identity.
    pub const SMALL: Self = Self {
        name: "small",
        contracts: 2,
        flows: 2,
        invocations: 1,
        papers: 1,
        editions: 2,
        subjects: 1,
        identities_change: true,
        held: false,
    };

    /// Minutes: a customer's verification moves between two subjects, each with its slot.
    pub const SUBJECTS: Self = Self { name: "subjects", subjects: 2, editions: 1, ..Self::SMALL };

    /// Minutes: three invocations at once.
    pub const RACES: Self = Self { name: "races", invocations: 3, papers: 0, ..Self::SMALL };

    /// Minutes: `small`, with two invocations at once.
    pub const PAPER: Self = Self { name: "paper", invocations: 2, ..Self::SMALL };

    /// Minutes: `review`, with three invocations at once.
    pub const CROWD: Self = Self { name: "crowd", invocations: 3, ..Self::REVIEW };

    /// A minute: everything but edits, one invocation at a time.
    pub const LONG: Self = Self { name: "long", contracts: 2, invocations: 1, identities_change: true, ..Self::REVIEW };

    /// Many minutes: `review`, with a second contract after the first.
    pub const DEEP: Self = Self { name: "deep", contracts: 2, ..Self::REVIEW };

    pub const ALL: [Self; 8] =
        [Self::REVIEW, Self::SMALL, Self::LONG, Self::CROWD, Self::SUBJECTS, Self::PAPER, Self::RACES, Self::DEEP];

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bound| bound.name == name)
    }
}

/// What is built, or one deliberate mistake in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    #[default]
    AsBuilt,
    /// Step 3 starts the flow, then records it.
    StartBeforeRecord,
    /// A revoked flow that is not started is taken for one that never will be, without waiting for a start in flight.
    NoGrace,
    /// The timer starts a flow without recording that it does.
    StartUnannounced,
    /// The timer leaves a flow as it is that step 3 recorded and did not start.
    NeverStarted,
    /// A callback is taken at its word, the vendor's automatic seal included.
    TrustCallback,
    /// Writes do not ask whether somebody else wrote meanwhile.
    UnconditionalWrites,
    /// The slot is moved as if no paper contract waited.
    SlotAssumed,
    /// `signed` is recorded before the document is kept.
    SignedBeforeKept,
    /// An edit of a confirmed contract leaves it confirmed.
    EditInPlace,
    /// A look that finds nothing to do sets no further look.
    ForgottenLook,
    /// An ended contract is not looked at once more.
    NoLookAfterEnd,
    /// What is due is judged by the time after the answer, not by that before the question.
    LateClock,
    /// No mistake of the code, but an assumption lifted: the provider denies that it knows the flow of an ended contract, and then
    /// starts it.
    DeniedThenStarted,
    /// An event's hash does not cover the one before it.
    CutChain,
    /// Staff may accept whatever document is held.
    AnythingAccepted,
    /// Whoever asked to close a contract may also be the second to do so.
    ClosedByOne,
}
