//! One request in Teams and in Slack: asked for here, decided there, and every copy follows.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Place, Seed, SlackSettings};

use crate::scenes::CHOICES;
use crate::stage::Stage;

const TEAMS: &str = "teams:19:onboarding@thread.tacv2";
const SLACK: &str = "slack:C0PHONES001";
const WITHIN: SignedDuration = SignedDuration::from_mins(2);

async fn both(channel: &str) -> Stage {
    let stage = Stage::open_with(Seed::default(), |settings| {
        settings.slack = Some(SlackSettings::default());
        settings.channels = vec![channel.to_owned()];
    })
    .await;
    if channel == TEAMS {
        // The bot can write in a channel of Teams once it has heard from it.
        let hello = stage.world.channel_thread();
        stage.say("alan", &hello, "list").await;
        stage.see_new(&hello, "request").await;
    }
    stage
}

/// Where the bot itself began a thread about the request.
async fn copy(stage: &Stage, in_slack: bool, not: &Place) -> Place {
    stage.settle().await;
    let mail = stage.world.all_mail().messages_that(|m| {
        m.place != not.id && m.is_in_slack() == in_slack && m.plain().contains("Approve a phone line")
    });
    let found = mail.first().unwrap_or_else(|| panic!("there is no copy"));
    Place { id: found.place.clone(), kind: not.kind }
}

async fn asked(stage: &Stage, who: &str, place: &Place) {
    stage.say(who, place, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(place, "Phone line for Alice Adams").await;
    let told = stage.press(who, &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    stage.see_new(place, "Sent for approval by").await;
}

async fn both_follow(stage: Stage, places: [&Place; 2]) {
    for place in places {
        let closed = stage.see_new(place, "Approved by Bob Brown").await;
        assert!(!closed.plain().contains("[Approve]"), "{}", closed.plain());
    }
    for place in places {
        stage.see_within(place, "The phone line of Alice Adams works", WITHIN).await;
        stage.see(place, "7 of 7 steps done").await;
        assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    }
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_in_slack_and_approved_in_teams() {
    let stage = both(TEAMS).await;
    let thread = stage.world.slack().thread("phones");
    asked(&stage, "alan", &thread).await;
    let here = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let there = copy(&stage, false, &thread).await;
    let card = stage.see_new(&there, "Approve a phone line for Alice Adams?").await;
    // Their own request, from the other side.
    let told = stage.world.person("alan").press_raw(&card, "Approve", &[]).await.text();
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    let told = stage.press("bob", &card, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    let late = stage.press_raw_in_slack("carol", &here, "Approve", &[]).await;
    assert!(late.contains("ONB-1 was approved by Bob Brown already"), "{late}");
    both_follow(stage, [&thread, &there]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_in_teams_and_approved_in_slack() {
    let stage = both(SLACK).await;
    let thread = stage.world.channel_thread();
    asked(&stage, "alan", &thread).await;
    stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let there = copy(&stage, true, &thread).await;
    let card = stage.see_new(&there, "Approve a phone line for Alice Adams?").await;
    let told = stage.press_raw_in_slack("alan", &card, "Approve", &[]).await;
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    let told = stage.press("bob", &card, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    both_follow(stage, [&thread, &there]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_in_teams_and_one_in_slack_press_at_the_same_moment() {
    let stage = both(TEAMS).await;
    let thread = stage.world.slack().thread("phones");
    asked(&stage, "alan", &thread).await;
    let here = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let there = copy(&stage, false, &thread).await;
    let card = stage.see_new(&there, "Approve a phone line for Alice Adams?").await;
    let (carol, bob) = (stage.in_slack("carol"), stage.world.person("bob"));
    let (_, by_bob) = tokio::join!(carol.press(&here, "Approve", &[]), bob.press(&card, "Approve", &[]));
    let told = [by_bob.text(), stage.told("carol", &thread).await];
    assert_eq!(told.iter().filter(|words| words.contains("You approved ONB-1")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|words| words.contains("already")).count(), 1, "{told:?}");
    for place in [&thread, &there] {
        stage.see_new(place, "Approved by").await;
        stage.see_within(place, "The phone line of Alice Adams works", WITHIN).await;
        stage.see(place, "7 of 7 steps done").await;
        assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_in_slack_it_is_rejected_in_teams() {
    let stage = both(SLACK).await;
    let thread = stage.world.channel_thread();
    asked(&stage, "alan", &thread).await;
    stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let there = copy(&stage, true, &thread).await;
    let card = stage.see_new(&there, "Approve a phone line for Alice Adams?").await;
    stage.in_slack("bob").press(&card, "Reject", &[]).await;
    let form = stage.modal("bob", "Reject ONB-1").await;
    stage.submit("bob", &form, &[("reason", "ask again in May")]).await;
    for place in [&thread, &there] {
        stage.see_new(place, "Rejected by Bob Brown. Reason: ask again in May").await;
    }
    // Words go to whoever asked.
    stage.see_new(&thread, "Bob Brown rejected ONB-1 for alice@contoso.com: ask again in May").await;
    crate::scenes::nothing_changed(&stage);
    stage.finish().await;
}
