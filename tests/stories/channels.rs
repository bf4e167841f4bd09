//! A customer's channel shows every request as well, and it can be decided there.

use jiff::SignedDuration;
use onboard_bot::world::Place;

use crate::scenes::CHOICES;
use crate::stage::Stage;

const CHANNEL: &str = "teams:19:onboarding@thread.tacv2";

async fn watched() -> Stage {
    Stage::open_with(Default::default(), |settings| settings.channels = vec![CHANNEL.to_owned()]).await
}

/// The thread that the bot began for the first request: nobody else's.
fn thread_of_the_bot(stage: &Stage, not: &[&Place]) -> Place {
    let mail = stage.world.all_mail().messages();
    let mine = |place: &str| place.contains("@thread.tacv2") && not.iter().all(|other| other.id != place);
    let id = mail.iter().map(|message| message.place.clone()).find(|place| mine(place)).expect("a thread");
    Place { id, kind: not[0].kind }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_alone_is_decided_in_the_channel_and_every_copy_follows() {
    let stage = watched().await;
    let hello = stage.world.channel_thread();
    stage.say("steve", &hello, "help").await;
    stage.see_new(&hello, "onboard").await;
    let alone = stage.world.personal("alan");
    stage.say("alan", &alone, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&alone, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&alone, "Sent for approval by Alan Admin").await;
    let watching = stage.see_new(&alone, "Approve a phone line for Alice Adams?").await;
    assert!(!watching.plain().contains("[Approve]"), "{}", watching.plain());
    stage.settle().await;
    let thread = thread_of_the_bot(&stage, &[&hello]);
    let approval = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    assert!(approval.plain().contains("[Approve]") && approval.plain().contains("Denver HQ"), "{}", approval.plain());
    stage.see_new(&alone, "I cannot write to").await;
    // Their own request, also through another copy.
    let told = stage.world.person("alan").press_raw(&approval, "Approve", &[]).await.text();
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    for place in [&alone, &thread] {
        stage.see_new(place, "Approved by Bob Brown").await;
        stage.see_new(place, "Setting up +11000 for Alice Adams").await;
    }
    let late = stage.world.person("carol").press_raw(&approval, "Approve", &[]).await.text();
    assert!(late.contains("ONB-1"), "{late}");
    for place in [&alone, &thread] {
        stage.see_within(place, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
        stage.see(place, "7 of 7 steps done").await;
        assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_in_the_channel_itself_is_shown_once() {
    let stage = watched().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    assert_eq!(stage.world.all_mail().messages().len(), 2);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_the_bot_was_never_added_to_costs_nothing_but_the_copy() {
    let stage = Stage::open_with(Default::default(), |settings| {
        settings.channels = vec!["teams:19:never@thread.tacv2".to_owned()];
    })
    .await;
    let thread = stage.world.channel_thread();
    let confirm = crate::scenes::confirm_card(&stage, &thread).await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    stage.finish().await;
}
