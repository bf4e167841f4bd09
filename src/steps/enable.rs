//! Step 6: calling is switched on at Microsoft, by itself or after a human pressed "Enable Calling"; we only look.

use super::{Attempt, Check, Seen, Step, Trouble, said};
use crate::domain::Sentence;

pub(super) struct Enable;

impl Step for Enable {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if voice.enterprise_voice => Check::Already(vec![said("item-voice-enabled", "value-yes")]),
            _ => Check::Waiting(Sentence::new("wait-voice")),
        })
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(Sentence::new("wait-voice")))
    }
}
