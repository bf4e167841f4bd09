//! Who is notified by a card, and who does not want to be.

use super::{Done, View};

impl View {
    /// None of these people (by directory id) is notified that it is done.
    #[must_use]
    pub fn without_notifying(self, muted: &[String]) -> Self {
        match self {
            Self::Done(card) => {
                let told = card.told.unwrap_or_else(|| vec![card.requester.clone()]);
                let told = told.into_iter().filter(|mention| !muted.contains(&mention.directory_id)).collect();
                Self::Done(Done { told: Some(told), ..card })
            }
            other => other,
        }
    }
}
