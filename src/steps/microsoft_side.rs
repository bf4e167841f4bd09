//! What people do at Microsoft 365 around a removal: put back what was removed too early, and remove it in the end.
//! The bot has no right to do either, and looks at the directory.

use super::{Attempt, Found, Trouble, Watch, said};
use crate::domain::{Fixer, MicrosoftSide as Side, Sentence};
use crate::outside::{PhoneSystem, User};
use crate::plan::{StepKind, TakenFrom};

pub(super) struct MicrosoftSide(pub StepKind);

fn has_licence(user: &User) -> bool {
    matches!(user.phone_system(), PhoneSystem::Usable | PhoneSystem::Grace)
}

/// The account is there with a licence for calling. Without either, Microsoft shows no line whether it is gone or not, and
/// no portal lists the user: "gone" would be no proof, and whoever removed it has to put it back first.
pub(super) async fn still_there(attempt: &Attempt<'_>) -> Result<(), Trouble> {
    // Graph itself tells who has a number, with or without an account.
    if attempt.plan.removal().is_none_or(|removal| removal.taken_from == TakenFrom::DirectRouting) {
        return Ok(());
    }
    let id = match attempt.systems.graph.user(&attempt.plan.subject_id).await? {
        Some(user) if has_licence(&user) => return Ok(()),
        Some(_) => "cause-licence-removed-midway",
        None => "cause-account-deleted-midway",
    };
    Err(Trouble::Cause(Sentence::new(id).with("upn", &attempt.plan.subject), Fixer::MicrosoftAdmin))
}

impl MicrosoftSide {
    fn waits(&self, attempt: &Attempt<'_>) -> Sentence {
        let back = self.0 == StepKind::BackAtMicrosoft;
        attempt.plan.says(Sentence::new(if back { "wait-back-at-microsoft" } else { "wait-microsoft-side" }))
    }
}

impl Watch for MicrosoftSide {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
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
            Some(value) => Found::Yes(vec![said("item-microsoft", value)]),
            None => Found::NotYet(self.waits(attempt)),
        })
    }
}
