//! From a command to a proven line, in every kind of place.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Place, Seed, System};

use crate::scenes::{CHOICES, approval_card, approved, facts, works};
use crate::stage::Stage;

pub async fn told_once_and_well(stage: Stage, place: &Place) {
    let progress = approved(&stage, place).await;
    let done = works(&stage, place).await;
    let pairs = facts(&done);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let proof = [
        ("Phone number", "+11000"),
        ("Calling enabled", "Yes"),
        ("Voice policies", "OnlineVoiceRoutingPolicy: US West"),
        ("Device registered", "1000tm (ConnecttoTeams SBC 7.4)"),
    ];
    assert_eq!(pairs, proof);
    assert!(done.plain().contains("@Alan Admin, @Bob Brown: it is ready."), "{}", done.plain());
    assert!(done.plain().contains("Approved by Bob Brown"), "{}", done.plain());
    assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    let cards = stage.world.mailbox(place).messages_that(|message| message.card.is_some());
    assert_eq!(cards.len(), 4, "confirm, approval, progress, the end");
    let progress_now = cards.iter().find(|m| m.id == progress.id).unwrap();
    assert!(progress_now.edits > 0 && progress_now.plain().contains("7 of 7 steps done"));
    assert!(!progress_now.plain().contains("[Cancel]"), "{}", progress_now.plain());
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
    let calls = [System::Connector, System::Slack].map(|system| stage.world.calls(system)).concat();
    let throttled = calls.iter().any(|call| call.status == 429);
    assert!(!throttled, "the bot keeps the pace by itself");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_channel_thread() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    told_once_and_well(stage, &thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_group_chat() {
    let stage = Stage::open().await;
    let group = stage.world.group_chat();
    told_once_and_well(stage, &group).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_personal_chat_every_approver_decides_in_their_own() {
    let stage = Stage::open().await;
    let (home, with_bob) = (stage.world.personal("alan"), stage.world.personal("bob"));
    // Dave never opened a chat with the bot.
    let (with_carol, with_dave) = (stage.world.personal("carol"), stage.world.personal("dave"));
    for who in ["bob", "carol"] {
        stage.world.person(who).install_bot(&stage.world.personal(who)).await;
        stage.see_new(&stage.world.personal(who), "Hello, I set up phone lines").await;
    }
    stage.say("alan", &home, "onboard alice@contoso.com ext 1000 reason \"New in sales\"").await;
    let confirm = stage.see_new(&home, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&home, "Sent for approval").await;
    let own = stage.see_new(&home, "Only the people who are asked can decide").await;
    assert!(!own.plain().contains("[Approve]"), "{}", own.plain());
    stage.see_new(&home, "cannot write to Dave Double").await;
    let for_bob = stage.see_new(&with_bob, "[Approve] [Reject]").await;
    let for_carol = stage.see_new(&with_carol, "New in sales").await;
    assert_eq!(stage.count(&with_dave, "ONB-1").await, 0);

    let told = stage.press("bob", &for_bob, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    for place in [&home, &with_bob, &with_carol] {
        let card = stage.see_new(place, "Approved by Bob Brown").await;
        assert!(!card.plain().contains("[Approve]"), "{}", card.plain());
    }
    let told = stage.world.person("carol").press_raw(&for_carol, "Approve", &[]).await.text();
    assert!(told.contains("ONB-1 was approved by Bob Brown already"), "{told}");
    stage.see_within(&home, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
    stage.see(&home, "7 of 7 steps done").await;
    for place in [&with_bob, &with_carol] {
        stage.see_new(place, "The phone line of Alice Adams works").await;
        assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_personal_chat_an_operator_is_asked_in_theirs_or_named() {
    for reachable in [true, false] {
        let stage = Stage::open_with(Seed::default(), |settings| settings.service_provider_consent = false).await;
        stage.world.turn(|knobs| (knobs.consent, knobs.auto_sync) = (false, false));
        let (home, with_olga) = (stage.world.personal("alan"), stage.world.personal("olga"));
        let met: &[&str] = if reachable { &["bob", "carol", "dave", "olga"] } else { &["bob", "carol", "dave"] };
        for who in met {
            stage.world.person(who).install_bot(&stage.world.personal(who)).await;
        }
        stage.let_pass(SignedDuration::from_secs(3)).await;
        stage.world.all_mail().read_all();
        approval_card(&stage, &home).await;
        let with_bob = stage.world.personal("bob");
        let for_bob = stage.see_new(&with_bob, "[Approve] [Reject]").await;
        stage.press("bob", &for_bob, "Approve", &[]).await;
        let within = SignedDuration::from_mins(1);
        if reachable {
            let card = stage.see_within(&with_olga, "Sync the Teams users for Alice Adams", within).await;
            let told = stage.press("olga", &card, "Done", &[]).await;
            assert!(told.contains("Thank you."), "{told}");
        } else {
            stage.see_within(&home, "I cannot write to Olga Operator about ONB-1", within).await;
        }
        stage.world.portal().sync_teams_users();
        stage.see_within(&home, "Enable calling for Alice Adams", SignedDuration::from_mins(2)).await;
        stage.world.portal().enable_calling("alice@contoso.com");
        stage.see_within(&home, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
        if reachable {
            stage.see_new(&with_olga, "The phone line of Alice Adams works").await;
        }
        stage.let_pass(SignedDuration::from_secs(10)).await;
        assert_eq!(stage.count(&home, "I cannot write to").await, usize::from(!reachable));
        stage.world.all_mail().read_all();
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_personal_chat_the_end_of_a_rejected_request_reaches_everybody_who_was_asked() {
    let stage = Stage::open().await;
    let home = stage.world.personal("alan");
    for who in ["bob", "carol", "dave"] {
        stage.world.person(who).install_bot(&stage.world.personal(who)).await;
    }
    stage.let_pass(SignedDuration::from_secs(3)).await;
    stage.world.all_mail().read_all();
    approval_card(&stage, &home).await;
    for who in ["bob", "carol", "dave"] {
        stage.see_new(&stage.world.personal(who), "[Approve] [Reject]").await;
    }
    stage.say("carol", &stage.world.personal("carol"), "reject ONB-1 ask again in May").await;
    stage.see_new(&stage.world.personal("carol"), "You rejected ONB-1").await;
    stage.see_new(&home, "Carol Clark rejected ONB-1 for alice@contoso.com: ask again in May").await;
    for place in ["alan", "bob", "carol", "dave"].map(|who| stage.world.personal(who)) {
        let card = stage.see_new(&place, "Rejected by Carol Clark. Reason: ask again in May").await;
        assert!(!card.plain().contains("[Approve]"), "{}", card.plain());
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_real_number_that_number_is_proven() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard alice@contoso.com ext:1000 number +1 303 555 0142").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    assert!(confirm.plain().contains("Number in Teams: +13035550142"), "{}", confirm.plain());
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    let within = SignedDuration::from_mins(2);
    let done = stage.see_within(&thread, "The phone line of Alice Adams works", within).await;
    assert!(done.plain().contains("Phone number: +13035550142"), "{}", done.plain());
    stage.see(&thread, "Setting up +13035550142 for Alice Adams").await;
    assert_eq!(stage.world.state().links["alice@contoso.com"].line.as_deref(), Some("+13035550142"));
    stage.world.mailbox(&thread).read_all();
    stage.finish().await;
}
