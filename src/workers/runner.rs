//! Does what requests have to have done: reads facts, finds people, attempts steps; and lets requests expire.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::admission::{Errand, Reason, Refused};
use super::people::NotFound;
use super::{Office, with_heartbeat};
use crate::domain::{Line, RequestId, Sentence, Work};
use crate::flow::{Effect, Event, Fault, Hold, HoldUp, Request, StateName, StepOutcome, Task, decide};
use crate::journal::{Claim, Happened, JournalError, Tx};
use crate::outside::{self, Heard, OutsideError, Shut, System};
use crate::plan::{Facts, OwnRecords, StepKind, Undone, line_after};
use crate::steps::{self, Attempt, Systems, fault_of};

/// So many requests are worked on at a time.
const AT_ONCE: usize = 32;

/// Events that were dealt with are remembered this long, and forgotten this often.
const REMEMBER_EVENTS: SignedDuration = SignedDuration::from_hours(7 * 24);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// No attempt lasts longer: one that queues behind others that hang ends as if it had hung itself.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(120);

/// Nor does an attempt with the writing of its result.
const LONGEST_WORK: Duration = Duration::from_secs(180);

/// Whoever found no place comes back after about this long; whoever found a circuit open is spread over it.
const PUT_BACK: SignedDuration = SignedDuration::from_secs(1);
const SPREAD: SignedDuration = SignedDuration::from_secs(3);

/// Waiting for a place is told after this long.
const TELL_CROWDED: SignedDuration = SignedDuration::from_secs(10);

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
        let attempt = tokio::time::timeout(LONGEST_WORK, self.attempt(claim));
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
            return self.write(claim, faulted(claim.task, steps::not_configured())).await;
        };
        let asked = asked_by(&request, claim.task);
        let errand = Errand { customer: request.customer.clone(), request: request.id, systems: asked };
        let pass = match self.admissions.admit(errand, self.clock.now()) {
            Ok(pass) => pass,
            Err(refused) => return self.wait(claim, &request, refused).await,
        };
        let before = answers(systems, asked);
        let event = tokio::time::timeout(LONGEST_ATTEMPT, self.try_once(claim.task, &request, systems)).await;
        let after = answers(systems, asked);
        let event = match event {
            Ok(event) => event?,
            Err(_) => faulted(claim.task, self.noted(&request, fault_of(&gave_up(&before, &after)))),
        };
        let heard: Vec<_> = after.iter().zip(&before).map(|(after, before)| heard(&event, *after, *before)).collect();
        let now = self.clock.now();
        pass.leave(&heard, (now, self.jitter.chance()));
        let met = heard.iter().find(|(_, heard)| matches!(heard, Heard::Faulted { .. })).map(|(system, _)| *system);
        let outage = met.and_then(|system| Some((system, self.admissions.outage(&request.customer, system, now)?)));
        match outage {
            // Several requests met the same: that is no matter of this one, and no attempt of its own.
            Some((system, shut)) => self.wait(claim, &request, Refused::Shut(system, shut)).await,
            None => self.write(claim, event).await,
        }
    }

    async fn try_once(&self, task: Task, request: &Request, systems: &Systems) -> Result<Event, JournalError> {
        match task {
            Task::ReadFacts => self.read_facts(request, systems).await,
            Task::FindPeople => self.ask_around(request).await,
            Task::Step(kind) => self.step(request, systems, kind).await,
        }
    }

    /// No attempt now: the request comes back by itself, and says why it waits unless it waits for a moment only.
    async fn wait(&self, claim: &Claim, request: &Request, refused: Refused) -> Result<(), JournalError> {
        let (now, chance) = (self.clock.now(), self.jitter.chance());
        let (system, reason, why, next) = match refused {
            Refused::Full(system) => {
                (system, Reason::Budget, HoldUp::Crowded, now + PUT_BACK.mul_f64(0.75 + chance / 2.0))
            }
            // Whoever waits does not come back all at once when it works again.
            Refused::Shut(system, Shut { next, .. }) => {
                (system, Reason::Circuit, HoldUp::Down, later(next, SPREAD.mul_f64(chance)))
            }
        };
        let door = (request.customer.clone(), system);
        let waiting_since = self.admissions.waits(request.id, (door, reason), (now, next));
        // Another replica, which counts for itself, may have told it.
        let told = request.held.as_ref().filter(|held| (held.system.as_str(), held.why) == (system.name(), why));
        let since = match (&refused, told) {
            (_, Some(held)) => held.since,
            (Refused::Full(_), None) if now.duration_since(waiting_since) < TELL_CROWDED => {
                return self.journal.put_back(claim, next).await;
            }
            (Refused::Full(_), None) => waiting_since,
            (Refused::Shut(_, shut), None) => shut.since,
        };
        let operators = match &request.held {
            Some(held) if now >= held.until => self.operators_of(request).await,
            // That is told already.
            Some(held) if (held.system.as_str(), held.why, held.since) == (system.name(), why, since) => {
                return self.journal.put_back(claim, next.min(held.until)).await;
            }
            _ => Vec::new(),
        };
        let hold = Hold { system: system.name().to_owned(), why, since, next, operators };
        self.write(claim, Event::Held(claim.task, hold)).await
    }

    async fn read_facts(&self, request: &Request, systems: &Systems) -> Result<Event, JournalError> {
        // What our own records know of the line tells what to look at outside.
        let ours = self.own_records(request).await?;
        let (ask, offer, now) = (&request.ask, &request.offer, self.clock.now());
        Ok(match steps::read_facts(systems, (ask, offer, &ours), now).await {
            Ok(facts) => Event::FactsRead(Box::new(Facts { ours, ..facts })),
            Err(error) => Event::TaskFaulted(self.told(request, self.noted(request, fault_of(&error))).await),
        })
    }

    async fn own_records(&self, request: &Request) -> Result<OwnRecords, JournalError> {
        let mut tx = self.journal.begin().await?;
        tx.let_cool(self.clock.now()).await?;
        let ours = own_records(&mut tx, request).await?;
        tx.commit().await?;
        Ok(ours)
    }

    async fn ask_around(&self, request: &Request) -> Result<Event, JournalError> {
        let Some(served) = self.customer(&request.customer) else { return Ok(Event::PeopleFound(Default::default())) };
        match self.find_people(served.0, request).await {
            Ok(people) => Ok(Event::PeopleFound(people)),
            Err(NotFound::Outside(error)) => Ok(Event::TaskFaulted(self.noted(request, fault_of(&error)))),
            Err(NotFound::Journal(error)) => Err(error),
        }
    }

    async fn step(&self, request: &Request, systems: &Systems, kind: StepKind) -> Result<Event, JournalError> {
        let Some(plan) = &request.plan else {
            return Ok(Event::StepEnded(kind, StepOutcome::NotYet(Sentence::new("wait-plan"))));
        };
        let asked = matches!(kind, StepKind::ExtensionFree | StepKind::NumberFree);
        let ours = if asked { self.own_records(request).await? } else { OwnRecords::default() };
        let record = request.steps.iter().find(|s| s.kind == kind);
        let (before, ticket) = (record.and_then(|s| s.before.as_deref()), record.and_then(|s| s.ticket.as_deref()));
        let attempt = Attempt { systems, request, plan, ours, before, ticket, now: self.clock.now() };
        let outcome = match steps::attempt(kind, &attempt).await {
            StepOutcome::Faulted(fault) => StepOutcome::Faulted(self.told(request, self.noted(request, fault)).await),
            outcome => outcome,
        };
        Ok(Event::StepEnded(kind, outcome))
    }

    /// A fault that stops the request for a human: who is to be told is found out, unless that is known.
    async fn told(&self, request: &Request, fault: Fault) -> Fault {
        if fault.transient {
            return fault;
        }
        Fault { operators: self.operators_of(request).await, ..fault }
    }

    /// Gives a fault an id under which the log tells more.
    fn noted(&self, request: &Request, fault: Fault) -> Fault {
        let incident = Uuid::new_v4().simple().to_string()[..8].to_owned();
        tracing::warn!(request = %request.id, customer = %request.customer, %incident, cause = %fault.cause.id,
            details = ?fault.cause.args, transient = fault.transient, "an attempt met a fault");
        self.metrics.fault(fault.cause.args.get("system").map_or("conditions", String::as_str));
        Fault { incident: Some(incident), ..fault }
    }

    /// Writes what an attempt found, if the lease still holds: decides, and commits state, record, cards and the next
    /// task in one transaction. A lost lease is [`JournalError::LeaseLost`].
    pub async fn write(&self, claim: &Claim, event: Event) -> Result<(), JournalError> {
        loop {
            let now = self.clock.now();
            let mut tx = self.journal.begin().await?;
            let Some(loaded) = tx.request(claim.request).await? else { return Ok(()) };
            tx.redeem(claim).await?;
            let policy = self.policy(&mut tx, &loaded.request).await?;
            // Refusals are for people; what was found is a fact.
            let Ok(decision) = decide(&loaded.request, &event, &policy, now) else { return Ok(()) };
            let settled = decision.effects.iter().any(|e| matches!(e, Effect::Do(..) | Effect::Rest));
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
            if let Some(system) = system_of_fault(&event)
                && decision.request.state.name() != StateName::Failed
                && decision.effects.iter().any(|e| matches!(e, Effect::Do(..)))
            {
                self.metrics.retry(system.name());
            }
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
        let loaded = tx.request(id).await?;
        // Somebody may have acted between the look and now; then the timer was moved or removed.
        if !tx.timer_is_up(id, now).await? {
            return Ok(());
        }
        tx.set_timer(id, None).await?;
        let Some(loaded) = loaded else { return tx.commit().await };
        let policy = self.policy(&mut tx, &loaded.request).await?;
        if let Ok(decision) = decide(&loaded.request, &Event::Expired, &policy, now) {
            let happened = Happened { name: "expired", actor: None, detail: None };
            self.apply(&mut tx, (&loaded, &decision), happened, now).await?;
        }
        tx.commit().await
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The systems that an attempt asks, in this order.
fn asked_by(request: &Request, task: Task) -> &'static [System] {
    match task {
        Task::ReadFacts => steps::asked_for_facts(&request.offer),
        Task::FindPeople => &[System::Graph],
        Task::Step(kind) => steps::asked_by(kind, &request.offer),
    }
}

fn answers(systems: &Systems, asked: &[System]) -> Vec<(System, u64)> {
    asked.iter().map(|system| (*system, systems.answers(*system))).collect()
}

fn faulted(task: Task, fault: Fault) -> Event {
    match task {
        Task::Step(kind) => Event::StepEnded(kind, StepOutcome::Faulted(fault)),
        Task::ReadFacts | Task::FindPeople => Event::TaskFaulted(fault),
    }
}

/// What a system that took too long is to blame for: the first that gave no answer.
fn gave_up(before: &[(System, u64)], after: &[(System, u64)]) -> OutsideError {
    let silent = after.iter().zip(before).find(|(after, before)| after.1 == before.1);
    let system = silent.map(|(after, _)| after.0).or_else(|| after.last().map(|a| a.0)).unwrap_or(System::Graph);
    OutsideError::new(system, outside::Fault::Unknown)
}

fn fault_in(event: &Event) -> Option<&Fault> {
    match event {
        Event::TaskFaulted(fault) | Event::StepEnded(_, StepOutcome::Faulted(fault)) => Some(fault),
        _ => None,
    }
}

/// The system whose transient fault ended an attempt.
fn system_of_fault(event: &Event) -> Option<System> {
    let fault = fault_in(event).filter(|fault| fault.transient)?;
    System::named(fault.cause.args.get("system")?)
}

/// What an attempt heard from one system: its count of answers afterwards and before. An answer to somebody else in the
/// meantime is as good.
fn heard(event: &Event, after: (System, u64), before: (System, u64)) -> (System, Heard) {
    let heard = if system_of_fault(event) == Some(after.0) {
        Heard::Faulted { retry_after: fault_in(event).and_then(|fault| fault.retry_after) }
    } else if after.1 > before.1 {
        Heard::Answered
    } else {
        Heard::Nothing
    };
    (after.0, heard)
}

async fn own_records(tx: &mut Tx, request: &Request) -> Result<OwnRecords, JournalError> {
    let (numbers_held, own_numbers) = tx.numbers_held(request).await?;
    // A line that is given needs to know less about what was before.
    let past = if request.ask.work.is_onboard() { Vec::new() } else { tx.past(request).await? };
    let undone = if let Work::Undo(id) = request.ask.work { Undone::of(&past, id) } else { None };
    let held_by = tx.held_by(request).await?;
    let disabled_before = tx.disabled_before(request).await?;
    let begun = match disabled_before {
        Some(id) => tx.request(id).await?.and_then(|loaded| loaded.request.plan),
        None => None,
    };
    Ok(OwnRecords {
        held_until: if held_by.is_some() { tx.extension_cools(request).await? } else { None },
        line: line_after(&past),
        undone,
        held_by,
        numbers_held,
        own_numbers,
        other_request: tx.other_open_request(request).await?,
        disabled_before,
        disabled_line: begun.map(|plan| plan.line()).filter(|line| *line != Line::Unknown),
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
        Event::StepEnded(_, StepOutcome::Accepted(_)) => "attempt-accepted",
        Event::StepEnded(_, StepOutcome::NotYet(_)) => "attempt-waits",
        Event::StepEnded(_, StepOutcome::Faulted(_)) => "attempt-faulted",
        Event::TaskFaulted(_) => "task-faulted",
        Event::Held(..) => "held",
        Event::Expired => "expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: System = System::Graph;
    const PBX: System = System::Netsapiens;

    fn met(system: System, fault: outside::Fault) -> Event {
        faulted(Task::Step(StepKind::Proof), fault_of(&OutsideError::new(system, fault)))
    }

    #[test]
    fn a_transient_fault_is_heard_from_its_system_and_any_answer_from_the_others() {
        let asked = |after: [u64; 2], event: &Event| {
            [(GRAPH, 0), (PBX, 1)].map(|(system, at)| heard(event, (system, after[at]), (system, 4)).1)
        };
        let (answered, nothing) = (Heard::Answered, Heard::Nothing);
        let faulted = |seconds: Option<i64>| Heard::Faulted { retry_after: seconds.map(SignedDuration::from_secs) };
        let busy = outside::Fault::Busy { retry_after: Some(SignedDuration::from_secs(9)) };
        let code = || outside::Fault::Credential { code: None };
        for (event, after, expected) in [
            (met(PBX, outside::Fault::Unknown), [6, 4], [answered, faulted(None)]),
            // A read before the write that failed does not make it a success.
            (met(PBX, busy), [6, 5], [answered, faulted(Some(9))]),
            (met(GRAPH, outside::Fault::Failed { status: 500 }), [4, 4], [faulted(None), nothing]),
            // What a human must mend is an answer, or nothing where the login was refused.
            (met(PBX, outside::Fault::Forbidden { code: None }), [6, 5], [answered, answered]),
            (met(GRAPH, code()), [4, 4], [nothing, nothing]),
            (Event::StepEnded(StepKind::Proof, StepOutcome::Done(Vec::new())), [5, 5], [answered, answered]),
        ] {
            assert_eq!(asked(after, &event), expected, "{event:?}");
        }
    }

    #[test]
    fn an_attempt_that_is_given_up_is_the_fault_of_whoever_was_silent() {
        for (after, system) in [([4, 4], GRAPH), ([5, 4], PBX), ([5, 5], PBX)] {
            let error = gave_up(&[(GRAPH, 4), (PBX, 4)], &[(GRAPH, after[0]), (PBX, after[1])]);
            assert_eq!(error, OutsideError::new(system, outside::Fault::Unknown));
            assert!(fault_of(&error).transient, "tried again, and not for ever");
        }
    }
}
