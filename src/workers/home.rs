//! Somebody's own page: what they asked for, what waits for them, and how the systems are.

use super::Office;
use super::decide::{Dealt, Later};
use crate::domain::Inbound;

impl Office {
    pub(super) async fn opened(&self, inbound: &Inbound) -> Result<Dealt, Later> {
        let mut tx = self.journal.begin().await?;
        tx.finish_inbox(&inbound.key, None).await?;
        tx.commit().await?;
        Ok(Dealt { answer: None })
    }
}
