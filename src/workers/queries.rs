//! `status`, `list` and `help`: read only, for people who have a role.

use super::Office;
use super::decide::{Dealt, Later};
use crate::command::{self, ListFilter, Target, Verb};
use crate::domain::{CustomerId, Inbound, RequestId, Sentence};
use crate::flow::{Request, StateName, StepStatus, row};
use crate::journal::ListQuery;
use crate::plan::{How, StepKind};
use crate::view::Outgoing;
use crate::view::{Requests, View};

/// A list shows this many at most.
const LONGEST_LIST: usize = 15;

/// So many are looked at for a filter that the database does not know.
const MOST_LOOKED_AT: u32 = 200;

pub(super) const OPEN: [StateName; 5] =
    [StateName::Checking, StateName::Confirming, StateName::AwaitingApproval, StateName::Running, StateName::Failed];

/// Somebody has to act: choose, decide, or press a button in a portal.
fn waits_for_somebody(request: &Request) -> bool {
    match request.state.name() {
        StateName::Confirming | StateName::AwaitingApproval => true,
        StateName::Running => request.step().is_some_and(|s| s.status == StepStatus::Guided),
        _ => false,
    }
}

/// It takes longer than it should: a human had to be asked, or was told that the proof is late.
fn is_late(request: &Request) -> bool {
    request.state.name() == StateName::Running
        && request.step().is_some_and(|s| s.late_told || (s.guided.is_some() && comes_by_itself(request, s.kind)))
}

/// Nobody should have had to be asked.
fn comes_by_itself(request: &Request, kind: StepKind) -> bool {
    let plan = request.plan.as_ref();
    plan.is_some_and(|plan| matches!(plan.course(kind).how, How::AutomaticThenGuided(_)))
}

impl Office {
    pub(super) async fn help(&self, inbound: &Inbound, verb: Option<Verb>, private: bool) -> Result<Dealt, Later> {
        let lines = verb.map_or_else(command::help, |verb| vec![command::help_of(verb)]);
        self.show(inbound, View::Help(lines), private).await
    }

    async fn show(&self, inbound: &Inbound, view: View, private: bool) -> Result<Dealt, Later> {
        let mut tx = self.journal.begin().await?;
        tx.meet(&inbound.who, &inbound.place).await?;
        let to = private.then_some(&inbound.who);
        tx.send(&inbound.place, to, Outgoing::Show(Box::new(view)), self.clock.now()).await?;
        tx.finish_inbox(&inbound.key, None).await?;
        tx.commit().await?;
        Ok(Dealt { answer: None })
    }

    pub(super) async fn status(
        &self,
        inbound: &Inbound,
        target: Option<Target>,
        private: bool,
    ) -> Result<Dealt, Later> {
        match target {
            Some(Target::Request(id)) => self.status_of(inbound, id, private).await,
            Some(Target::Subject(subject)) => {
                let customers = self.customers_of(inbound).await?;
                let title = Sentence::new("list-title-subject").with("subject", &subject);
                let query =
                    ListQuery { customers, subject: Some(subject), most: MOST_LOOKED_AT, ..ListQuery::default() };
                self.table(inbound, (title, query), |_| true, private).await
            }
            None => {
                let customers = self.customers_of(inbound).await?;
                let requester = Some(inbound.who.id.clone());
                let query =
                    ListQuery { customers, requester, states: OPEN.to_vec(), most: MOST_LOOKED_AT, subject: None };
                self.table(inbound, (Sentence::new("list-title-mine"), query), |_| true, private).await
            }
        }
    }

    pub(super) async fn status_of(&self, inbound: &Inbound, id: RequestId, private: bool) -> Result<Dealt, Later> {
        let unknown = Sentence::new("refusal-unknown-request").with("request", id);
        let Some(loaded) = self.journal.request(id).await? else { return self.tell(inbound, unknown, private).await };
        let Some(served) = self.customer(&loaded.request.customer) else {
            return self.tell(inbound, unknown, private).await;
        };
        if self.roles_in(served, inbound).await?.is_stranger() {
            return self.tell(inbound, unknown, private).await;
        }
        let rows = vec![row(&loaded.request)];
        let title = Sentence::new("list-title-request").with("request", id);
        self.show(inbound, View::Requests(Requests { title, rows, more: 0 }), private).await
    }

    pub(super) async fn list(&self, inbound: &Inbound, filter: ListFilter, private: bool) -> Result<Dealt, Later> {
        let customers = self.customers_of(inbound).await?;
        let mut query = ListQuery { customers, most: MOST_LOOKED_AT, ..ListQuery::default() };
        let (title, wanted): (_, fn(&Request) -> bool) = match filter {
            ListFilter::All => ("list-title", |_| true),
            ListFilter::Mine => {
                query.requester = Some(inbound.who.id.clone());
                ("list-title-mine", |_| true)
            }
            ListFilter::Waiting => ("list-title-waiting", waits_for_somebody),
            ListFilter::Late => ("list-title-late", is_late),
            ListFilter::Failed => {
                query.states = vec![StateName::Failed];
                ("list-title-failed", |_| true)
            }
        };
        self.table(inbound, (Sentence::new(title), query), wanted, private).await
    }

    async fn table(
        &self,
        inbound: &Inbound,
        (title, query): (Sentence, ListQuery),
        wanted: impl Fn(&Request) -> bool,
        private: bool,
    ) -> Result<Dealt, Later> {
        if query.customers.is_empty() {
            return self.tell(inbound, Sentence::new("refusal-stranger-command"), private).await;
        }
        let (requests, unread) = self.journal.list(&query).await?;
        let found: Vec<_> = requests.iter().filter(|r| wanted(r)).map(row).collect();
        let more = u32::try_from(found.len().saturating_sub(LONGEST_LIST)).unwrap_or(u32::MAX).saturating_add(unread);
        let rows = found.into_iter().take(LONGEST_LIST).collect();
        self.show(inbound, View::Requests(Requests { title, rows, more }), private).await
    }

    /// The customers for which this person has a role.
    async fn customers_of(&self, inbound: &Inbound) -> Result<Vec<CustomerId>, Later> {
        let mut found = Vec::new();
        for customer in &self.config.customers {
            let home = customer.teams_tenant_id.as_deref();
            let foreign = home.is_some_and(|tenant| !tenant.eq_ignore_ascii_case(&inbound.place.tenant));
            let Some(served) = self.customer(&customer.id).filter(|_| self.is_anonymous() || !foreign) else {
                continue;
            };
            if !self.roles_in(served, inbound).await?.is_stranger() {
                found.push(customer.id.clone());
            }
        }
        Ok(found)
    }
}
