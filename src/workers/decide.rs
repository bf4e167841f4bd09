//! From what somebody said or pressed to a decision.

use super::Office;
use crate::chat::NotDelivered;
use crate::chat::slack::SlackError;
use crate::command::{self, Command, Onboard, Why};
use crate::config::{Carrier, Customer};
use crate::domain::{Inbound, Person, Press, RequestId, Role, Roles, Sentence};
use crate::flow::{Act, Action, Effect, Event, NewRequest, Refusal, Request, Seen, StateName, Task, decide};

use crate::journal::{Happened, JournalError, Tx};
use crate::outside::OutsideError;
use crate::plan::{Ask, Offer};
use crate::steps::Systems;
use crate::view::Outgoing;

/// An event has been dealt with.
#[derive(Debug)]
pub(super) struct Dealt {
    /// For whoever waits on an open connection.
    pub(super) answer: Option<Sentence>,
}

/// An event cannot be dealt with now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Later {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// People cannot be looked up where they talk.
    #[error(transparent)]
    Slack(#[from] SlackError),
    #[error(transparent)]
    Surface(#[from] NotDelivered),
}

/// What a button or a typed command wants of one request.
pub(super) struct Wish {
    pub(super) id: RequestId,
    pub(super) seen: Seen,
    pub(super) action: Action,
    /// Only the person who wishes it sees the answer.
    pub(super) private: bool,
}

fn action_of(press: &Press) -> Option<Action> {
    let text = |id: &str| press.inputs.get(id).cloned();
    Some(match press.verb.as_str() {
        "submit" => Action::Submit(press.inputs.clone()),
        "approve" => Action::Approve(text("reason")),
        "reject" => Action::Reject(text("reason")),
        "retry" => Action::Retry,
        "cancel" => Action::Cancel,
        "guided_done" => Action::GuidedDone(text("note")),
        "guided_fail" => Action::GuidedFail(text("note")),
        _ => return None,
    })
}

fn happened(action: &Action) -> &'static str {
    match action {
        Action::Submit(_) => "submitted",
        Action::Approve(_) => "approved",
        Action::Reject(_) => "rejected",
        Action::Retry => "retried",
        Action::Cancel => "cancelled",
        Action::GuidedDone(_) => "reported-done",
        Action::GuidedFail(_) => "reported-impossible",
        Action::Refresh => "refreshed",
    }
}

impl Office {
    pub(super) async fn pressed(&self, inbound: &Inbound, press: &Press) -> Result<Dealt, Later> {
        match (press.verb.as_str(), press.request) {
            ("refresh", Some(id)) => return self.refresh(inbound, press, id).await,
            // A client that cannot replace a card for one person gets a message instead.
            ("view", Some(id)) => return self.status_of(inbound, id, true).await,
            _ => {}
        }
        let Some(action) = action_of(press) else {
            return self.tell(inbound, Sentence::new("refusal-unknown-button"), true).await;
        };
        let Some(id) = press.request else {
            return self.tell(inbound, Sentence::new("refusal-unknown-request"), true).await;
        };
        self.act(inbound, Wish { id, seen: Seen::Card(press.version), action, private: true }).await
    }

    pub(super) async fn said(&self, inbound: &Inbound, text: &str, private: bool) -> Result<Dealt, Later> {
        let command = match command::parse(text) {
            Ok(command) => command,
            // Quotes and code alone are nobody's command.
            Err(misread) if matches!(misread.why, Why::Empty) && !text.trim().is_empty() => {
                return self.finish(inbound, None).await;
            }
            Err(misread) => return self.tell(inbound, misread.sentence(), private).await,
        };
        let typed = |id, action| Wish { id, seen: Seen::Typed, action, private };
        let wish = match command {
            Command::Onboard(onboard) => return self.start_onboarding(inbound, onboard, private).await,
            Command::Status(target) => return self.status(inbound, target, private).await,
            Command::List(filter) => return self.list(inbound, filter, private).await,
            Command::Why { subject } => return self.why(inbound, subject, private).await,
            Command::Number(query) => return self.number(inbound, query, private).await,
            Command::Help(verb) => return self.help(inbound, verb, private).await,
            Command::Mute => return self.mute(inbound, true, private).await,
            Command::Unmute => return self.mute(inbound, false, private).await,
            Command::Approve { id, reason } => typed(id, Action::Approve(reason)),
            Command::Reject { id, reason } => typed(id, Action::Reject(Some(reason))),
            Command::Retry { id } => typed(id, Action::Retry),
            Command::Cancel { id } => typed(id, Action::Cancel),
            other => {
                let sentence = Sentence::new("refusal-not-available").with("verb", other.verb().name());
                return self.tell(inbound, sentence, private).await;
            }
        };
        self.act(inbound, wish).await
    }

    /// Ends an event without a word.
    pub(super) async fn finish(&self, inbound: &Inbound, answer: Option<&Sentence>) -> Result<Dealt, Later> {
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        tx.finish_inbox(&inbound.key, answer).await?;
        tx.commit().await?;
        Ok(Dealt { answer: answer.cloned() })
    }

    /// Ends an event with a sentence for its sender, who alone sees it if `private`.
    pub(super) async fn tell(&self, inbound: &Inbound, sentence: Sentence, private: bool) -> Result<Dealt, Later> {
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        let answer = self.answer(&mut tx, inbound, sentence, private).await?;
        tx.finish_inbox(&inbound.key, Some(&answer)).await?;
        tx.commit().await?;
        Ok(Dealt { answer: Some(answer) })
    }

    /// Tells the sender something: on the open connection if they wait there, otherwise by a message.
    pub(super) async fn answer(
        &self,
        tx: &mut Tx,
        inbound: &Inbound,
        answer: Sentence,
        private: bool,
    ) -> Result<Sentence, JournalError> {
        if !self.waiters.promise(&inbound.key) {
            let to = private.then_some(&inbound.who);
            tx.send(&inbound.place, to, Outgoing::Say(answer.clone()), self.clock.now()).await?;
        }
        Ok(answer)
    }

    pub(super) async fn act(&self, inbound: &Inbound, wish: Wish) -> Result<Dealt, Later> {
        let unknown = Sentence::new("refusal-unknown-request").with("request", wish.id);
        let typed = wish.seen == Seen::Typed;
        let loaded = self.journal.request(wish.id).await?;
        let Some((request, customer)) =
            loaded.and_then(|l| Some((self.customer(&l.request.customer)?, l.request)).map(|(c, r)| (r, c)))
        else {
            return self.tell(inbound, unknown, wish.private).await;
        };
        let (by, roles) = self.rights(customer, &inbound.who, &inbound.place).await?;
        // A stranger is not told whether the request exists.
        if roles.is_stranger() && typed {
            return self.tell(inbound, unknown, wish.private).await;
        }
        let lapsed = match &wish.action {
            Action::Approve(_) if roles.has(Role::Approver) => self.lapsed(customer, &request, &inbound.place).await?,
            _ => Vec::new(),
        };
        let act = Act { by, roles, seen: wish.seen, action: wish.action, lapsed };
        self.carry_out(inbound, &request, act, wish.private).await
    }

    async fn carry_out(&self, inbound: &Inbound, request: &Request, act: Act, private: bool) -> Result<Dealt, Later> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        let Some(loaded) = tx.request(request.id).await? else { return Ok(Dealt { answer: None }) };
        let policy = self.policy(&mut tx, &loaded.request).await?;
        let name = happened(&act.action);
        let actor = act.by.id.clone();
        let mut told = false;
        let answer = match decide(&loaded.request, &Event::Acted(act), &policy, now) {
            Ok(decision) => {
                let answer = decision.answer.clone();
                // Whoever typed it among everybody reads what everybody is told.
                told = !private
                    && request.place.may_be(&inbound.place)
                    && decision.effects.iter().any(|effect| matches!(effect, Effect::Say(_)));
                let happened = Happened { name, actor: Some(&actor), detail: answer.as_ref() };
                self.apply(&mut tx, (&loaded, &decision), happened, now).await?;
                tracing::info!(request = %request.id, customer = %request.customer, event = name,
                    state = decision.request.state.name().as_str(), "decided");
                answer
            }
            Err(Refusal(sentence)) => {
                tracing::info!(request = %request.id, customer = %request.customer, event = name, why = %sentence.id, "refused");
                Some(sentence)
            }
        };
        let answer = match answer {
            Some(answer) if !told => Some(self.answer(&mut tx, inbound, answer, private).await?),
            answer => answer,
        };
        tx.finish_inbox(&inbound.key, answer.as_ref()).await?;
        tx.commit().await?;
        Ok(Dealt { answer })
    }

    async fn start_onboarding(&self, inbound: &Inbound, onboard: Onboard, private: bool) -> Result<Dealt, Later> {
        let domain = onboard.subject.domain().to_owned();
        let say = |id: &str| Sentence::new(id).with("domain", &domain);
        let Some(customer) = self.config.customer_of_domain(&domain) else {
            return self.tell(inbound, say("refusal-unknown-domain"), private).await;
        };
        let Some(served) = self.customer(&customer.id) else {
            return self.tell(inbound, say("refusal-unknown-domain"), private).await;
        };
        let (by, roles) = self.rights(served, &inbound.who, &inbound.place).await?;
        if let Some(refusal) = may_start(customer, &roles, &onboard) {
            return self.tell(inbound, refusal, private).await;
        }
        let Some(offer) = Offer::of(customer) else {
            return self.tell(inbound, Sentence::new("refusal-not-configured"), private).await;
        };
        self.create(inbound, (customer, by), (ask_of(onboard), offer), private).await
    }

    async fn create(
        &self,
        inbound: &Inbound,
        (customer, requester): (&Customer, Person),
        (ask, offer): (Ask, Offer),
        private: bool,
    ) -> Result<Dealt, Later> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        let (place, actor) = (inbound.place.clone(), requester.id.clone());
        let id = tx.next_id().await?;
        let new = NewRequest { customer: customer.id.clone(), requester, place, private, ask, offer };
        let request = Request::new(id, new, now);
        tx.insert(&request, now).await?;
        tx.record(id, Happened { name: "asked", actor: Some(&actor), detail: None }, now).await?;
        tx.schedule(id, Task::ReadFacts, now).await?;
        let mut receipt = None;
        if private {
            let sentence = Sentence::new("answer-receipt").with("request", id).with("subject", &request.ask.subject);
            receipt = Some(self.answer(&mut tx, inbound, sentence, true).await?);
        }
        tx.finish_inbox(&inbound.key, receipt.as_ref()).await?;
        tx.commit().await?;
        tracing::info!(request = %id, customer = %customer.id, state = StateName::Checking.as_str(), "asked");
        Ok(Dealt { answer: receipt })
    }

    /// Rights for one customer, for read-only commands.
    pub(super) async fn roles_in(&self, served: (&Customer, &Systems), inbound: &Inbound) -> Result<Roles, Later> {
        Ok(self.rights(served, &inbound.who, &inbound.place).await?.1)
    }
}

fn ask_of(onboard: Onboard) -> Ask {
    Ask {
        subject: onboard.subject,
        extension: onboard.extension,
        number: onboard.number,
        location: onboard.location,
        route: onboard.route,
        reason: onboard.reason,
    }
}

/// Why this person cannot ask for this now.
fn may_start(customer: &Customer, roles: &Roles, onboard: &Onboard) -> Option<Sentence> {
    if roles.is_stranger() {
        return Some(Sentence::new("refusal-stranger-command"));
    }
    if !roles.has(Role::Requester) {
        return Some(Sentence::new("refusal-not-requester"));
    }
    let (extension, location) = (onboard.extension.is_some(), onboard.location.is_some());
    let superfluous = match customer.carrier {
        Carrier::ConnecttoTeams if !extension => return Some(Sentence::new("misread-missing-extension")),
        Carrier::DirectRouting => [("ext", extension), ("location", location)],
        Carrier::CallTower => [("ext", extension), ("route", onboard.route.is_some())],
        Carrier::ConnecttoTeams => [("ext", false), ("location", false)],
    };
    if let Some((field, _)) = superfluous.into_iter().find(|(_, given)| *given) {
        let sentence = Sentence::new("refusal-field-superfluous").with("field", field);
        return Some(sentence.with("customer", &customer.name));
    }
    let later = [("profile", onboard.profile.is_some()), ("on", onboard.on.is_some())];
    let field = later.into_iter().find(|(_, given)| *given)?.0;
    Some(Sentence::new("refusal-field-not-available").with("field", field))
}
