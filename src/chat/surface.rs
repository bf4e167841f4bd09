//! Delivering through whichever surface a place belongs to, with one set of reactions for all of them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Permit;
use super::pace::Way;
use super::slack::{self, SlackError, Target};
use super::teams::{Activity, ChatError, Connector, mark, name_post};
use crate::cards::{CardError, Cards, SlackMessage};
use crate::domain::{Person, Place, PlaceKind, RequestId, Sentence, Surface};
use crate::journal::OpenForm;
use crate::view::{Outgoing, View};

/// All surfaces that are switched on.
#[derive(Debug, Clone)]
pub struct Surfaces {
    cards: Arc<Cards>,
    teams: Option<Arc<Connector>>,
    slack: Option<Arc<slack::Connector>>,
}

/// One thing to deliver.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Where.
    pub place: &'a Place,
    /// Only this person may see it.
    pub to: Option<&'a Person>,
    /// What.
    pub what: &'a Outgoing,
    /// The vendor's id of the message to be rewritten.
    pub rewrite: Option<&'a str>,
    /// The vendor's id of the first message that the bot posted in this place, under which others go where a place is a
    /// thread that the bot begins itself.
    pub root: Option<&'a str>,
    /// Which post a card belongs to, so that whoever sees it can tell which copy it is.
    pub post: Option<Marking<'a>>,
    /// Whether it may go.
    pub permit: &'a Permit,
}

/// What a card carries so that a copy can be recognised.
#[derive(Debug, Clone, Copy)]
pub struct Marking<'a> {
    /// Our id of the post.
    pub post: &'a str,
    /// Which request.
    pub request: RequestId,
    /// Chat ids of people whose clients are asked to look at it by themselves.
    pub seen_by: &'a [String],
}

/// After a fault of the Connector's own the conversation is left alone for so long.
const AFTER_SERVICE_ERROR: SignedDuration = SignedDuration::from_secs(30);

/// Why something was not delivered: a variant per reaction.
#[derive(Debug, thiserror::Error)]
pub enum NotDelivered {
    /// It may be delivered later.
    #[error("not now: {why}")]
    Later {
        /// What happened.
        why: String,
        /// How long the vendor asks to wait.
        after: Option<SignedDuration>,
    },
    /// Whether it arrived is unknown.
    #[error("perhaps: {0}")]
    Perhaps(String),
    /// The message to be rewritten is gone: post it afresh.
    #[error("the message to be rewritten is gone")]
    PostGone,
    /// The message is there and may not be rewritten any more: post it afresh.
    #[error("the message can no longer be rewritten: {0}")]
    PostLocked(String),
    /// Nothing can be posted there any more.
    #[error("the conversation is gone: {0}")]
    PlaceGone(String),
    /// It was not sent: somebody else sends it.
    #[error("it may no longer be sent")]
    Withheld,
    /// The vendor will never take this message.
    #[error("refused: {0}")]
    Never(String),
}

impl From<CardError> for NotDelivered {
    fn from(error: CardError) -> Self {
        Self::Never(error.to_string())
    }
}

impl From<ChatError> for NotDelivered {
    fn from(error: ChatError) -> Self {
        let why = error.to_string();
        match &error {
            ChatError::Gone { .. } => Self::PlaceGone(why),
            ChatError::ActivityGone { .. } => Self::PostGone,
            ChatError::Unknown => Self::Perhaps(why),
            ChatError::Withheld => Self::Withheld,
            // Documented as not to be repeated; so nothing happened, and later is another try.
            ChatError::ServiceError { .. } => Self::Later { why, after: Some(AFTER_SERVICE_ERROR) },
            // A wrong secret is mended by a human; the message is worth waiting for.
            ChatError::Unauthorized { .. } | ChatError::Token(_) => Self::Later { why, after: None },
            error if error.should_retry() => Self::Later { why, after: error.retry_after() },
            _ => Self::Never(why),
        }
    }
}

impl From<SlackError> for NotDelivered {
    fn from(error: SlackError) -> Self {
        let why = error.to_string();
        match error {
            SlackError::MessageGone { code } if is_locked(&code) => Self::PostLocked(why),
            // Of a conversation; a whisper that reaches nobody is told apart where it is sent.
            SlackError::Gone { .. } => Self::PlaceGone(why),
            SlackError::MessageGone { .. } => Self::PostGone,
            SlackError::Lost => Self::Perhaps(why),
            SlackError::Withheld => Self::Withheld,
            SlackError::Throttled { retry_after } | SlackError::Unavailable { retry_after, .. } => {
                Self::Later { why, after: retry_after }
            }
            // A wrong token or a missing permission is mended by a human; the message is worth waiting for.
            SlackError::Unauthorized { .. }
            | SlackError::MissingScope { .. }
            | SlackError::NotInstalled { .. }
            | SlackError::Unreachable => Self::Later { why, after: None },
            SlackError::Payload { .. }
            | SlackError::Unknown { .. }
            | SlackError::TriggerOver { .. }
            | SlackError::ViewChanged
            | SlackError::Other { .. } => Self::Never(why),
        }
    }
}

/// The message of which Slack says this is still there.
fn is_locked(code: &str) -> bool {
    matches!(code, "edit_window_closed" | "cant_update_message")
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The chat's id of them.
    pub chat_id: String,
    /// Their directory id.
    pub id: Option<String>,
}

/// A thread that the bot begins itself is the channel until its first message is there, and then the thread under it.
fn in_teams(place: &Place, root: Option<&str>) -> Place {
    let conversation = match root {
        _ if !place.is_own_thread() => place.conversation.clone(),
        Some(root) => format!("{};messageid={root}", place.base()),
        None => place.base().to_owned(),
    };
    Place { conversation, ..place.clone() }
}

impl Surfaces {
    /// Puts the surfaces together.
    pub fn new(cards: Arc<Cards>, teams: Option<Arc<Connector>>, slack: Option<Arc<slack::Connector>>) -> Self {
        Self { cards, teams, slack }
    }

    /// The sentences and cards.
    pub fn cards(&self) -> &Cards {
        &self.cards
    }

    fn teams(&self) -> Result<&Connector, NotDelivered> {
        self.teams.as_deref().ok_or_else(|| NotDelivered::Never("Teams is switched off".to_owned()))
    }

    /// The connector for Slack; an error when Slack is switched off.
    pub fn slack(&self) -> Result<&Arc<slack::Connector>, NotDelivered> {
        self.slack.as_ref().ok_or_else(|| NotDelivered::Never("Slack is switched off".to_owned()))
    }

    /// Until when a surface asked not to be written to this way.
    pub fn open_from(&self, place: &Place, way: Way) -> Option<Timestamp> {
        match place.surface {
            Surface::Teams => None,
            Surface::Slack => self.slack.as_ref()?.open_from(place, way),
        }
    }

    /// Delivers, and returns the vendor's id of a new message.
    pub async fn deliver(&self, delivery: Delivery<'_>) -> Result<Option<String>, NotDelivered> {
        match delivery.place.surface {
            Surface::Teams => self.deliver_to_teams(delivery).await,
            Surface::Slack => self.deliver_to_slack(delivery).await,
        }
    }

    async fn deliver_to_teams(&self, delivery: Delivery<'_>) -> Result<Option<String>, NotDelivered> {
        let connector = self.teams()?;
        let place = &in_teams(delivery.place, delivery.root);
        let activity = match delivery.what {
            Outgoing::Say(sentence) => self.words(sentence),
            Outgoing::Show(view) => {
                let mut card = self.cards.teams(view)?;
                if let Some(marking) = &delivery.post {
                    let title = self.cards.say(&Sentence::new("card-approval-refresh"));
                    mark(&mut card.content, marking, delivery.rewrite.is_none().then_some(&title));
                }
                Activity::card(card.content, card.summary)
            }
            Outgoing::Home(_) => return Err(NotDelivered::Never("Teams has no page of the bot's own".to_owned())),
            Outgoing::TakeBack(id) => {
                return match connector.delete(place, id).await {
                    Ok(()) | Err(ChatError::ActivityGone { .. }) => Ok(None),
                    Err(error) => Err(error.into()),
                };
            }
        };
        if let Some(id) = delivery.rewrite {
            connector.update((place, id), &activity, delivery.permit).await?;
            return Ok(None);
        }
        match delivery.to.filter(|_| place.kind != PlaceKind::Personal) {
            None => Ok(connector.send(place, &activity, delivery.permit).await?),
            Some(person) => self.whisper(connector, (place, person), &activity, delivery.permit).await,
        }
    }

    async fn deliver_to_slack(&self, delivery: Delivery<'_>) -> Result<Option<String>, NotDelivered> {
        let (connector, place, permit) = (self.slack()?, delivery.place, delivery.permit);
        let workspace = slack::place::workspace(place);
        let mut message = match delivery.what {
            Outgoing::Say(sentence) => SlackMessage::words(self.cards.say_mrkdwn(sentence)),
            Outgoing::Show(view) => self.cards.slack(view, delivery.post.map(|marking| marking.post))?,
            Outgoing::Home(home) => {
                let user = slack::place::spot(&place.conversation).channel;
                connector.publish_home(workspace, user, &self.cards.slack_home(home)?).await?;
                return Ok(None);
            }
            Outgoing::TakeBack(ts) => {
                return match connector.delete(place, ts).await {
                    Ok(()) | Err(SlackError::MessageGone { .. }) => Ok(None),
                    Err(error) => Err(error.into()),
                };
            }
        };
        message.text = slack::shortened(&message.text, &self.cards.say(&Sentence::new("slack-cut")));
        if let Some(ts) = delivery.rewrite {
            connector.update((place, ts), &message, permit).await?;
            return Ok(None);
        }
        let target = Target { place, root: delivery.root, post: delivery.post.map(|marking| marking.post) };
        match delivery.to.filter(|_| place.kind != PlaceKind::Personal) {
            None => {
                let pointer = SlackMessage::words(self.cards.say_mrkdwn(&Sentence::new("slack-not-here")));
                Ok(connector.send_or_turn(target, &message, &pointer, permit).await?)
            }
            // Whoever cannot be reached alone is no reason to leave the conversation of all.
            Some(person) => match connector.whisper((target, person), &message, permit).await {
                Err(error @ SlackError::Gone { .. }) => Err(NotDelivered::Never(error.to_string())),
                sent => Ok(sent?),
            },
        }
    }

    /// Somebody has a form open that waits for this card. The card in the conversation does the same; so a form that cannot
    /// be filled costs nothing but the form.
    pub async fn fill_form(&self, form: &OpenForm, view: &View) {
        let content = match view {
            View::Confirm(confirm) => self.cards.slack_confirm_form(confirm),
            View::Problems(problems) => {
                let told = problems.problems.iter().flat_map(|problem| [problem.what.clone(), problem.fix.clone()]);
                self.cards.slack_note(&told.collect::<Vec<_>>())
            }
            _ => return,
        };
        let workspace = slack::place::Workspace { team: &form.team, enterprise: &form.enterprise };
        let filled = match (self.slack(), content) {
            (Ok(connector), Ok(content)) => {
                let content = slack::payload::opened_in(content, &form.conversation);
                connector.update_view(workspace, &form.view, &content).await.map_err(|e| e.to_string())
            }
            (Err(error), _) => Err(error.to_string()),
            (_, Err(error)) => Err(error.to_string()),
        };
        if let Err(why) = filled {
            tracing::warn!(%why, "an open form cannot be filled; the card in the conversation is");
        }
    }

    /// A card as the answer to a press or a look, for one person.
    pub fn own_view(&self, view: &View, post: Option<&str>) -> Result<serde_json::Value, CardError> {
        let mut card = self.cards.teams(view)?.content;
        if let Some(post) = post {
            name_post(&mut card, post);
        }
        Ok(card)
    }

    fn words(&self, sentence: &Sentence) -> Activity {
        Activity::markdown(self.cards.say_marked(sentence))
    }

    /// Private in a shared conversation; where that is not offered, in the person's own chat with the bot.
    async fn whisper(
        &self,
        connector: &Connector,
        (place, person): (&Place, &Person),
        activity: &Activity,
        permit: &Permit,
    ) -> Result<Option<String>, NotDelivered> {
        match connector.send_targeted((place, person), activity, permit).await {
            Err(ChatError::Payload { .. } | ChatError::Unlisted { .. }) => {
                let alone = connector.create_personal(place, &person.chat_id).await?;
                Ok(connector.send(&alone, activity, permit).await?)
            }
            sent => Ok(sent?),
        }
    }

    /// Who is in a conversation. Of Slack nobody is told: its rosters hold no directory ids.
    pub async fn roster(&self, place: &Place) -> Result<Vec<Roster>, NotDelivered> {
        if place.surface == Surface::Slack {
            return Ok(Vec::new());
        }
        let teams = self.teams()?;
        let members = match teams.members(place).await {
            // Where a thread has no roster of its own, its channel has.
            Err(ChatError::Gone { .. } | ChatError::Payload { .. } | ChatError::Unlisted { .. }) => {
                let channel = place.conversation.split(';').next().unwrap_or_default().to_owned();
                teams.members(&Place { conversation: channel, ..place.clone() }).await?
            }
            members => members?,
        };
        Ok(members.into_iter().map(|m| Roster { chat_id: m.chat_id, id: m.object_id }).collect())
    }

    /// The personal chat with somebody who shares a conversation with the bot.
    pub async fn alone_with(&self, near: &Place, chat_id: &str) -> Result<Place, NotDelivered> {
        match near.surface {
            Surface::Teams => Ok(self.teams()?.create_personal(near, chat_id).await?),
            Surface::Slack => Ok(self.slack()?.open_personal(slack::place::workspace(near), chat_id).await?),
        }
    }
}

#[cfg(test)]
mod tests;
