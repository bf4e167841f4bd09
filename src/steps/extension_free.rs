//! Step 2: the extension is still free. Only reads, at the PBX and in our own records.

use super::{Attempt, Found, Trouble, Watch, facts};
use crate::plan::{Facts, extension_conditions};

pub(super) struct ExtensionFree;

impl Watch for ExtensionFree {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let request = attempt.request;
        let user = attempt.systems.graph.user(attempt.plan.subject.as_str()).await?;
        let offer = request.offer.connecttoteams().ok_or(Trouble::NotConfigured)?;
        let (ask, subject) = (&request.ask, user.as_ref());
        let extension = facts::extension_facts(attempt.systems, (ask, offer), subject, attempt.now).await?;
        let facts = Facts { extension, ..Facts::nothing(attempt.ours.clone(), attempt.now) };
        let problems = extension_conditions(ask, offer, &facts);
        if problems.is_empty() { Ok(Found::Yes(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }
}
