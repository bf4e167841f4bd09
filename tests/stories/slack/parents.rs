//! Where the bot itself begins a thread, progress is written into the parent message; all else are replies.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Fault, Message, Mishap, Place, Seed, SlackSettings, System};
use serde_json::Value;

use crate::scenes::{CHOICES, approved, works};
use crate::stage::Stage;

const SLACK: &str = "slack:C0PHONES001";
const PROGRESS: &str = "Setting up +11000 for Alice Adams";
const WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// The thread of a message.
fn thread_of(message: &Message) -> Place {
    Place { id: message.place.clone(), kind: onboard_bot::domain::PlaceKind::Channel }
}

/// What people see in the channel without opening a thread.
fn is_parent(message: &Message) -> bool {
    message.place.ends_with(&format!(";thread={}", message.id))
}

/// How many messages a thread has that everybody sees.
fn seen_by_all(stage: &Stage, thread: &Place) -> usize {
    stage.world.mailbox(thread).messages_that(|m| m.only_for.is_none()).len()
}

/// A slash command in the channel, and the confirm card that begins the thread.
async fn typed(stage: &Stage) -> Message {
    let channel = stage.world.slack().channel("phones");
    stage.in_slack("alan").command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    stage.told("alan", &channel).await;
    stage.modal("alan", "Emergency address").await;
    stage.in_slack("alan").close(true).await;
    stage.see_new(&channel, "Phone line for Alice Adams").await
}

/// From the confirm card to the approval card.
async fn sent(stage: &Stage, confirm: &Message) -> Message {
    let told = stage.press("alan", confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    let closed = stage.see_new(&thread_of(confirm), "Sent for approval by Alan Admin").await;
    assert_eq!(closed.id, confirm.id, "the parent stays the confirm card until the work begins");
    stage.see_new(&thread_of(confirm), "Approve a phone line for Alice Adams?").await
}

async fn approve(stage: &Stage, approval: &Message) {
    let told = stage.press("bob", approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
}

/// The end: the parent shows that all is done, and the notice is a reply to it.
async fn ends_under(stage: &Stage, parent: &Message) {
    let thread = thread_of(parent);
    let done = stage.see_within(&thread, "The phone line of Alice Adams works", WITHIN).await;
    assert!(!is_parent(&done) && done.place == parent.place, "the notice is a reply: {done:?}");
    assert!(done.plain().contains("Alan Admin"), "{}", done.plain());
    let progress = stage.see(&thread, "7 of 7 steps done").await;
    assert_eq!(progress.id, parent.id, "progress is the parent");
    assert_eq!(stage.count(&thread, "7 of 7 steps done").await, 1);
}

/// Texts of the calls of one method that hold this, with their `thread_ts` and `ts`.
fn calls(stage: &Stage, method: &str, text: &str) -> Vec<(Value, Value)> {
    let calls = stage.world.calls(System::Slack).into_iter().filter(|call| call.path.ends_with(method));
    let about = calls.filter(|call| call.effect.is_some() && call.body.to_string().contains(text));
    about.map(|call| (call.body["thread_ts"].clone(), call.body["ts"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_slash_command_the_first_message_becomes_the_progress() {
    let stage = Stage::open_with_slack().await;
    let confirm = typed(&stage).await;
    assert!(is_parent(&confirm));
    let approval = sent(&stage, &confirm).await;
    assert!(!is_parent(&approval) && approval.place == confirm.place, "a reply, so that people are notified");
    assert!(approval.plain().contains("@Bob Brown"), "{}", approval.plain());
    approve(&stage, &approval).await;
    let closed = stage.see_new(&thread_of(&confirm), "Approved by Bob Brown").await;
    assert_eq!(closed.id, approval.id);
    let progress = stage.see_new(&thread_of(&confirm), PROGRESS).await;
    assert_eq!(progress.id, confirm.id);
    ends_under(&stage, &confirm).await;
    assert_eq!(seen_by_all(&stage, &thread_of(&confirm)), 3, "parent, approval, notice");
    // As Slack was called: the parent has no thread, the replies have it, progress is only ever edited.
    let parent = Value::from(confirm.id.clone());
    assert_eq!(calls(&stage, "chat.postMessage", "Phone line for Alice Adams"), [(Value::Null, Value::Null)]);
    let notice = calls(&stage, "chat.postMessage", "The phone line of Alice Adams works");
    assert_eq!(notice, [(parent.clone(), Value::Null)]);
    assert_eq!(calls(&stage, "chat.postMessage", "steps done"), []);
    let edits = calls(&stage, "chat.update", "steps done");
    assert!(!edits.is_empty() && edits.iter().all(|(_, ts)| *ts == parent), "{edits:?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_newer_blocks_are_refused_the_parent_is_plain() {
    let stage = Stage::open_with_slack().await;
    stage.world.turn(|knobs| knobs.slack.newer_blocks = false);
    let confirm = typed(&stage).await;
    let approval = sent(&stage, &confirm).await;
    approve(&stage, &approval).await;
    ends_under(&stage, &confirm).await;
    let parent = stage.world.mailbox(&thread_of(&confirm)).messages().remove(0);
    assert!(!parent.card.unwrap().to_string().contains("\"plan\""));
    stage.finish().await;
}

/// A bot that shows every request in a channel of Slack.
async fn watched() -> Stage {
    let settle = |settings: &mut onboard_bot::world::BotSettings| {
        settings.slack = Some(SlackSettings::default());
        settings.channels = vec![SLACK.to_owned()];
    };
    Stage::open_with(Seed::default(), settle).await
}

/// Asked for elsewhere, decided and followed in the channel.
async fn copied(stage: &Stage, home: &Place) {
    stage.say("alan", home, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(home, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let channel = stage.world.slack().channel("phones");
    let approval = stage.see_new(&channel, "Approve a phone line for Alice Adams?").await;
    assert!(is_parent(&approval));
    approve(stage, &approval).await;
    let thread = thread_of(&approval);
    let closed = stage.see_new(&thread, "Approved by Bob Brown").await;
    assert!(!is_parent(&closed), "what was approved stays to be read in the thread");
    assert!(!closed.plain().contains("[Approve]") && closed.plain().contains("Denver HQ"), "{}", closed.plain());
    let progress = stage.see_new(&thread, PROGRESS).await;
    assert_eq!(progress.id, approval.id);
    // Whoever still has the old parent before them.
    let late = stage.press_raw_in_slack("carol", &approval, "Approve", &[]).await;
    assert!(late.contains("ONB-1 was approved by Bob Brown already"), "{late}");
    ends_under(stage, &approval).await;
    let parent = Value::from(approval.id.clone());
    let notice = calls(stage, "chat.postMessage", "The phone line of Alice Adams works");
    assert_eq!(notice.iter().filter(|(thread, _)| *thread == parent).count(), 1, "{notice:?}");
    assert_eq!(seen_by_all(stage, &thread), 3);
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_customers_channel_the_copy_becomes_the_progress() {
    let stage = watched().await;
    let home = stage.in_slack("alan").direct();
    copied(&stage, &home).await;
    // The direct message has one of its own, which is edited there.
    stage.see(&home, "7 of 7 steps done").await;
    assert_eq!(stage.count(&home, "steps done").await, 1);
    // What else approvers get where they are is told by other stories.
    stage.world.all_mail().read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_customers_channel_it_does_so_also_when_somebody_asks_in_teams() {
    let stage = watched().await;
    let home = stage.world.channel_thread();
    copied(&stage, &home).await;
    stage.see(&home, "7 of 7 steps done").await;
    let first = stage.world.mailbox(&home).messages().remove(0);
    assert!(first.plain().contains("Sent for approval by Alan Admin"), "in Teams the card stays: {}", first.plain());
    // What else approvers get where they are is told by other stories.
    stage.world.all_mail().read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_thread_of_somebody_else_progress_is_a_reply_that_is_edited() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let progress = approved(&stage, &thread).await;
    assert!(!is_parent(&progress));
    works(&stage, &thread).await;
    assert_eq!(stage.see(&thread, "7 of 7 steps done").await.id, progress.id);
    assert_eq!(seen_by_all(&stage, &thread), 4, "confirm, approval, progress, notice");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_that_is_deleted_is_posted_anew_and_the_rest_goes_under_it() {
    let stage = Stage::open_with_slack().await;
    let (channel, confirm) = (stage.world.slack().channel("phones"), typed(&stage).await);
    let approval = sent(&stage, &confirm).await;
    stage.world.slack().remove(&confirm);
    approve(&stage, &approval).await;
    let progress = stage.see_new(&channel, PROGRESS).await;
    assert!(is_parent(&progress) && progress.id != confirm.id);
    ends_under(&stage, &progress).await;
    stage.see(&thread_of(&confirm), "Approved by Bob Brown").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_to_a_parent_that_was_deleted_begins_the_thread_anew() {
    let stage = Stage::open_with_slack().await;
    let channel = stage.world.slack().channel("phones");
    stage.in_slack("alan").command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    stage.told("alan", &channel).await;
    let form = stage.modal("alan", "Emergency address").await;
    let confirm = stage.see_new(&channel, "Phone line for Alice Adams").await;
    stage.world.slack().remove(&confirm);
    stage.submit("alan", &form, &CHOICES).await;
    let approval = stage.see_new(&channel, "Approve a phone line for Alice Adams?").await;
    approve(&stage, &approval).await;
    stage.see_within(&channel, "The phone line of Alice Adams works", WITHIN).await;
    stage.see(&channel, "7 of 7 steps done").await;
    let parents = stage.world.mailbox(&channel).messages_that(is_parent);
    assert_eq!(parents.len(), 1, "{parents:#?}");
    assert!(parents[0].plain().contains("7 of 7 steps done"), "{}", parents[0].plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_whose_answer_was_lost_is_known_by_a_press() {
    let stage = Stage::open_with_slack().await;
    stage.world.fault(Fault::next(System::Slack, 1, Mishap::DropAfter).on("POST", "chat.postMessage")).unwrap();
    let confirm = typed(&stage).await;
    let approval = sent(&stage, &confirm).await;
    assert_eq!(approval.place, confirm.place, "it is a reply");
    approve(&stage, &approval).await;
    ends_under(&stage, &confirm).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_before_the_parent_was_written_it_is_written_after_the_start() {
    let mut stage = Stage::open_with_slack().await;
    let confirm = typed(&stage).await;
    let approval = sent(&stage, &confirm).await;
    // Slack does not answer until the bot is gone.
    let busy = Mishap::Answer { status: 503, headers: Default::default(), body: String::new() };
    stage.world.fault(Fault::next(System::Slack, 1, busy).always().on("POST", "chat.update")).unwrap();
    approve(&stage, &approval).await;
    stage.stop_bot().await;
    stage.world.state().faults.clear();
    stage.start_bot().await;
    ends_under(&stage, &confirm).await;
    assert_eq!(seen_by_all(&stage, &thread_of(&confirm)), 3, "parent, approval, notice");
    stage.finish().await;
}
