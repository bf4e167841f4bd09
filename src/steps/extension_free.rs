//! Step 2: the extension is still free. Only reads, at the PBX and in our own records.

use super::{Attempt, Check, Seen, Step, Trouble, facts};
use crate::plan::{Facts, extension_conditions};

pub(super) struct ExtensionFree;

impl Step for ExtensionFree {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let request = attempt.request;
        let user = attempt.systems.graph.user(attempt.plan.subject.as_str()).await?;
        let offer = request.offer.connecttoteams().ok_or(Trouble::NotConfigured)?;
        let (ask, subject) = (&request.ask, user.as_ref());
        let extension = facts::extension_facts(attempt.systems, (ask, offer), subject, attempt.now).await?;
        let facts = Facts { extension, ..Facts::nothing(attempt.ours.clone(), attempt.now) };
        let problems = extension_conditions(ask, offer, &facts);
        if problems.is_empty() { Ok(Check::Already(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::Yes(Vec::new()))
    }
}
