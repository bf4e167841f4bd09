//! The steps of all carriers, and how each is done: by whom, how long it takes, when it is late, when it stops.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::{Fixer, Sentence};
use crate::view::shown_duration;

/// Every step of every carrier. Which of them a plan has, and in which order, stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The subject is (still) ready.
    SubjectReady,
    /// The extension is (still) free.
    ExtensionFree,
    /// The PBX device of the connector.
    Device,
    /// The user at ConnecttoTeams.
    PbxUser,
    /// Microsoft shows the line.
    Sync,
    /// Microsoft has calling switched on.
    Enable,
    /// Everything read back.
    Proof,
    /// The number is (still) free.
    NumberFree,
    /// The number is the subject's.
    AssignNumber,
    /// The voice routing policy is the subject's.
    VoiceRoute,
    /// The user in CallTower Connect, with a location.
    ConnectUser,
    /// Service plan and number in CallTower Connect.
    ConnectService,
    /// Microsoft shows the number that was saved there.
    NumberShown,
    /// The line that goes or changes is (still) the one that was looked at.
    LineStands,
    /// What was removed at Microsoft too early is there again.
    BackAtMicrosoft,
    /// Calling is switched off at the carrier.
    DisableCalling,
    /// The disabled user is deleted at the carrier.
    DeleteUser,
    /// The connector's device is gone from the PBX.
    RemoveDevice,
    /// The device at the PBX has its earlier emergency data again.
    RestoreDevice,
    /// The user is deleted in CallTower Connect.
    DeleteInConnect,
    /// Other values in CallTower Connect.
    ChangeInConnect,
    /// The number is nobody's at Microsoft.
    UnassignNumber,
    /// The user has the earlier voice routing policy again.
    RestorePolicy,
    /// Everything read back: nothing of the line is left.
    Clean,
    /// The licence or the account is removed at Microsoft.
    MicrosoftSide,
    /// A User Group Sync at the carrier.
    GroupSync,
    /// The subject is in the group that the carrier syncs.
    JoinGroup,
}

impl StepKind {
    /// All of them; those of one carrier stand in their order.
    pub const ALL: [Self; 27] = [
        Self::SubjectReady,
        Self::ExtensionFree,
        Self::Device,
        Self::PbxUser,
        Self::Sync,
        Self::Enable,
        Self::NumberFree,
        Self::AssignNumber,
        Self::VoiceRoute,
        Self::ConnectUser,
        Self::ConnectService,
        Self::NumberShown,
        Self::Proof,
        Self::LineStands,
        Self::BackAtMicrosoft,
        Self::DisableCalling,
        Self::DeleteUser,
        Self::RemoveDevice,
        Self::RestoreDevice,
        Self::DeleteInConnect,
        Self::ChangeInConnect,
        Self::UnassignNumber,
        Self::RestorePolicy,
        Self::Clean,
        Self::MicrosoftSide,
        Self::GroupSync,
        Self::JoinGroup,
    ];

    /// Stable name for the journal, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubjectReady => "subject-ready",
            Self::ExtensionFree => "extension-free",
            Self::Device => "device",
            Self::PbxUser => "pbx-user",
            Self::Sync => "sync",
            Self::Enable => "enable",
            Self::Proof => "proof",
            Self::NumberFree => "number-free",
            Self::AssignNumber => "assign-number",
            Self::VoiceRoute => "voice-route",
            Self::ConnectUser => "connect-user",
            Self::ConnectService => "connect-service",
            Self::NumberShown => "number-shown",
            Self::LineStands => "line-stands",
            Self::BackAtMicrosoft => "back-at-microsoft",
            Self::DisableCalling => "disable-calling",
            Self::DeleteUser => "delete-user",
            Self::RemoveDevice => "remove-device",
            Self::RestoreDevice => "restore-device",
            Self::DeleteInConnect => "delete-in-connect",
            Self::ChangeInConnect => "change-in-connect",
            Self::UnassignNumber => "unassign-number",
            Self::RestorePolicy => "restore-policy",
            Self::Clean => "clean",
            Self::MicrosoftSide => "microsoft-side",
            Self::GroupSync => "group-sync",
            Self::JoinGroup => "join-group",
        }
    }

    /// True for steps that only look again before anything is changed.
    pub fn is_recheck(self) -> bool {
        matches!(self, Self::SubjectReady | Self::ExtensionFree | Self::NumberFree | Self::LineStands)
    }

    /// True for work in a portal that nothing outside confirms: it counts as done when somebody says so, and as no more.
    pub fn is_portal_work(self) -> bool {
        matches!(self, Self::ConnectUser | Self::ConnectService | Self::ChangeInConnect | Self::GroupSync)
    }

    /// True for what nothing but people can do: until one of them says so, nothing was changed.
    pub fn is_done_by_people(self) -> bool {
        let away = matches!(self, Self::DisableCalling | Self::DeleteUser | Self::DeleteInConnect);
        self.is_portal_work() || away || matches!(self, Self::BackAtMicrosoft | Self::MicrosoftSide)
    }

    /// True for the end of every plan: everything read back.
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Proof | Self::Clean)
    }
}

/// Who does a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The bot, or a system outside by itself.
    Automatic,
    /// A human in a portal, asked at the first look that finds it not done.
    Guided,
    /// A system outside by itself; after this time a human is asked as well.
    AutomaticThenGuided(SignedDuration),
}

impl How {
    /// How long to wait before a human is asked; `None`: nobody is.
    pub fn asks_after(self) -> Option<SignedDuration> {
        match self {
            Self::Automatic => None,
            Self::Guided => Some(SignedDuration::ZERO),
            Self::AutomaticThenGuided(after) => Some(after),
        }
    }
}

/// How often the truth is read again while a step waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The longer it takes, the rarer: every 2 s at first, every 5 min in the end.
    OftenAtFirst,
    /// After 2, 5, 10, 20 and 40 min, then at every full hour of waiting.
    HourlyInTheEnd,
}

/// The minutes of waiting after which [`Looks::HourlyInTheEnd`] looks.
const MINUTES: [i64; 6] = [2, 5, 10, 20, 40, 60];

/// (waited so far, pause)
const OFTEN_AT_FIRST: [(SignedDuration, SignedDuration); 4] = [
    (SignedDuration::from_secs(30), SignedDuration::from_secs(2)),
    (SignedDuration::from_mins(5), SignedDuration::from_secs(10)),
    (SignedDuration::from_hours(1), SignedDuration::from_secs(60)),
    (SignedDuration::MAX, SignedDuration::from_mins(5)),
];

impl Looks {
    /// The pause until the next look, after waiting for so long.
    pub fn pause(self, waited: SignedDuration) -> SignedDuration {
        match self {
            Self::OftenAtFirst => {
                let pause = OFTEN_AT_FIRST.iter().find(|(until, _)| waited < *until).map(|(_, pause)| *pause);
                pause.unwrap_or(OFTEN_AT_FIRST[3].1)
            }
            Self::HourlyInTheEnd => {
                let next = MINUTES.map(SignedDuration::from_mins).into_iter().find(|look| waited < *look);
                next.unwrap_or_else(|| SignedDuration::from_hours(waited.as_hours() + 1)) - waited
            }
        }
    }
}

/// People are told, once, that a step takes longer than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// After waiting for so long.
    pub after: SignedDuration,
    /// By this sentence.
    pub say: &'static str,
}

/// How long a step usually takes: as somebody documents it, or as it was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// Half of the cases took no longer; `None`: nobody documents that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<SignedDuration>,
    /// Nineteen of twenty cases took no longer; documented: it takes at most so long.
    pub p95: SignedDuration,
    /// Documented: the first time at a customer it takes at most so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<SignedDuration>,
    /// Learned from so many cases; 0: documented.
    pub cases: u32,
}

/// From so many cases on our own history counts for more than what is documented.
const ENOUGH_CASES: usize = 20;

/// What was learned makes nothing late before this: a step that takes seconds is not late after a few more.
const SOONEST_LATE: SignedDuration = SignedDuration::from_mins(1);

impl Usual {
    /// It takes at most so long.
    pub(super) fn documented(most: SignedDuration) -> Self {
        Self { p50: None, p95: most, first: None, cases: 0 }
    }

    /// Out of how long it took before, in any order (nearest rank). `None`: too few cases to tell.
    pub fn learned(mut took: Vec<SignedDuration>) -> Option<Self> {
        if took.len() < ENOUGH_CASES {
            return None;
        }
        took.sort_unstable();
        // The smallest value that so many percent of all do not exceed.
        let rank = |percent: usize| took.get((took.len() * percent).div_ceil(100) - 1).copied();
        let cases = u32::try_from(took.len()).unwrap_or(u32::MAX);
        Some(Self { p50: rank(50), p95: rank(95)?, first: None, cases })
    }

    /// After waiting for so long it takes longer than usual; `None`: only what is documented is known, and that is no
    /// reason of its own.
    pub fn late_after(&self) -> Option<SignedDuration> {
        (self.cases > 0).then(|| self.p95.max(SOONEST_LATE))
    }

    /// As people read it.
    pub fn says(&self) -> Sentence {
        let id = match (self.cases, self.first) {
            (0, Some(_)) => "clock-usual-documented-first",
            (0, None) => "clock-usual-documented",
            _ => "clock-usual-learned",
        };
        let shown = |time: Option<SignedDuration>| time.map(shown_duration).unwrap_or_default();
        let sentence = Sentence::new(id).with("most", shown_duration(self.p95)).with("cases", self.cases);
        sentence.with("half", shown(self.p50)).with("first", shown(self.first))
    }
}

/// How one step of one plan is done and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// Who does it.
    pub how: How,
    /// How often to look whether it is done.
    pub looks: Looks,
    /// How long it takes as somebody documents it; `None`: nobody does.
    pub usual: Option<Usual>,
    /// When it is late; `None`: nobody is told before it stops.
    pub late: Option<Late>,
    /// Waiting ends after so long.
    pub stops_after: SignedDuration,
    /// That time counts from the beginning of this step; `None`: from its own.
    pub counts_from: Option<StepKind>,
    /// When it was not done in time, Retry does this earlier step once more.
    pub again_from: Option<StepKind>,
    /// The sentence for its end when it was not done in time; `None`: `cause-late-<step>`.
    pub too_late: Option<&'static str>,
    /// Who can see to it when it was not done in time.
    pub mender: Fixer,
}

/// Operators have three days for each part of a portal's work, and are late after four hours.
const OPERATOR_TIME: SignedDuration = SignedDuration::from_hours(72);
const OPERATOR_LATE: Late = Late { after: SignedDuration::from_hours(4), say: "say-operator-late" };

/// Done by people, who are asked at once.
pub(super) fn operators(mender: Fixer) -> Course {
    Course {
        how: How::Guided,
        looks: Looks::HourlyInTheEnd,
        late: Some(OPERATOR_LATE),
        stops_after: OPERATOR_TIME,
        ..Course::automatic(mender)
    }
}

/// What Microsoft does by itself takes some minutes.
pub(super) const LATE: Late = Late { after: SignedDuration::from_mins(15), say: "say-late" };

/// A proof without a PBX that did not come in time.
pub(super) const PROOF_TOO_LATE: &str = "cause-late-proof-microsoft";

/// What a vendor accepted shows up when read back, at the latest after this.
const LONGEST_READ_BACK: SignedDuration = SignedDuration::from_mins(5);

impl Course {
    /// After waiting for so long it is late: as it was here, else as the course says, else later than documented.
    /// `None`: only when it stops.
    pub fn late_after(&self, usual: Option<&Usual>) -> Option<SignedDuration> {
        let learned = usual.and_then(Usual::late_after);
        learned.or(self.late.map(|late| late.after)).or(self.usual.map(|usual| usual.p95))
    }

    /// Done by the bot, and shown soon.
    pub(super) fn automatic(mender: Fixer) -> Self {
        Self {
            how: How::Automatic,
            looks: Looks::OftenAtFirst,
            usual: None,
            late: None,
            stops_after: LONGEST_READ_BACK,
            counts_from: None,
            again_from: None,
            too_late: None,
            mender,
        }
    }
}
