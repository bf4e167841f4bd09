//! The clock of a step, Refresh, and who is told at the end.

use jiff::{SignedDuration, Timestamp};
use onboard_bot::config;
use onboard_bot::domain::{CustomerId, Extension, Person, Place as Spot, PlaceKind, RequestId, Upn};
use onboard_bot::flow::{NewRequest, Request, State, StepRecord, StepStatus};
use onboard_bot::journal::Journal;
use onboard_bot::plan::{Ask, Offer, StepKind};
use onboard_bot::world::{BotSettings, Message, Place, Seed, System};

use crate::scenes::{approval_card, approved};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    a_waiting_step_tells_when_it_was_looked_at_and_what_the_carrier_says,
    without_history_the_sync_is_late_after_four_hours,
    refresh_looks_now_and_no_more_than_twice_a_minute,
);

const WAITS: &str = "Microsoft does not show +11000 yet";
const WORKS: &str = "The phone line of Alice Adams works";

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// Nobody is asked to press anything while it waits.
fn patient(settings: &mut BotSettings) {
    settings.sync_wait = "12h".to_owned();
}

/// A sync that goes on until somebody presses a button that the bot does not know of.
pub async fn waiting(stage: &Stage, place: &Place) -> Message {
    stage.world.turn(|knobs| (knobs.auto_sync, knobs.sync_delay_ms) = (false, 0));
    approved(stage, place).await;
    stage.see_within(place, WAITS, secs(30)).await
}

/// How often Microsoft was asked what it shows.
fn looks(stage: &Stage) -> usize {
    stage.world.calls(System::Graph).iter().filter(|call| call.path.contains("userConfigurations")).count()
}

/// A step that was waited for.
fn took(kind: StepKind, now: Timestamp, time: SignedDuration) -> StepRecord {
    let began = now - time;
    StepRecord {
        status: StepStatus::Done,
        since: Some(began),
        checked: Some(began),
        ended: Some(now),
        ..StepRecord::new(kind)
    }
}

/// What an earlier life of the bot left behind: syncs of this customer that took so long, in minutes.
pub async fn remembers(stage: &Stage, took_minutes: &[i64]) {
    let journal = Journal::open(&stage.store_url()).await.unwrap();
    let now = onboard_bot::clock::Clock::now(&stage.clock);
    let config = config::load_text(&stage.config, Vec::new()).unwrap();
    let offer = Offer::of(&config.customers[0]).unwrap();
    for (number, time) in (1_001..).zip(took_minutes) {
        let ask = Ask {
            work: Default::default(),
            voicemail: None,
            subject: Upn::parse(&format!("old-{number}@contoso.com")).unwrap(),
            extension: Some(Extension::parse("1999").unwrap()),
            number: None,
            location: None,
            route: None,
            reason: None,
        };
        let requester = Person { id: "gone".into(), chat_id: "29:gone".into(), name: "Gone".into(), upn: None };
        let (surface, kind) = (Surface::Teams, PlaceKind::Personal);
        let place = Spot {
            surface,
            conversation: "a:gone".into(),
            kind,
            address: "https://smba.example/".into(),
            tenant: "gone".into(),
        };
        let customer = CustomerId("contoso".into());
        let new = NewRequest { customer, requester, place, private: false, ask, offer: offer.clone() };
        let request = Request::new(RequestId(number), new, now);
        let mut tx = journal.begin().await.unwrap();
        tx.insert(&request, now).await.unwrap();
        let loaded = tx.request(request.id).await.unwrap().unwrap();
        let steps = vec![took(StepKind::PbxUser, now, secs(1)), took(StepKind::Sync, now, minutes(*time))];
        tx.save(&loaded, &Request { state: State::Done { read_at: now }, steps, ..request }, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    journal.close().await;
}

async fn a_waiting_step_tells_when_it_was_looked_at_and_what_the_carrier_says(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default(), patient).await;
    let thread = stage.thread();
    let first = waiting(&stage, &thread).await;
    let documented = "the vendor says: up to 4 h, the first time up to 24 h";
    for text in ["Waiting, since", "last checked", "next checks every few seconds", documented, "late from"] {
        assert!(first.plain().contains(text), "{text}: {}", first.plain());
    }
    // Once looks are rare each one is shown.
    stage.let_pass(minutes(10)).await;
    let before = stage.see(&thread, "next check ").await.plain();
    stage.let_pass(minutes(2)).await;
    let after = stage.see(&thread, "next check ").await.plain();
    assert_ne!(before, after, "the last look is a minute ago at most");
    stage.say("ann", &thread, "status ONB-1").await;
    let status = stage.see_new(&thread, "Request ONB-1").await;
    for text in ["step started", "last checked", "next check ", documented, "late from"] {
        assert!(status.plain().contains(text), "{text}: {}", status.plain());
    }
    stage.world.portal().sync_teams_users();
    stage.see_within(&thread, WORKS, minutes(2)).await;
    let closed = stage.see(&thread, "7 of 7 steps done").await;
    assert!(!closed.plain().contains("last checked"), "{}", closed.plain());
    stage.finish().await;
}

async fn without_history_the_sync_is_late_after_four_hours(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default(), patient).await;
    let thread = stage.thread();
    waiting(&stage, &thread).await;
    stage.let_pass(SignedDuration::from_hours(4) - minutes(10)).await;
    let late = "Microsoft does not show +11000 yet, which takes longer than usual";
    assert_eq!(stage.count(&thread, late).await, 0);
    let told = stage.see_within(&thread, late, minutes(20)).await;
    assert!(told.plain().contains("Nobody should press Sync Teams Users again"), "{}", told.plain());
    stage.let_pass(minutes(30)).await;
    assert_eq!(stage.count(&thread, late).await, 1);
    // Whoever heard that it is late hears that it came.
    stage.world.turn(|knobs| knobs.enable_delay_ms = 3_600_000);
    stage.world.portal().sync_teams_users();
    stage.see_within(&thread, "Microsoft shows +11000 now. I go on with the rest.", minutes(20)).await;
    stage.see(&thread, "Enable calling").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_cases_here_count_for_more_than_what_the_carrier_says() {
    for (cases, shown) in
        [(19, "the vendor says: up to 4 h"), (20, "usually 4 min, rarely more than 20 min (from 20 cases here)")]
    {
        let mut stage = Stage::closed_with(Seed::default(), patient).await;
        let history: Vec<_> = (0..cases).map(|n| if n < 2 { 20 } else { 4 }).collect();
        remembers(&stage, &history).await;
        stage.start_bot().await;
        let thread = stage.world.channel_thread();
        let card = waiting(&stage, &thread).await;
        assert!(card.plain().contains(shown), "{shown}: {}", card.plain());
        let late = "which takes longer than usual";
        if cases == 20 {
            stage.let_pass(minutes(18)).await;
            assert_eq!(stage.count(&thread, late).await, 0);
            stage.see_within(&thread, late, minutes(3)).await;
            stage.say("ann", &thread, "list late").await;
            let list = stage.see_new(&thread, "Requests that are late").await;
            assert!(list.plain().contains("ONB-1"), "{}", list.plain());
        } else {
            stage.let_pass(minutes(25)).await;
            assert_eq!(stage.count(&thread, late).await, 0);
        }
        stage.finish().await;
    }
}

/// More than a minute after a look, with some minutes to go until the next.
pub async fn between_two_looks(stage: &Stage) {
    stage.let_pass(minutes(90)).await;
    let before = looks(stage);
    for _ in 0..180 {
        if looks(stage) > before {
            break;
        }
        stage.let_pass(secs(10)).await;
    }
    assert!(looks(stage) > before, "nobody looked for half an hour");
    stage.let_pass(secs(70)).await;
}

async fn refresh_looks_now_and_no_more_than_twice_a_minute(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default(), patient).await;
    let thread = stage.thread();
    let first = waiting(&stage, &thread).await;
    between_two_looks(&stage).await;
    let card = stage.see(&thread, "next check ").await;
    let before = looks(&stage);
    // An approver may press as well, and on a card that is long out of date.
    let told = stage.press_raw("carol", &first, "Refresh", &[]).await;
    assert!(told.contains("I look at ONB-1 now"), "{told}");
    stage.settle().await;
    assert_eq!(looks(&stage), before + 1);
    let after = stage.see(&thread, "next check ").await;
    assert_ne!(after.plain(), card.plain(), "the card tells of that look");
    for who in ["alan", "carol"] {
        let told = stage.press(who, &after, "Refresh", &[]).await;
        assert!(told.contains("I looked at ONB-1") && told.contains("The next look is about"), "{told}");
    }
    stage.settle().await;
    assert_eq!(looks(&stage), before + 1, "nobody looked again");
    // What has come meanwhile is found by the next press, not minutes later.
    stage.world.portal().sync_teams_users();
    stage.let_pass(secs(31)).await;
    assert_eq!(looks(&stage), before + 1);
    let told = stage.press("alan", &after, "Refresh", &[]).await;
    assert!(told.contains("I look at ONB-1 now"), "{told}");
    stage.see_within(&thread, WORKS, secs(10)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_muted_is_not_mentioned_at_the_end() {
    let stage = Stage::open().await;
    let (thread, with_bob) = (stage.world.channel_thread(), stage.world.personal("bob"));
    stage.say("steve", &thread, "mute").await;
    stage.see_new(&thread, "You may not use this bot for that company").await;
    for (said, answer) in [
        ("unmute", "that was so already"),
        ("mute", "You are not told any more when a request is done"),
        ("mute", "You are not told when a request is done; that was so already"),
    ] {
        stage.say("bob", &with_bob, said).await;
        stage.see_new(&with_bob, answer).await;
    }
    approved(&stage, &thread).await;
    let done = stage.see_within(&thread, WORKS, minutes(2)).await;
    assert!(done.plain().contains("@Alan Admin: it is ready."), "{}", done.plain());
    assert!(done.plain().contains("Approved by Bob Brown"), "{}", done.plain());
    stage.see(&thread, "7 of 7 steps done").await;
    stage.say("bob", &with_bob, "unmute").await;
    stage.see_new(&with_bob, "You are told again when a request is done").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_their_own_chats_approvers_are_told_the_end_unless_they_are_muted() {
    let stage = Stage::open().await;
    let home = stage.world.personal("alan");
    let (with_bob, with_carol) = (stage.world.personal("bob"), stage.world.personal("carol"));
    for who in ["bob", "carol"] {
        stage.world.person(who).install_bot(&stage.world.personal(who)).await;
        stage.see_new(&stage.world.personal(who), "Hello, I set up phone lines").await;
    }
    // Who asked in their own chat with the bot is answered there, muted or not.
    for (who, place) in [("alan", &home), ("bob", &with_bob)] {
        stage.say(who, place, "mute").await;
        stage.see_new(place, "You are not told any more").await;
    }
    approval_card(&stage, &home).await;
    stage.see_new(&home, "cannot write to Dave Double").await;
    let for_bob = stage.see_new(&with_bob, "[Approve] [Reject]").await;
    stage.see_new(&with_carol, "[Approve] [Reject]").await;
    stage.press("bob", &for_bob, "Approve", &[]).await;
    let done = stage.see_within(&home, WORKS, minutes(2)).await;
    assert!(!done.plain().contains("it is ready"), "nobody is mentioned: {}", done.plain());
    stage.see_new(&with_carol, WORKS).await;
    stage.see(&home, "7 of 7 steps done").await;
    stage.let_pass(minutes(1)).await;
    assert_eq!(stage.count(&with_bob, WORKS).await, 0);
    stage.see_new(&with_bob, "Approved by Bob Brown").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_learned_is_not_another_carriers() {
    // Twenty syncs of Contoso tell nothing about how long CallTower's number takes.
    let settle = |settings: &mut BotSettings| {
        (settings.second_customer, settings.second_carrier) = (true, config::Carrier::CallTower);
    };
    let mut stage = Stage::closed_with(Seed::default().with_second_customer(), settle).await;
    remembers(&stage, &[4; 20]).await;
    stage.start_bot().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard fred@fabrikam.com").await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    let choices = [("location", "Denver"), ("plan", "MS Teams Metered Voice"), ("number", "+13035550142")];
    stage.press("alan", &confirm, "Request approval", &choices).await;
    let approval = stage.see(&thread, "Approve a phone line for Fred Fabrikam?").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    for title in ["Add Fred Fabrikam", "Assign service and number to Fred"] {
        let card = stage.see_new(&thread, title).await;
        stage.press("olga", &card, "Done", &[]).await;
    }
    let card = stage.see(&thread, "Microsoft does not show +13035550142 yet.").await;
    for text in ["the vendor says: up to 24 h", "next check ", "late from"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.finish().await;
}
