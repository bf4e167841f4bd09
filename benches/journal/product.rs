//! The product's own way through the journal, without the calls to the outside.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use onboard_bot::cards::Cards;
use onboard_bot::chat::Surfaces;
use onboard_bot::clock::SystemClock;
use onboard_bot::config;
use onboard_bot::domain::{Extension, Person, Place, PlaceKind, RequestId, Role, Sentence, Surface, Upn, Work};
use onboard_bot::flow::{Act, Action, Asked, Event, NewRequest, People, Request, Seen, StepOutcome, StepRecord, Task};
use onboard_bot::journal::{Claim, Journal};
use onboard_bot::plan::{
    Ask, ExtensionFacts, Facts, GroupFact, Offer, OwnRecords, PhoneSystem, StepKind, SubjectFacts,
};
use onboard_bot::view::{Item, Shown};
use onboard_bot::workers::{Furniture, Office};
use tokio::task::JoinSet;

use crate::figures::Slice;
use crate::plain;

/// A request comes to its end with so many.
const ATTEMPTS: u32 = plain::ROWS.len() as u32;

/// An office whose loops do not run.
pub struct Product {
    office: Office,
    offer: Offer,
    /// Attempts that the begun requests still need until their end.
    left: Arc<AtomicU32>,
    began: AtomicU32,
}

fn person(name: &str) -> Person {
    Person { id: format!("{name}-id"), chat_id: format!("29:{name}"), name: name.to_owned(), upn: None }
}

impl Product {
    pub async fn open(config: &str) -> anyhow::Result<Self> {
        let config = config::load_text(config, Vec::new())?;
        let offer = config.customers.first().and_then(Offer::of).context("no customer with an offer")?;
        let journal = Journal::open(&config.store.url).await?;
        let surfaces = Surfaces::new(Arc::new(Cards::load()?), None, None);
        let furniture = Furniture { config: Arc::new(config), journal, clock: Arc::new(SystemClock), surfaces };
        let (left, began) = (Arc::default(), AtomicU32::new(0));
        Ok(Self { office: Office::new(furniture)?, offer, left, began })
    }

    /// How long the texts of a request and of its smaller rows are.
    pub fn lengths(&self) -> anyhow::Result<[usize; 2]> {
        let request = Request::new(RequestId(1), self.asked(0)?, Timestamp::now());
        let mut record = StepRecord::new(StepKind::Sync);
        record.evidence = evidence();
        // Facts, plan and people come on top of what a new request holds.
        Ok([2 * serde_json::to_string(&request)?.len(), serde_json::to_string(&record)?.len()])
    }

    /// Sees to it that approved requests have so many attempts before them. Requests advance side by side, so that many
    /// of them may be close to their end at once: counting requests would not do.
    pub async fn prepare(&self, attempts: u32) -> anyhow::Result<()> {
        while self.left.load(Ordering::Relaxed) < attempts {
            self.begin().await?;
            self.left.fetch_add(ATTEMPTS, Ordering::Relaxed);
        }
        Ok(())
    }

    fn asked(&self, n: u32) -> anyhow::Result<NewRequest> {
        let ask = Ask {
            work: Work::Onboard,
            voicemail: None,
            subject: Upn::parse(&format!("s{n}@contoso.com"))?,
            extension: Some(Extension::parse(&(100_000 + n).to_string())?),
            number: None,
            location: None,
            route: None,
            reason: Some("new colleague".to_owned()),
        };
        let place = Place {
            surface: Surface::Teams,
            conversation: format!("19:onboarding@thread.tacv2;messageid={n}"),
            kind: PlaceKind::Channel,
            address: "https://smba.trafficmanager.net/amer/".to_owned(),
            tenant: "22222222-2222-2222-2222-222222222222".to_owned(),
        };
        let customer = self.office.config.customers.first().context("no customer")?.id.clone();
        Ok(NewRequest { customer, requester: person("Rita"), place, private: false, ask, offer: self.offer.clone() })
    }

    /// Asked for, confirmed and approved: the progress card is in the outbox and the first step is due.
    async fn begin(&self) -> anyhow::Result<()> {
        let journal = &self.office.journal;
        let now = self.office.clock.now();
        let mut tx = journal.begin().await?;
        let id = tx.next_id().await?;
        let request = Request::new(id, self.asked(self.began.fetch_add(1, Ordering::Relaxed))?, now);
        tx.insert(&request, now).await?;
        tx.schedule(id, Task::ReadFacts, now).await?;
        tx.commit().await?;
        let acted = |name: &str, role: Role, action| {
            let roles = [role].into_iter().collect();
            Event::Acted(Act { by: person(name), roles, seen: Seen::Typed, lapsed: Vec::new(), action })
        };
        let inputs = [("route", "US West"), ("emergency_address", "a-denver-hq")];
        let inputs = inputs.map(|(id, value)| (id.to_owned(), value.to_owned()));
        let people = People { approvers: vec![approver()], operators: Vec::new(), others: Some(Vec::new()) };
        let events = [
            Event::FactsRead(Box::new(facts(&request, now))),
            acted("Rita", Role::Requester, Action::Submit(BTreeMap::from(inputs))),
            Event::PeopleFound(people),
            acted("Paul", Role::Approver, Action::Approve(None)),
        ];
        for event in events {
            // Nobody has claimed it yet.
            self.office.write(&Claim { request: id, task: Task::ReadFacts, fence: 0 }, event).await?;
        }
        let loaded = journal.request(id).await?.context("the request is gone")?;
        ensure!(loaded.request.step().is_some(), "it does not run: {:?}", loaded.request.state);
        Ok(())
    }

    /// Claims and attempts, so many at a time, as the runner does.
    pub async fn slice(&self, at_once: usize, lasting: Duration) -> anyhow::Result<Slice> {
        let (mut attempts, mut took) = (JoinSet::new(), Vec::new());
        let began = Instant::now();
        while began.elapsed() < lasting {
            // Waits count as over.
            let now = Timestamp::now().saturating_add(SignedDuration::from_hours(1))?;
            let free = u32::try_from(at_once - attempts.len())?;
            for claim in self.office.journal.claim_work(now, free).await? {
                let (office, left) = (self.office.clone(), Arc::clone(&self.left));
                attempts.spawn(async move { attempt(&office, &claim, &left).await });
            }
            took.push(attempts.join_next().await.context("nothing is due")???);
            while let Some(ended) = attempts.try_join_next() {
                took.push(ended??);
            }
        }
        for ended in attempts.join_all().await {
            took.push(ended?);
        }
        Ok(Slice::new(began.elapsed(), took))
    }
}

/// One attempt under one claim, the outside left out.
async fn attempt(office: &Office, claim: &Claim, left: &AtomicU32) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let loaded = office.journal.request(claim.request).await?.context("the request is gone")?;
    let record = loaded.request.step().context("nothing is left to do")?;
    let event = Event::StepEnded(record.kind, outcome(record));
    office.write(claim, event).await?;
    left.fetch_sub(1, Ordering::Relaxed);
    Ok(began.elapsed())
}

fn outcome(record: &StepRecord) -> StepOutcome {
    match record.kind {
        StepKind::Device | StepKind::PbxUser if record.before.is_none() => {
            StepOutcome::Prepared(r#"{"device":null,"emergency-address-id":null}"#.to_owned())
        }
        StepKind::Sync if record.detail.is_none() => StepOutcome::NotYet(Sentence::new("wait-line")),
        _ => StepOutcome::Done(evidence()),
    }
}

fn evidence() -> Vec<Item> {
    let item = |label: &str, value: &str| Item { label: label.to_owned(), value: Shown::Text(value.to_owned()) };
    vec![item("line", "+11000"), item("device", "1000tm")]
}

fn approver() -> Asked {
    let Person { id, chat_id, name, .. } = person("Paul");
    Asked { id, name, chat_id: Some(chat_id), alone: None }
}

fn facts(request: &Request, now: Timestamp) -> Facts {
    let subject = SubjectFacts {
        id: format!("{}-id", request.ask.subject),
        name: "Alice Adams".to_owned(),
        enabled: true,
        member: true,
        has_first_name: true,
        has_last_name: true,
        first_name: String::new(),
        last_name: String::new(),
        has_usage_location: true,
        phone_system: PhoneSystem::Usable,
        virtual_user_plan: false,
        calling_plan: false,
        number: None,
        in_sync_group: true,
        group: GroupFact::Read { name: "Teammate Sync".to_owned(), all_company: false },
    };
    let extension = ExtensionFacts { exists: true, ..ExtensionFacts::default() };
    Facts { subject: Some(subject), extension, ..Facts::nothing(OwnRecords::default(), now) }
}
