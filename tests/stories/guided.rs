//! What people do by hand: steps that a customer leaves to them, reminders, handing over, and what follows when somebody
//! cannot.

use jiff::SignedDuration;
use onboard_bot::domain::{RequestId, StepKind};
use onboard_bot::journal::Journal;
use onboard_bot::world::{BotSettings, EffectKind, Message, Place, Seed, object_id};

use crate::scenes::{approved, facts, words};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    a_step_that_is_left_to_people_is_looked_at_and_never_done_by_the_bot,
    what_nobody_can_read_back_counts_when_somebody_says_so,
    whoever_says_nothing_is_reminded_and_may_hand_it_over,
    who_cannot_says_why_and_somebody_else_does_it,
);

const WORKS: &str = "The phone line of Alice Adams works";
const DEVICE: &str = "Make the device for Alice Adams on the PBX";

async fn with(surface: Surface, settle: impl FnOnce(&mut BotSettings)) -> Stage {
    Stage::open_on_with(surface, Seed::default(), |settings| {
        settings.operators = vec!["olga@contoso.com".to_owned(), "ann@contoso.com".to_owned()];
        settings.by_hand = vec!["device".to_owned()];
        settle(settings);
    })
    .await
}

/// Every copy of a card as it stands in the end: so many, and nobody can press anything on them.
async fn closed(stage: &Stage, place: &Place, (text, count): (&str, usize)) {
    stage.settle().await;
    let copies = stage.world.mailbox(place).messages_that(|message| message.plain().contains(text));
    assert_eq!(copies.len(), count, "{copies:#?}");
    for copy in copies {
        assert!(!copy.plain().contains("[Done]"), "{}", copy.plain());
        stage.world.mailbox(place).take(|message| message.id == copy.id);
    }
}

fn ann() -> String {
    object_id("ann@contoso.com")
}

/// Approved; the first card for the operators.
async fn asked(stage: &Stage, place: &Place) -> Message {
    approved(stage, place).await;
    stage.see_new(place, DEVICE).await
}

/// Somebody makes the device on the PBX by hand, as the card says.
fn make_the_device(stage: &Stage) {
    let mut state = stage.world.state();
    let device = onboard_bot::world::Device {
        password: "by-hand".to_owned(),
        emergency_address_id: Some("a-denver-hq".to_owned()),
        callback: "13035550100".to_owned(),
        registered: None,
        other: Default::default(),
    };
    state.seed.pbx.users.get_mut("1000").unwrap().devices.insert("1000tm".to_owned(), device);
}

async fn a_step_that_is_left_to_people_is_looked_at_and_never_done_by_the_bot(surface: Surface) {
    let stage = with(surface, |_| ()).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &crate::scenes::CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    assert!(approval.plain().contains("Done by people, not by me: preparing the device"), "{}", approval.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let card = stage.see_new(&thread, DEVICE).await;
    for text in ["Extension: 1000", "Device on the PBX: 1000tm", "Emergency address: Denver HQ", "+13035550100"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    // Said too early.
    stage.press("olga", &card, "Done", &[("note", "made it")]).await;
    stage.see(&thread, "It was reported as done, but I do not see it yet").await;
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty());
    make_the_device(&stage);
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(10)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    stage.see(&thread, DEVICE).await;
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty());
    stage.finish().await;
}

async fn what_nobody_can_read_back_counts_when_somebody_says_so(surface: Surface) {
    let stage = with(surface, |settings| settings.by_hand = vec!["pbx-user".to_owned()]).await;
    let thread = stage.thread();
    approved(&stage, &thread).await;
    let card = stage.see_new(&thread, "Set up Alice Adams in the carrier's portal").await;
    for text in [
        "SET UP PBX USER",
        "PBX location: PBX",
        "Voice route: US West",
        "SIP User: 1000",
        "Number in Teams: +11000",
        "Use Voicemail in Teams: Unchecked",
        "Caller name: Transparent",
        "Caller ID on forwarded calls: The user's caller ID",
        "find 1000tm and press SELECT",
    ] {
        assert!(words(&card).contains(text), "{text}: {}", card.plain());
    }
    let told = stage.press("olga", &card, "Done", &[]).await;
    assert!(told.contains("your word counts"), "{told}");
    stage.see(&thread, "Microsoft does not show +11000 yet").await;
    assert!(stage.world.effects(EffectKind::UserConfigured).is_empty());
    stage.see(&thread, "Set up Alice Adams in the carrier's portal").await;
    stage.finish().await;
}

async fn whoever_says_nothing_is_reminded_and_may_hand_it_over(surface: Surface) {
    let stage = with(surface, |_| ()).await;
    let thread = stage.thread();
    let first = asked(&stage, &thread).await;
    assert!(first.plain().contains("@Olga Operator") && first.plain().contains("Ann Archer"), "{}", first.plain());
    let reminded = stage.see_within(&thread, "reminded on", SignedDuration::from_hours(5)).await;
    stage.see(&thread, "still waits for an operator: preparing the device").await;
    assert_eq!(stage.count(&thread, DEVICE).await, 2, "asked once more");
    assert!(reminded.plain().contains("[Hand over]"), "{}", reminded.plain());
    let told = stage.press("olga", &reminded, "Hand over", &[]).await;
    assert!(told.contains("Choose first who is to do it"), "{told}");
    let told = stage.press("alan", &reminded, "Hand over", &[("operator", &ann())]).await;
    assert!(told.contains("Only an operator can say that"), "{told}");
    stage.press("olga", &reminded, "Hand over", &[("operator", &ann())]).await;
    stage.see_new(&thread, "Olga Operator handed ONB-1 over to Ann Archer: preparing the device").await;
    let last = stage.see_new(&thread, DEVICE).await;
    assert!(last.plain().contains("Ann Archer: please do this"), "{}", last.plain());
    assert!(!last.plain().contains("@Olga Operator"), "{}", last.plain());
    make_the_device(&stage);
    stage.press("ann", &last, "Done", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(5)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    closed(&stage, &thread, (DEVICE, 3)).await;
    stage.finish().await;
}

async fn who_cannot_says_why_and_somebody_else_does_it(surface: Surface) {
    let mut stage = with(surface, |_| ()).await;
    let thread = stage.thread();
    let card = asked(&stage, &thread).await;
    stage.press("olga", &card, "I can't", &[("note", "my login is locked")]).await;
    let stopped = stage.see_new(&thread, "Stopped: the line of Alice Adams is not ready").await;
    for text in ["could not do it: my login is locked", "choose below who is asked instead"] {
        assert!(stopped.plain().contains(text), "{text}: {}", stopped.plain());
    }
    stage.see(&thread, "2 of 7 steps done").await;
    stage.press("alan", &stopped, "Ask somebody else", &[("operator", &ann())]).await;
    stage.see_new(&thread, "Alan Admin handed ONB-1 over to Ann Archer").await;
    let card = stage.see_new(&thread, "please do this by hand").await;
    let text = card.plain();
    assert!(text.contains("Ann Archer: please do this") && !text.contains("@Olga Operator"), "{text}");
    make_the_device(&stage);
    stage.press("ann", &card, "Done", &[("note", "done by Ann")]).await;
    let done = stage.see_within(&thread, WORKS, SignedDuration::from_mins(5)).await;
    assert!(!facts(&done).is_empty());
    stage.see(&thread, "7 of 7 steps done").await;
    closed(&stage, &thread, (DEVICE, 2)).await;
    // What they said is evidence.
    stage.stop_bot().await;
    let journal = Journal::open(&stage.store_url()).await.unwrap();
    let request = journal.request(RequestId(1)).await.unwrap().unwrap().request;
    let device = request.steps.iter().find(|step| step.kind == StepKind::Device).unwrap();
    let evidence = format!("{:?}", device.evidence);
    for text in ["my login is locked", "Olga Operator", "done by Ann", "Ann Archer"] {
        assert!(evidence.contains(text), "{text}: {evidence}");
    }
    drop(journal);
    stage.start_bot().await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_directly_nobody_else_sees_the_card() {
    let stage = with(Surface::Teams, |settings| settings.ask = "directly".to_owned()).await;
    let (thread, olgas) = (stage.world.channel_thread(), stage.world.personal("olga"));
    stage.world.person("olga").install_bot(&olgas).await;
    stage.see_new(&olgas, "Hello, I set up phone lines").await;
    approved(&stage, &thread).await;
    let card = stage.see_new(&olgas, DEVICE).await;
    let anns = stage.world.personal("ann");
    stage.see_new(&anns, DEVICE).await;
    assert_eq!(stage.count(&thread, DEVICE).await, 0);
    make_the_device(&stage);
    stage.press("olga", &card, "Done", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(5)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    for place in [&olgas, &anns] {
        closed(&stage, place, (DEVICE, 1)).await;
        stage.see(place, WORKS).await;
    }
    stage.finish().await;
}
