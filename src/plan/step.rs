//! The steps of all carriers, and how each is done: by whom, how long it takes, when it is late, when it stops.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::{Fixer, Sentence, StepKind};
use crate::view::shown_duration;

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
    /// The same, left to people.
    pub(super) fn by_hand(self) -> Self {
        let Self { again_from, mender, .. } = self;
        Self { again_from, too_late: Some("cause-late-by-hand"), ..operators(mender) }
    }

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
