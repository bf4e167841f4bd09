//! Requests, their steps and events, holds, people and conversations.

use super::*;
use crate::flow::{State, StateName, StepStatus};

async fn save(store: &Store, loaded: &Loaded, request: &Request) -> Result<(), JournalError> {
    let mut tx = store.tx().await;
    tx.save(loaded, request, after(1)).await?;
    tx.commit().await
}

async fn load(store: &Store, id: RequestId) -> Loaded {
    store.journal.request(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_request_is_read_back_as_it_was_written_after_a_restart_too() {
    let store = Store::new().await;
    let id = store.asked("alice", "1000").await.id;
    let loaded = load(&store, id).await;
    let mut changed = loaded.request.clone();
    changed.state =
        State::AwaitingApproval { expires_at: after(86_400) + SignedDuration::from_nanos(7), announced: true };
    changed.steps = steps(&StepKind::ALL);
    changed.steps[0].status = StepStatus::Done;
    changed.steps[0].before = Some("{\"a\":'1'}".into());
    save(&store, &loaded, &changed).await.unwrap();
    let store = store.restarted().await;
    assert_eq!(load(&store, id).await.request, changed);
    assert!(store.journal.request(RequestId(99)).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_decided_on_an_old_state_is_told_and_nothing_is_written() {
    let store = Store::new().await;
    let id = store.asked("alice", "1000").await.id;
    let (first, second) = (load(&store, id).await, load(&store, id).await);
    let in_state = |state| Request { state, ..first.request.clone() };
    save(&store, &first, &in_state(State::Confirming)).await.unwrap();
    let mut late = in_state(State::Running);
    late.steps = steps(&StepKind::ALL);
    assert!(matches!(save(&store, &second, &late).await, Err(JournalError::Overtaken)));
    let kept = load(&store, id).await.request;
    assert_eq!((kept.state, kept.steps.len()), (State::Confirming, 0));
}

#[tokio::test]
async fn steps_come_change_and_go_with_their_request() {
    let store = Store::new().await;
    let id = store.asked("alice", "1000").await.id;
    let all = steps(&StepKind::ALL);
    let mut changed = all.clone();
    changed[1].status = StepStatus::Waiting;
    changed[6].detail = Some(Sentence::new("wait-line").with("line", "+11000"));
    for kept in [all.clone(), changed, all[..3].to_vec(), Vec::new(), all] {
        let loaded = load(&store, id).await;
        let request = Request { steps: kept.clone(), ..loaded.request.clone() };
        save(&store, &loaded, &request).await.unwrap();
        assert_eq!(load(&store, id).await.request.steps, kept);
    }
}

#[tokio::test]
async fn lists_are_filtered_newest_first_and_say_how_many_are_left_out() {
    let store = Store::new().await;
    for (subject, extension) in [("alice", "1000"), ("bob", "1001"), ("alice", "1002"), ("carol", "1003")] {
        store.asked(subject, extension).await;
    }
    let two = load(&store, RequestId(2)).await;
    let mut running = Request { state: State::Running, ..two.request.clone() };
    running.steps = steps(&StepKind::ALL);
    save(&store, &two, &running).await.unwrap();
    let customers = vec![CustomerId("contoso".into())];
    let all = ListQuery { customers, most: 9, ..ListQuery::default() };
    let upn = |name: &str| Upn::parse(&format!("{name}@contoso.com")).ok();
    let table = [
        (all.clone(), vec![4, 3, 2, 1], 0),
        (ListQuery { most: 4, ..all.clone() }, vec![4, 3, 2, 1], 0),
        (ListQuery { most: 3, ..all.clone() }, vec![4, 3, 2], 1),
        (ListQuery { most: 1, ..all.clone() }, vec![4], 3),
        (ListQuery { most: 1, before: Some(RequestId(4)), ..all.clone() }, vec![3], 2),
        (ListQuery { most: 1, before: Some(RequestId(4)), subject: upn("alice"), ..all.clone() }, vec![3], 1),
        (ListQuery { before: Some(RequestId(1)), ..all.clone() }, vec![], 0),
        (ListQuery { subject: upn("alice"), ..all.clone() }, vec![3, 1], 0),
        (ListQuery { states: vec![StateName::Running, StateName::Done], ..all.clone() }, vec![2], 0),
        (ListQuery { requester: Some("rita-id".into()), subject: upn("bob"), ..all.clone() }, vec![2], 0),
        (ListQuery { requester: Some("' OR 1=1 --".into()), ..all.clone() }, vec![], 0),
        (ListQuery { customers: vec![CustomerId("fabrikam".into())], ..all.clone() }, vec![], 0),
        (ListQuery { customers: Vec::new(), ..all }, vec![], 0),
    ];
    for (query, expected, more) in table {
        let (found, left) = store.journal.list(&query).await.unwrap();
        let numbers: Vec<_> = found.iter().map(|r| r.id.0).collect();
        assert_eq!((numbers, left), (expected, more), "{query:?}");
        assert!(found.iter().all(|r| (r.id.0 == 2) != r.steps.is_empty()), "with their steps");
    }
    let mut counts = store.journal.count_by_state().await.unwrap();
    counts.sort();
    assert_eq!(counts, [("checking".to_owned(), 3), ("running".to_owned(), 1)]);
}

#[tokio::test]
async fn a_list_reads_nothing_of_the_requests_that_it_does_not_show() {
    let store = Store::new().await;
    for extension in 1000..1006 {
        store.asked("alice", &extension.to_string()).await;
    }
    store.sql("UPDATE requests SET body = 'unreadable' WHERE number < 5").await;
    let query = ListQuery { customers: vec![CustomerId("contoso".into())], most: 2, ..ListQuery::default() };
    let (found, left) = store.journal.list(&query).await.unwrap();
    assert_eq!((found.iter().map(|r| r.id.0).collect::<Vec<_>>(), left), (vec![6, 5], 4));
    let older = ListQuery { before: Some(RequestId(5)), ..query };
    assert!(matches!(store.journal.list(&older).await, Err(JournalError::Row { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_decide_at_once_do_so_one_after_the_other() {
    let store = Store::new().await;
    let id = store.asked("alice", "1000").await.id;
    store.scheduled(id, Task::ReadFacts, start()).await;
    let claim = store.journal.claim_work(start(), 1).await.unwrap().remove(0);
    // One touches the task first and then the timer, the other one the other way round.
    let mut first = store.tx().await;
    let loaded = first.request(id).await.unwrap().unwrap();
    first.redeem(&claim).await.unwrap();
    let second = async {
        let mut second = store.tx().await;
        let loaded = second.request(id).await.unwrap().unwrap();
        second.set_timer(id, Some(after(5))).await.unwrap();
        second.schedule(id, Task::FindPeople, after(5)).await.unwrap();
        second.save(&loaded, &loaded.request, after(5)).await.unwrap();
        second.commit().await.unwrap();
    };
    tokio::join!(second, async {
        store.somebody_waits().await;
        first.set_timer(id, Some(start())).await.unwrap();
        first.save(&loaded, &loaded.request, start()).await.unwrap();
        first.commit().await.unwrap();
    });
    assert_eq!(store.journal.timer_due().await.unwrap(), Some(after(5)));
    assert_eq!(store.journal.work_due().await.unwrap(), Some(after(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_find_an_extension_free_at_once_one_gets_it() {
    let store = Store::new().await;
    let (alice, bob) = (store.asked("alice", "1000").await, store.asked("bob", "1000").await);
    let mut first = store.tx().await;
    assert_eq!(first.held_by(&alice).await.unwrap(), None);
    first.hold(&alice, start()).await.unwrap();
    let second = async {
        let mut second = store.tx().await;
        second.hold(&bob, start()).await
    };
    let (second, ()) = tokio::join!(second, async {
        store.somebody_waits().await;
        first.commit().await.unwrap();
    });
    assert!(matches!(second, Err(JournalError::Overtaken)), "{second:?}");
    assert_eq!(store.tx().await.held_by(&bob).await.unwrap(), Some((alice.id, alice.ask.subject.clone())));
}

#[tokio::test]
async fn what_happened_is_told_in_order() {
    let store = Store::new().await;
    let id = store.asked("alice", "1000").await.id;
    let mut tx = store.tx().await;
    for (n, name) in ["asked", "facts-read", "submitted"].into_iter().enumerate() {
        let actor = (name != "facts-read").then_some("rita-id");
        // The clock may stand still: the order does not hang on it.
        let at = after(if n == 2 { 0 } else { 5 });
        tx.record(id, Happened { name, actor, detail: None }, at).await.unwrap();
    }
    tx.commit().await.unwrap();
    let history = store.journal.history(id).await.unwrap();
    let rita = || Some("rita-id".to_owned());
    let expected = [("asked", rita(), after(5)), ("facts-read", None, after(5)), ("submitted", rita(), after(0))];
    assert_eq!(history, expected.map(|(name, actor, at)| (name.to_owned(), actor, at)));
}

#[tokio::test]
async fn a_subject_has_one_request_at_a_time_and_the_older_check_counts() {
    let store = Store::new().await;
    let first = store.asked("alice", "1000").await;
    let second = store.asked("alice", "1001").await;
    let bob = store.asked("bob", "1002").await;
    let mut tx = store.tx().await;
    assert_eq!(tx.other_open_request(&first).await.unwrap(), None);
    assert_eq!(tx.other_open_request(&second).await.unwrap(), Some(first.id));
    assert_eq!(tx.other_open_request(&bob).await.unwrap(), None);
    drop(tx);
    let cancelled = State::Cancelled { by: rita() };
    for (state, in_the_way) in
        [(State::Confirming, true), (State::Running, true), (State::Expired, false), (cancelled, false)]
    {
        let loaded = load(&store, second.id).await;
        let name = state.name();
        save(&store, &loaded, &Request { state, ..second.clone() }).await.unwrap();
        let found = store.tx().await.other_open_request(&first).await.unwrap();
        assert_eq!(found, in_the_way.then_some(second.id), "{name:?}");
    }
    assert_eq!(store.tx().await.disabled_before(&first).await.unwrap(), None);
}

#[tokio::test]
async fn an_extension_belongs_to_one_subject_until_it_is_released() {
    let store = Store::new().await;
    let alice = store.asked("alice", "1000").await;
    let bob = store.asked("bob", "1000").await;
    let again = store.asked("alice", "1000").await;
    let elsewhere = Request { customer: CustomerId("fabrikam".into()), ..request(RequestId(9), "bob", "1000") };
    let mut tx = store.tx().await;
    assert_eq!(tx.held_by(&bob).await.unwrap(), None);
    tx.hold(&alice, start()).await.unwrap();
    tx.hold(&alice, start()).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((alice.id, alice.ask.subject.clone())));
    assert_eq!(tx.held_by(&alice).await.unwrap(), None, "by itself");
    let open = Some((alice.id, alice.ask.subject.clone()));
    assert_eq!(tx.held_by(&again).await.unwrap(), open, "not even for the same subject, while it is open");
    assert_eq!(tx.held_by(&elsewhere).await.unwrap(), None, "another customer's PBX");
    assert!(tx.same_line_before(&again).await.unwrap() && !tx.same_line_before(&bob).await.unwrap());
    tx.release(&bob).await.unwrap();
    assert!(tx.held_by(&bob).await.unwrap().is_some(), "only its holder gives it back");
    tx.release(&alice).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), None);
}

/// A request that has chosen a number.
pub(super) async fn numbered(store: &Store, subject: &str, number: &str) -> Request {
    let number = E164::parse(number).unwrap();
    let mut tx = store.tx().await;
    let asked = request(tx.next_id().await.unwrap(), subject, "1000");
    let ask = Ask { extension: None, number: Some(number.clone()), ..asked.ask.clone() };
    let offer = DirectRoutingOffer { pool: vec![number], policies: Vec::new(), ready_deadline: SignedDuration::ZERO };
    let offer = Offer::DirectRouting(offer);
    let name = || subject.to_owned();
    let who = Subject { id: name(), name: name(), first_name: name(), last_name: name() };
    let plan = Some(offer.plan(&ask, &who, &Default::default()).unwrap());
    let request = Request { ask, offer, plan, ..asked };
    tx.insert(&request, start()).await.unwrap();
    tx.commit().await.unwrap();
    request
}

#[tokio::test]
async fn a_number_belongs_to_one_subject_until_it_is_released() {
    let store = Store::new().await;
    let alice = numbered(&store, "alice", "+13035550142").await;
    let bob = numbered(&store, "bob", "+13035550142").await;
    let other = numbered(&store, "alice", "+13035550143").await;
    let with_extension = store.asked("carl", "1001").await;
    let mut tx = store.tx().await;
    tx.hold(&alice, start()).await.unwrap();
    tx.hold(&alice, start()).await.unwrap();
    let number = alice.plan.as_ref().unwrap().number().unwrap().clone();
    let held = HeldNumber {
        number: number.clone(),
        request: alice.id,
        subject: alice.ask.subject.clone(),
        cooling_until: None,
    };
    assert_eq!(tx.numbers_held(&alice).await.unwrap(), (vec![], vec![]), "by itself");
    assert_eq!(tx.numbers_held(&bob).await.unwrap(), (vec![held.clone()], vec![]));
    assert_eq!(tx.numbers_held(&other).await.unwrap(), (vec![held], vec![]), "it is still open");
    assert_eq!(tx.numbers_held(&with_extension).await.unwrap(), (vec![], vec![]), "it wants no number");
    assert!(matches!(tx.hold(&bob, start()).await, Err(JournalError::Overtaken)));
    // Over: the number is its subject's.
    let loaded = tx.request(alice.id).await.unwrap().unwrap();
    let mut cancelled = Request { state: State::Cancelled { by: rita() }, ..alice.clone() };
    cancelled.steps = steps(&[StepKind::SubjectReady, StepKind::AssignNumber]);
    cancelled.steps[1].status = StepStatus::Done;
    tx.save(&loaded, &cancelled, start()).await.unwrap();
    assert_eq!(tx.numbers_held(&other).await.unwrap(), (vec![], vec![number.clone()]));
    assert_eq!(tx.cancelled_midway(&other).await.unwrap(), Some(alice.id));
    // The next request takes another number and gives back only that one.
    tx.hold(&other, start()).await.unwrap();
    tx.release(&other).await.unwrap();
    let (held, _) = tx.numbers_held(&bob).await.unwrap();
    assert_eq!(held.iter().map(|h| (&h.number, h.request)).collect::<Vec<_>>(), [(&number, alice.id)]);
    // The same number goes back to whoever had it.
    let again = Request { plan: alice.plan.clone(), ..other };
    tx.hold(&again, start()).await.unwrap();
    tx.release(&again).await.unwrap();
    let (held, _) = tx.numbers_held(&bob).await.unwrap();
    assert_eq!(held.iter().map(|h| (&h.number, h.request)).collect::<Vec<_>>(), [(&number, alice.id)]);
}

#[tokio::test]
async fn a_line_that_was_cancelled_midway_is_finished_by_the_next_request_of_its_subject() {
    let store = Store::new().await;
    let first = store.asked("alice", "1000").await;
    let second = store.asked("alice", "1000").await;
    let bob = store.asked("bob", "1000").await;
    let mut tx = store.tx().await;
    tx.hold(&first, start()).await.unwrap();
    let loaded = tx.request(first.id).await.unwrap().unwrap();
    let mut cancelled = Request { state: State::Cancelled { by: rita() }, ..first.clone() };
    cancelled.steps = steps(&[StepKind::SubjectReady, StepKind::Device]);
    cancelled.steps[0].status = StepStatus::Done;
    tx.save(&loaded, &cancelled, start()).await.unwrap();
    assert_eq!(tx.cancelled_midway(&second).await.unwrap(), None, "it had only looked");
    let loaded = tx.request(first.id).await.unwrap().unwrap();
    cancelled.steps[1].status = StepStatus::Running;
    tx.save(&loaded, &cancelled, start()).await.unwrap();
    assert_eq!(tx.cancelled_midway(&second).await.unwrap(), Some(first.id));
    assert_eq!(tx.cancelled_midway(&bob).await.unwrap(), None, "somebody else's");
    assert_eq!(tx.held_by(&second).await.unwrap(), None, "free for the same subject");
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((first.id, first.ask.subject.clone())));
    // The next one takes it over, and gives it back if nothing comes of it.
    tx.hold(&second, start()).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((second.id, first.ask.subject.clone())));
    tx.release(&second).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((first.id, first.ask.subject.clone())));
}

#[tokio::test]
async fn a_conversation_is_greeted_once_with_all_its_threads() {
    let store = Store::new().await;
    let mut tx = store.tx().await;
    let thread = |n: u32| place(&format!("19:team;messageid={n}"));
    assert!(!tx.may_greet(&thread(1), start()).await.unwrap(), "an unknown conversation");
    for (n, first) in [(1, true), (1, false), (2, false)] {
        tx.meet(&rita(), &thread(n)).await.unwrap();
        assert_eq!(tx.may_greet(&thread(n), start()).await.unwrap(), first);
    }
    tx.forget(&thread(2), start()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!store.journal.is_reachable(&thread(1)).await.unwrap());
    assert!(store.journal.is_reachable(&place("19:other")).await.unwrap());
    let mut tx = store.tx().await;
    tx.meet(&rita(), &thread(3)).await.unwrap();
    assert!(tx.may_greet(&thread(3), start()).await.unwrap(), "a new start");
    tx.commit().await.unwrap();
    assert!(store.journal.is_reachable(&thread(1)).await.unwrap());
}

#[tokio::test]
async fn people_are_remembered_with_the_place_where_they_are_alone() {
    let store = Store::new().await;
    let alone = Place { kind: PlaceKind::Personal, ..place("a:rita") };
    let nobody = Person { id: String::new(), ..rita() };
    let nameless = Person { name: String::new(), chat_id: "29:new".into(), ..rita() };
    let mut tx = store.tx().await;
    for (who, place) in
        [(rita(), place("19:room")), (rita(), alone.clone()), (nameless, place("19:room")), (nobody, place("19:x"))]
    {
        tx.meet(&who, &place).await.unwrap();
    }
    tx.commit().await.unwrap();
    let contact = store.journal.contact("rita-id", Surface::Teams).await.unwrap();
    let (surface, chat_id, name) = (Surface::Teams, "29:new".into(), "Rita".into());
    let known = Contact { surface, chat_id, name, place: Some(alone) };
    assert_eq!(contact, Some(known));
    assert_eq!(store.journal.contact("", Surface::Teams).await.unwrap(), None);
}

#[tokio::test]
async fn a_form_waits_for_its_card_once_and_not_for_ever() {
    let store = Store::new().await;
    let form = |view: &str| OpenForm {
        view: view.into(),
        team: "T1".into(),
        enterprise: String::new(),
        conversation: "C1".into(),
    };
    for view in ["V1", "V2"] {
        store.journal.form_opened(RequestId(1), &form(view), start()).await.unwrap();
    }
    assert_eq!(store.journal.take_form(RequestId(1)).await.unwrap(), Some(form("V2")), "the one opened last");
    assert_eq!(store.journal.take_form(RequestId(1)).await.unwrap(), None);
    store.journal.form_opened(RequestId(2), &form("V3"), start()).await.unwrap();
    store.journal.form_opened(RequestId(3), &form("V4"), after(3601)).await.unwrap();
    assert_eq!(store.journal.take_form(RequestId(2)).await.unwrap(), None);
}
