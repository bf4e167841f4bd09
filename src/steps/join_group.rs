//! The subject joins the group that the carrier syncs, through Microsoft Graph.

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Fixer, Sentence};
use crate::outside::{Fault, OutsideError};
use crate::plan::MendTarget;

pub(super) struct JoinGroup;

fn target<'a>(attempt: &Attempt<'a>) -> Result<&'a MendTarget, Trouble> {
    attempt.plan.mend().ok_or(Trouble::NotConfigured)
}

/// Graph accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

async fn inside(attempt: &Attempt<'_>) -> Result<bool, Trouble> {
    let groups = [target(attempt)?.group.clone()];
    let found = attempt.systems.graph.member_groups(&attempt.plan.subject_id, &groups).await?;
    Ok(!found.is_empty())
}

impl Step for JoinGroup {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let target = target(attempt)?;
        if inside(attempt).await? {
            return Ok(Check::Already(vec![item("item-sync-group", &target.group_name)]));
        }
        Ok(Check::Needed("\"outside\"".to_owned()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let target = target(attempt)?;
        match attempt.systems.graph.add_member(&target.group, &attempt.plan.subject_id).await {
            // Whoever is in it already is refused as well.
            Err(OutsideError { fault: Fault::Refused { status: 400, .. }, .. }) if !inside(attempt).await? => {
                Err(Trouble::Cause(attempt.plan.says(Sentence::new("cause-group-refuses")), Fixer::MicrosoftAdmin))
            }
            Ok(()) | Err(OutsideError { fault: Fault::Refused { status: 400, .. }, .. }) => {
                Ok(Some(ACCEPTED.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(if inside(attempt).await? {
            Seen::Yes(vec![item("item-sync-group", &target(attempt)?.group_name)])
        } else {
            Seen::NotYet(attempt.plan.says(Sentence::new("wait-group")))
        })
    }
}
