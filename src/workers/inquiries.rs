//! `why` and `number`: read only, for people who have a role.
//!
//! What is asked outside is asked beside the requests, not through their doors: a system that is known not to work is
//! not asked at all, one that is silent is waited for shortly, and both are told as such.

use jiff::Timestamp;

use super::Office;
use super::decide::{Dealt, Later};
use super::queries::OPEN;
use crate::command::NumberQuery;
use crate::config::{Carrier, Customer};
use crate::domain::{CustomerId, Inbound, Line, Sentence, Upn, Work};
use crate::flow::{Request, StateName, StepStatus, state_sentence};
use crate::journal::{JournalError, ListQuery};
use crate::outside::System;
use crate::plan::why::{Evidence, LastRequest, Pbx, Records, Standing, UnderWay, Untold, diagnose, mends};
use crate::plan::{Offer, StepKind, number};
use crate::steps::{self, Systems};
use crate::view::{Holders, Inquiry, NumberCard, View, shown_time};

/// So many requests about one user, or open ones of one customer, are looked at.
const MOST_LOOKED_AT: u32 = 200;

/// What makes `1000` into `1000tm` where no PBX is configured.
const NO_SUFFIX: &str = "";

impl Office {
    pub(super) async fn why(&self, inbound: &Inbound, subject: Upn, private: bool) -> Result<Dealt, Later> {
        let unknown = || Sentence::new("refusal-unknown-domain").with("domain", subject.domain());
        let customer = self.config.customer_of_domain(subject.domain());
        let Some(served) = customer.and_then(|customer| self.customer(&customer.id)) else {
            return self.tell(inbound, unknown(), private).await;
        };
        if self.roles_in(served, inbound).await?.is_stranger() {
            return self.tell(inbound, Sentence::new("refusal-stranger-command"), private).await;
        }
        let now = self.clock.now();
        let evidence = self.evidence(served, &subject, now).await?;
        let name = match &evidence.account {
            Ok(Some(account)) => account.name.clone(),
            _ => subject.to_string(),
        };
        let findings = diagnose(&evidence);
        tracing::info!(customer = %served.0.id, "asked why");
        let (subject, mends) = (subject.to_string(), mends(&evidence));
        let card = Inquiry { subject_name: name, subject, findings, mends, read_at: now };
        self.show(inbound, View::Why(card), private).await
    }

    async fn evidence(
        &self,
        (customer, systems): (&Customer, &Systems),
        subject: &Upn,
        now: Timestamp,
    ) -> Result<Evidence, JournalError> {
        let shut = |system| self.shut(&customer.id, system, now);
        let mut records = self.records(customer, subject).await?;
        let by_connector = customer.carrier == Carrier::ConnecttoTeams;
        let sync_group = by_connector.then_some(customer.graph.sync_group.as_deref());
        let microsoft = steps::ask_microsoft(systems, subject, sync_group, &shut).await;
        let asked = records.last.as_ref().and_then(|last| last.extension.clone());
        // What somebody set up by hand no request names, and Teams shows it.
        let shown = || microsoft.voice.as_ref().ok()?.as_ref()?.extension();
        let extension = asked.or_else(|| by_connector.then(shown).flatten());
        let pbx = match (&extension, by_connector) {
            (_, false) => None,
            (None, true) => systems.pbx.as_ref().map(|_| Pbx::NotLookedAt),
            (Some(extension), true) => {
                let line = (extension, device_suffix(customer));
                steps::ask_pbx(systems, line, microsoft.user.as_ref(), (&shut, now)).await
            }
        };
        let held = extension.map(|extension| extension.to_string());
        let held = held.or_else(|| records.last.as_ref().map(|last| last.line.clone()));
        if let Some(value) = held.filter(|value| !value.is_empty()) {
            records.hold = self.journal.holds_of(&customer.id, &value, now).await?.into_iter().next();
        }
        Ok(Evidence {
            subject: subject.clone(),
            carrier: customer.carrier,
            account: microsoft.account,
            by_mail: microsoft.by_mail,
            voice: microsoft.voice,
            group: microsoft.group,
            consent: customer.connecttoteams.as_ref().filter(|_| by_connector).map(|c| c.service_provider_consent),
            pbx,
            records,
        })
    }

    /// What our own journal knows about a user.
    async fn records(&self, customer: &Customer, subject: &Upn) -> Result<Records, JournalError> {
        let customers = vec![customer.id.clone()];
        let query =
            ListQuery { customers, subject: Some(subject.clone()), most: MOST_LOOKED_AT, ..ListQuery::default() };
        let (requests, _) = self.journal.list(&query).await?;
        let open = requests.iter().find(|request| !request.state.name().is_over());
        Ok(Records {
            last: last(&requests),
            under_way: open.map(|request| UnderWay {
                id: request.id,
                state: state_sentence(request),
                since: request.since,
            }),
            taken_away: self.journal.taken_away(&customer.id, subject).await?,
            hold: None,
            own_sync: requests.iter().find_map(synced),
            last_sync: self.journal.last_sync(&customer.id).await?,
        })
    }

    pub(super) async fn number(&self, inbound: &Inbound, query: NumberQuery, private: bool) -> Result<Dealt, Later> {
        let mut customers = Vec::new();
        for id in self.customers_of(inbound).await? {
            if let Some(served) = self.customer(&id) {
                customers.push(served);
            }
        }
        if customers.is_empty() {
            return self.tell(inbound, Sentence::new("refusal-stranger-command"), private).await;
        }
        let now = self.clock.now();
        let asked = customers.into_iter().map(|served| self.holders(served, &query, now));
        let customers = futures_util::future::try_join_all(asked).await?;
        let number = match query {
            NumberQuery::E164(number) => number.to_string(),
            NumberQuery::Extension(extension) => extension.to_string(),
        };
        self.show(inbound, View::Number(NumberCard { number, customers, read_at: now }), private).await
    }

    /// Who has a number or an extension at one customer.
    async fn holders(
        &self,
        (customer, systems): (&Customer, &Systems),
        query: &NumberQuery,
        now: Timestamp,
    ) -> Result<Holders, JournalError> {
        let shut = |system| self.shut(&customer.id, system, now);
        let (value, line, number, extension) = match query {
            NumberQuery::E164(number) => (number.to_string(), Some(number.to_string()), Some(number), None),
            // Only this carrier makes a number of an extension.
            NumberQuery::Extension(extension) => {
                let line = (customer.carrier == Carrier::ConnecttoTeams).then(|| extension.clone());
                let line = line.map(|extension| Line::Extension(extension).to_string());
                (extension.to_string(), line, None, Some(extension))
            }
        };
        let assigned = async {
            match &line {
                Some(line) => steps::ask_assigned(systems, line, &shut).await,
                None => Ok(Vec::new()),
            }
        };
        let at_pbx = async {
            let line = (extension?, device_suffix(customer));
            steps::ask_extension(systems, line, (&shut, now)).await
        };
        let routed = async { steps::ask_route(systems, number?, &shut).await };
        let (assigned, at_pbx, routed) = tokio::join!(assigned, at_pbx, routed);
        let holds = self.journal.holds_of(&customer.id, &value, now).await?;
        let open = ListQuery {
            customers: vec![customer.id.clone()],
            states: OPEN.to_vec(),
            most: MOST_LOOKED_AT,
            ..ListQuery::default()
        };
        let (open, _) = self.journal.list(&open).await?;
        let asks = |request: &&Request| {
            let wanted = match query {
                NumberQuery::E164(number) => request.ask.number.as_ref() == Some(number),
                NumberQuery::Extension(extension) => request.ask.extension.as_ref() == Some(extension),
            };
            let mends = matches!(request.ask.work, Work::Mend(_));
            wanted && !mends && holds.iter().all(|hold| hold.request != request.id)
        };
        let asked = open.iter().filter(asks).map(|request| {
            let (subject, takes) = (request.ask.subject.clone(), request.takes());
            number::Asked { request: request.id, subject, takes }
        });
        let offer = Offer::of(customer);
        let pool = offer.as_ref().map(Offer::pool).filter(|pool| !pool.is_empty());
        let addresses = customer.netsapiens.iter().flat_map(|pbx| &pbx.emergency_addresses);
        let calls_back = addresses.filter(|address| Some(&address.callback_number) == number);
        Ok(number::holders(&number::Findings {
            customer: customer.name.clone(),
            line,
            assigned,
            extension: at_pbx,
            routed,
            asked: asked.collect(),
            in_pool: pool.zip(number).map(|(pool, number)| pool.contains(number)),
            callback_of: calls_back.map(|address| address.name.clone()).collect(),
            holds,
        }))
    }

    /// A system that this process knows not to work is not asked, until it is time to look again.
    fn shut(&self, customer: &CustomerId, system: System, now: Timestamp) -> Option<Untold> {
        let shut = self.admissions.outage(customer, system, now).filter(|shut| shut.next > now)?;
        let why = Sentence::new("unsure-down").with("system", system.name()).with("since", shown_time(shut.since));
        Some(Untold { why, who: None })
    }
}

fn device_suffix(customer: &Customer) -> &str {
    customer.netsapiens.as_ref().map_or(NO_SUFFIX, |pbx| &pbx.device_suffix)
}

/// The request that tells which line somebody has or is to get: the newest that changed something or is to give a line; or
/// else the newest that was not turned down, or the newest of all. One that only mended something tells of no line, and
/// nothing before the line was taken away does.
fn last(newest_first: &[Request]) -> Option<LastRequest> {
    let stays = |request: &&Request| !(request.takes() && request.state.name() == StateName::Done);
    let about_lines = || {
        let lines = newest_first.iter().filter(|request| !matches!(request.ask.work, Work::Mend(_)));
        lines.take_while(stays)
    };
    let counts = |request: &&Request| match request.state.name() {
        StateName::Done => true,
        name => request.has_touched_anything() || (request.ask.work.is_onboard() && !name.is_over()),
    };
    let turned_down = [StateName::Refused, StateName::Rejected, StateName::Expired];
    let good = || about_lines().find(|request| !turned_down.contains(&request.state.name()));
    let request = about_lines().find(counts).or_else(good).or_else(|| about_lines().next())?;
    let standing = match request.state.name() {
        StateName::Done => Standing::Done,
        _ if !request.has_touched_anything() => Standing::Asked,
        _ if request.takes() => Standing::Leaving,
        _ => Standing::Begun,
    };
    let removal = request.plan.as_ref().and_then(|plan| plan.removal());
    let removed = removal.and_then(|removal| removal.extension.as_ref());
    let extension = request.ask.extension.as_ref().or(removed).cloned();
    Some(LastRequest { id: request.id, extension, line: request.line(), standing })
}

/// When Microsoft showed the line of a request.
fn synced(request: &Request) -> Option<(crate::domain::RequestId, Timestamp)> {
    let step = request.steps.iter().find(|step| step.kind == StepKind::Sync && step.status == StepStatus::Done)?;
    Some((request.id, step.ended?))
}
