//! `mute` and `unmute`: whether somebody is told when a request is done.

use super::Office;
use super::decide::{Dealt, Later};
use crate::domain::{Inbound, Sentence};

impl Office {
    /// For whoever has a role at one of the customers; it holds for all of them, and in both products.
    pub(super) async fn mute(&self, inbound: &Inbound, mute: bool, private: bool) -> Result<Dealt, Later> {
        if self.customers_of(inbound).await?.is_empty() {
            return self.tell(inbound, Sentence::new("refusal-stranger-command"), private).await;
        }
        let (who, now) = (&inbound.who, self.clock.now());
        let mut tx = self.journal.begin().await?;
        tx.meet(who, &inbound.place).await?;
        let changed = if mute { tx.mute(&who.id, now).await? } else { tx.unmute(&who.id).await? };
        let said = Sentence::new(match (mute, changed) {
            (true, true) => "answer-muted",
            (true, false) => "answer-muted-already",
            (false, true) => "answer-unmuted",
            (false, false) => "answer-unmuted-already",
        });
        let answer = self.answer(&mut tx, inbound, said, private).await?;
        tx.finish_inbox(&inbound.key, Some(&answer)).await?;
        tx.commit().await?;
        Ok(Dealt { answer: Some(answer) })
    }
}
