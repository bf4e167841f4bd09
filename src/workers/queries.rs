//! `status`, `list` and `help`: read only, for people who have a role.

use super::Office;
use super::decide::{Dealt, Later};
use crate::command::{self, ListFilter, Target, Verb};
use crate::domain::{CustomerId, Inbound, RequestId, Sentence};
use crate::flow::{Request, StateName, StepStatus, clocked_row, row};
use crate::journal::ListQuery;
use crate::plan::{How, StepKind};
use crate::view::Outgoing;
use crate::view::{Requests, Row, View};

/// A list shows this many at most.
const LONGEST_LIST: u32 = 15;

/// So many are looked at, a page at a time, for a filter that the database does not know.
const MOST_LOOKED_AT: u32 = 200;

/// What a list leaves out that the database cannot tell.
type Filter = fn(&Request) -> bool;

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
        && request
            .step()
            .is_some_and(|s| s.late_told || s.is_late() || (s.guided.is_some() && comes_by_itself(request, s.kind)))
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

    pub(super) async fn show(&self, inbound: &Inbound, view: View, private: bool) -> Result<Dealt, Later> {
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
                let query = ListQuery { customers, subject: Some(subject), most: LONGEST_LIST, ..ListQuery::default() };
                self.table(inbound, (title, query), None, private).await
            }
            None => {
                let customers = self.customers_of(inbound).await?;
                let requester = Some(inbound.who.id.clone());
                let states = OPEN.to_vec();
                let query = ListQuery { customers, requester, states, most: LONGEST_LIST, ..ListQuery::default() };
                self.table(inbound, (Sentence::new("list-title-mine"), query), None, private).await
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
        let rows = vec![clocked_row(&loaded.request)];
        let title = Sentence::new("list-title-request").with("request", id);
        self.show(inbound, View::Requests(Requests { title, rows, more: 0 }), private).await
    }

    pub(super) async fn list(&self, inbound: &Inbound, filter: ListFilter, private: bool) -> Result<Dealt, Later> {
        let customers = self.customers_of(inbound).await?;
        let mut query = ListQuery { customers, most: LONGEST_LIST, ..ListQuery::default() };
        let (title, wanted): (_, Option<Filter>) = match filter {
            ListFilter::All => ("list-title", None),
            ListFilter::Mine => {
                query.requester = Some(inbound.who.id.clone());
                ("list-title-mine", None)
            }
            ListFilter::Waiting => {
                query.states = vec![StateName::Confirming, StateName::AwaitingApproval, StateName::Running];
                ("list-title-waiting", Some(waits_for_somebody))
            }
            ListFilter::Late => {
                query.states = vec![StateName::Running];
                ("list-title-late", Some(is_late))
            }
            ListFilter::Failed => {
                query.states = vec![StateName::Failed];
                ("list-title-failed", None)
            }
        };
        self.table(inbound, (Sentence::new(title), query), wanted, private).await
    }

    async fn table(
        &self,
        inbound: &Inbound,
        (title, query): (Sentence, ListQuery),
        wanted: Option<Filter>,
        private: bool,
    ) -> Result<Dealt, Later> {
        if query.customers.is_empty() {
            return self.tell(inbound, Sentence::new("refusal-stranger-command"), private).await;
        }
        let (rows, more) = match wanted {
            None => {
                let (requests, more) = self.journal.list(&query).await?;
                (requests.iter().map(row).collect(), more)
            }
            Some(wanted) => self.look_through(query, wanted).await?,
        };
        self.show(inbound, View::Requests(Requests { title, rows, more }), private).await
    }

    /// Page by page, so that only what is shown is kept. Those that nobody looked at count as one more.
    async fn look_through(&self, mut query: ListQuery, wanted: Filter) -> Result<(Vec<Row>, u32), Later> {
        let (mut rows, mut more, mut looked_at) = (Vec::new(), 0_u32, 0);
        loop {
            let (page, left) = self.journal.list(&query).await?;
            looked_at += query.most;
            query.before = page.last().map(|request| request.id);
            for request in page.iter().filter(|request| wanted(request)) {
                if rows.len() < LONGEST_LIST as usize {
                    rows.push(row(request));
                } else {
                    more = more.saturating_add(1);
                }
            }
            if left == 0 || page.is_empty() || looked_at >= MOST_LOOKED_AT {
                return Ok((rows, more.saturating_add(u32::from(left > 0))));
            }
        }
    }

    /// The customers for which this person has a role.
    pub(super) async fn customers_of(&self, inbound: &Inbound) -> Result<Vec<CustomerId>, Later> {
        let mut found = Vec::new();
        for customer in &self.config.customers {
            let here = self.serves(customer, &inbound.place);
            let Some(served) = self.customer(&customer.id).filter(|_| here) else { continue };
            if !self.roles_in(served, inbound).await?.is_stranger() {
                found.push(customer.id.clone());
            }
        }
        Ok(found)
    }
}
