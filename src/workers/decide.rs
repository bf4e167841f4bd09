//! From what somebody said or pressed to a decision.

use super::Office;
use crate::chat::NotDelivered;
use crate::chat::slack::SlackError;
use crate::command::{self, Change, Command, Onboard, Why};
use crate::config::{Carrier, Customer};
use crate::domain::{Inbound, Mend, Person, Press, RequestId, Role, Roles, Sentence, Upn, Work};
use crate::flow::{Act, Action, Effect, Event, NewRequest, Refusal, Request, Seen, StateName, Task, decide};

use crate::journal::{Happened, JournalError, Tx};
use crate::outside::OutsideError;
use crate::plan::{Ask, Offer, Past, line_after};
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
        "hand_over" => Action::HandOver(text("operator")),
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
        Action::GiveUp => "given-up",
        Action::HandOver(_) => "handed-over",
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
        if let ("undo", Some(id)) = (press.verb.as_str(), press.request) {
            return self.undo(inbound, (id, Seen::Card(press.version)), true).await;
        }
        if let Some(mend) = Mend::parse(&press.verb) {
            let subject = press.inputs.get("subject").and_then(|upn| Upn::parse(upn).ok());
            let Some(subject) = subject else {
                return self.tell(inbound, Sentence::new("refusal-unknown-button"), true).await;
            };
            return self.ask_for(inbound, ask(Work::Mend(mend), subject), true).await;
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
            Command::Offboard { subject } => return self.ask_for(inbound, ask(Work::Offboard, subject), private).await,
            Command::Change(change) => return self.start_change(inbound, change, private).await,
            Command::Undo { id } => return self.undo(inbound, (id, Seen::Typed), private).await,
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
        let later = [("profile", onboard.profile.is_some()), ("on", onboard.on.is_some())];
        if let Some(refusal) = not_available(&later) {
            return self.tell(inbound, refusal, private).await;
        }
        self.ask_for(inbound, ask_of(onboard), private).await
    }

    async fn start_change(&self, inbound: &Inbound, change: Change, private: bool) -> Result<Dealt, Later> {
        let later = [("profile", change.profile.is_some()), ("on", change.on.is_some())];
        if let Some(refusal) = not_available(&later) {
            return self.tell(inbound, refusal, private).await;
        }
        let Change { subject, extension, number, location, route, voicemail, reason, .. } = change;
        let ask = Ask { work: Work::Change, subject, extension, number, location, route, voicemail, reason };
        self.ask_for(inbound, ask, private).await
    }

    /// A new request about somebody's line, if this person may ask for it.
    async fn ask_for(&self, inbound: &Inbound, mut ask: Ask, private: bool) -> Result<Dealt, Later> {
        let domain = ask.subject.domain().to_owned();
        let unknown = Sentence::new("refusal-unknown-domain").with("domain", &domain);
        let customer = self.config.customer_of_domain(&domain);
        let Some((customer, served)) = customer.and_then(|customer| Some((customer, self.customer(&customer.id)?)))
        else {
            return self.tell(inbound, unknown, private).await;
        };
        let (by, roles) = self.rights(served, &inbound.who, &inbound.place).await?;
        // The command has a place for it at every carrier.
        let gives = ask.work.is_onboard() && customer.carrier != Carrier::ConnecttoTeams;
        let unused = ask.extension.take_if(|_| gives);
        let refusal = may_ask(&roles).or_else(|| has_meaning(customer, &ask));
        let foreign = matches!(ask.work, Work::Mend(_)) && customer.carrier != Carrier::ConnecttoTeams;
        let refusal = refusal.or_else(|| foreign.then(|| Sentence::new("refusal-unknown-button")));
        if let Some(refusal) = refusal {
            return self.tell(inbound, refusal, private).await;
        }
        let Some(offer) = Offer::of(customer) else {
            return self.tell(inbound, Sentence::new("refusal-not-configured"), private).await;
        };
        let note = unused.map(|extension| Sentence::new("say-extension-unused").with("extension", extension));
        let note = note.map(|note| note.with("customer", &customer.name));
        self.create(inbound, (customer, by), (ask, offer, note), private).await
    }

    /// Takes back what a request did, by a request of its own. One that stopped is given up first.
    async fn undo(&self, inbound: &Inbound, (id, seen): (RequestId, Seen), private: bool) -> Result<Dealt, Later> {
        let unknown = Sentence::new("refusal-unknown-request").with("request", id);
        let loaded = self.journal.request(id).await?;
        let found = loaded.and_then(|l| Some((self.customer(&l.request.customer)?, l.request)));
        let Some((served, request)) = found else { return self.tell(inbound, unknown, private).await };
        let (by, roles) = self.rights(served, &inbound.who, &inbound.place).await?;
        if roles.is_stranger() {
            return self.tell(inbound, unknown, private).await;
        }
        if let Some(refusal) = may_ask(&roles) {
            return self.tell(inbound, refusal, private).await;
        }
        let undo = |id: &str| Sentence::new(id).with("request", request.id);
        if let Work::Mend(_) = request.ask.work {
            return self.tell(inbound, undo("refusal-undo-of-mend"), private).await;
        }
        if matches!(request.ask.work, Work::Undo(_)) {
            return self.tell(inbound, undo("refusal-undo-of-undo"), private).await;
        }
        let stopped = request.state.name() == StateName::Failed;
        if !stopped && !request.state.name().is_over() {
            return self.tell(inbound, undo("refusal-undo-open"), private).await;
        }
        if !request.has_touched_anything() {
            return self.tell(inbound, undo("refusal-undo-nothing"), private).await;
        }
        let Some(offer) = Offer::of(served.0) else {
            return self.tell(inbound, Sentence::new("refusal-not-configured"), private).await;
        };
        if stopped {
            let act = Act { by: by.clone(), roles, seen, action: Action::GiveUp, lapsed: Vec::new() };
            if let Some(refusal) = self.give_up(&request, act).await? {
                return self.tell(inbound, refusal, private).await;
            }
        }
        let ask = ask(Work::Undo(request.id), request.ask.subject.clone());
        self.create(inbound, (served.0, by), (ask, offer, None), private).await
    }

    /// Ends a request that stopped; a refusal changes nothing.
    async fn give_up(&self, request: &Request, act: Act) -> Result<Option<Sentence>, Later> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        let Some(loaded) = tx.request(request.id).await? else { return Ok(None) };
        let policy = self.policy(&mut tx, &loaded.request).await?;
        let actor = act.by.id.clone();
        match decide(&loaded.request, &Event::Acted(act), &policy, now) {
            Ok(decision) => {
                let happened = Happened { name: "given-up", actor: Some(&actor), detail: None };
                self.apply(&mut tx, (&loaded, &decision), happened, now).await?;
                tx.commit().await?;
                Ok(None)
            }
            // Somebody ended it a moment ago: that is as good.
            Err(_) if loaded.request.state.name().is_over() => Ok(None),
            Err(Refusal(sentence)) => Ok(Some(sentence)),
        }
    }

    async fn create(
        &self,
        inbound: &Inbound,
        (customer, requester): (&Customer, Person),
        (ask, offer, note): (Ask, Offer, Option<Sentence>),
        private: bool,
    ) -> Result<Dealt, Later> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        let (place, actor) = (inbound.place.clone(), requester.id.clone());
        let id = tx.next_id().await?;
        let new = NewRequest { customer: customer.id.clone(), requester, place, private, ask, offer };
        let mut request = Request::new(id, new, now);
        if !request.ask.work.is_onboard() {
            let past = tx.past(&request).await?;
            know_the_line(&mut request.ask, &past);
        }
        tx.insert(&request, now).await?;
        tx.record(id, Happened { name: "asked", actor: Some(&actor), detail: None }, now).await?;
        tx.schedule(id, Task::ReadFacts, now).await?;
        if let Some(note) = note {
            let to = private.then_some(&inbound.who);
            tx.send(&inbound.place, to, Outgoing::Say(note.with("request", id)), now).await?;
        }
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

fn ask(work: Work, subject: Upn) -> Ask {
    let (extension, number, location, route) = (None, None, None, None);
    Ask { work, subject, extension, number, location, route, voicemail: None, reason: None }
}

fn ask_of(onboard: Onboard) -> Ask {
    Ask {
        extension: onboard.extension,
        number: onboard.number,
        location: onboard.location,
        route: onboard.route,
        reason: onboard.reason,
        ..ask(Work::Onboard, onboard.subject)
    }
}

/// The extension and the number that the subject has by us, where nobody names others.
fn know_the_line(ask: &mut Ask, past: &[Past]) {
    let own = match ask.work {
        Work::Undo(id) => past.iter().position(|past| past.request == id).and_then(|at| {
            let upto = |count: usize| line_after(past.get(..count).unwrap_or_default());
            upto(at).filter(|line| !line.unproven).or_else(|| upto(at + 1))
        }),
        _ => line_after(past),
    };
    let Some(own) = own else { return };
    let extension = own.target.connecttoteams().map(|target| target.extension.clone());
    let number = own.target.number().cloned();
    ask.extension = ask.extension.take().or(extension);
    ask.number = ask.number.take().or(number);
}

/// Why this person cannot ask for anything here.
fn may_ask(roles: &Roles) -> Option<Sentence> {
    if roles.is_stranger() {
        return Some(Sentence::new("refusal-stranger-command"));
    }
    (!roles.has(Role::Requester)).then(|| Sentence::new("refusal-not-requester"))
}

/// Why this customer's carrier can do nothing with what was asked.
fn has_meaning(customer: &Customer, ask: &Ask) -> Option<Sentence> {
    let (extension, location) = (ask.extension.is_some(), ask.location.is_some());
    let (route, voicemail) = (ask.route.is_some(), ask.voicemail.is_some());
    let superfluous = match customer.carrier {
        Carrier::ConnecttoTeams if !extension && ask.work.is_onboard() => {
            return Some(Sentence::new("misread-missing-extension"));
        }
        Carrier::DirectRouting => vec![("ext", extension), ("location", location), ("voicemail", voicemail)],
        Carrier::CallTower => vec![("ext", extension), ("route", route), ("voicemail", voicemail)],
        Carrier::ConnecttoTeams => Vec::new(),
    };
    let field = superfluous.into_iter().find(|(_, given)| *given)?.0;
    let sentence = Sentence::new("refusal-field-superfluous").with("field", field);
    Some(sentence.with("customer", &customer.name))
}

/// A field that is understood and cannot be done yet.
fn not_available(later: &[(&str, bool)]) -> Option<Sentence> {
    let field = later.iter().find(|(_, given)| *given)?.0;
    Some(Sentence::new("refusal-field-not-available").with("field", field))
}
