//! What a step waits by, and times that last.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::StepLine;
use crate::domain::Sentence;

/// How long something takes as people read it: `45 s`, `4 min`, `1 h 20 min`, `24 h`. Rounded.
pub fn shown_duration(time: SignedDuration) -> String {
    let seconds = (time.as_millis().max(0) + 500) / 1000;
    // Half minutes still count.
    if seconds < 120 {
        return format!("{seconds} s");
    }
    let minutes = (seconds + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// What a step waits by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When it began.
    pub started: Timestamp,
    /// When it was last looked at.
    pub checked: Option<Timestamp>,
    /// When it is looked at next, as far as that is known.
    pub next: Option<Timestamp>,
    /// How long it usually takes.
    pub usual: Option<Sentence>,
    /// From when on it takes longer than usual.
    pub late_at: Option<Timestamp>,
}

/// Looks that follow each other faster are not told one by one.
const OFTEN: SignedDuration = SignedDuration::from_mins(1);

impl Clock {
    /// The next look follows so soon that its time would be over before anybody reads it.
    pub fn looks_often(&self) -> bool {
        self.checked.zip(self.next).is_none_or(|(checked, next)| next.duration_since(checked) < OFTEN)
    }
}

impl StepLine {
    /// Nothing is looked at any more once the card is closed.
    #[must_use]
    pub fn while_open(self, open: bool) -> Self {
        Self { clock: self.clock.filter(|_| open), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_lasts_is_read_at_a_glance() {
        for (millis, shown) in [
            (-1, "0 s"),
            (0, "0 s"),
            (499, "0 s"),
            (500, "1 s"),
            (45_000, "45 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (149_000, "2 min"),
            (150_000, "3 min"),
            (3_599_000, "1 h"),
            (4_800_000, "1 h 20 min"),
            (86_400_000, "24 h"),
            (259_200_000, "72 h"),
        ] {
            assert_eq!(shown_duration(SignedDuration::from_millis(millis)), shown, "{millis} ms");
        }
    }
}
