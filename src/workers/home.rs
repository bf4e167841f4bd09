//! Somebody's own page: what they asked for, what waits for them, and how the systems are.
//!
//! It is shown when they open it, and again when a request changes its state that they asked for or are asked about.

use jiff::Timestamp;

use super::Office;
use super::decide::{Dealt, Later};
use super::queries::OPEN;
use crate::config::Customer;
use crate::domain::{CustomerId, EventKey, Inbound, Person, Place, Role, Roles, Sentence, Surface, What};
use crate::flow::{Request, StateName, StepStatus, row};
use crate::journal::{JournalError, ListQuery, Tx};
use crate::outside::Phase;
use crate::view::{Home, Outgoing, Row, SystemLine};

/// A page shows so many requests of each kind.
const LONGEST_LIST: usize = 10;

/// So many open requests are looked at to find those that wait for somebody.
const MOST_LOOKED_AT: u32 = 200;

impl Office {
    pub(super) async fn opened(&self, inbound: &Inbound) -> Result<Dealt, Later> {
        let who = &inbound.who;
        let mut roles = Vec::new();
        for customer in &self.config.customers {
            let Some(served) = self.customer(&customer.id).filter(|_| self.serves(customer, &inbound.place)) else {
                continue;
            };
            let found = self.roles_in(served, inbound).await?;
            if !found.is_stranger() {
                roles.push((customer, found));
            }
        }
        let now = self.clock.now();
        let home = match roles.as_slice() {
            [] => Home::refused(Sentence::new("refusal-stranger-command"), now),
            roles => self.home_of(who, roles, now).await?,
        };
        self.show_home(inbound, home).await
    }

    async fn home_of(&self, who: &Person, roles: &[(&Customer, Roles)], now: Timestamp) -> Result<Home, JournalError> {
        let customers: Vec<CustomerId> = roles.iter().map(|(customer, _)| customer.id.clone()).collect();
        let query = ListQuery { customers, most: MOST_LOOKED_AT, ..ListQuery::default() };
        let mine = ListQuery { requester: Some(who.id.clone()), most: LONGEST_LIST as u32, ..query.clone() };
        let (mine, _) = self.journal.list(&mine).await?;
        let (open, _) = self.journal.list(&ListQuery { states: OPEN.to_vec(), ..query }).await?;
        let waits = |request: &&Request| {
            let roles = roles.iter().find(|(customer, _)| customer.id == request.customer);
            roles.is_some_and(|(_, roles)| waits_for(request, who, roles))
        };
        let rows = |requests: Vec<&Request>| requests.into_iter().map(row).collect::<Vec<Row>>();
        let waiting = rows(open.iter().filter(waits).take(LONGEST_LIST).collect());
        let systems = roles.iter().flat_map(|(customer, _)| self.systems_of(customer, now)).collect();
        Ok(Home { mine: rows(mine.iter().collect()), waiting, systems, read_at: now, refusal: None })
    }

    /// How the systems of a customer are, as far as this process has found out.
    fn systems_of(&self, customer: &Customer, now: Timestamp) -> Vec<SystemLine> {
        let doors = self.admissions.doors(now).into_iter().filter(|door| door.customer == customer.id);
        let line = |door: super::admission::Door| {
            let (works, id) = match door.phase {
                Phase::Closed => (true, "home-system-works"),
                Phase::HalfOpen => (false, "home-system-probed"),
                Phase::Open => (false, "home-system-down"),
            };
            SystemLine { name: format!("{}: {}", customer.name, door.system.name()), works, state: Sentence::new(id) }
        };
        doors.map(line).collect()
    }

    pub(super) async fn show_home(&self, inbound: &Inbound, home: Home) -> Result<Dealt, Later> {
        let mut tx = self.journal.begin().await?;
        tx.meet_place(&inbound.place).await?;
        tx.send(&inbound.place, None, Outgoing::Home(Box::new(home)), self.clock.now()).await?;
        tx.finish_inbox(&inbound.key, None).await?;
        tx.commit().await?;
        Ok(Dealt { answer: None })
    }

    /// Everybody whom this request concerns and who has opened their page sees it anew.
    pub(super) async fn renew_homes(&self, tx: &mut Tx, request: &Request, now: Timestamp) -> Result<(), JournalError> {
        if self.config.slack.is_none() {
            return Ok(());
        }
        let asked = request.approvers.iter().chain(&request.operators).map(|asked| asked.id.as_str());
        let ids: Vec<&str> = std::iter::once(request.requester.id.as_str()).chain(asked).collect();
        for (chat_id, place) in tx.homes_of(&ids).await? {
            let key = EventKey(format!("home:{}:{}:{chat_id}", request.id, request.version));
            let who = Person { id: String::new(), chat_id, name: String::new(), upn: None };
            tx.keep(&Inbound { key, place: home_place(place), who, what: What::Opened }, now).await?;
        }
        Ok(())
    }
}

/// What the store calls the place by its base is somebody's page.
fn home_place(place: Place) -> Place {
    let conversation = format!("{};home", place.base());
    Place { surface: Surface::Slack, conversation, ..place }
}

/// Nothing goes on until this person acts.
fn waits_for(request: &Request, who: &Person, roles: &Roles) -> bool {
    let is_mine = request.requester.is(who);
    match request.state.name() {
        StateName::Confirming => is_mine,
        StateName::AwaitingApproval => {
            roles.has(Role::Approver) && !is_mine && !request.approvals.iter().any(|given| given.by.is(who))
        }
        StateName::Running => {
            roles.has(Role::Operator) && request.step().is_some_and(|step| step.status == StepStatus::Guided)
        }
        StateName::Failed => is_mine || roles.has(Role::Operator),
        _ => false,
    }
}
