//! Typed commands, private ones, greetings, and everything that arrives twice.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, InvokeAnswer, System};

use crate::scenes::{CHOICES, approval_card, approved, confirm_card, nothing_changed, works};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_done_by_typing() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let answers = |who: &'static str, text: &'static str, expected: &'static str| {
        let (stage, thread) = (&stage, &thread);
        async move {
            stage.say(who, thread, text).await;
            stage.see_new(thread, expected).await
        }
    };
    answers("alan", "status", "There are no such requests.").await;
    approval_card(&stage, &thread).await;
    for (who, text, expected) in [
        ("alan", "status", "Waiting for approval by Bob Brown, Carol Clark, Dave Double"),
        ("bob", "/status ONB-1", "alice@contoso.com"),
        ("bob", "status alice@contoso.com", "ONB-1"),
        ("alan", "list", "ONB-1"),
        ("alan", "list mine", "Your requests"),
        ("alan", "LIST WAITING", "Requests that wait for somebody"),
        ("alan", "list late", "There are no such requests."),
        ("alan", "list failed", "There are no such requests."),
        ("bob", "list mine", "There are no such requests."),
        ("steve", "status ONB-1", "I know no such request that you may see"),
        ("steve", "list", "You may not use this bot for that company"),
        ("steve", "approve ONB-1", "I know no such request that you may see"),
        ("bob", "status ONB-77", "I know no such request that you may see"),
        ("ann", "approve ONB-1", "You are not one of the approvers"),
        ("alan", "approve ONB-1", "You asked for ONB-1 yourself"),
        ("bob", "reject ONB-1", "Please say why"),
        ("bob", "retry ONB-1", "ONB-1 is waiting for approval."),
        ("bob", "approve", "Which request?"),
    ] {
        let seen = answers(who, text, expected).await;
        assert!(who != "steve" || !seen.plain().contains("alice"), "{}", seen.plain());
    }
    nothing_changed(&stage);
    answers("bob", "approve ONB-1 looks right", "You approved ONB-1").await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    answers("alan", "cancel ONB-1", "ONB-1 is done already. Nothing was changed.").await;
    answers("alan", "retry ONB-1", "ONB-1 is done already. Nothing was changed.").await;
    answers("alan", "status ONB-1", "Done").await;

    answers("ann", "onboard amir@contoso.com ext 1001", "Phone line for Amir Aziz").await;
    answers("ann", "cancel onb-2", "Ann Archer cancelled ONB-2 for amir@contoso.com. Nothing was changed outside.")
        .await;
    stage.see_new(&thread, "Cancelled by Ann Archer").await;

    let confirm = answers("ann", "onboard zoe@contoso.com ext 1002", "Phone line for Zoe Zimmer").await;
    stage.press("ann", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Approve a phone line for Zoe Zimmer?").await;
    answers("bob", "reject ONB-3 Zoe has left us", "Bob Brown rejected ONB-3 for zoe@contoso.com: Zoe has left us")
        .await;
    stage.see_new(&thread, "Rejected by Bob Brown. Reason: Zoe has left us").await;
    // What everybody is told is not said to the typist once more.
    for twice in ["You cancelled", "You rejected"] {
        assert_eq!(stage.count(&thread, twice).await, 0, "{twice}");
    }
    stage.world.mailbox(&thread).read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_shows_the_newest_and_says_how_many_it_leaves_out() {
    let stage = Stage::open().await;
    let alone = stage.world.personal("alan");
    for extension in 1101..1118 {
        stage.say("alan", &alone, &format!("onboard nolicence@contoso.com ext {extension}")).await;
        stage.see_new(&alone, "The user has no licence for calling.").await;
    }
    stage.say("alan", &alone, "onboard zoe@contoso.com ext 1002").await;
    stage.see_new(&alone, "Phone line for Zoe Zimmer").await;
    for (text, title, shown, left_out) in [
        ("list", "Requests", 4..=18, "3 more are not shown."),
        ("list mine", "Your requests", 4..=18, "3 more are not shown."),
        ("status nolicence@contoso.com", "Requests for nolicence@contoso.com", 3..=17, "2 more are not shown."),
        ("list waiting", "Requests that wait for somebody", 18..=18, ""),
    ] {
        stage.say("alan", &alone, text).await;
        let list = stage.see_new(&alone, title).await.plain();
        let rows = (1..=18).filter(|number| list.contains(&format!("**ONB-{number}** ·")));
        assert_eq!(rows.collect::<Vec<_>>(), shown.collect::<Vec<_>>(), "{text}: {list}");
        assert!(list.contains(left_out) && list.contains("not shown") != left_out.is_empty(), "{text}: {list}");
    }
    stage.world.mailbox(&alone).read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_understood_is_said_with_the_place_and_a_suggestion() {
    let stage = Stage::open().await;
    for (text, expected) in [
        ("onbord alice@contoso.com ext 1000", "I do not know “onbord” at character 1. Did you mean “onboard”?"),
        ("frobnicate", "I do not know “frobnicate” at character 1. Type help"),
        ("onboard alice@contoso.com ext 1000 rote US West", "at character 36. Did you mean “route”?"),
        ("onboard alice@contoso.com", "Which extension? Add it, such as: ext 1000"),
        ("onboard ext 1000", "For whom?"),
        ("onboard alice ext 1000", "“alice” at character 9 is no user name such as alice@contoso.com."),
        ("onboard alice@contoso.com ext 12", "is no extension. An extension has 3 to 6 digits."),
        ("onboard alice@contoso.com ext 10\u{200b}00", "There is an invisible character (U+200B) at character 33."),
        ("onboard alice@contoso.com ext 1000 ext 1001", "“ext” is there twice, the second time at character 36."),
        ("number", "A value is missing after “number”."),
        ("bulk", "I understand “bulk”, but cannot do it yet"),
        ("approve 7x", "is no request. Requests are written like ONB-1."),
        ("", "I did not get a command. Type help"),
    ] {
        let thread = stage.world.channel_thread();
        stage.say("alan", &thread, text).await;
        stage.see_new(&thread, expected).await;
        assert_eq!(stage.world.mailbox(&thread).messages().len(), 1, "{text}");
    }
    let thread = stage.world.channel_thread();
    stage.say("steve", &thread, "help").await;
    let help = stage.see_new(&thread, "What I understand").await;
    for text in ["onboard", "why", "number", "status", "list", "approve", "reject", "retry", "cancel", "help"] {
        assert!(help.plain().contains(text), "{text}: {}", help.plain());
    }
    assert!(!help.plain().contains("bulk"), "{}", help.plain());
    stage.say("alan", &thread, "help onboard").await;
    let help = stage.see_new(&thread, "Gives somebody a phone line").await;
    assert!(!help.plain().contains("reject"), "{}", help.plain());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_command_is_answered_privately_and_decided_in_public() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let alan = stage.world.person("alan");
    assert_eq!(alan.say_privately(&thread, "onboard alice@contoso.com ext 1000").await.status, 200);
    let receipt = stage.see_new(&thread, "ONB-1: I am checking alice@contoso.com").await;
    assert_eq!(receipt.only_for, Some(alan.human().mri()));
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    assert_eq!(confirm.only_for, None);
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let done = works(&stage, &thread).await;
    assert_eq!(done.only_for, None);
    for (text, expected) in [
        ("help", "What I understand"),
        ("onboard nobody@contoso.com ext 1101", "There is no user nobody@contoso.com"),
        ("onbord x", "Did you mean “onboard”?"),
        ("status ONB-1", "Done"),
        ("cancel ONB-1", "ONB-1 is done already"),
    ] {
        alan.say_privately(&thread, text).await;
        let answer = stage.see_new(&thread, expected).await;
        assert_eq!(answer.only_for, Some(alan.human().mri()), "{text}: {}", answer.plain());
    }
    stage.world.mailbox(&thread).read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn being_added_is_greeted_once_and_again_after_being_removed() {
    let stage = Stage::open().await;
    let alan = stage.world.person("alan");
    for place in [stage.world.group_chat(), stage.world.personal("alan"), stage.world.channel_thread()] {
        alan.install_bot(&place).await;
        let again = alan.install_bot(&place).await;
        alan.redeliver(&again).await;
        let greeting = stage.see_new(&place, "Hello, I set up phone lines").await;
        assert!(greeting.plain().contains("onboard alice@contoso.com ext 1000"), "{}", greeting.plain());
        assert_eq!(stage.count(&place, "Hello").await, 1);
        alan.remove_bot(&place).await;
        stage.let_pass(SignedDuration::from_mins(1)).await;
        alan.install_bot(&place).await;
        stage.see_new(&place, "Hello, I set up phone lines").await;
        assert_eq!(stage.count(&place, "Hello").await, 2);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_twice_or_was_not_meant_does_nothing() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let alan = stage.world.person("alan");
    let sent = alan.say(&thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    for _ in 0..3 {
        assert_eq!(alan.redeliver(&sent).await.status, 200);
    }
    assert_eq!(alan.edit_message(&sent, "onboard amir@contoso.com ext 1001").await.status, 200);
    for quoted in ["> onboard zoe@contoso.com ext 1002", "```\nonboard zoe@contoso.com ext 1002\n```"] {
        assert_eq!(alan.say(&thread, quoted).await.status, 200);
    }
    stage.settle().await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 1);

    // The Connector repeats the press: the same answer, one approval card.
    let calls = stage.world.calls(System::Bot).len();
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let pressed = stage.world.calls(System::Bot)[calls].body.clone();
    for _ in 0..2 {
        assert_eq!(alan.deliver(pressed.clone()).await.status, 200);
    }
    assert_eq!(stage.world.violations(), Vec::<String>::new(), "each was answered with a sentence");
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    assert_eq!(stage.count(&thread, "Approve a phone line").await, 1);
    let calls = stage.world.calls(System::Bot).len();
    stage.press("bob", &approval, "Approve", &[]).await;
    let mut pressed = stage.world.calls(System::Bot).into_iter().skip(calls).map(|call| call.body);
    let pressed = pressed.rfind(|body| body["value"]["action"]["verb"] == "approve").unwrap();
    assert_eq!(stage.world.person("bob").deliver(pressed).await.status, 200);
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 4);
    assert_eq!(stage.world.effects(EffectKind::UserConfigured).len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_client_completes_a_whole_onboarding() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    let (alan, bob) = (stage.world.person("alan").with_old_client(), stage.world.person("bob").with_old_client());
    assert_eq!(alan.press(&confirm, "Request approval", &CHOICES).await, InvokeAnswer::Taken);
    let told = stage.see_new(&thread, "ONB-1 was sent for approval").await;
    assert_eq!(told.only_for, Some(alan.human().mri()));
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    assert_eq!(alan.press(&approval, "Approve", &[]).await, InvokeAnswer::Taken);
    stage.see_new(&thread, "You asked for ONB-1 yourself").await;
    assert_eq!(bob.press(&approval, "Reject", &[]).await, InvokeAnswer::Taken);
    stage.see_new(&thread, "Please write a reason first").await;
    stage.world.turn(|knobs| knobs.sync_delay_ms = 60_000);
    assert_eq!(bob.press(&approval, "Approve", &[]).await, InvokeAnswer::Taken);
    let told = stage.see_new(&thread, "You approved ONB-1").await;
    assert_eq!(told.only_for, Some(bob.human().mri()));
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_new(&thread, "Setting up +11000").await;
    let progress = stage.see_within(&thread, "Microsoft does not show +11000 yet", SignedDuration::from_secs(20)).await;
    assert_eq!(bob.press(&progress, "Refresh", &[]).await, InvokeAnswer::Taken);
    let told = stage.see_new(&thread, "I looked at ONB-1").await;
    assert_eq!(told.only_for, Some(bob.human().mri()));
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_shows_how_it_stands_to_whoever_pressed() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.world.turn(|knobs| knobs.sync_delay_ms = 60_000);
    approved(&stage, &thread).await;
    let waiting = stage.see_within(&thread, "Microsoft does not show +11000 yet", SignedDuration::from_secs(20)).await;
    // Steve has no role, but sits in the thread.
    for (who, shows) in [("alan", "I looked at ONB-1"), ("steve", "4 of 7 steps done")] {
        let seen = stage.press(who, &waiting, "Refresh", &[]).await;
        assert!(seen.contains(shows), "{who}: {seen}");
    }
    works(&stage, &thread).await;
    // An old card, after the end: whoever presses sees the newest.
    for who in ["alan", "steve"] {
        let seen = stage.world.person(who).press_raw(&waiting, "Refresh", &[]).await.text();
        assert!(seen.contains("7 of 7 steps done"), "{who}: {seen}");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_onboardings_in_one_chat_do_not_mix() {
    let stage = Stage::open().await;
    let group = stage.world.group_chat();
    stage.say("alan", &group, "onboard alice@contoso.com ext 1000").await;
    stage.say("ann", &group, "onboard amir@contoso.com ext 1001 route \"US West\"").await;
    let alice = stage.see_new(&group, "Phone line for Alice Adams").await;
    let amir = stage.see_new(&group, "Phone line for Amir Aziz").await;
    stage.press("ann", &amir, "Request approval", &[("emergency_address", "a-boulder")]).await;
    stage.press("alan", &alice, "Request approval", &[("emergency_address", "a-denver-hq")]).await;
    let for_alice = stage.see(&group, "Approve a phone line for Alice Adams?").await;
    let for_amir = stage.see(&group, "Approve a phone line for Amir Aziz?").await;
    stage.press("bob", &for_amir, "Approve", &[]).await;
    stage.press("bob", &for_alice, "Reject", &[("reason", "not now")]).await;
    stage.see_within(&group, "The phone line of Amir Aziz works", SignedDuration::from_mins(2)).await;
    assert_eq!(stage.count(&group, "The phone line of Alice Adams works").await, 0);
    stage.see(&group, "Bob Brown rejected ONB-").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1001tm"]);
    let link = stage.world.state().links["amir@contoso.com"].clone();
    assert_eq!((link.gateway, link.line.as_deref()), (806, Some("+11001")));
    let device = stage.world.state().device("1001tm").unwrap().clone();
    assert_eq!(device.emergency_address_id.as_deref(), Some("a-boulder"));
    stage.let_pass(SignedDuration::from_mins(1)).await;
    stage.world.mailbox(&group).read_all();
    stage.finish().await;
}
