//! Does what requests have to have done: reads facts, finds people, attempts steps; and lets requests expire.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::people::NotFound;
use super::{Office, with_heartbeat};
use crate::domain::{RequestId, Sentence};
use crate::flow::{Event, Fault, Request, StepOutcome, Task, decide};
use crate::journal::{Claim, Happened, JournalError, Tx};
use crate::outside::OutsideError;
use crate::plan::{Facts, OwnRecords, StepKind};
use crate::steps::{self, Attempt, Systems, fault_of};

/// So many requests are worked on at a time.
const AT_ONCE: usize = 32;

/// Events that were dealt with are remembered this long, and forgotten this often.
const REMEMBER_EVENTS: SignedDuration = SignedDuration::from_hours(7 * 24);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// No attempt lasts longer; the clients' own time-outs are shorter.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(120);

impl Office {
    pub(super) async fn runner_loop(&self, stop: CancellationToken) {
        let (places, tracker) = (Arc::new(Semaphore::new(AT_ONCE)), TaskTracker::new());
        let mut forgotten_at: Option<Instant> = None;
        while !stop.is_cancelled() {
            self.let_expire().await;
            if forgotten_at.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                forgotten_at = Some(Instant::now());
                self.forget_old_events().await;
            }
            let free = u32::try_from(places.available_permits()).unwrap_or(0);
            let claims = match free {
                0 => Ok(Vec::new()),
                free => self.journal.claim_work(self.clock.now(), free).await,
            };
            let claims = claims.unwrap_or_else(|error| {
                tracing::error!(%error, "work cannot be claimed");
                Vec::new()
            });
            let nothing = claims.is_empty();
            for claim in claims {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let office = self.clone();
                tracker.spawn(async move {
                    office.work(&claim).await;
                    drop(place);
                    office.journal.wake().work.notify_one();
                });
            }
            if nothing {
                let due = self.journal.work_due().await.ok().flatten();
                let timer = self.journal.timer_due().await.ok().flatten();
                let due = due.into_iter().chain(timer).min();
                self.rest(&self.journal.wake().work, due, &stop).await;
            }
        }
        tracker.close();
        tracker.wait().await;
    }

    /// One attempt under one claim, with a heartbeat.
    async fn work(&self, claim: &Claim) {
        let attempt = tokio::time::timeout(LONGEST_ATTEMPT, self.attempt(claim));
        let result = with_heartbeat(attempt, || self.journal.renew_work(claim)).await;
        match result {
            Ok(Ok(())) => {}
            Ok(Err(JournalError::LeaseLost)) => {
                tracing::warn!(request = %claim.request, task = ?claim.task, "a late result is dropped: the lease was lost");
            }
            Ok(Err(error)) => {
                tracing::error!(request = %claim.request, task = ?claim.task, %error, "a result could not be written")
            }
            Err(_) => {
                tracing::error!(request = %claim.request, task = ?claim.task, "an attempt took too long and is given up")
            }
        }
    }

    async fn attempt(&self, claim: &Claim) -> Result<(), JournalError> {
        let Some(loaded) = self.journal.request(claim.request).await? else { return Ok(()) };
        let request = loaded.request;
        let Some((_, systems)) = self.customer(&request.customer) else {
            let cause = Sentence::new("cause-not-configured");
            let fault = Fault {
                fix: Sentence::new("cause-not-configured-fix"),
                cause,
                problems: Vec::new(),
                transient: false,
                retry_after: None,
                incident: None,
            };
            let event = match claim.task {
                Task::Step(kind) => Event::StepEnded(kind, StepOutcome::Faulted(fault)),
                Task::ReadFacts | Task::FindPeople => Event::TaskFaulted(fault),
            };
            return self.write(claim, event).await;
        };
        let event = match claim.task {
            Task::ReadFacts => self.read_facts(&request, systems).await?,
            Task::FindPeople => self.ask_around(&request).await?,
            Task::Step(kind) => self.step(&request, systems, kind).await?,
        };
        self.write(claim, event).await
    }

    async fn read_facts(&self, request: &Request, systems: &Systems) -> Result<Event, JournalError> {
        let (ask, offer, now) = (&request.ask, &request.offer, self.clock.now());
        let read = async {
            let subject = steps::subject_facts(&systems.graph, &ask.subject, &offer.sync_group).await?;
            let user = subject.as_ref().map(|(_, user)| user);
            let extension = steps::extension_facts(systems, ask, offer, user, now).await?;
            Ok::<_, OutsideError>((subject.map(|(facts, _)| facts), extension))
        };
        Ok(match read.await {
            Ok((subject, extension)) => {
                let ours = self.own_records(request).await?;
                Event::FactsRead(Box::new(Facts { subject, extension, ours, read_at: now }))
            }
            Err(error) => Event::TaskFaulted(self.noted(request, fault_of(&error))),
        })
    }

    async fn own_records(&self, request: &Request) -> Result<OwnRecords, JournalError> {
        let mut tx = self.journal.begin().await?;
        own_records(&mut tx, request).await
    }

    async fn ask_around(&self, request: &Request) -> Result<Event, JournalError> {
        let Some(served) = self.customer(&request.customer) else { return Ok(Event::PeopleFound(Default::default())) };
        match self.find_people(served, request).await {
            Ok(people) => Ok(Event::PeopleFound(people)),
            Err(NotFound::Outside(error)) => Ok(Event::TaskFaulted(self.noted(request, fault_of(&error)))),
            Err(NotFound::Journal(error)) => Err(error),
        }
    }

    async fn step(&self, request: &Request, systems: &Systems, kind: StepKind) -> Result<Event, JournalError> {
        let Some(plan) = &request.plan else {
            return Ok(Event::StepEnded(kind, StepOutcome::NotYet(Sentence::new("wait-plan"))));
        };
        let ours =
            if kind == StepKind::ExtensionFree { self.own_records(request).await? } else { OwnRecords::default() };
        let before = request.steps.iter().find(|s| s.kind == kind).and_then(|s| s.before.as_deref());
        let attempt = Attempt { systems, request, plan, ours, before, now: self.clock.now() };
        let outcome = match steps::attempt(kind, &attempt).await {
            StepOutcome::Faulted(fault) => StepOutcome::Faulted(self.noted(request, fault)),
            outcome => outcome,
        };
        Ok(Event::StepEnded(kind, outcome))
    }

    /// Gives a fault an id under which the log tells more.
    fn noted(&self, request: &Request, fault: Fault) -> Fault {
        let incident = Uuid::new_v4().simple().to_string()[..8].to_owned();
        tracing::warn!(request = %request.id, customer = %request.customer, %incident, cause = %fault.cause.id,
            details = ?fault.cause.args, transient = fault.transient, "an attempt met a fault");
        self.metrics.fault(fault.cause.args.get("system").map_or("conditions", String::as_str));
        Fault { incident: Some(incident), ..fault }
    }

    /// Writes what an attempt found, if the lease still holds.
    async fn write(&self, claim: &Claim, event: Event) -> Result<(), JournalError> {
        loop {
            let now = self.clock.now();
            let mut tx = self.journal.begin().await?;
            tx.redeem(claim).await?;
            let Some(loaded) = tx.request(claim.request).await? else { return Ok(()) };
            let policy = self.policy(&mut tx, &loaded.request).await?;
            // Refusals are for people; what was found is a fact.
            let Ok(decision) = decide(&loaded.request, &event, &policy, now) else { return Ok(()) };
            let settled =
                decision.effects.iter().any(|e| matches!(e, crate::flow::Effect::Do(..) | crate::flow::Effect::Rest));
            if !settled {
                tx.rest(claim.request).await?;
            }
            let name = name_of(&event);
            let written =
                self.apply(&mut tx, (&loaded, &decision), Happened { name, actor: None, detail: None }, now).await;
            match written {
                Ok(()) => {}
                Err(JournalError::Overtaken) => continue,
                Err(error) => return Err(error),
            }
            tx.commit().await?;
            self.count(&event, &decision.request);
            tracing::info!(request = %claim.request, customer = %decision.request.customer, event = name, task = ?claim.task,
                state = decision.request.state.name().as_str(), "worked");
            return Ok(());
        }
    }

    fn count(&self, event: &Event, request: &Request) {
        let Event::StepEnded(kind, StepOutcome::Done(_)) = event else { return };
        let record = request.steps.iter().find(|s| s.kind == *kind);
        if let Some((since, ended)) = record.and_then(|r| r.since.zip(r.ended)) {
            self.metrics.step_took(kind.name(), ended.duration_since(since).as_secs_f64());
        }
    }

    async fn forget_old_events(&self) {
        let before = self.clock.now().checked_sub(REMEMBER_EVENTS).unwrap_or(Timestamp::MIN);
        match self.journal.forget_events(before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old events are forgotten"),
            Err(error) => tracing::error!(%error, "old events cannot be forgotten"),
        }
    }

    async fn let_expire(&self) {
        let due = self.journal.timers_up(self.clock.now()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "timers cannot be read");
            Vec::new()
        });
        for timer in due {
            match self.expire(timer.request).await {
                Ok(()) | Err(JournalError::Overtaken) => {}
                Err(error) => tracing::error!(request = %timer.request, %error, "a request could not expire"),
            }
        }
    }

    async fn expire(&self, id: RequestId) -> Result<(), JournalError> {
        let now = self.clock.now();
        let mut tx = self.journal.begin().await?;
        // Somebody may have acted between the look and now; then the timer was moved or removed.
        if !tx.timer_is_up(id, now).await? {
            return Ok(());
        }
        tx.set_timer(id, None).await?;
        let Some(loaded) = tx.request(id).await? else { return tx.commit().await };
        let policy = self.policy(&mut tx, &loaded.request).await?;
        if let Ok(decision) = decide(&loaded.request, &Event::Expired, &policy, now) {
            let happened = Happened { name: "expired", actor: None, detail: None };
            self.apply(&mut tx, (&loaded, &decision), happened, now).await?;
        }
        tx.commit().await
    }
}

async fn own_records(tx: &mut Tx, request: &Request) -> Result<OwnRecords, JournalError> {
    Ok(OwnRecords {
        held_by: tx.held_by(request).await?,
        other_request: tx.other_open_request(request).await?,
        disabled_before: tx.offboarded_before(request).await?,
        same_line_before: tx.same_line_before(request).await?,
        cancelled_midway: tx.cancelled_midway(request).await?,
    })
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Acted(_) => "acted",
        Event::FactsRead(_) => "facts-read",
        Event::PeopleFound(_) => "people-found",
        Event::StepEnded(_, StepOutcome::Done(_)) => "attempt-done",
        Event::StepEnded(_, StepOutcome::Prepared(_)) => "attempt-prepared",
        Event::StepEnded(_, StepOutcome::NotYet(_)) => "attempt-waits",
        Event::StepEnded(_, StepOutcome::Faulted(_)) => "attempt-faulted",
        Event::TaskFaulted(_) => "task-faulted",
        Event::Expired => "expired",
    }
}
