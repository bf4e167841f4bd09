//! Step 5: Microsoft shows the line. It comes by itself, or after a human pressed "Sync Teams Users"; we only look.

use super::{Attempt, Found, Trouble, Watch, item};
use crate::domain::{Line, Sentence, same_number};
use crate::outside::VoiceState;

pub(super) struct Sync;

/// Microsoft shows the planned line for this user.
pub(super) fn shows(voice: &VoiceState, line: &Line) -> bool {
    let line = line.to_string();
    voice.numbers.iter().any(|shown| same_number(&shown.number, &line))
}

impl Watch for Sync {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        let line = attempt.plan.line();
        Ok(match voice {
            Some(voice) if shows(&voice, &line) => Found::Yes(vec![item("item-number", line)]),
            Some(voice) if !voice.numbers.is_empty() => {
                let found: Vec<_> = voice.numbers.into_iter().map(|n| n.number).collect();
                Found::NotYet(Sentence::new("wait-line-other").with("line", line).with("found", found.join(", ")))
            }
            Some(_) => Found::NotYet(Sentence::new("wait-line").with("line", line)),
            None => Found::NotYet(Sentence::new("wait-provisioning").with("line", line)),
        })
    }
}
