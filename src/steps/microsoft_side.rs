//! What people do at Microsoft 365 around a removal: put back what was removed too early, and remove it in the end.
//! The bot has no right to do either, and looks at the directory.

use super::{Attempt, Check, Seen, Step, Trouble, said};
use crate::domain::{MicrosoftSide as Side, Sentence};
use crate::outside::{PhoneSystem, User};
use crate::plan::StepKind;

pub(super) struct MicrosoftSide(pub StepKind);

fn has_licence(user: &User) -> bool {
    matches!(user.phone_system(), PhoneSystem::Usable | PhoneSystem::Grace)
}

impl MicrosoftSide {
    fn waits(&self, attempt: &Attempt<'_>) -> Sentence {
        let back = self.0 == StepKind::BackAtMicrosoft;
        attempt.plan.says(Sentence::new(if back { "wait-back-at-microsoft" } else { "wait-microsoft-side" }))
    }
}

impl Step for MicrosoftSide {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let removal = attempt.plan.removal().ok_or(Trouble::NotConfigured)?;
        let user = attempt.systems.graph.user(&attempt.plan.subject_id).await?;
        let licence = user.as_ref().is_some_and(has_licence);
        let done = match (self.0, removal.microsoft) {
            (StepKind::BackAtMicrosoft, _) => licence.then_some("value-back"),
            (_, Side::Delete) => user.is_none().then_some("value-account-deleted"),
            (_, Side::Licence) => (!licence).then_some("value-licence-removed"),
            (_, Side::Leave) => Some("microsoft-leave"),
        };
        Ok(match done {
            Some(value) => Check::Already(vec![said("item-microsoft", value)]),
            None => Check::Waiting(self.waits(attempt)),
        })
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(self.waits(attempt)))
    }
}
