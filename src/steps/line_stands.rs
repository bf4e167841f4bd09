//! First step of taking away and of changing: the line is still the one that was looked at. Only reads.
//!
//! What has gone in the meantime is on its way to where it should be; a number that came in the meantime is somebody
//! else's work, and voids the approval.

use super::{Attempt, Found, Trouble, Watch};
use crate::plan::line_changed;

pub(super) struct LineStands;

impl Watch for LineStands {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let (plan, graph) = (attempt.plan, &attempt.systems.graph);
        let known = plan.stands().unwrap_or_default();
        let user = graph.user(plan.subject.as_str()).await?;
        if user.is_some_and(|user| !user.id.eq_ignore_ascii_case(&plan.subject_id)) {
            return Err(Trouble::Conditions(vec![crate::plan::subject_changed(&plan.subject)]));
        }
        let voice = graph.voice(&plan.subject_id).await?;
        let shown: Vec<String> = voice.into_iter().flat_map(|voice| voice.numbers).map(|n| n.number).collect();
        let new: Vec<&String> = shown.iter().filter(|number| !known.contains(number)).collect();
        if new.is_empty() {
            return Ok(Found::Yes(Vec::new()));
        }
        let found = new.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        Err(Trouble::Conditions(vec![line_changed(&plan.subject, &plan.line(), &found)]))
    }
}
