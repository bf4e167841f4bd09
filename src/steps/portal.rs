//! Work in a portal that nothing outside can confirm: it is done when an operator says so, or when Microsoft shows the
//! number that it is for. The report is evidence of what somebody said, not of a line that works.

use super::{Attempt, Check, Seen, Step, Trouble, item, sync};
use crate::domain::Sentence;
use crate::plan::StepKind;

pub(super) struct PortalWork(pub StepKind);

impl Step for PortalWork {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let record = attempt.request.steps.iter().find(|s| s.kind == self.0);
        if let Some(report) = record.and_then(|record| record.report()) {
            return Ok(Check::Already(report.items()));
        }
        // The number that is there may be the one from before: other values show nowhere. Neither does a sync.
        if matches!(self.0, StepKind::ChangeInConnect | StepKind::GroupSync) {
            return Ok(Check::Waiting(Sentence::new("wait-operator")));
        }
        let (voice, line) = (attempt.systems.graph.voice(&attempt.plan.subject_id).await?, attempt.plan.line());
        if voice.is_some_and(|voice| sync::shows(&voice, &line)) {
            return Ok(Check::Already(vec![item("item-number", line)]));
        }
        Ok(Check::Waiting(Sentence::new("wait-operator")))
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(Sentence::new("wait-operator")))
    }
}
