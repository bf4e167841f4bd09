//! A decision becomes rows: state, event, cards, task and timer in one transaction.

use jiff::Timestamp;

use super::Office;
use crate::domain::{Person, Place, PlaceKind};
use crate::flow::{Audience, Card, CardKind, Decision, Effect, Policy, Request, State, view};
use crate::journal::{Happened, JournalError, Loaded, NewPost, Tx};
use crate::plan::Offer;
use crate::view::Outgoing;

impl Office {
    /// What the configuration and the journal say about this request right now.
    pub(super) async fn policy(&self, tx: &mut Tx, request: &Request) -> Result<Policy, JournalError> {
        let customer = self.config.customer(&request.customer);
        let approval = customer.map(|c| &c.approval);
        Ok(Policy {
            required: approval.map_or(1, |a| a.required),
            expires_after: approval.map_or(jiff::SignedDuration::from_hours(24), |a| a.expires_after),
            offer: customer.and_then(Offer::of),
            held_by: tx.held_by(request).await?,
        })
    }

    /// Writes a decision and everything it asks for.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        (loaded, decision): (&Loaded, &Decision),
        happened: Happened<'_>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let request = &decision.request;
        tx.save(loaded, request, now).await?;
        tx.record(request.id, happened, now).await?;
        for effect in &decision.effects {
            match effect {
                Effect::Post(card) => post(tx, request, *card, now).await?,
                Effect::Rewrite(card) => rewrite(tx, request, *card, now).await?,
                Effect::Say(sentence) => {
                    tx.send(&request.place, None, Outgoing::Say(sentence.clone()), now).await?;
                }
                Effect::Do(task, at) => tx.schedule(request.id, *task, self.jitter.later(now, *at)).await?,
                Effect::Rest => tx.rest(request.id).await?,
                Effect::ExpireAt(at) => tx.set_timer(request.id, Some(*at)).await?,
                Effect::NeverExpire => tx.set_timer(request.id, None).await?,
                Effect::Hold => tx.hold(request, now).await?,
                Effect::Release => tx.release(request).await?,
            }
        }
        Ok(())
    }
}

/// One copy of a card: where, for whom, and whether only one person sees it.
struct Copy<'a> {
    place: &'a Place,
    audience: Audience,
    to: Option<&'a Person>,
}

fn copies<'a>(request: &'a Request, card: Card, seen_in: &'a [(Place, Audience)]) -> Vec<Copy<'a>> {
    let home = &request.place;
    let personal = home.kind == PlaceKind::Personal;
    let in_thread = |audience| Copy { place: home, audience, to: None };
    let alone = |asked: &'a [crate::flow::Asked], audience| {
        asked.iter().filter_map(|a| a.alone.as_ref()).map(move |place| Copy { place, audience, to: None })
    };
    match card.kind {
        CardKind::Problems if request.private => {
            vec![Copy { place: home, audience: Audience::Everybody, to: Some(&request.requester) }]
        }
        CardKind::Approval if personal => {
            // The requester watches, each approver decides in their own chat.
            std::iter::once(in_thread(Audience::Onlooker))
                .chain(alone(&request.approvers, Audience::Approver))
                .collect()
        }
        CardKind::Guided(_) if personal => {
            let others = alone(&request.operators, Audience::Everybody);
            std::iter::once(in_thread(Audience::Everybody)).chain(others.filter(|c| c.place != home)).collect()
        }
        CardKind::Failure if personal && needs_somebody(request) => {
            let others = alone(&request.operators, Audience::Everybody);
            std::iter::once(in_thread(Audience::Everybody)).chain(others.filter(|c| c.place != home)).collect()
        }
        CardKind::Done => {
            let elsewhere = seen_in.iter().filter(|(place, _)| place.conversation != home.conversation);
            let elsewhere = elsewhere.map(|(place, audience)| Copy { place, audience: *audience, to: None });
            std::iter::once(in_thread(Audience::Everybody)).chain(elsewhere).collect()
        }
        _ => vec![in_thread(Audience::Everybody)],
    }
}

fn needs_somebody(request: &Request) -> bool {
    matches!(&request.state, State::Failed(failure) if failure.needs_somebody())
}

async fn post(tx: &mut Tx, request: &Request, card: Card, now: Timestamp) -> Result<(), JournalError> {
    let seen_in = tx.places_of(request.id).await?;
    for copy in copies(request, card, &seen_in) {
        let Some(view) = view(request, card, copy.audience) else { continue };
        let (place, audience, to) = (copy.place, copy.audience, copy.to);
        let seen_by = people_of(request);
        tx.post(NewPost { request: request.id, card, audience, place, to, seen_by, view }, now).await?;
    }
    Ok(())
}

/// Chat ids of everybody whom this request names, the requester first.
fn people_of(request: &Request) -> Vec<String> {
    let asked = request.approvers.iter().chain(&request.operators).filter_map(|asked| asked.chat_id.clone());
    let mut people = vec![request.requester.chat_id.clone()];
    people.extend(asked);
    let mut known = std::collections::HashSet::new();
    people.retain(|id| !id.is_empty() && known.insert(id.clone()));
    people
}

async fn rewrite(tx: &mut Tx, request: &Request, card: Card, now: Timestamp) -> Result<(), JournalError> {
    for post in tx.posts(request.id, card).await? {
        let Some(view) = view(request, card, post.audience) else { continue };
        // Progress comes in bursts; everything else is worth showing at once.
        let at_once = card.kind != CardKind::Progress || request.state.name() != crate::flow::StateName::Running;
        tx.rewrite(&post, view, at_once, now).await?;
    }
    Ok(())
}
