//! Who may decide, what they see, and what becomes of late, double, foreign and forbidden presses.

use jiff::SignedDuration;
use onboard_bot::world::{APPROVER_GROUP, Human, InvokeAnswer, Message, Person, Seed};

use crate::scenes::{CHOICES, approval_card, approved, confirm_card, nothing_changed, works};
use crate::stage::Stage;

fn has_buttons(card: &serde_json::Value) -> bool {
    card["actions"].as_array().is_some_and(|actions| actions.iter().any(|a| a["verb"] == "approve"))
}

/// Presses Approve although the person's own view has no such button.
async fn force(person: &Person, card: &Message, title: &str) -> String {
    person.press_raw(card, title, &[("reason", "because")]).await.text()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_approver_who_did_not_ask_can_decide() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    for title in ["Approve", "Reject"] {
        for (who, expected) in [
            ("alan", "You asked for ONB-1 yourself. Somebody else has to decide about it."),
            ("ann", "You are not one of the approvers, so nothing was changed. ONB-1 still waits for one of them."),
            ("olga", "You are not one of the approvers, so nothing was changed. ONB-1 still waits for one of them."),
            ("steve", "You have no role in this, so nothing was changed."),
        ] {
            let told = force(&stage.world.person(who), &approval, title).await;
            assert!(told.starts_with(expected), "{who}: {told}");
            assert!(who != "steve" || !told.contains("ONB-1"), "{told}");
        }
    }
    assert_eq!(force(&stage.world.person("frank"), &approval, "Approve").await, "Something went wrong (403)");
    assert_eq!(stage.world.mailbox(&thread).unread().len(), 0, "nothing was said to everybody");
    nothing_changed(&stage);
    // Somebody who is an approver through a group can.
    let told = stage.press("carol", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(&thread, "Approved by Carol Clark").await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_both_cannot_approve_their_own_request() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("dave", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.press("dave", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Dave Double").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    assert!(!approval.plain().contains("@Dave Double"), "{}", approval.plain());
    let view = stage.world.person("dave").look(&approval).await.unwrap();
    assert!(!has_buttons(&view), "{view}");
    let told = force(&stage.world.person("dave"), &approval, "Approve").await;
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    stage.say("dave", &thread, "approve ONB-1").await;
    stage.see_new(&thread, "You asked for ONB-1 yourself").await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_press_changes_nothing_and_says_who_approved() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    for (who, title) in [("bob", "Approve"), ("carol", "Approve"), ("carol", "Reject")] {
        let told = force(&stage.world.person(who), &approval, title).await;
        assert!(told.contains("ONB-1 was approved by Bob Brown already"), "{who} {title}: {told}");
    }
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    let told = force(&stage.world.person("carol"), &approval, "Reject").await;
    assert!(told.contains("ONB-1 is done already. Nothing was changed."), "{told}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejecting_needs_a_reason_and_ends_it() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    for reason in ["", "   "] {
        let told = stage.press("bob", &approval, "Reject", &[("reason", reason)]).await;
        assert!(told.contains("Please write a reason first"), "{told}");
    }
    let told = stage.press("bob", &approval, "Reject", &[("reason", "1000 is the *front desk*")]).await;
    assert!(told.contains("You rejected ONB-1"), "{told}");
    let card = stage.see_new(&thread, "Rejected by Bob Brown. Reason: 1000 is the").await;
    assert!(!has_buttons(card.card.as_ref().unwrap()), "{}", card.plain());
    stage.see_new(&thread, "Bob Brown rejected ONB-1 for alice@contoso.com").await;
    let told = force(&stage.world.person("carol"), &approval, "Approve").await;
    assert!(told.contains("ONB-1 was rejected by Bob Brown already. Nothing was changed."), "{told}");
    nothing_changed(&stage);
    // The extension is free again.
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    stage.see_new(&thread, "ONB-2 · alice@contoso.com").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_two_must_agree_two_people_must() {
    let stage = Stage::open_with(Seed::default(), |settings| settings.required = 2).await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    assert!(approval.plain().contains("Approvals: 0 of 2"), "{}", approval.plain());
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1. It needs 1 more"), "{told}");
    let half = stage.see_new(&thread, "1 of 2, so far Bob Brown").await;
    let told = stage.press("bob", &half, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1 already. It waits for somebody else."), "{told}");
    nothing_changed(&stage);
    let told = stage.press("carol", &half, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1. I carry it out now"), "{told}");
    stage.see_new(&thread, "Approved by Bob Brown, Carol Clark").await;
    let done = works(&stage, &thread).await;
    assert!(done.plain().contains("Approved by Bob Brown, Carol Clark"), "{}", done.plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_two_must_agree_the_first_is_asked_for_their_rights_again() {
    let stage = Stage::open_with(Seed::default(), |settings| settings.required = 2).await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    stage.press("carol", &approval, "Approve", &[]).await;
    let half = stage.see_new(&thread, "1 of 2, so far Carol Clark").await;
    stage.world.state().group_mut(APPROVER_GROUP).unwrap().members.retain(|upn| upn != "carol@contoso.com");
    let told = stage.press("bob", &half, "Approve", &[]).await;
    assert!(told.contains("The approval of Carol Clark no longer counts"), "{told}");
    let card = stage.see_new(&thread, "1 of 2, so far Bob Brown").await;
    assert!(card.plain().contains("Carol Clark agreed, but may not approve any more"), "{}", card.plain());
    nothing_changed(&stage);
    let told = stage.press("dave", &card, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1. I carry it out now"), "{told}");
    stage.see_new(&thread, "Approved by Bob Brown, Dave Double").await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_are_read_at_the_press_and_not_before() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    // Carol leaves the group after the card was shown to her.
    assert!(has_buttons(&stage.world.person("carol").look(&approval).await.unwrap()));
    stage.world.state().group_mut(APPROVER_GROUP).unwrap().members.retain(|upn| upn != "carol@contoso.com");
    let told = stage.press("carol", &approval, "Approve", &[]).await;
    assert!(told.contains("You have no role in this"), "{told}");
    // Bob's account is disabled.
    stage.world.state().user_mut("bob@contoso.com").unwrap().account_enabled = false;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You have no role in this"), "{told}");
    nothing_changed(&stage);
    // Somebody who joined the group after the card was posted may decide, by word.
    stage.world.state().group_mut(APPROVER_GROUP).unwrap().members.push("ann@contoso.com".to_owned());
    stage.say("ann", &thread, "approve onb-1").await;
    stage.see_new(&thread, "Approved by Ann Archer").await;
    stage.see_new(&thread, "You approved ONB-1").await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvers_see_buttons_and_others_the_state() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    for who in ["@Bob Brown", "@Carol Clark", "@Dave Double"] {
        assert!(approval.plain().contains(who), "{}", approval.plain());
    }
    for (who, expected) in
        [("bob", true), ("carol", true), ("dave", true), ("alan", false), ("ann", false), ("steve", false)]
    {
        let view = stage.world.person(who).look(&approval).await.unwrap();
        assert_eq!(has_buttons(&view), expected, "{who}: {view}");
    }
    let Some(view) = stage.world.person("alan").look(&approval).await else { panic!("no view") };
    assert!(view.to_string().contains("Only the people who are asked can decide"), "{view}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_the_shared_card_is_read_only() {
    let mut seed = Seed::default();
    seed.people.extend((0..60).map(|n| Human {
        key: format!("extra{n}"),
        name: format!("Extra {n}"),
        upn: format!("extra{n}@contoso.com"),
        tenant: None,
    }));
    let stage = Stage::open_with(seed, |_| {}).await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    let card = approval.card.as_ref().unwrap();
    assert!(!has_buttons(card), "{card}");
    assert_eq!(card["refresh"]["userIds"].as_array().unwrap().len(), 3, "the approvers");
    assert!(has_buttons(&stage.world.person("bob").look(&approval).await.unwrap()));
    assert!(!has_buttons(&stage.world.person("extra7").look(&approval).await.unwrap()));
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_nobody_gives_expires_and_is_told_once() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    stage.let_pass(SignedDuration::from_hours(23)).await;
    assert_eq!(stage.world.mailbox(&thread).unread().len(), 0);
    let card = stage.see_within(&thread, "Expired: nobody decided in time", SignedDuration::from_mins(61)).await;
    assert!(!has_buttons(card.card.as_ref().unwrap()), "{}", card.plain());
    stage.see_new(&thread, "ONB-1 for alice@contoso.com expired, because nobody acted in time").await;
    for (who, title) in [("bob", "Approve"), ("bob", "Reject")] {
        let told = force(&stage.world.person(who), &approval, title).await;
        assert!(told.contains("ONB-1 expired. Type the command again to start over."), "{told}");
    }
    stage.let_pass(SignedDuration::from_hours(25)).await;
    assert_eq!(stage.count(&thread, "expired, because nobody acted").await, 1);
    nothing_changed(&stage);
    stage.say("ann", &thread, "onboard alice@contoso.com ext 1000").await;
    stage.see_new(&thread, "ONB-2 · alice@contoso.com").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirm_card_that_nobody_sends_expires_too() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    stage.see_within(&thread, "ONB-1 for alice@contoso.com expired", SignedDuration::from_hours(25)).await;
    let card = stage.see(&thread, "Phone line for Alice Adams").await;
    assert!(!card.plain().contains("[Request approval]"), "{}", card.plain());
    let told = stage.world.person("alan").press_raw(&confirm, "Request approval", &CHOICES).await.text();
    assert!(told.contains("ONB-1 expired"), "{told}");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_covers_the_configuration_it_was_given_for() {
    let mut stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    stage.stop_bot().await;
    stage.config = stage.config.replace("sbc_gateway_id = 806", "sbc_gateway_id = 807");
    stage.world.state().seed.routes.insert(807, "US West".to_owned());
    stage.start_bot().await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("your approval was not counted"), "{told}");
    stage.see_new(&thread, "No longer valid: something changed after it was sent.").await;
    stage.see_new(&thread, "The configuration changed after ONB-1 was sent").await;
    nothing_changed(&stage);
    let again = stage.see_new(&thread, "[Request approval]").await;
    let told = stage.press("alan", &again, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let second = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let told = force(&stage.world.person("bob"), &approval, "Approve").await;
    assert!(told.contains("This card of ONB-1 is out of date"), "{told}");
    stage.press("bob", &second, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    assert_eq!(stage.world.state().links["alice@contoso.com"].gateway, 807);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_change_before_it_runs_void_the_approval() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    let plans = std::mem::take(&mut stage.world.state().user_mut("alice@contoso.com").unwrap().assigned_plans);
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let failure = stage.see_new(&thread, "Stopped: the line of Alice Adams is not ready").await;
    for text in ["so the approval no longer holds", "The user has no licence for calling.", "[Retry]", "@Alan Admin"] {
        assert!(failure.plain().contains(text), "{text}: {}", failure.plain());
    }
    stage.see_new(&thread, "0 of 7 steps done").await;
    nothing_changed(&stage);
    stage.world.state().user_mut("alice@contoso.com").unwrap().assigned_plans = plans;
    let told = stage.press("alan", &failure, "Retry", &[]).await;
    assert!(told.contains("so I ask for a new one"), "{told}");
    stage.see_new(&thread, "Tried again").await;
    let second = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let told = force(&stage.world.person("bob"), &approval, "Approve").await;
    assert!(told.contains("This card of ONB-1 is out of date"), "{told}");
    stage.press("carol", &second, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Carol Clark").await;
    let done = works(&stage, &thread).await;
    assert!(done.plain().contains("Approved by Carol Clark"), "{}", done.plain());
    let cards: Vec<_> = stage.world.mailbox(&thread).messages().iter().map(Message::plain).collect();
    let progress: Vec<_> = cards.iter().filter(|text| text.starts_with("Setting up +11000")).collect();
    assert_eq!(progress.len(), 2, "one for each approval");
    assert!(progress[0].contains("0 of 7 steps done") && progress[1].contains("7 of 7 steps done"), "{progress:?}");
    let stopped = cards.iter().find(|text| text.starts_with("Stopped:")).unwrap();
    assert!(stopped.contains("Something changed after the approval") && !stopped.contains("[Retry]"), "{stopped}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_while_graph_is_down_is_kept_and_answered_later() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    let broken = onboard_bot::world::Mishap::Answer { status: 503, headers: Default::default(), body: String::new() };
    let fault = onboard_bot::world::Fault::next(onboard_bot::world::System::Graph, 1, broken).always();
    stage.world.fault(fault).unwrap();
    let answer = stage.world.person("bob").press(&approval, "Approve", &[]).await;
    assert!(!matches!(answer, InvokeAnswer::Failed(_) | InvokeAnswer::Refused(_)), "{answer:?}");
    stage.world.state().faults.clear();
    stage.see_within(&thread, "Approved by Bob Brown", SignedDuration::from_mins(1)).await;
    stage.see_within(&thread, "You approved ONB-1", SignedDuration::from_mins(1)).await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_progress_card_does_not_come_back_after_the_end() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let progress = approved(&stage, &thread).await;
    works(&stage, &thread).await;
    stage.let_pass(SignedDuration::from_hours(2)).await;
    let edits = stage.world.mailbox(&thread).messages().iter().find(|m| m.id == progress.id).unwrap().edits;
    stage.let_pass(SignedDuration::from_hours(30)).await;
    let card = stage.world.mailbox(&thread).messages().into_iter().find(|m| m.id == progress.id).unwrap();
    assert_eq!(card.edits, edits);
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 4);
    stage.finish().await;
}
