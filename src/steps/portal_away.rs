//! Taking away at the carrier, which only people can do: Microsoft tells what it can.
//!
//! Calling that is off shows at Microsoft, so nobody has to say so. That a user was deleted shows nowhere: it takes an
//! operator's word, and a line that Microsoft does not show any more.

use super::microsoft_side::still_there;
use super::{Attempt, Found, Trouble, Watch, said, sync};
use crate::domain::Sentence;
use crate::plan::StepKind;

/// "Disable Calling" was pressed at ConnecttoTeams.
pub(super) struct DisableCalling;

/// The user was deleted in the portal of ConnecttoTeams or in CallTower Connect.
pub(super) struct Deleted(pub StepKind);

impl Watch for DisableCalling {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        if voice.is_some_and(|voice| voice.enterprise_voice) {
            return Ok(Found::NotYet(Sentence::new("wait-calling-off")));
        }
        // A licence that has only just come back does not turn calling on: that it is off proves nothing.
        let back = attempt.plan.removal().is_some_and(|removal| removal.back_first.is_some());
        let record = attempt.request.steps.iter().find(|s| s.kind == StepKind::DisableCalling);
        if back && record.is_none_or(|record| record.report().is_none()) {
            return Ok(Found::NotYet(Sentence::new("wait-by-hand")));
        }
        still_there(attempt).await?;
        Ok(Found::Yes(vec![said("item-voice-enabled", "value-no")]))
    }
}

impl Watch for Deleted {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let record = attempt.request.steps.iter().find(|s| s.kind == self.0);
        let Some(report) = record.and_then(|record| record.report()) else {
            return Ok(Found::NotYet(Sentence::new("wait-operator-deletes")));
        };
        // CallTower frees the number at Microsoft in its own time: that is waited for afterwards.
        let shows_at_once = self.0 == StepKind::DeleteUser;
        let (voice, line) = (attempt.systems.graph.voice(&attempt.plan.subject_id).await?, attempt.plan.line());
        if shows_at_once && voice.is_some_and(|voice| sync::shows(&voice, &line)) {
            return Ok(Found::NotYet(Sentence::new("wait-line-gone").with("line", line)));
        }
        still_there(attempt).await?;
        Ok(Found::Yes(report.items()))
    }
}
