//! From a word in Slack to a proven line, by every way in.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Place, SlackAnswer};

use crate::onboarding::told_once_and_well;
use crate::scenes::{CHOICES, nothing_changed};
use crate::stage::Stage;

const WITHIN: SignedDuration = SignedDuration::from_mins(2);
const COMMAND: &str = "alice@contoso.com ext 1000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_mention_in_a_thread() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    told_once_and_well(stage, &thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_mention_that_begins_a_thread() {
    let stage = Stage::open_with_slack().await;
    let slack = stage.world.slack();
    let sent = stage.in_slack("alan").mention(&slack.channel("phones"), "onboard alice@contoso.com ext 1000").await;
    let thread = slack.thread_of(&sent);
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    let told = stage.press("alan", &confirm, "Cancel", &[]).await;
    assert!(told.contains("You cancelled ONB-1"), "{told}");
    stage.see_new(&thread, "Cancelled by Alan Admin").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    nothing_changed(&stage);
    stage.finish().await;
}

/// The thread that the bot itself began in a channel.
fn begun(stage: &Stage, channel: &Place) -> Place {
    let cards = stage.world.mailbox(channel).messages_that(|message| message.card.is_some());
    Place { id: cards.first().expect("a card").place.clone(), kind: channel.kind }
}

/// From the approval card in a thread to the end.
async fn decided(stage: Stage, thread: &Place) {
    stage.see_new(thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(thread, "Approve a phone line for Alice Adams?").await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(thread, "Approved by Bob Brown").await;
    stage.see_within(thread, "The phone line of Alice Adams works", WITHIN).await;
    stage.see(thread, "7 of 7 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_slash_command_and_the_form_that_opens() {
    let stage = Stage::open_with_slack().await;
    let alan = stage.in_slack("alan");
    let channel = stage.world.slack().channel("phones");
    let SlackAnswer::Shown(told) = alan.command(&channel, "/onboard", COMMAND).await else { panic!("no answer") };
    assert!(told.contains("ONB-1"), "{told}");
    assert_eq!(stage.told("alan", &channel).await, told);
    let form = stage.modal("alan", "Emergency address").await;
    assert!(form.plain().contains("Voice route"), "{}", form.plain());
    stage.see_new(&channel, "Phone line for Alice Adams").await;
    let thread = begun(&stage, &channel);
    // The client lets nothing pass that is empty and required.
    assert!(matches!(alan.submit(&form, &[("route", "US West")]).await, SlackAnswer::Refused(_)));
    stage.submit("alan", &form, &CHOICES).await;
    decided(stage, &thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_slash_command_and_the_card_in_the_channel() {
    let stage = Stage::open_with_slack().await;
    let channel = stage.world.slack().channel("phones");
    stage.in_slack("alan").command(&channel, "/voice", &format!("onboard {COMMAND}")).await;
    stage.told("alan", &channel).await;
    stage.modal("alan", "Emergency address").await;
    stage.in_slack("alan").close(true).await;
    let confirm = stage.see_new(&channel, "Phone line for Alice Adams").await;
    let thread = begun(&stage, &channel);
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    decided(stage, &thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_shortcut_on_a_message_of_the_person() {
    let stage = Stage::open_with_slack().await;
    let slack = stage.world.slack();
    let sent = stage.in_slack("alice").say_raw(&slack.channel("phones"), "Hello, I am new here").await;
    let message = slack.message(&sent).unwrap();
    assert_eq!(stage.in_slack("alan").message_shortcut(&message, "onboard_message").await, SlackAnswer::Taken);
    let form = stage.modal("alan", "Who needs a line?").await;
    assert!(form.plain().contains("alice@contoso.com"), "{}", form.plain());
    let SlackAnswer::Errors(errors) = stage.in_slack("alan").submit(&form, &[("extension", "12")]).await else {
        panic!("taken")
    };
    assert!(errors["extension"].contains("12"), "{errors:?}");
    let shown = stage.in_slack("alan").submit(&form, &[("extension", "1000")]).await;
    assert!(matches!(shown, SlackAnswer::View(_)), "{shown:?}");
    let form = stage.modal("alan", "Emergency address").await;
    let thread = slack.thread_of(&sent);
    stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.submit("alan", &form, &CHOICES).await;
    decided(stage, &thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_global_shortcut_it_goes_on_in_the_direct_message() {
    let stage = Stage::open_with_slack().await;
    let alan = stage.in_slack("alan");
    alan.shortcut("onboard_shortcut").await;
    let form = stage.modal("alan", "Who needs a line?").await;
    alan.submit(&form, &[("subject", "alice@contoso.com"), ("extension", "1000")]).await;
    let form = stage.modal("alan", "Emergency address").await;
    stage.see_new(&alan.direct(), "Phone line for Alice Adams").await;
    stage.submit("alan", &form, &CHOICES).await;
    stage.see_new(&alan.direct(), "Sent for approval").await;
    stage.see_new(&alan.direct(), "Only the people who are asked can decide").await;
    for who in ["bob", "carol", "dave"] {
        stage.see_new(&stage.in_slack(who).direct(), "[Approve] [Reject]").await;
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_direct_message_every_approver_decides_in_their_own() {
    let stage = Stage::open_with_slack().await;
    let [alan, bob] = ["alan", "bob"].map(|who| stage.in_slack(who));
    let (home, with_bob) = (alan.direct(), bob.direct());
    bob.say_alone("help").await;
    stage.see_new(&with_bob, "onboard").await;
    alan.say_alone("onboard alice@contoso.com ext 1000 reason “New in sales”").await;
    let confirm = stage.see_new(&home, "Phone line for Alice Adams").await;
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    stage.see_new(&home, "Sent for approval").await;
    let own = stage.see_new(&home, "Only the people who are asked can decide").await;
    assert!(!own.plain().contains("[Approve]"), "{}", own.plain());
    let for_bob = stage.see_new(&with_bob, "[Approve] [Reject]").await;
    // Slack lets the bot write to whoever is in the workspace.
    let others = ["carol", "dave"].map(|who| stage.in_slack(who).direct());
    for place in &others {
        stage.see_new(place, "[Approve] [Reject]").await;
    }
    assert!(for_bob.plain().contains("New in sales"), "{}", for_bob.plain());
    let told = stage.press("bob", &for_bob, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    for place in [&home, &with_bob, &others[0], &others[1]] {
        let card = stage.see_new(place, "Approved by Bob Brown").await;
        assert!(!card.plain().contains("[Approve]"), "{}", card.plain());
    }
    stage.see_within(&home, "The phone line of Alice Adams works", WITHIN).await;
    stage.see(&home, "7 of 7 steps done").await;
    for place in [&with_bob, &others[0], &others[1]] {
        stage.see_new(place, "The phone line of Alice Adams works").await;
        assert_eq!(stage.count(place, "The phone line of Alice Adams works").await, 1);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_says_why_not_in_a_form() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = crate::scenes::approval_card(&stage, &thread).await;
    let bob = stage.in_slack("bob");
    assert_eq!(bob.press(&approval, "Reject", &[]).await, SlackAnswer::Taken);
    let form = stage.modal("bob", "Reject ONB-1").await;
    assert!(matches!(bob.submit(&form, &[]).await, SlackAnswer::Refused(_)), "a reason is needed");
    let SlackAnswer::Errors(errors) = bob.submit(&form, &[("reason", "   ")]).await else { panic!("taken") };
    assert!(errors.contains_key("reason"), "{errors:?}");
    stage.submit("bob", &form, &[("reason", "ask again in <May> & June")]).await;
    stage.see_new(&thread, "Rejected by Bob Brown. Reason: ask again in <May> & June").await;
    stage.see_new(&thread, "Bob Brown rejected ONB-1 for alice@contoso.com: ask again in <May> & June").await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_has_a_page_of_their_own() {
    let stage = Stage::open_with_slack().await;
    let [alan, bob, steve] = ["alan", "bob", "steve"].map(|who| stage.in_slack(who));
    assert_eq!(alan.open_home().await.status, 200);
    let page = stage.see_new(&alan.home(), "Your requests").await;
    assert!(page.plain().contains("You have not asked for a line yet"), "{}", page.plain());
    steve.open_home().await;
    let page = stage.see_new(&steve.home(), "You may not use this bot").await;
    assert!(!page.plain().contains("Contoso"), "whoever has no role sees no systems: {}", page.plain());
    let thread = stage.world.slack().thread("phones");
    crate::scenes::approval_card(&stage, &thread).await;
    bob.open_home().await;
    let page = stage.see_new(&bob.home(), "Waiting for you").await;
    assert!(page.plain().contains("ONB-1"), "{}", page.plain());
    assert_eq!(
        stage.in_slack("alan").press(&stage.see(&alan.home(), "Your requests").await, "Refresh", &[]).await,
        SlackAnswer::Taken
    );
    let page = stage.see_new(&alan.home(), "ONB-1").await;
    assert!(page.plain().contains("alice@contoso.com"), "{}", page.plain());
    // Who looks only at messages is not shown a page.
    let before = stage.world.effects(EffectKind::HomePublished).len();
    alan.open_messages().await;
    stage.see_new(&alan.direct(), "Hello, I set up phone lines").await;
    assert_eq!(stage.world.effects(EffectKind::HomePublished).len(), before);
    stage.finish().await;
}
