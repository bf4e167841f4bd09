//! What holds whatever happens in whatever order.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::view::View;

/// Something happens next.
#[derive(Debug, Clone)]
enum Move {
    /// What would happen if all went well.
    Onwards,
    /// Whatever this person does, having seen a card that is so many versions old (negative: typed).
    Acts(&'static str, Action, i8),
    /// Whatever the step under way, or this one, comes to.
    Ends(Option<StepKind>, StepOutcome),
    /// Whatever else is found out.
    Finds(Event),
    /// Time goes by.
    Waits(i64),
    /// The configuration changes: how many must agree, and the gateway behind a route.
    Configures(u32, u64),
}

fn some_action() -> impl Strategy<Value = Action> {
    let text = || {
        prop::sample::select(vec![None, Some(" \n"), Some("because"), Some("no")]).prop_map(|t| t.map(str::to_owned))
    };
    let address = prop::sample::select(vec!["a-denver", "a-boston", "a-mars", ""]);
    prop_oneof![
        address.prop_map(|id| Action::Submit(inputs(&[("emergency_address", id)]))),
        text().prop_map(Action::Approve),
        text().prop_map(Action::Reject),
        Just(Action::Retry),
        Just(Action::Cancel),
        text().prop_map(Action::GuidedDone),
        text().prop_map(Action::GuidedFail),
        Just(Action::Refresh),
    ]
}

fn some_fault() -> impl Strategy<Value = Fault> {
    let pause = prop::option::of(-10_i64..100_000).prop_map(|p| p.map(SignedDuration::from_secs));
    (any::<bool>(), pause, any::<bool>()).prop_map(|(transient, retry_after, conditions)| {
        let fault = if conditions { broken_condition() } else { fault(transient) };
        Fault { retry_after, ..fault }
    })
}

fn some_outcome() -> impl Strategy<Value = StepOutcome> {
    prop_oneof![
        3 => Just(done()),
        1 => Just(StepOutcome::Prepared("null".into())),
        3 => prop::sample::select(vec!["wait-line", "wait-voice"]).prop_map(not_yet),
        2 => some_fault().prop_map(StepOutcome::Faulted),
    ]
}

fn some_task() -> impl Strategy<Value = Task> {
    prop_oneof![
        Just(Task::ReadFacts),
        Just(Task::FindPeople),
        prop::sample::select(StepKind::ALL.to_vec()).prop_map(Task::Step),
    ]
}

fn some_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop::sample::select(vec![facts(), bad_facts()]).prop_map(|f| Event::FactsRead(Box::new(f))),
        prop::sample::select(vec![people(), People::default()]).prop_map(Event::PeopleFound),
        some_fault().prop_map(Event::TaskFaulted),
        (some_task(), 0_i64..200)
            .prop_map(|(task, minutes)| Event::Held(task, hold(start() + super::minutes(minutes)))),
        Just(Event::Expired),
    ]
}

fn some_move() -> impl Strategy<Value = Move> {
    let who = prop::sample::select(vec!["rita", "rita+", "paul", "petra", "priya", "otto", "sam"]);
    let kind = prop::option::weighted(0.2, prop::sample::select(StepKind::ALL.to_vec()));
    prop_oneof![
        12 => Just(Move::Onwards),
        5 => (who, some_action(), -2_i8..3).prop_map(|(who, action, age)| Move::Acts(who, action, age)),
        5 => (kind, some_outcome()).prop_map(|(kind, outcome)| Move::Ends(kind, outcome)),
        2 => some_event().prop_map(Move::Finds),
        4 => prop::sample::select(vec![0_i64, 1, 60, 600, 7_200, 90_000]).prop_map(Move::Waits),
        1 => (1_u32..3, 806_u64..808).prop_map(|(required, gateway)| Move::Configures(required, gateway)),
    ]
}

/// What the journal and the chat hold after all effects so far.
#[derive(Debug)]
struct Outside {
    story: Story,
    task: Option<Task>,
    expires: bool,
    held: bool,
    /// The cards in the thread: the version they show, and whether they can be pressed.
    cards: HashMap<Card, (u64, bool)>,
    ends_told: usize,
}

fn can_be_pressed(view: &View) -> bool {
    match view {
        View::Confirm(card) => card.closed.is_none(),
        View::Approval(card) => {
            assert!(card.closed.is_none() || (!card.buttons && card.refresh_for.is_empty()), "closed, with buttons");
            card.closed.is_none()
        }
        View::Guided(card) => card.closed.is_none(),
        View::Progress(card) => card.closed.is_none(),
        View::Failure(card) => card.closed.is_none(),
        View::Done(_) | View::Problems(_) => false,
        other => panic!("no card of a request: {other:?}"),
    }
}

impl Outside {
    fn new() -> Self {
        let (task, cards) = (Some(Task::ReadFacts), HashMap::new());
        Self { story: Story::new(), task, expires: false, held: false, cards, ends_told: 0 }
    }

    fn next_approver(&self) -> &'static str {
        let agreed = |name: &str| self.story.request.approvals.iter().any(|a| a.by.name == name);
        ["paul", "petra", "priya"].into_iter().find(|name| !agreed(name)).unwrap()
    }

    fn time_is_up(&self) -> bool {
        matches!(self.story.request.state, State::AwaitingApproval { expires_at, .. } if self.story.now >= expires_at)
    }

    fn onwards(&self) -> Event {
        match (&self.story.request.state, self.task) {
            (State::Confirming, _) => act("rita", Action::Submit(inputs(&[]))),
            (State::Failed(_), _) => act("rita", Action::Retry),
            (_, Some(Task::ReadFacts)) => Event::FactsRead(Box::new(facts())),
            (_, Some(Task::FindPeople)) => Event::PeopleFound(people()),
            (_, Some(Task::Step(kind))) => Event::StepEnded(kind, done()),
            (_, None) => act(self.next_approver(), Action::Approve(None)),
        }
    }

    fn play(&mut self, next: Move) {
        let event = match next {
            Move::Waits(seconds) => {
                self.story.wait(SignedDuration::from_secs(seconds));
                return;
            }
            Move::Configures(required, gateway) => {
                self.story.policy.required = required;
                offered(&mut self.story.policy).routes[1].sbc_gateway_id = gateway;
                return;
            }
            Move::Onwards => self.onwards(),
            Move::Acts(who, action, age) if age < 0 => act(who, action),
            Move::Acts(who, action, age) => {
                press(who, self.story.request.version.checked_sub(u64::from(age.unsigned_abs())), action)
            }
            Move::Ends(kind, outcome) => {
                let present = self.story.request.step().map_or(StepKind::Proof, |s| s.kind);
                Event::StepEnded(kind.unwrap_or(present), outcome)
            }
            Move::Finds(event) => event,
        };
        // A refusal changes nothing: there is no decision to write.
        let Ok(decision) = self.story.decide(&event) else { return };
        let before = std::mem::replace(&mut self.story.request, decision.request);
        self.follow(&decision.effects);
        self.check_move(&before, &event, &decision.effects);
        self.check_request();
        self.check_outside();
        self.check_cards();
    }

    fn follow(&mut self, effects: &[Effect]) {
        let request = &self.story.request;
        for effect in effects {
            match effect {
                Effect::Post(card) | Effect::Rewrite(card) => {
                    let new = matches!(effect, Effect::Post(_));
                    let again = new && self.cards.contains_key(card) && card.kind != CardKind::Progress;
                    assert!(!again, "posted twice: {card:?}");
                    if !new && !self.cards.contains_key(card) {
                        continue;
                    }
                    let shown =
                        view(request, *card, Audience::Everybody).expect("a card that is posted shows something");
                    self.cards.insert(*card, (request.version, can_be_pressed(&shown)));
                    self.ends_told += usize::from(new && card.kind == CardKind::Done);
                }
                Effect::Say(_) => {}
                Effect::Do(task, _) => self.task = Some(*task),
                Effect::Rest => self.task = None,
                Effect::ExpireAt(_) => self.expires = true,
                Effect::NeverExpire => self.expires = false,
                Effect::Hold => self.held = true,
                Effect::Release => self.held = false,
                Effect::Keep => assert!(self.held && request.has_touched_anything(), "there is something to keep"),
                Effect::Settle { keeps, .. } => assert!(*keeps && self.held, "whoever has a line keeps it"),
            }
        }
    }

    fn check_move(&self, before: &Request, event: &Event, effects: &[Effect]) {
        let after = &self.story.request;
        let tasks = effects.iter().filter(|e| matches!(e, Effect::Do(..) | Effect::Rest)).count();
        assert!(tasks <= 1, "one task at a time: {effects:?}");
        let late = effects.iter().any(|e| matches!(e, Effect::Do(_, at) if *at < self.story.now));
        assert!(!late, "nothing is due in the past");
        if before.state.name().is_over() {
            assert_eq!(before.state, after.state, "what is over stays over");
            let recorded = matches!(event, Event::StepEnded(_, StepOutcome::Done(_)));
            let shown = effects.iter().all(|e| matches!(e, Effect::Rewrite(_)));
            assert!(before == after || (recorded && shown), "{event:?} after the end");
        }
        let guided_ended = before.state == State::Running
            && before.step().is_some_and(|s| s.guided.is_some() && *event == Event::StepEnded(s.kind, done()));
        let moved = before.state.name() != after.state.name();
        assert_eq!(after.version > before.version, moved || guided_ended, "{event:?}");
        if before.state.name() == StateName::AwaitingApproval && after.state == State::Running {
            let people: BTreeSet<&str> = after.approvals.iter().map(|a| a.by.id.as_str()).collect();
            assert!(people.len() >= self.story.policy.required as usize, "too few agreed: {people:?}");
            assert!(self.held, "the extension is held before anything runs");
        }
    }

    fn check_request(&self) {
        let request = &self.story.request;
        let own = |a: &Given| a.by.is(&request.requester) || a.by.upn == request.requester.upn;
        assert!(!request.approvals.iter().any(own), "the requester approved");
        if !request.approvals.is_empty() {
            let digest = request.digest();
            assert!(request.approvals.iter().all(|a| Some(&a.digest) == digest.as_ref()), "approved another plan");
        }
        // Steps are done in order, one at a time.
        let rest: Vec<_> = request.steps.iter().skip_while(|s| s.status == StepStatus::Done).collect();
        assert!(rest.iter().skip(1).all(|s| s.status == StepStatus::Open), "out of order: {rest:?}");
        let ended = matches!(request.state, State::Done { .. });
        assert!(!ended || (rest.is_empty() && !request.steps.is_empty()), "done before all was done");
        assert_eq!(self.ends_told, usize::from(ended), "the end is told once, and only then");
        // Whatever it says about itself can be said.
        let told = row(request);
        assert!(told.state.id.starts_with("state-"), "{told:?}");
    }

    fn check_outside(&self) {
        let request = &self.story.request;
        let under_way = request.step().map(|s| Task::Step(s.kind));
        let expected = match &request.state {
            State::Checking => vec![Some(Task::ReadFacts)],
            State::AwaitingApproval { announced: false, .. } => vec![Some(Task::FindPeople)],
            State::Running if !request.has_touched_anything() => vec![under_way, Some(Task::FindPeople)],
            State::Running => vec![under_way],
            _ => vec![None],
        };
        assert!(expected.contains(&self.task), "{:?} in {:?}: somebody has to go on", self.task, request.state);
        let timed = matches!(request.state, State::Confirming | State::AwaitingApproval { .. });
        assert_eq!(self.expires, timed, "the timer of {:?}", request.state);
        let needed = matches!(request.state, State::AwaitingApproval { .. } | State::Running | State::Done { .. });
        assert!(self.held || !needed, "somebody else could get the extension");
        let given_back = request.state.name().is_over() && !request.has_touched_anything();
        assert!(!(self.held && given_back), "an extension is held for nothing");
    }

    fn check_cards(&self) {
        let request = &self.story.request;
        for (card, (version, pressable)) in &self.cards {
            for audience in [Audience::Everybody, Audience::Approver, Audience::Onlooker] {
                // `None`: nothing left to be shown.
                let Some(now) = view(request, *card, audience) else { continue };
                let open = can_be_pressed(&now);
                assert!(!(request.state.name().is_over() && open), "{card:?} can be pressed after the end");
                assert_eq!(*pressable, open, "{card:?} in the thread says something else than it should");
            }
            assert!(!*pressable || *version == request.version, "{card:?} shows an old version and can be pressed");
            if *pressable {
                self.check_buttons(card.kind, *version);
            }
        }
    }

    /// A button that is shown works for whoever it is meant for.
    fn check_buttons(&self, kind: CardKind, version: u64) {
        let buttons: Vec<(&str, Action)> = match kind {
            CardKind::Confirm => vec![("rita", Action::Submit(inputs(&[]))), ("rita", Action::Cancel)],
            CardKind::Approval if self.time_is_up() => vec![],
            CardKind::Approval => vec![(self.next_approver(), Action::Approve(None))],
            CardKind::Progress => vec![("rita", Action::Cancel)],
            CardKind::Guided(_) => {
                vec![("otto", Action::GuidedDone(None)), ("otto", Action::GuidedFail(Some("no".into())))]
            }
            CardKind::Failure => vec![("rita", Action::Retry), ("rita", Action::Cancel)],
            CardKind::Done | CardKind::Problems => vec![],
        };
        for (who, action) in buttons {
            let pressed = self.story.decide(&press(who, Some(version), action.clone()));
            assert!(pressed.is_ok(), "{action:?} by {who} on {kind:?}: {pressed:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_hold(moves in prop::collection::vec(some_move(), 1..60)) {
        let mut outside = Outside::new();
        for next in moves {
            outside.play(next);
        }
    }
}

/// The generator is worth something only if it gets everywhere.
#[test]
fn random_lives_reach_every_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let (mut runner, mut reached) = (TestRunner::deterministic(), BTreeSet::new());
    for _ in 0..300 {
        let moves = prop::collection::vec(some_move(), 60).new_tree(&mut runner).unwrap().current();
        let mut outside = Outside::new();
        for next in moves {
            outside.play(next);
            reached.insert(outside.story.state());
        }
    }
    assert_eq!(reached, BTreeSet::from(StateName::ALL));
}
