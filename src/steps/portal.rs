//! Work in a portal that nothing outside can confirm: it is done when an operator says so, or when Microsoft shows the
//! number that it is for. The report is evidence of what somebody said, not of a line that works.

use super::{Attempt, Found, Trouble, Watch, item, sync};
use crate::domain::Sentence;
use crate::plan::StepKind;

pub(super) struct PortalWork(pub StepKind);

impl Watch for PortalWork {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let record = attempt.request.steps.iter().find(|s| s.kind == self.0);
        if let Some(report) = record.and_then(|record| record.report()) {
            return Ok(Found::Yes(report.items()));
        }
        if self.0 == StepKind::GroupSync {
            return Ok(Found::NotYet(Sentence::new("wait-by-hand")));
        }
        // The number that is there may be the one from before: other values show nowhere.
        if self.0 == StepKind::ChangeInConnect {
            return Ok(Found::NotYet(Sentence::new("wait-operator")));
        }
        let (voice, line) = (attempt.systems.graph.voice(&attempt.plan.subject_id).await?, attempt.plan.line());
        if voice.is_some_and(|voice| sync::shows(&voice, &line)) {
            return Ok(Found::Yes(vec![item("item-number", line)]));
        }
        Ok(Found::NotYet(Sentence::new("wait-operator")))
    }
}
