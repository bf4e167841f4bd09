//! Step 6: calling is switched on at Microsoft, by itself or after a human pressed "Enable Calling"; we only look.

use super::{Attempt, Found, Trouble, Watch, said};
use crate::domain::Sentence;

pub(super) struct Enable;

impl Watch for Enable {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if voice.enterprise_voice => Found::Yes(vec![said("item-voice-enabled", "value-yes")]),
            _ => Found::NotYet(Sentence::new("wait-voice")),
        })
    }
}
