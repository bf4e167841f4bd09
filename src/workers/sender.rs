//! Sends what the outbox holds: in order within a conversation, within the vendor's limits, the last state always.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Office, with_heartbeat};
use crate::chat::pace::{Pace, Way, Window, holds_up};
use crate::chat::slack::place as slack;
use crate::chat::{Delivery, Marking, NotDelivered, Permit};
use crate::domain::{Place, PlaceKind, Sentence, Surface};
use crate::journal::{JournalError, LaneClaim, MayGo, Sending, Unheard, at_least_doubt, seen_until};
use crate::view::{Outgoing, View};

/// So many conversations are written to at a time.
const AT_ONCE: usize = 16;

/// Pauses before a message is tried again; the last one repeats.
const PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(2),
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(15),
    SignedDuration::from_secs(60),
    SignedDuration::from_mins(5),
];

/// After this many tries (about five hours) a message is set aside.
const MOST_TRIES: u32 = 60;

/// Pauses before a message whose fate is unknown is sent again, rarer and rarer: twice is better than never.
const PAUSES_UNKNOWN: [SignedDuration; 6] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(4),
];

/// A vendor's `Retry-After` is honoured up to this.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Office {
    pub(super) async fn sender_loop(&self, stop: CancellationToken) {
        let (places, tracker) = (Arc::new(Semaphore::new(AT_ONCE)), TaskTracker::new());
        let pace = Pace::default();
        while !stop.is_cancelled() {
            let free = u32::try_from(places.available_permits()).unwrap_or(0);
            let claims = match free {
                0 => Ok(Vec::new()),
                free => self.journal.claim_lanes(self.clock.now(), free).await,
            };
            let claims = claims.unwrap_or_else(|error| {
                tracing::error!(%error, "the outbox cannot be read");
                Vec::new()
            });
            let nothing = claims.is_empty();
            for claim in claims {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let (office, pace, stop) = (self.clone(), pace.clone(), stop.clone());
                tracker.spawn(async move {
                    let lane = claim.lane.clone();
                    match office.send_lane(claim, &pace, &stop).await {
                        Ok(()) => {}
                        Err(JournalError::LeaseLost) => {
                            tracing::warn!(%lane, "somebody else sends in this conversation now");
                        }
                        Err(error) => {
                            tracing::error!(%lane, %error, "a conversation stays unsent until its lease ends")
                        }
                    }
                    drop(place);
                    office.journal.wake().outbox.notify_one();
                });
            }
            if nothing {
                let due = self.journal.outbox_due().await.ok().flatten();
                self.rest(&self.journal.wake().outbox, due, &stop).await;
            }
        }
        tracker.close();
        tracker.wait().await;
    }

    /// Sends what is due in one lane until nothing is, or a limit or a fault makes it rest.
    async fn send_lane(&self, mut claim: LaneClaim, pace: &Pace, stop: &CancellationToken) -> Result<(), JournalError> {
        // A lane is left after some messages so that its lease cannot run out under a long queue.
        for _ in 0..20 {
            let now = self.clock.now();
            if stop.is_cancelled() {
                break;
            }
            let Some(sending) = self.journal.next_sending(&claim, now).await? else { break };
            if !self.is_to_be_sent(&sending, now).await? {
                continue;
            }
            let (way, root) = (way(&sending), claim.root.clone());
            let spot = (&sending.place, root.as_deref());
            let mut window = Window::of_lane(sending.place.surface, way, claim.sent.clone());
            let allowed = self.may_go_at(window.as_ref(), pace, (spot, way), now);
            if allowed > now && holds_up(sending.place.surface, way) {
                return self.journal.leave_lane(&claim, allowed).await;
            }
            if allowed > now {
                self.journal.put_off(&sending, allowed).await?;
                continue;
            }
            if let Some(window) = &mut window {
                window.record(now);
                claim.sent = window.sent().to_vec();
            }
            let sent = with_heartbeat(self.send_one(&claim, &sending), || self.journal.renew_lane(&claim)).await;
            pace.lasted(spot, way, self.clock.now());
            if let Some(window) = &mut window {
                window.lasted(self.clock.now());
                claim.sent = window.sent().to_vec();
            }
            if let Some(until) = sent? {
                return self.journal.leave_lane(&claim, until).await;
            }
            // Whatever follows goes under the first message of such a thread, which only the next claim knows.
            if claim.root.is_none() && sending.place.is_own_thread() {
                break;
            }
        }
        self.journal.leave_lane(&claim, self.clock.now()).await
    }

    /// When this may go: by its conversation's window, by the windows that conversations share, and by what the vendor said
    /// when it was asked too much.
    fn may_go_at(
        &self,
        window: Option<&Window>,
        pace: &Pace,
        (spot, way): ((&Place, Option<&str>), Way),
        now: Timestamp,
    ) -> Timestamp {
        let open = self.surfaces.open_from(spot.0, way).filter(|open| *open > now);
        let own = window.map_or(now, |window| window.next_allowed(now)).max(open.unwrap_or(now));
        if own > now { own } else { pace.allows(spot, way, now) }
    }

    /// What becomes of a message that somebody claimed who did not live to say whether it was taken.
    async fn is_to_be_sent(&self, sending: &Sending, now: Timestamp) -> Result<bool, JournalError> {
        let Some(claimed_at) = sending.claimed_at else { return Ok(true) };
        let lane = &sending.place.conversation;
        match &sending.post {
            // It has been seen since: whatever it says now is written over it.
            Some(post) if post.vendor_id.is_some() => Ok(true),
            Some(post) if sending.to.is_none() => {
                let until = seen_until(claimed_at);
                if now < until {
                    tracing::warn!(request = %post.request, %lane, "a card may have been posted; it waits to be seen");
                    self.journal.wait_to_be_seen(sending, until).await?;
                } else {
                    tracing::warn!(request = %post.request, %lane, "nobody has seen a card; it is posted again");
                    self.journal.doubt(sending).await?;
                }
                Ok(false)
            }
            _ => {
                tracing::warn!(%lane, "a message was on its way when its sender died; it counts as sent");
                self.journal.count_as_sent(sending).await?;
                Ok(false)
            }
        }
    }

    /// Claims a new message at the last moment. A rewrite may be repeated, but not by somebody who lost the conversation:
    /// that would write old words over new ones.
    fn permit(&self, claim: &LaneClaim, sending: &Sending, rewrites: bool) -> Permit {
        let (office, claim, sending) = (self.clone(), claim.clone(), sending.clone());
        Permit::new(move || {
            let (office, claim, sending) = (office.clone(), claim.clone(), sending.clone());
            Box::pin(async move {
                let now = office.clock.now();
                let may_go = match rewrites {
                    true => office.journal.holds_lane(&claim).await,
                    false => office.journal.claim_sending(&claim, &sending, now).await.map(|may| may == MayGo::Yes),
                };
                match may_go {
                    Ok(may_go) => may_go,
                    Err(error) => {
                        tracing::error!(lane = %claim.lane, %error, "a message cannot be claimed and is not sent");
                        false
                    }
                }
            })
        })
    }

    /// Sends one message; `Some`: the lane rests until then.
    async fn send_one(&self, claim: &LaneClaim, sending: &Sending) -> Result<Option<Timestamp>, JournalError> {
        let rewrite = sending.post.as_ref().and_then(|p| p.vendor_id.as_deref());
        let post = sending.post.as_ref().map(|post| {
            let (post, request) = (post.id.as_str(), post.request);
            Marking { post, request, seen_by: &sending.seen_by }
        });
        let permit = self.permit(claim, sending, rewrite.is_some());
        let (place, to, what, root) = (&sending.place, sending.to.as_ref(), &sending.what, claim.root.as_deref());
        let result = self.surfaces.deliver(Delivery { place, to, what, rewrite, root, post, permit: &permit }).await;
        let now = self.clock.now();
        if let Outgoing::Show(view) = &sending.what
            && self.config.slack.is_some()
        {
            // Neither the lane nor the card waits for it.
            let (office, view) = (self.clone(), view.clone());
            tokio::spawn(async move { office.fill_open_form(&view).await });
        }
        let error = match result {
            Ok(id) => {
                self.metrics.sent();
                let mut claim = claim.clone();
                if let Some(mut window) = Window::of_lane(sending.place.surface, way(sending), claim.sent.clone()) {
                    window.lasted(now);
                    claim = claim.with_sent(window.sent());
                }
                self.journal.sent(&claim, sending, id.as_deref(), now).await?;
                return Ok(None);
            }
            Err(error) => error,
        };
        let request = sending.post.as_ref().map(|p| p.request.to_string()).unwrap_or_default();
        tracing::warn!(%request, lane = %claim.lane, attempt = sending.attempt, %error, "a message was not delivered");
        let pause = PAUSES[(sending.attempt as usize).min(PAUSES.len() - 1)];
        match error {
            NotDelivered::Later { after, .. } if sending.attempt < MOST_TRIES => {
                let until = later(
                    now,
                    after.map_or(pause, |asked| asked.clamp(SignedDuration::ZERO, LONGEST_PAUSE).max(pause / 10)),
                );
                self.journal.not_sent(sending, until).await?;
                Ok(Some(until).filter(|_| holds_up(sending.place.surface, way(sending))))
            }
            // Writing the same again over a message is harmless; a new message may have arrived.
            NotDelivered::Perhaps(_) if rewrite.is_some() && sending.attempt < MOST_TRIES => {
                self.journal.not_sent(sending, later(now, pause)).await?;
                Ok(None)
            }
            NotDelivered::Perhaps(_) if (sending.attempt as usize) < PAUSES_UNKNOWN.len() => {
                let pause = PAUSES_UNKNOWN[sending.attempt as usize];
                if sending.post.is_some() && sending.to.is_none() {
                    let until = later(now, at_least_doubt(pause));
                    self.journal.wait_to_be_seen(sending, until).await?;
                } else {
                    self.journal.not_sent(sending, later(now, pause)).await?;
                }
                Ok(None)
            }
            // Somebody else sends it. Whoever lost the lane finds out here.
            NotDelivered::Withheld => {
                self.journal.renew_lane(claim).await?;
                Ok(None)
            }
            NotDelivered::PostGone if rewrite.is_some() => {
                let begins = place.leads_with_progress() && rewrite == root;
                if begins {
                    self.journal.lose_root(claim).await?;
                }
                self.journal.repost(sending).await?;
                Ok(begins.then_some(now))
            }
            NotDelivered::PostLocked(_) if rewrite.is_some() => {
                self.journal.repost(sending).await?;
                Ok(None)
            }
            // What began the thread was deleted: this begins it anew.
            NotDelivered::PostGone if place.leads_with_progress() && root.is_some() => {
                self.journal.lose_root(claim).await?;
                self.journal.not_sent(sending, now).await?;
                Ok(Some(now))
            }
            NotDelivered::PlaceGone(_) => {
                self.tell_elsewhere(sending).await?;
                Ok(Some(now))
            }
            NotDelivered::Never(_)
            | NotDelivered::PostGone
            | NotDelivered::PostLocked(_)
            | NotDelivered::Later { .. }
            | NotDelivered::Perhaps(_) => {
                self.say_instead(sending).await?;
                Ok(None)
            }
        }
    }

    /// Fills the form that the requester has open, if this is its content.
    pub(crate) async fn fill_open_form(&self, view: &View) {
        let Some(request) = view.fills_form_of() else { return };
        match self.journal.take_form(request).await {
            Ok(Some(form)) => self.surfaces.fill_form(&form, view).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%request, %error, "an open form cannot be looked up"),
        }
    }

    /// A card that the vendor refuses is replaced by words, so that nobody waits for it in vain.
    async fn say_instead(&self, sending: &Sending) -> Result<(), JournalError> {
        let mut tx = self.journal.begin().await?;
        tx.give_up(sending).await?;
        if let (Outgoing::Show(_), Some(post)) = (&sending.what, &sending.post) {
            let sentence = Sentence::new("say-card-refused").with("request", post.request);
            tx.send(&sending.place, sending.to.as_ref(), Outgoing::Say(sentence), self.clock.now()).await?;
        }
        tx.commit().await
    }

    /// The conversation is gone: the requester of each request there is told alone, where that is possible, once. How it
    /// ended is worth the card itself.
    async fn tell_elsewhere(&self, sending: &Sending) -> Result<(), JournalError> {
        let mut tx = self.journal.begin().await?;
        for Unheard { request: id, unsaid } in tx.leave_place(sending, self.clock.now()).await? {
            let Some(loaded) = self.journal.request(id).await? else { continue };
            let requester = &loaded.request.requester;
            let mut reached = self.journal.contacts(&requester.id).await?;
            // Where they asked, if they can be reached there.
            reached.sort_by_key(|contact| contact.surface != sending.place.surface);
            let elsewhere = |place: &Place| place.conversation != sending.place.conversation;
            let known = reached.into_iter().filter_map(|c| c.place).find(elsewhere);
            // Slack opens a direct message with whoever asked there.
            let opened = || {
                let both = [sending.place.surface, loaded.request.place.surface] == [Surface::Slack; 2];
                let shared = both && sending.place.kind != PlaceKind::Personal;
                shared.then(|| slack::home(slack::workspace(&sending.place), &requester.chat_id))
            };
            let Some(alone) = known.or_else(opened) else { continue };
            let say = || vec![Outgoing::Say(Sentence::new("say-place-gone").with("request", id))];
            for what in if unsaid.is_empty() { say() } else { unsaid } {
                tx.send(&alone, None, what, self.clock.now()).await?;
            }
        }
        tx.commit().await
    }
}

/// How this is delivered.
fn way(sending: &Sending) -> Way {
    match &sending.what {
        Outgoing::TakeBack(_) => Way::TakeBack,
        Outgoing::Home(_) => Way::Home,
        _ if sending.post.as_ref().is_some_and(|post| post.vendor_id.is_some()) => Way::Rewrite,
        _ if sending.to.is_some() && sending.place.kind != PlaceKind::Personal => Way::Whisper,
        _ => Way::Post,
    }
}

#[cfg(test)]
mod tests;
