//! Taking a line away: the carrier first, Microsoft 365 last, and nothing of it is left.

use jiff::SignedDuration;
use onboard_bot::world::{Device, EffectKind, Message, Place};

use crate::scenes::{approved, facts, words, works};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    the_carrier_first_the_device_that_we_made_and_then_the_proof,
    the_extension_cools_for_others_and_is_there_for_the_same_person,
    a_device_that_was_there_before_stays,
    who_has_no_line_and_who_is_no_requester_gets_a_clear_answer,
    a_number_that_somebody_else_gave_meanwhile_voids_the_approval,
    what_was_cancelled_when_calling_was_off_is_taken_away_to_its_end,
);

const GONE: &str = "The phone line of Alice Adams is gone";
const DISABLE: &str = "Disable calling for Alice Adams";
const DELETE: &str = "Delete Alice Adams in the carrier's portal";
const ALICE: &str = "alice@contoso.com";

/// Alice has a line by ONB-1.
pub async fn alice_has_a_line(stage: &Stage) {
    alice_has_a_line_by(stage, &stage.thread()).await;
}

/// The same, asked for here.
pub async fn alice_has_a_line_by(stage: &Stage, place: &Place) {
    approved(stage, place).await;
    works(stage, place).await;
}

/// Sent for approval as it stands, and approved by Bob.
pub async fn agreed(stage: &Stage, place: &Place, (confirm, approval): (&str, &str), inputs: &[(&str, &str)]) {
    let card = stage.see_new(place, confirm).await;
    stage.press("alan", &card, "Request approval", inputs).await;
    stage.see_new(place, "Sent for approval by Alan Admin").await;
    let card = stage.see_new(place, approval).await;
    stage.press("bob", &card, "Approve", &[]).await;
    stage.see_new(place, "Approved by Bob Brown").await;
}

/// Olga has done both parts of the portal's work, and said so.
pub async fn gone_at_the_carrier(stage: &Stage, place: &Place) {
    let disable = stage.see_new(place, DISABLE).await;
    stage.world.portal().disable_user(ALICE);
    stage.press("olga", &disable, "Done", &[]).await;
    let delete = stage.see_new(place, DELETE).await;
    assert!(stage.world.portal().delete_user(ALICE));
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see(place, "Deleted, reported by Olga Operator").await;
}

/// Asked for here, approved, done and proven.
pub async fn taken_away(stage: &Stage, place: &Place) {
    stage.say("alan", place, "offboard alice@contoso.com").await;
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    agreed(stage, place, titles, &[]).await;
    stage.see(place, "Taking +11000 from Alice Adams").await;
    gone_at_the_carrier(stage, place).await;
    stage.see_within(place, GONE, SignedDuration::from_mins(2)).await;
}

async fn asked(stage: &Stage, place: &Place) -> Message {
    stage.say("alan", place, "offboard alice@contoso.com").await;
    stage.see_new(place, "Take the phone line from Alice Adams").await
}

async fn the_carrier_first_the_device_that_we_made_and_then_the_proof(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    let confirm = asked(&stage, &thread).await;
    for text in [
        "Number that goes: +11000",
        "Extension: 1000",
        "1000tm: removed, because I made it",
        "Microsoft 365 afterwards: Leave it as it is",
        "kept from everybody else for 30 days",
        "remove them only when this is done, never before",
    ] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }
    let told = stage.press("alan", &confirm, "Request approval", &[]).await;
    assert!(told.contains("ONB-2 was sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve taking the phone line from Alice Adams?").await;
    assert!(approval.plain().contains("1000tm: removed"), "{}", approval.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see(&thread, "Taking +11000 from Alice Adams").await;

    let disable = stage.see_new(&thread, DISABLE).await;
    for text in ["by the number +11000", "Disable Calling", "@Olga Operator"] {
        assert!(words(&disable).contains(text), "{text}: {}", disable.plain());
    }
    // Done is not believed.
    stage.press("olga", &disable, "Done", &[]).await;
    stage.see(&thread, "Microsoft still shows calling as enabled").await;
    stage.world.portal().disable_user(ALICE);
    let delete = stage.see_within(&thread, DELETE, SignedDuration::from_mins(3)).await;
    stage.see(&thread, "Seen in Microsoft 365").await;
    assert!(words(&delete).contains("set the filter to Disabled"), "{}", delete.plain());
    assert!(stage.world.effects(EffectKind::DeviceDeleted).is_empty(), "the carrier first");
    assert!(stage.world.portal().delete_user(ALICE));
    stage.press("olga", &delete, "Done", &[("note", "was under Disabled")]).await;
    stage.see(&thread, "Deleted, reported by Olga Operator. It counts as gone only when").await;
    let done = stage.see_within(&thread, GONE, SignedDuration::from_mins(2)).await;
    let proof = facts(&done);
    let proof: Vec<_> = proof.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let gone = [("No longer in Teams", "+11000"), ("Calling enabled", "No"), ("Removed from the PBX", "1000tm")];
    assert_eq!(proof[..3], gone);
    // And what people said, in their own words.
    let (said, told) = (&proof[3..], "deleting the user at the carrier. “was under Disabled”");
    assert!(
        said.iter().all(|(name, said)| *name == "Reported by" && said.starts_with("Olga Operator on ")),
        "{said:?}"
    );
    assert!(said.len() == 2 && said[1].1.ends_with(told), "{said:?}");
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"]);
    stage.finish().await;
}

async fn the_extension_cools_for_others_and_is_there_for_the_same_person(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    taken_away(&stage, &thread).await;

    let other = stage.thread();
    stage.say("alan", &other, "onboard carol@contoso.com ext 1000").await;
    let refused = stage.see_new(&other, "carol@contoso.com cannot get a line yet").await;
    let text = "The extension 1000 was taken from alice@contoso.com by ONB-2 and is kept from others until";
    assert!(refused.plain().contains(text), "{}", refused.plain());
    stage.say("alan", &other, "number 1000").await;
    let number = stage.see_new(&other, "ONB-2 took it from alice@contoso.com; it is kept from others until").await;
    assert!(number.plain().contains("alice@contoso.com can get it back"), "{}", number.plain());
    // The same person gets it back at any time.
    stage.say("alan", &other, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&other, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&other, "Alan Admin cancelled ONB-4").await;
    // And anybody does when it has cooled down.
    stage.let_pass(SignedDuration::from_hours(30 * 24 + 1)).await;
    stage.say("alan", &other, "onboard carol@contoso.com ext 1000").await;
    let card = stage.see_new(&other, "carol@contoso.com cannot get a line yet").await;
    assert!(!card.plain().contains("kept from others"), "{}", card.plain());
    stage.finish().await;
}

async fn a_device_that_was_there_before_stays(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1000").unwrap();
        let device = Device {
            password: "made-by-hand".to_owned(),
            emergency_address_id: None,
            callback: "[*]".to_owned(),
            registered: None,
            other: Default::default(),
        };
        user.devices.insert("1000tm".to_owned(), device);
    }
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("1000tm: stays, because it was there before", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see(&thread, "Taking +11000 from Alice Adams").await;
    gone_at_the_carrier(&stage, &thread).await;
    stage.see_within(&thread, GONE, SignedDuration::from_mins(2)).await;
    assert!(stage.world.effects(EffectKind::DeviceDeleted).is_empty());
    stage.finish().await;
}

async fn who_has_no_line_and_who_is_no_requester_gets_a_clear_answer(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "offboard carol@contoso.com").await;
    let card = stage.see_new(&thread, "The line of carol@contoso.com cannot be taken away").await;
    assert!(card.plain().contains("has no line that I could take away"), "{}", card.plain());
    stage.say("alan", &thread, "offboard nobody@contoso.com").await;
    stage.see_new(&thread, "There is no user nobody@contoso.com in Microsoft 365").await;
    stage.say("bob", &thread, "offboard alice@contoso.com").await;
    stage.see_new(&thread, "You may not ask for phone lines here").await;
    stage.finish().await;
}

async fn a_number_that_somebody_else_gave_meanwhile_voids_the_approval(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    let confirm = asked(&stage, &thread).await;
    stage.press("alan", &confirm, "Request approval", &[]).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve taking the phone line").await;
    stage.world.state().user_mut(ALICE).unwrap().telephone_number = Some("+13035550177".to_owned());
    stage.world.portal().disable_user(ALICE);
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let stopped = stage.see_new(&thread, "Stopped: the line of Alice Adams is not gone yet").await;
    assert!(stopped.plain().contains("Microsoft shows +13035550177"), "{}", stopped.plain());
    assert!(!stopped.plain().contains("[Undo]"), "nothing was changed: {}", stopped.plain());
    stage.see(&thread, "0 of 5 steps done").await;
    stage.finish().await;
}

/// Somebody else gave the line, so nothing but the cancelled request knows which one it was.
async fn what_was_cancelled_when_calling_was_off_is_taken_away_to_its_end(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    let shown = |number: Option<&str>| {
        stage.world.state().user_mut(ALICE).unwrap().telephone_number = number.map(str::to_owned);
    };
    shown(Some("+11000"));
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    agreed(&stage, &thread, titles, &[]).await;
    let disable = stage.see_new(&thread, DISABLE).await;
    shown(None);
    stage.press("olga", &disable, "Done", &[]).await;
    stage.see_new(&thread, DELETE).await;
    stage.say("alan", &thread, "cancel ONB-1").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    stage.see_new(&thread, "the number +11000 stays held for alice@contoso.com").await;
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let refused = stage.see_new(&thread, "The line of this user was taken away by ONB-1").await;
    assert!(refused.plain().contains("Type “offboard alice@contoso.com”"), "{}", refused.plain());
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    agreed(&stage, &thread, titles, &[]).await;
    let delete = stage.see_new(&thread, "[Done] [I can't]").await;
    assert!(delete.plain().contains(DELETE), "calling is off already: {}", delete.plain());
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, GONE, SignedDuration::from_mins(2)).await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.see(&thread, "4 of 4 steps done").await;
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    stage.see_new(&thread, "[Request approval]").await;
    stage.finish().await;
}
