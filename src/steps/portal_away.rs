//! Taking away at the carrier, which only people can do: Microsoft tells what it can.
//!
//! Calling that is off shows at Microsoft, so nobody has to say so. That a user was deleted shows nowhere: it takes an
//! operator's word, and a line that Microsoft does not show any more.

use super::{Attempt, Check, Seen, Step, Trouble, said, sync};
use crate::domain::Sentence;
use crate::plan::StepKind;

/// "Disable Calling" was pressed at ConnecttoTeams.
pub(super) struct DisableCalling;

/// The user was deleted in the portal of ConnecttoTeams or in CallTower Connect.
pub(super) struct Deleted(pub StepKind);

impl Step for DisableCalling {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if voice.enterprise_voice => Check::Waiting(Sentence::new("wait-calling-off")),
            _ => Check::Already(vec![said("item-voice-enabled", "value-no")]),
        })
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(Sentence::new("wait-calling-off")))
    }
}

impl Step for Deleted {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let record = attempt.request.steps.iter().find(|s| s.kind == self.0);
        let Some(report) = record.and_then(|record| record.report()) else {
            return Ok(Check::Waiting(Sentence::new("wait-operator-deletes")));
        };
        // CallTower frees the number at Microsoft in its own time: that is waited for afterwards.
        let shows_at_once = self.0 == StepKind::DeleteUser;
        let (voice, line) = (attempt.systems.graph.voice(&attempt.plan.subject_id).await?, attempt.plan.line());
        if shows_at_once && voice.is_some_and(|voice| sync::shows(&voice, &line)) {
            return Ok(Check::Waiting(Sentence::new("wait-line-gone").with("line", line)));
        }
        Ok(Check::Already(report.items()))
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(Sentence::new("wait-operator-deletes")))
    }
}
