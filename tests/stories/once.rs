//! A message whose answer was lost is not repeated: whoever sees it tells that it is there.

use jiff::SignedDuration;
use onboard_bot::world::{Fault, Message, Mishap, Place, System};

use crate::scenes::{CHOICES, approval_card, works};
use crate::stage::Stage;

const PROGRESS: &str = "Setting up +11000 for Alice Adams";

/// The answer to the next new message is lost.
fn lose_an_answer(stage: &Stage, mishap: Mishap) {
    stage.world.fault(Fault::next(System::Connector, 1, mishap).on("POST", "/activities$")).unwrap();
}

fn progress_cards(stage: &Stage, place: &Place) -> Vec<Message> {
    let shown = |message: &Message| message.plain().contains("+11000") && message.plain().contains("steps done");
    stage.world.mailbox(place).messages().into_iter().filter(shown).collect()
}

async fn finish(stage: Stage, place: &Place) {
    stage.world.mailbox(place).read_all();
    stage.finish().await;
}

#[tokio::test]
async fn a_press_tells_which_message_the_card_is() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    lose_an_answer(&stage, Mishap::DropAfter);
    stage.say("alan", &thread, "/onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let rewritten = stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    assert_eq!(rewritten.id, confirm.id, "it is the same message");
    stage.let_pass(SignedDuration::from_mins(2)).await;
    assert_eq!(stage.count(&thread, "Phone line for Alice Adams").await, 1);
    finish(stage, &thread).await;
}

#[tokio::test]
async fn a_look_tells_which_message_the_card_is() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    lose_an_answer(&stage, Mishap::DropAfter);
    stage.press("bob", &approval, "Approve", &[]).await;
    let progress = stage.see_new(&thread, PROGRESS).await;
    let own = stage.world.person("alan").look(&progress).await.unwrap();
    assert!(own.to_string().contains("Setting up"), "their own view is the same card: {own}");
    works(&stage, &thread).await;
    stage.let_pass(SignedDuration::from_mins(2)).await;
    let cards = progress_cards(&stage, &thread);
    assert_eq!(cards.len(), 1, "{cards:#?}");
    assert_eq!(cards[0].id, progress.id);
    assert!(cards[0].card.as_ref().unwrap().get("refresh").is_none(), "once its id is known, nobody is asked to look");
    finish(stage, &thread).await;
}

#[tokio::test]
async fn a_card_that_nobody_saw_is_posted_again_and_a_copy_that_turns_up_is_taken_back() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    lose_an_answer(&stage, Mishap::DropAfter);
    stage.press("bob", &approval, "Approve", &[]).await;
    let first = stage.see_new(&thread, PROGRESS).await;
    stage.see_within(&thread, "7 of 7 steps done", SignedDuration::from_mins(1)).await;
    let cards = progress_cards(&stage, &thread);
    assert_eq!(cards.len(), 2, "one of them is as old as its answer: {cards:#?}");
    for card in &cards {
        stage.world.person("alan").look(card).await;
    }
    stage.settle().await;
    let left = progress_cards(&stage, &thread);
    assert_eq!(left.len(), 1, "{left:#?}");
    assert_ne!(left[0].id, first.id);
    assert!(left[0].plain().contains("7 of 7 steps done"));
    finish(stage, &thread).await;
}

#[tokio::test]
async fn a_card_that_never_arrived_is_posted_once() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    lose_an_answer(&stage, Mishap::DropBefore);
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_within(&thread, "7 of 7 steps done", SignedDuration::from_mins(1)).await;
    let cards = progress_cards(&stage, &thread);
    assert_eq!(cards.len(), 1, "{cards:#?}");
    finish(stage, &thread).await;
}
