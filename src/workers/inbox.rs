//! Takes what came in, one conversation in order, conversations in parallel.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use dashmap::DashSet;
use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::decide::{Dealt, Later};
use super::{Office, with_heartbeat};
use crate::domain::{EventKey, Inbound, Press, Sentence, What};
use crate::journal::{InboxRow, JournalError};
use crate::view::{Home, Outgoing};

/// So often an event is decided again at once because somebody changed the same thing in between.
const MOST_OVERTAKEN: u32 = 10;

/// Conversations are spread over this many queues.
const QUEUES: usize = 16;

/// At most this many events are taken at a time.
const BATCH: u32 = 32;

/// Pauses before an event is tried again whose sender's rights could not be read.
const PAUSES: [SignedDuration; 5] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(2),
    SignedDuration::from_secs(4),
    SignedDuration::from_secs(8),
    SignedDuration::from_secs(15),
];

fn queue_of(inbound: &Inbound) -> usize {
    let mut hasher = DefaultHasher::new();
    inbound.place.conversation.hash(&mut hasher);
    usize::try_from(hasher.finish() % QUEUES as u64).unwrap_or(0)
}

impl Office {
    pub(super) async fn inbox_loop(&self, stop: CancellationToken) {
        let in_hand: Arc<DashSet<EventKey>> = Arc::default();
        let renew = || async {
            let keys: Vec<EventKey> = in_hand.iter().map(|key| key.clone()).collect();
            if keys.is_empty() { Ok(()) } else { self.journal.renew_inbox(&keys).await }
        };
        with_heartbeat(self.take_in_turn(&in_hand, &stop), renew).await;
    }

    async fn take_in_turn(&self, in_hand: &Arc<DashSet<EventKey>>, stop: &CancellationToken) {
        let tracker = tokio_util::task::TaskTracker::new();
        let queues: Vec<_> = (0..QUEUES)
            .map(|_| {
                let (sender, mut rows) = mpsc::channel::<InboxRow>(BATCH as usize);
                let (office, in_hand) = (self.clone(), Arc::clone(in_hand));
                tracker.spawn(async move {
                    while let Some(row) = rows.recv().await {
                        let key = row.inbound.key.clone();
                        office.deal_with(row).await;
                        in_hand.remove(&key);
                    }
                });
                sender
            })
            .collect();
        while !stop.is_cancelled() {
            let taken = self.journal.take_inbox(self.clock.now(), BATCH).await;
            let taken = taken.unwrap_or_else(|error| {
                tracing::error!(%error, "the inbox cannot be read");
                Vec::new()
            });
            let full = taken.len() == BATCH as usize;
            for row in taken {
                in_hand.insert(row.inbound.key.clone());
                let queue = &queues[queue_of(&row.inbound)];
                // The queues live as long as this loop.
                let _ = queue.send(row).await;
            }
            if !full {
                let due = self.journal.inbox_due().await.ok().flatten();
                // Rows in hand are due as well; only later ones are worth waiting for.
                let due = due.filter(|due| *due > self.clock.now());
                self.rest(&self.journal.wake().inbox, due, stop).await;
            }
        }
        drop(queues);
        tracker.close();
        tracker.wait().await;
    }

    async fn deal_with(&self, row: InboxRow) {
        let inbound = &row.inbound;
        if let What::Pressed(Press { copy: Some(copy), .. }) = &inbound.what
            && let Err(error) = self.journal.seen(copy, &inbound.place, self.clock.now()).await
        {
            tracing::error!(event = %inbound.key.0, %error, "it cannot be noted which copy was pressed");
        }
        let mut overtaken = 0;
        loop {
            let dealt = self.deal(inbound).await;
            match dealt {
                Ok(Dealt { answer }) => {
                    self.hand_over(inbound, answer);
                    return;
                }
                // Somebody changed the same request in between: decide again on what is there now.
                Err(Later::Journal(JournalError::Overtaken)) if overtaken < MOST_OVERTAKEN => overtaken += 1,
                Err(later) => {
                    if let Err(error) = self.try_later(&row, &later).await {
                        tracing::error!(event = %inbound.key.0, %error, "an event stays in the inbox until its lease ends");
                    }
                    return;
                }
            }
        }
    }

    async fn deal(&self, inbound: &Inbound) -> Result<Dealt, Later> {
        // Nobody has to be anybody to leave, and the page says for itself why it shows nothing.
        if inbound.what == What::Removed {
            return self.met(inbound).await;
        }
        let known = match self.recognised(inbound).await? {
            Ok(known) => known,
            Err(why) => return self.unrecognised(inbound, why).await,
        };
        let inbound = known.as_ref();
        match &inbound.what {
            What::Added | What::Removed => self.met(inbound).await,
            What::Opened => self.opened(inbound).await,
            What::Said { text, private } => self.said(inbound, text, *private).await,
            What::Pressed(press) => self.pressed(inbound, press).await,
        }
    }

    /// Somebody who cannot be told who they are: they hear why, alone.
    async fn unrecognised(&self, inbound: &Inbound, why: Sentence) -> Result<Dealt, Later> {
        match &inbound.what {
            What::Opened => self.show_home(inbound, Home::refused(why, self.clock.now())).await,
            What::Added | What::Removed => self.met(inbound).await,
            What::Said { .. } | What::Pressed(_) => self.tell(inbound, why, true).await,
        }
    }

    /// Gives the answer to whoever waits on an open connection.
    pub(super) fn hand_over(&self, inbound: &Inbound, answer: Option<Sentence>) {
        match answer {
            Some(answer) => self.waiters.answer(&inbound.key, &answer),
            None => self.waiters.answered_elsewhere(&inbound.key),
        }
    }

    async fn try_later(&self, row: &InboxRow, later: &Later) -> Result<(), JournalError> {
        let (inbound, now) = (&row.inbound, self.clock.now());
        tracing::warn!(event = %inbound.key.0, attempt = row.attempt, why = %later, "an event is tried again");
        self.metrics.fault("inbox");
        let (wait, refusal) = match later {
            Later::Journal(_) => ("answer-journal-later", "refusal-journal"),
            _ => ("answer-rights-later", "refusal-rights-unread"),
        };
        let mut tx = self.journal.begin().await?;
        match PAUSES.get(row.attempt as usize) {
            Some(pause) => {
                tx.postpone_inbox(&inbound.key, now.checked_add(*pause).unwrap_or(now)).await?;
                tx.commit().await?;
                if row.attempt == 0 {
                    self.hand_over(inbound, Some(Sentence::new(wait)));
                }
            }
            None => {
                let sentence = Sentence::new(refusal);
                tx.finish_inbox(&inbound.key, Some(&sentence)).await?;
                tx.send(&inbound.place, Some(&inbound.who), Outgoing::Say(sentence.clone()), now).await?;
                tx.commit().await?;
                self.hand_over(inbound, Some(sentence));
            }
        }
        Ok(())
    }

    /// The bot was added somewhere, or removed.
    async fn met(&self, inbound: &Inbound) -> Result<Dealt, Later> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        if inbound.what == What::Removed {
            tx.forget(&inbound.place, now).await?;
        } else {
            tx.meet(&inbound.who, &inbound.place).await?;
            if tx.may_greet(&inbound.place, now).await? {
                let greeting = Outgoing::Show(Box::new(crate::view::View::Greeting));
                tx.send(&inbound.place, None, greeting, now).await?;
            }
        }
        tx.finish_inbox(&inbound.key, None).await?;
        tx.commit().await?;
        Ok(Dealt { answer: None })
    }
}
