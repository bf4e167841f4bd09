//! What the bot makes of answers that are no faults: somebody was quicker, a card is gone, a conversation is gone.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use onboard_bot::clock::Clock;
use onboard_bot::world::{Device, EffectKind, Fault, InvokeAnswer, Mishap, Seed, System};

use crate::scene::{ASK, CHOICES, CONFIRM, DONE, End, People, STOPPED, appears, approved, copies, made_once, saves_of};
use crate::stage::Stage;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Mishap {
    let headers: BTreeMap<_, _> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Mishap::Answer { status, headers, body: body.to_owned() }
}

/// A device as somebody else would have made it.
fn made_by_somebody(stage: &Stage, address: &str, callback: &str) {
    let mut state = stage.world.state();
    let device = Device {
        password: "S1mulatedPasswrd".to_owned(),
        emergency_address_id: Some(address.to_owned()),
        callback: callback.to_owned(),
        ..Device::default()
    };
    state.seed.pbx.users.get_mut("1000").unwrap().devices.insert("1000tm".to_owned(), device);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_somebody_made_in_between_is_compared_and_taken() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    // The PBX takes three seconds over it; the clock stands still, so that everything else happens before.
    stage.world.fault(Fault::next(System::Netsapiens, 1, Mishap::Slow(3000)).on("POST", "/devices$")).unwrap();
    approved(&stage, &thread).await;
    stage.settle().await;
    made_by_somebody(&stage, "a-denver-hq", "13035550100");
    stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
    let refused =
        stage.world.calls(System::Netsapiens).iter().filter(|c| c.method == "POST" && c.status == 409).count();
    assert_eq!(refused, 1);
    assert!(stage.world.effects(EffectKind::DeviceDeleted).is_empty());
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_somebody_made_for_themselves_in_between_is_left_alone_until_somebody_says_so() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.world.fault(Fault::next(System::Netsapiens, 1, Mishap::Slow(3000)).on("POST", "/devices$")).unwrap();
    approved(&stage, &thread).await;
    stage.settle().await;
    made_by_somebody(&stage, "a-boulder", "13035550101");
    let card = stage.see_within(&thread, STOPPED, SignedDuration::from_mins(2)).await;
    let text = card.plain();
    assert!(text.contains("Somebody else made the device 1000tm on the PBX after I had looked"), "{text}");
    let device = |stage: &Stage| stage.world.state().seed.pbx.users["1000"].devices["1000tm"].clone();
    let theirs = device(&stage);
    assert_eq!((theirs.emergency_address_id.as_deref(), theirs.callback.as_str()), (Some("a-boulder"), "13035550101"));
    assert!(stage.world.effects(EffectKind::DeviceChanged).is_empty());
    // Told so by a human, it gets the approved data; its password and everything else stay.
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
    let ours = device(&stage);
    assert_eq!((ours.emergency_address_id.as_deref(), ours.callback.as_str()), (Some("a-denver-hq"), "13035550100"));
    assert_eq!(ours.password, theirs.password);
    for kind in [EffectKind::DeviceCreated, EffectKind::DeviceDeleted] {
        assert!(stage.world.effects(kind).is_empty(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_about_nothing_that_can_be_seen_is_told_and_retry_goes_on() {
    for (status, path) in [(409, "/devices$"), (412, "/devices$")] {
        let stage = Stage::open().await;
        let thread = stage.world.channel_thread();
        let conflict = answer(status, &[], r#"{"code":409,"message":"Conflict"}"#);
        stage.world.fault(Fault::next(System::Netsapiens, 1, conflict).on("POST", path)).unwrap();
        approved(&stage, &thread).await;
        let card = stage.see_within(&thread, STOPPED, SignedDuration::from_mins(2)).await;
        assert!(card.plain().contains("NetSapiens says that it exists already with other values"), "{}", card.plain());
        stage.press("alan", &card, "Retry", &[]).await;
        stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
        made_once(&stage);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_with_other_emergency_data_gets_the_two_fields_and_nothing_else() {
    let stage = Stage::open().await;
    made_by_somebody(&stage, "a-boulder", "13035550101");
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty(), "never deleted and recreated");
    assert_eq!(stage.world.effects(EffectKind::DeviceChanged), ["1000tm"]);
    let puts = stage.world.calls(System::Netsapiens).into_iter().filter(|c| c.method == "PUT").collect::<Vec<_>>();
    assert_eq!(puts.len(), 1);
    let mut keys: Vec<_> = puts[0].body.as_object().unwrap().keys().cloned().collect();
    keys.retain(|key| key != "synchronous");
    assert_eq!(keys, ["caller-id-number-emergency", "emergency-address-id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sip_user_of_somebody_else_is_told_as_its_own_cause() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let conflict = answer(409, &[], r#"{"status":409,"error":"Conflict"}"#);
    stage
        .world
        .fault(Fault::next(System::Connecttoteams, 1, conflict).on("POST", "/enterprise/configureUser"))
        .unwrap();
    approved(&stage, &thread).await;
    let card = stage.see_within(&thread, STOPPED, SignedDuration::from_mins(2)).await;
    let text = card.plain();
    assert!(text.contains("1000@contoso belongs to another Teams user"), "{text}");
    assert!(text.contains("delete the old record") && text.contains("Prepare the device 1000tm"), "{text}");
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
    made_once(&stage);
    assert_eq!(saves_of(&stage.world).len(), 2, "the same body again");
}

/// A step that was done and not recorded is done over: it reads first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_made_twice_is_made_once() {
    for (system, path) in [(System::Netsapiens, "/devices$"), (System::Connecttoteams, "/enterprise/configureUser")] {
        let mut stage = Stage::open().await;
        let thread = stage.world.channel_thread();
        stage.world.fault(Fault::next(system, 1, Mishap::DropAfter).on("POST", path)).unwrap();
        approved(&stage, &thread).await;
        // The change is made, the answer is lost, and the bot is gone before it knows.
        let mut changes = stage.world.changes();
        while !stage.world.log().iter().any(|call| call.system == system && call.status == 0) {
            changes.changed().await.unwrap();
        }
        stage.stop_bot().await;
        stage.start_bot().await;
        stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
        made_once(&stage);
        assert_eq!(copies(&stage, &thread, DONE), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_progress_card_that_somebody_deleted_is_posted_afresh() {
    let stage = Stage::open_with(Seed::default(), |_| {}).await;
    stage.world.turn(|knobs| knobs.sync_delay_ms = 30_000);
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    let progress = stage.see(&thread, "Setting up +11000").await;
    appears(&stage, &thread, "Microsoft does not show +11000 yet").await;
    let gone = r#"{"error":{"code":"ActivityNotFoundInConversation","message":"gone"}}"#;
    let path = format!("/activities/{}$", progress.id);
    stage.world.fault(Fault::next(System::Connector, 1, answer(404, &[], gone)).on("PUT", &path).always()).unwrap();
    stage.see_within(&thread, DONE, SignedDuration::from_mins(5)).await;
    let fresh = stage.see(&thread, "7 of 7 steps done").await;
    assert_ne!(fresh.id, progress.id);
    made_once(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_without_the_bot_is_dropped_and_the_requester_is_told_alone() {
    let stage = Stage::open().await;
    stage.world.turn(|knobs| knobs.sync_delay_ms = 30_000);
    let (thread, alone) = (stage.world.channel_thread(), stage.world.personal("alan"));
    // The bot knows Alan's own chat because he wrote there once.
    stage.say("alan", &alone, "help").await;
    stage.see(&alone, "What I understand").await;
    approved(&stage, &thread).await;
    appears(&stage, &thread, "Microsoft does not show +11000 yet").await;
    stage.world.person("alan").remove_bot(&thread).await;
    let told = appears(&stage, &alone, "I cannot write to the conversation of ONB-1 any more").await;
    assert!(told.plain().contains("It goes on"), "{}", told.plain());
    stage.say("alan", &alone, "status ONB-1").await;
    stage.see(&alone, "Request ONB-1").await;
    // Its work ends all the same, and nobody hammers at the closed door.
    stage.let_pass(SignedDuration::from_mins(5)).await;
    made_once(&stage);
    let refused = stage.world.calls(System::Connector).iter().filter(|c| c.status == 403).count();
    assert!((1..=3).contains(&refused), "{refused} calls were refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_too_big_is_replaced_by_words() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let too_big = answer(413, &[], r#"{"error":{"code":"MessageSizeTooBig","message":"too big"}}"#);
    stage.world.fault(Fault::next(System::Connector, 1, too_big).on("POST", "/activities$")).unwrap();
    stage.say("alan", &thread, ASK).await;
    let words = appears(&stage, &thread, "I could not draw a card of ONB-1 here").await;
    assert!(words.card.is_none());
    let posts = stage.world.calls(System::Connector).into_iter().filter(|c| c.status == 413).count();
    assert_eq!(posts, 1, "the same again would be refused again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_is_waited_out() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let busy = || answer(429, &[("Retry-After", "40")], "");
    stage.world.fault(Fault::next(System::Connector, 1, busy()).on("POST", "/activities$")).unwrap();
    stage.world.fault(Fault::next(System::Netsapiens, 1, busy()).on("POST", "/devices$")).unwrap();
    stage.world.fault(Fault::next(System::Connecttoteams, 1, busy()).on("POST", "/enterprise/configureUser")).unwrap();
    let began = stage.clock.now();
    stage.say("alan", &thread, ASK).await;
    let end = People::default().see_through(&stage, &thread, SignedDuration::from_mins(10)).await;
    assert!(matches!(end, End::Done), "{end:?}");
    made_once(&stage);
    for (system, path) in [
        (System::Connector, "/activities"),
        (System::Netsapiens, "/users/1000/devices"),
        (System::Connecttoteams, "/enterprise/configureUser"),
    ] {
        let calls = stage.world.calls(system).into_iter().filter(|c| c.method == "POST" && c.path.ends_with(path));
        let times: Vec<_> = calls.map(|c| c.at.duration_since(began).as_millis()).take(2).collect();
        assert!((39_990..60_000).contains(&(times[1] - times[0])), "{system:?}: {times:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pbx_that_never_answers_is_a_time_out_like_any_other() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.world.fault(Fault::next(System::Netsapiens, 1, Mishap::Hang).on("GET", "/users/1000$")).unwrap();
    stage.say("alan", &thread, ASK).await;
    // One try of a read lasts ten seconds at most, by the machine's clock; then it is tried again.
    let confirm = stage.world.mailbox(&thread).wait_for_text(CONFIRM).await.unwrap();
    let pressed = stage.world.person("alan").press(&confirm, "Request approval", &CHOICES).await;
    assert!(matches!(pressed, InvokeAnswer::Message(_)));
}
