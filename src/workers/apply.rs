//! A decision becomes rows: state, event, cards, task and timer in one transaction.

use jiff::Timestamp;

use super::Office;
use crate::config::{AskWhere, ChannelRef, Customer, Guided};
use crate::domain::{Person, Place, PlaceKind, Surface};
use crate::flow::{Audience, Card, CardKind, Decision, Effect, GuidedPolicy, Policy, Request, State, view};
use crate::journal::{Happened, JournalError, Loaded, NewPost, Tx};
use crate::plan::{Aftercare, Offer};
use crate::view::{Outgoing, View};

impl Office {
    /// What the configuration and the journal say about this request right now.
    pub(super) async fn policy(&self, tx: &mut Tx, request: &Request) -> Result<Policy, JournalError> {
        let customer = self.config.customer(&request.customer);
        let approval = customer.map(|c| &c.approval);
        let (numbers_held, _) = tx.numbers_held(request).await?;
        Ok(Policy {
            required: approval.map_or(1, |a| a.required),
            expires_after: approval.map_or(jiff::SignedDuration::from_hours(24), |a| a.expires_after),
            offer: customer.and_then(Offer::of),
            aftercare: customer.map(Aftercare::of).unwrap_or_default(),
            guided: customer.map(|customer| by_hand(&customer.guided)).unwrap_or_default(),
            held_by: tx.held_by(request).await?,
            numbers_held,
            usual: self.usual(tx, request).await?,
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
        if loaded.request.state.name() != request.state.name() || loaded.request.approvers != request.approvers {
            self.renew_homes(tx, request, now).await?;
        }
        tx.save(loaded, request, now).await?;
        tx.record(request.id, happened, now).await?;
        for effect in &decision.effects {
            match effect {
                Effect::Post(card) => self.post(tx, request, *card, now).await?,
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
                Effect::Keep => tx.keep_held(request).await?,
                Effect::Settle { keeps, until } => tx.settle(request, *keeps, *until).await?,
            }
        }
        Ok(())
    }
}

fn by_hand(guided: &Guided) -> GuidedPolicy {
    let directly = guided.ask == AskWhere::Directly;
    GuidedPolicy { steps: guided.steps.clone(), reminder: guided.reminder, directly }
}

/// One copy of a card: where, for whom, and whether only one person sees it.
struct Copy<'a> {
    place: &'a Place,
    audience: Audience,
    to: Option<&'a Person>,
}

/// Where a request is seen besides its own place.
struct Elsewhere {
    /// Where it has cards already.
    seen_in: Vec<(Place, Audience)>,
    /// The customer's channels.
    channels: Vec<Place>,
    /// Where operators are asked.
    ask: AskWhere,
}

fn copies<'a>(request: &'a Request, card: Card, elsewhere: &'a Elsewhere) -> Vec<Copy<'a>> {
    let home = &request.place;
    let personal = home.kind == PlaceKind::Personal;
    let in_thread = |audience| Copy { place: home, audience, to: None };
    let each = |asked: Vec<&'a crate::flow::Asked>, audience| {
        let places = asked.into_iter().filter_map(|a| a.alone.as_ref()).filter(move |place| *place != home);
        places.map(move |place| Copy { place, audience, to: None })
    };
    let alone = |asked: &'a [crate::flow::Asked], audience| each(asked.iter().collect(), audience);
    let everybody = |place| Copy { place, audience: Audience::Everybody, to: None };
    let channels = elsewhere.channels.iter().map(everybody);
    match card.kind {
        CardKind::Problems if request.private => {
            vec![Copy { place: home, audience: Audience::Everybody, to: Some(&request.requester) }]
        }
        CardKind::Problems | CardKind::Confirm => vec![in_thread(Audience::Everybody)],
        CardKind::Approval => {
            // In a personal chat the requester watches, and each approver decides in their own chat.
            let own = in_thread(if personal { Audience::Onlooker } else { Audience::Everybody });
            std::iter::once(own).chain(alone(&request.approvers, Audience::Approver)).chain(channels).collect()
        }
        CardKind::Guided(kind) => {
            let others: Vec<Copy<'_>> = each(request.asked(kind), Audience::Everybody).collect();
            let here = std::iter::once(in_thread(Audience::Everybody));
            match elsewhere.ask {
                AskWhere::Everywhere => here.chain(others).chain(channels).collect(),
                AskWhere::Channel => here.chain(channels).collect(),
                // Whoever has no chat of their own sees it here.
                AskWhere::Directly if others.len() < request.asked(kind).len() => here.chain(others).collect(),
                AskWhere::Directly => others,
            }
        }
        CardKind::Failure if needs_somebody(request) => {
            let others = alone(&request.operators, Audience::Everybody);
            std::iter::once(in_thread(Audience::Everybody)).chain(others).chain(channels).collect()
        }
        CardKind::Done => {
            let seen_in = elsewhere.seen_in.iter().filter(|(place, _)| place.conversation != home.conversation);
            let seen_in = seen_in.map(|(place, audience)| Copy { place, audience: *audience, to: None });
            std::iter::once(in_thread(Audience::Everybody)).chain(seen_in).collect()
        }
        CardKind::Progress | CardKind::Failure => {
            std::iter::once(in_thread(Audience::Everybody)).chain(channels).collect()
        }
    }
}

fn needs_somebody(request: &Request) -> bool {
    matches!(&request.state, State::Failed(failure) if failure.needs_somebody())
}

/// A copy outside the conversation in which the request was made: its roster is another one.
fn shown(request: &Request, card: Card, (place, audience): (&Place, Audience)) -> Option<View> {
    let view = view(request, card, audience)?;
    let at_home = place.conversation == request.place.conversation;
    Some(if at_home || audience != Audience::Everybody && place.surface == request.place.surface {
        view
    } else {
        view.without_own_views()
    })
}

impl Office {
    /// The customer's channels other than the one in which the request was made, each as a thread of the request's own.
    async fn channels_of(&self, request: &Request) -> Result<Vec<Place>, JournalError> {
        let Some(customer) = self.config.customer(&request.customer) else { return Ok(Vec::new()) };
        let mut places = Vec::new();
        for channel in &customer.channels {
            let known = self.journal.place(&channel.conversation).await?;
            let named = known.filter(|place| place.surface == channel.surface && self.serves(customer, place));
            let Some(place) = named.or_else(|| slack_channel(customer, channel)) else {
                tracing::warn!(customer = %customer.id, channel = %channel.conversation,
                    "the bot was never added to this channel: nothing is shown there");
                continue;
            };
            if place.base() != request.place.base() {
                places.push(place.own_thread(&request.id.to_string()));
            }
        }
        Ok(places)
    }

    async fn post(&self, tx: &mut Tx, request: &Request, card: Card, now: Timestamp) -> Result<(), JournalError> {
        let elsewhere = Elsewhere {
            seen_in: tx.places_of(request.id).await?,
            channels: self.channels_of(request).await?,
            ask: self.config.customer(&request.customer).map(|customer| customer.guided.ask).unwrap_or_default(),
        };
        let muted = if card.kind == CardKind::Done { muted(tx, request).await? } else { Vec::new() };
        for copy in copies(request, card, &elsewhere) {
            let (place, audience, to) = (copy.place, copy.audience, copy.to);
            if place.conversation != request.place.conversation && is_own_chat_of(request, place, &muted) {
                continue;
            }
            let Some(view) = shown(request, card, (place, audience)) else { continue };
            let view = view.without_notifying(&muted);
            let head = if card.kind == CardKind::Progress { tx.head(request.id, place).await? } else { None };
            let (card, view) = match head {
                None => (card, view),
                Some(head) => {
                    tx.turn_into(&head, card).await?;
                    tx.rewrite(&head, view, true, now).await?;
                    // What it showed until now goes on as a reply, where nothing else there tells the same.
                    let told = matches!(head.card.kind, CardKind::Confirm | CardKind::Progress);
                    let before = shown(request, head.card, (place, audience)).filter(|_| !told);
                    let Some(before) = before else { continue };
                    (head.card, before)
                }
            };
            let seen_by = if place.surface == request.place.surface { people_of(request) } else { Vec::new() };
            tx.post(NewPost { request: request.id, card, audience, place, to, seen_by, view }, now).await?;
        }
        Ok(())
    }
}

/// Those whom this request concerns and who do not want to be told that it is done.
async fn muted(tx: &mut Tx, request: &Request) -> Result<Vec<String>, JournalError> {
    let asked = request.approvers.iter().chain(&request.operators).map(|asked| asked.id.as_str());
    let approved = request.approvals.iter().map(|given| given.by.id.as_str());
    let ids: Vec<&str> = std::iter::once(request.requester.id.as_str()).chain(asked).chain(approved).collect();
    tx.muted_of(&ids).await
}

/// The bot is alone there with one of these people.
fn is_own_chat_of(request: &Request, place: &Place, people: &[String]) -> bool {
    let asked = request.approvers.iter().chain(&request.operators).filter(|asked| people.contains(&asked.id));
    let mut chats = asked.filter_map(|asked| asked.alone.as_ref());
    chats.any(|chat| chat.conversation == place.conversation)
}

/// Slack lets a bot write in a channel where nobody has met it yet, if it was invited; Teams needs the address of the
/// region, which only a first meeting tells.
fn slack_channel(customer: &Customer, channel: &ChannelRef) -> Option<Place> {
    let tenant = customer.slack_team_id.clone().filter(|_| channel.surface == Surface::Slack)?;
    let (conversation, address) = (channel.conversation.clone(), String::new());
    Some(Place { surface: Surface::Slack, conversation, kind: PlaceKind::Channel, address, tenant })
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
        let Some(view) = shown(request, card, (&post.place, post.audience)) else { continue };
        // Progress comes in bursts; everything else is worth showing at once.
        let at_once = card.kind != CardKind::Progress || request.state.name() != crate::flow::StateName::Running;
        tx.rewrite(&post, view, at_once, now).await?;
    }
    Ok(())
}
