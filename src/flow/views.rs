//! A request as cards: each is built from the present state alone, so a copy can be rewritten at any time.

mod confirm;

use super::event::{Card, CardKind};
use super::request::{Asked, Failure as Stop, Given, Request, State, Stopped};
use super::step_record::{StepRecord, StepStatus};
use crate::domain::{Problem, Sentence, Work};
use crate::plan::{Plan, StepKind, Word, held_numbers};
use crate::view::{
    Approval, Choice, Done, Failure, Guided, Item, Mention, Problems, Progress, Row, Shown, StepLine, StepMark, View,
    shown_time,
};

/// A Teams client asks for its own view of a card for at most this many people.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views>
const MOST_OWN_VIEWS: usize = 60;

/// Whose copy of a card it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The one in the thread that everybody sees.
    Everybody,
    /// For somebody who may decide.
    Approver,
    /// For somebody who may only look.
    Onlooker,
}

/// Builds a card. `None`: the request has nothing (any more) to show on it.
pub fn view(request: &Request, card: Card, audience: Audience) -> Option<View> {
    let open = card.round == request.round;
    Some(match card.kind {
        CardKind::Problems => View::Problems(problems_card(request)?),
        CardKind::Confirm => View::Confirm(confirm::confirm(request, open)),
        CardKind::Approval => View::Approval(approval(request, open, audience)?),
        CardKind::Progress => View::Progress(progress(request, card.round == request.progress_round)?),
        CardKind::Guided(kind) => View::Guided(guided(request, kind, open)?),
        CardKind::Failure => View::Failure(failure(request, open)?),
        CardKind::Done => View::Done(done(request)?),
    })
}

/// Chat ids belong to the surface on which the request was made.
fn mention(request: &Request, asked: &Asked) -> Mention {
    let (surface, directory_id, name) = (request.place.surface, asked.id.clone(), asked.name.clone());
    Mention { surface, id: asked.chat_id.clone().unwrap_or_default(), directory_id, name }
}

fn requester(request: &Request) -> Mention {
    let (surface, who) = (request.place.surface, &request.requester);
    Mention { surface, id: who.chat_id.clone(), directory_id: who.id.clone(), name: who.name.clone() }
}

/// Whoever approved may have done so in the other product: there they have another id.
fn approver(request: &Request, given: &Given) -> Mention {
    let (surface, directory_id, name) = (request.place.surface, given.by.id.clone(), given.by.name.clone());
    let unasked = || Mention { surface, id: String::new(), directory_id, name };
    request.approvers.iter().find(|asked| asked.id == given.by.id).map_or_else(unasked, |asked| mention(request, asked))
}

fn problems_card(request: &Request) -> Option<Problems> {
    let problems: Vec<Problem> = request.ground()?.problems();
    let (work, subject) = (request.ask.work, request.ask.subject.to_string());
    Some(Problems { request: request.id, work, subject, problems })
}

fn not_offered(request: &Request) -> Vec<Sentence> {
    request.facts.as_ref().map(|facts| held_numbers(&request.offer, facts)).unwrap_or_default()
}

fn second_looks(request: &Request) -> Vec<Sentence> {
    request.ground().map(|ground| ground.warnings()).unwrap_or_default()
}

fn lapsed(request: &Request) -> Vec<Sentence> {
    let lapsed = request.lapsed.iter();
    lapsed.map(|person| Sentence::new("warn-approval-lapsed").with("name", &person.name)).collect()
}

fn approved_by(request: &Request) -> Vec<String> {
    request.approvals.iter().map(|a| a.by.name.clone()).collect()
}

fn approval(request: &Request, open: bool, audience: Audience) -> Option<Approval> {
    let closed = match &request.state {
        State::AwaitingApproval { .. } if open => None,
        State::Rejected { by, reason } => {
            Some(Sentence::new("closed-rejected").with("by", &by.name).with("reason", reason))
        }
        State::Expired => Some(Sentence::new("closed-expired")),
        State::Cancelled { by } if request.approvals.is_empty() => {
            Some(Sentence::new("closed-cancelled").with("by", &by.name))
        }
        _ if request.approvals.is_empty() => Some(Sentence::new("closed-void")),
        _ => Some(Sentence::new("closed-approved").with("by", approved_by(request).join(", "))),
    };
    let expires_at = match &request.state {
        State::AwaitingApproval { expires_at, .. } => *expires_at,
        _ => request.since,
    };
    let (everybody_has_own, refresh_for) = own_views(request);
    let plan = request.plan.as_ref();
    Some(Approval {
        stamp: request.stamp(),
        work: request.ask.work,
        requester: request.requester.name.clone(),
        reason: request.ask.reason.clone(),
        subject_name: request.subject_name(),
        subject: request.ask.subject.to_string(),
        items: plan.map_or_else(|| confirm::items(request), Plan::items),
        notices: plan.filter(|_| closed.is_none()).map(Plan::notices).unwrap_or_default(),
        warnings: if closed.is_none() { [second_looks(request), lapsed(request)].concat() } else { Vec::new() },
        approvers: request.approvers.iter().map(|asked| mention(request, asked)).collect(),
        required: request.required,
        approved_by: approved_by(request),
        expires_at,
        buttons: closed.is_none()
            && match audience {
                Audience::Everybody => everybody_has_own,
                Audience::Approver => true,
                Audience::Onlooker => false,
            },
        refresh_for: match audience {
            Audience::Everybody if closed.is_none() => refresh_for,
            // Alone with one of them. Their client's look is how the bot learns that the card is there.
            Audience::Approver if closed.is_none() => approver_ids(request),
            _ => Vec::new(),
        },
        closed,
    })
}

/// Who fetches an own view, and whether the shared card may show the buttons.
///
/// Where everybody in the conversation fits into the sixty, everybody gets their own view and the shared card keeps
/// its buttons for clients that cannot fetch one. Otherwise the shared card is read-only and the approvers fetch theirs.
fn own_views(request: &Request) -> (bool, Vec<String>) {
    let approvers = approver_ids(request);
    match &request.others {
        Some(others) if approvers.len() + others.len() <= MOST_OWN_VIEWS => {
            (true, approvers.into_iter().chain(others.iter().cloned()).collect())
        }
        Some(_) if approvers.is_empty() => (true, Vec::new()),
        Some(_) => (false, approvers),
        None => (true, approvers),
    }
}

fn approver_ids(request: &Request) -> Vec<String> {
    request.approvers.iter().filter_map(|a| a.chat_id.clone()).take(MOST_OWN_VIEWS).collect()
}

fn title(kind: StepKind, plan: &Plan) -> Sentence {
    plan.says(Sentence::new(&format!("step-{}", kind.name())))
}

fn step_line(record: &StepRecord, plan: &Plan) -> StepLine {
    let mark = match record.status {
        StepStatus::Open => StepMark::Open,
        StepStatus::Running => StepMark::Running,
        StepStatus::Waiting | StepStatus::Guided => StepMark::Waiting,
        StepStatus::Done => StepMark::Done,
        StepStatus::Failed => StepMark::Failed,
    };
    let since = record.ended.or(record.since);
    let until = record.until.filter(|_| mark == StepMark::Waiting);
    // Nobody has seen it but whoever says so.
    let said = match plan.word(record.kind) {
        Word::Counts => Some("detail-reported-noted"),
        Word::Saved => Some("detail-reported"),
        Word::Deleted => Some("detail-reported-deleted"),
        Word::Seen => None,
    };
    let reported = said.zip(record.report()).filter(|_| mark == StepMark::Done);
    let reported = reported.map(|(id, report)| Sentence::new(id).with("by", &report.by.name));
    let detail = reported.or_else(|| record.detail.clone());
    StepLine { title: title(record.kind, plan), mark, detail, since, until, clock: record.clock() }
}

fn progress(request: &Request, current: bool) -> Option<Progress> {
    let plan = request.plan.as_ref()?;
    let closed = match &request.state {
        _ if !current => Some(Sentence::new("closed-void")),
        State::Running => None,
        State::Done { .. } => Some(Sentence::new("closed-done")),
        State::Cancelled { by } if request.has_touched_anything() => {
            let id = match (request.ask.work, &request.ask.extension) {
                (Work::Mend(_), _) => "closed-cancelled-mend",
                (_, Some(_)) => "closed-cancelled-midway",
                (_, None) => "closed-cancelled-midway-number",
            };
            Some(plan.says(Sentence::new(id)).with("by", &by.name))
        }
        State::Cancelled { by } => Some(Sentence::new("closed-cancelled").with("by", &by.name)),
        State::Failed(_) => Some(Sentence::new("closed-failed")),
        _ => Some(Sentence::new("closed-void")),
    };
    Some(Progress {
        stamp: request.stamp(),
        work: request.ask.work,
        subject_name: request.subject_name(),
        line: plan.line().to_string(),
        steps: request.steps.iter().map(|s| step_line(s, plan)).map(|line| line.while_open(closed.is_none())).collect(),
        closed,
    })
}

fn guided(request: &Request, kind: StepKind, open: bool) -> Option<Guided> {
    let plan = request.plan.as_ref()?;
    let record = request.steps.iter().find(|s| s.kind == kind)?;
    let report = record.report();
    // Nobody can see more of portal work than that somebody reported it.
    let said = match plan.word(kind) {
        Word::Counts => Some("closed-guided-noted"),
        Word::Saved => Some("closed-guided-reported"),
        Word::Deleted => Some("closed-guided-deleted"),
        Word::Seen => None,
    };
    let (reported, unseen) = if said.is_some() { (said.zip(report), None) } else { (None, report) };
    let at_the_pbx = if kind.is_at_the_pbx() { "-pbx" } else { "" };
    let closed = match (&request.state, record.status, reported) {
        (State::Running, _, Some((id, report))) | (_, StepStatus::Done, Some((id, report))) => {
            Some(plan.says(Sentence::new(id)).with("by", &report.by.name))
        }
        (_, StepStatus::Done, _) => Some(Sentence::new(&format!("closed-guided-seen{at_the_pbx}"))),
        (State::Cancelled { by }, ..) => Some(Sentence::new("closed-cancelled").with("by", &by.name)),
        (State::Running, ..) if open => None,
        _ => Some(Sentence::new("closed-failed")),
    };
    let named = |sentence: Sentence| plan.says(sentence).with("subject", request.subject_name());
    let sheet = plan.worksheet(kind)?;
    Some(Guided {
        stamp: request.stamp(),
        subject_name: request.subject_name(),
        title: named(sheet.title),
        instructions: sheet.instructions.into_iter().map(named).collect(),
        items: sheet.items,
        link: sheet.link,
        by_hand: sheet.by_hand,
        operators: request.asked(kind).into_iter().map(|asked| mention(request, asked)).collect(),
        others: if closed.is_none() { others(request, None) } else { Vec::new() },
        remark: unseen
            .map(|r| Sentence::new(&format!("remark-not-visible{at_the_pbx}")).with("by", &r.by.name))
            .or_else(|| reminded(record))
            .filter(|_| closed.is_none()),
        closed,
    })
}

/// Whom else can be asked, where there is more than one.
fn others(request: &Request, but: Option<&str>) -> Vec<Choice> {
    let others = request.operators.iter().filter(|asked| Some(asked.id.as_str()) != but);
    let choice = |asked: &Asked| Choice { title: Shown::Text(asked.name.clone()), value: asked.id.clone() };
    if request.operators.len() > 1 { others.map(choice).collect() } else { Vec::new() }
}

fn reminded(record: &StepRecord) -> Option<Sentence> {
    let guided = record.guided.as_ref()?;
    let sentence = Sentence::new("remark-reminded").with("asked", shown_time(guided.asked_at));
    Some(sentence.with("reminded", shown_time(guided.reminded_at?)))
}

/// The failure card. After somebody retried or cancelled its cause stays; what was done is told elsewhere.
fn failure(request: &Request, open: bool) -> Option<Failure> {
    let retried = || Some(Sentence::new("closed-retried"));
    let (failed, closed) = match &request.state {
        State::Failed(failed) => (failed, if open { None } else { retried() }),
        State::Cancelled { by } => {
            (request.stopped.as_ref()?, Some(Sentence::new("closed-cancelled").with("by", &by.name)))
        }
        _ => (request.stopped.as_ref()?, retried()),
    };
    let stands = matches!(request.state, State::Failed(_));
    let titles = |done: bool| -> Vec<Sentence> {
        let Some(plan) = request.plan.as_ref().filter(|_| stands) else { return Vec::new() };
        request.steps.iter().filter(|s| (s.status == StepStatus::Done) == done).map(|s| title(s.kind, plan)).collect()
    };
    Some(Failure {
        stamp: request.stamp(),
        work: request.ask.work,
        subject_name: request.subject_name(),
        step: title_where(request, failed.at),
        cause: failed.cause.clone(),
        fix: failed.fix.clone(),
        who: failed.who,
        problems: failed.problems.clone(),
        done: titles(true),
        not_done: titles(false),
        incident: failed.incident.clone(),
        others: match &failed.refused_by {
            Some(by) if stands => others(request, Some(by)),
            _ => Vec::new(),
        },
        undo: stands && request.has_touched_anything() && !matches!(request.ask.work, Work::Undo(_) | Work::Mend(_)),
        mentions: if stands { told(request, failed) } else { Vec::new() },
        closed,
    })
}

/// The requester, and the operators where somebody has to mend something.
fn told(request: &Request, failed: &Stop) -> Vec<Mention> {
    let operators = request.operators.iter().filter(|a| failed.needs_somebody() && a.id != request.requester.id);
    std::iter::once(requester(request)).chain(operators.map(|asked| mention(request, asked))).collect()
}

fn title_where(request: &Request, at: Stopped) -> Sentence {
    match (at, &request.plan) {
        (Stopped::Step(kind), Some(plan)) => title(kind, plan),
        _ => Sentence::new("step-checking"),
    }
}

fn done(request: &Request) -> Option<Done> {
    let State::Done { read_at } = request.state else { return None };
    let proof = request.steps.iter().find(|s| s.kind.is_proof()).or(request.steps.last())?;
    let also = [StepKind::RestoreDevice, StepKind::RestorePolicy, StepKind::MicrosoftSide];
    let last = request.steps.iter().filter(|s| also.contains(&s.kind));
    // What nobody can read back stands among the reports.
    let unread = !proof.kind.is_proof() && !proof.kind.can_be_verified();
    let evidence = std::iter::once(proof).filter(|_| !unread).chain(last).flat_map(|s| s.evidence.clone());
    let plan = request.plan.as_ref()?;
    let pbx = match proof.kind {
        StepKind::Proof => plan.connecttoteams().is_some(),
        StepKind::Clean => plan.doomed_device().is_some() || plan.steps.contains(&StepKind::RestoreDevice),
        _ => false,
    };
    let saved = plan.changes_what_nobody_reads();
    let value = if plan.connecttoteams().is_some() { "value-saved-carrier" } else { "value-saved-reported" };
    let unseen = Item { label: "item-saved".to_owned(), value: Shown::Said(Sentence::new(value)) };
    let evidence = evidence.chain(saved.then_some(unseen));
    let approvers = request.approvals.iter().map(|given| approver(request, given));
    Some(Done {
        told: Some(std::iter::once(requester(request)).chain(approvers).collect()),
        stamp: request.stamp(),
        work: request.ask.work,
        requester: requester(request),
        subject_name: request.subject_name(),
        subject: request.ask.subject.to_string(),
        evidence: evidence.collect(),
        reports: request.steps.iter().flat_map(StepRecord::reports).collect(),
        read_at,
        without_pbx: !pbx,
        unread,
        saved,
        approved_by: approved_by(request),
    })
}

/// Where a request stands, as one sentence for lists.
pub fn state_sentence(request: &Request) -> Sentence {
    let id = format!("state-{}", request.state.name().as_str());
    let sentence = Sentence::new(&id);
    if let Some(held) = &request.held {
        let kind = request.step().map_or("checking", |s| s.kind.name());
        return held.says("state").with_term("step", &format!("step-short-{kind}"));
    }
    match &request.state {
        State::AwaitingApproval { .. } => {
            let names: Vec<_> = request.approvers.iter().map(|a| a.name.as_str()).collect();
            sentence.with("approvers", if names.is_empty() { "…".to_owned() } else { names.join(", ") })
        }
        State::Running => {
            let guided = request.step().is_some_and(|s| s.status == StepStatus::Guided);
            let kind = request.step().map_or("proof", |s| s.kind.name());
            let id = if guided { "state-waiting-operator" } else { "state-running" };
            let sentence = match request.step().and_then(|s| s.until) {
                Some(until) => Sentence::new(&format!("{id}-until")).with("until", shown_time(until)),
                None => Sentence::new(id),
            };
            sentence.with_term("step", &format!("step-short-{kind}"))
        }
        State::Failed(failed) => {
            let kind = request.step().map_or("checking", |s| s.kind.name());
            let sentence = match failed.who {
                Some(who) => Sentence::new("state-failed-who").with_term("who", &who.sentence().id),
                None => sentence,
            };
            sentence.with_term("step", &format!("step-short-{kind}"))
        }
        State::Rejected { by, .. } | State::Cancelled { by } => sentence.with("by", &by.name),
        _ => sentence,
    }
}

/// One line of a list.
pub fn row(request: &Request) -> Row {
    Row {
        request: request.id,
        work: request.ask.work,
        subject: request.ask.subject.to_string(),
        line: request.line(),
        state: state_sentence(request),
        since: request.since,
        requester: request.requester.name.clone(),
        clock: None,
    }
}

/// The same with what the step under way waits by.
pub fn clocked_row(request: &Request) -> Row {
    let running = request.state == State::Running;
    Row { clock: request.step().filter(|_| running).and_then(StepRecord::clock), ..row(request) }
}
