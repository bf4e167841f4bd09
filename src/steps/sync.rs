//! Step 5: Microsoft shows the line. It comes by itself, or after a human pressed "Sync Teams Users"; we only look.

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Line, Sentence};
use crate::outside::VoiceState;

pub(super) struct Sync;

/// Microsoft shows the planned line for this user.
pub(super) fn shows(voice: &VoiceState, line: &Line) -> bool {
    let line = line.to_string();
    let bare = |number: &str| number.trim_start_matches("tel:").trim_start_matches('+').to_owned();
    voice.numbers.iter().any(|n| bare(&n.number) == bare(&line))
}

impl Step for Sync {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        let line = attempt.plan.line();
        Ok(match voice {
            Some(voice) if shows(&voice, &line) => Check::Already(vec![item("item-number", line)]),
            Some(voice) if !voice.numbers.is_empty() => {
                let found: Vec<_> = voice.numbers.into_iter().map(|n| n.number).collect();
                Check::Waiting(Sentence::new("wait-line-other").with("line", line).with("found", found.join(", ")))
            }
            Some(_) => Check::Waiting(Sentence::new("wait-line").with("line", line)),
            None => Check::Waiting(Sentence::new("wait-provisioning").with("line", line)),
        })
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(Sentence::new("wait-line").with("line", attempt.plan.line())))
    }
}
