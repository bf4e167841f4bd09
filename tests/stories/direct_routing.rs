//! A tenant with its own session border controllers: everything through Microsoft Graph, nobody in a portal.

use jiff::SignedDuration;
use onboard_bot::config::Carrier;
use onboard_bot::world::{EffectKind, Fault, Message, Mishap, Place, Seed, System};

use crate::scenes::facts;
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    number_and_route_are_chosen_approved_set_and_proven,
    an_extension_is_not_used_here_and_missed_there,
    a_number_that_somebody_has_or_holds_is_told_with_its_holder,
    a_number_taken_after_the_approval_voids_it_and_changes_nothing,
    an_operation_that_takes_its_time_is_asked_after_and_the_number_is_asked_for_once,
    an_operation_that_fails_stops_with_its_cause_and_retry_asks_again,
    without_the_permission_it_stops_before_anything_and_names_who_can_mend_it,
    an_answer_that_never_came_assigns_nothing_twice,
    without_a_pool_the_command_names_the_number,
);

const FRED: &str = "onboard fred@fabrikam.com";
const WORKS: &str = "The phone line of Fred Fabrikam works";

async fn fabrikam(surface: Surface) -> Stage {
    with_numbers(surface, &["+13035550142", "+13035550143"]).await
}

async fn with_numbers(surface: Surface, numbers: &[&str]) -> Stage {
    Stage::open_on_with(surface, Seed::default().with_second_customer(), |settings| {
        (settings.second_customer, settings.second_carrier) = (true, Carrier::DirectRouting);
        settings.second_numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
    })
    .await
}

/// Alan asks and chooses; the approval card.
async fn asked(stage: &Stage, place: &Place, choices: &[(&str, &str)]) -> Message {
    stage.say("alan", place, FRED).await;
    let confirm = stage.see_new(place, "Phone line for Fred Fabrikam").await;
    let told = stage.press("alan", &confirm, "Request approval", choices).await;
    assert!(told.contains("was sent for approval"), "{told}");
    stage.see_new(place, "Sent for approval by Alan Admin").await;
    stage.see_new(place, "Approve a phone line for Fred Fabrikam?").await
}

async fn approved(stage: &Stage, place: &Place) {
    let approval = asked(stage, place, &[("number", "+13035550143"), ("route", "Denver SBC")]).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(place, "Approved by Bob Brown").await;
    stage.see_new(place, "Setting up +13035550143 for Fred Fabrikam").await;
}

async fn number_and_route_are_chosen_approved_set_and_proven(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.say("alan", &thread, FRED).await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    let text = confirm.plain();
    assert!(text.contains("+13035550142") && text.contains("Boston SBC"), "{text}");
    assert!(!text.contains("PBX") && !text.contains("Voicemail"), "{text}");
    let choices = [("number", "+13035550143"), ("route", "Denver SBC")];
    stage.press("alan", &confirm, "Request approval", &choices).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Fred Fabrikam?").await;
    for value in ["Phone number: +13035550143", "Voice route: Denver SBC"] {
        assert!(approval.plain().contains(value), "{value}: {}", approval.plain());
    }
    stage.press("bob", &approval, "Approve", &[]).await;
    let done = stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    let proof = facts(&done);
    let proof: Vec<_> = proof.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("Phone number", "+13035550143"),
        ("Calling enabled", "Yes"),
        ("Voice policies", "OnlineVoiceRoutingPolicy: Denver SBC"),
    ];
    assert_eq!(proof, expected);
    assert!(done.plain().contains("Read back from Microsoft 365 on"), "{}", done.plain());
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::NumberAssigned), ["fred@fabrikam.com"]);
    assert_eq!(stage.world.effects(EffectKind::PolicyAssigned), ["fred@fabrikam.com"]);
    assert!(stage.world.calls(System::Netsapiens).is_empty(), "nobody asks a PBX");
    // Who has it, and who may have the other one.
    stage.say("alan", &thread, "number +13035550143").await;
    let card = stage.see_new(&thread, "It is in use.").await;
    for text in ["is the number of Fred Fabrikam", "ONB-1", "It belongs to the pool of numbers."] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.say("alan", &thread, "why fred@fabrikam.com").await;
    let card = stage.see_new(&thread, "Extension or number held: For this user, by ONB-1").await;
    assert!(card.plain().contains("Nothing that I can see is in the way"), "{}", card.plain());
    stage.finish().await;
}

async fn an_extension_is_not_used_here_and_missed_there(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "onboard fred@fabrikam.com ext 3001 number +13035550142").await;
    stage.see_new(&thread, "ONB-1: I do not use the extension 3001, because the carrier of Fabrikam").await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    assert!(!confirm.plain().contains("3001"), "{}", confirm.plain());
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    stage.say("alan", &thread, "change fred@fabrikam.com ext 3001").await;
    stage.see_new(&thread, "“ext” has no meaning at Fabrikam, because of its carrier. Leave it out.").await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com location Denver").await;
    stage.see_new(&thread, "“location” has no meaning at Fabrikam").await;
    stage.say("alan", &thread, "onboard alice@contoso.com").await;
    stage.see_new(&thread, "Which extension? Add it, such as: ext 1000").await;
    stage.say("steve", &thread, "onboard alice@contoso.com").await;
    stage.see_new(&thread, "You may not use this bot for that company").await;
    stage.finish().await;
}

async fn a_number_that_somebody_has_or_holds_is_told_with_its_holder(surface: Surface) {
    let stage = fabrikam(surface).await;
    let (first, second) = (stage.thread(), stage.thread());
    let fay = |numbers: Option<&str>| {
        stage.world.state().user_mut("fay@fabrikam.com").unwrap().telephone_number = numbers.map(str::to_owned);
    };
    fay(Some("+13035550142"));
    stage.say("alan", &first, &format!("{FRED} number +13035550142")).await;
    let card = stage.see_new(&first, "The number +13035550142 belongs to Fay Fabrikam in Teams.").await;
    assert!(card.plain().contains("One condition is not met"), "{}", card.plain());
    stage.say("alan", &first, &format!("{FRED} number +13035550199")).await;
    stage.see_new(&first, "The number +13035550199 is not one of the configured numbers.").await;
    // What is left is offered, and held from submit on.
    stage.say("alan", &first, FRED).await;
    let confirm = stage.see_new(&first, "Phone line for Fred Fabrikam").await;
    assert!(!confirm.plain().contains("+13035550142"), "{}", confirm.plain());
    stage.press("alan", &confirm, "Request approval", &[("number", "+13035550143"), ("route", "Denver SBC")]).await;
    stage.see_new(&first, "Sent for approval").await;
    stage.see_new(&first, "Approve a phone line for Fred Fabrikam?").await;
    fay(None);
    stage.say("ann", &second, "onboard fay@fabrikam.com number +13035550143").await;
    stage.see_new(&second, "The number +13035550143 is held by ONB-3 for fred@fabrikam.com.").await;
    stage.say("ann", &second, "onboard fay@fabrikam.com").await;
    let card = stage.see_new(&second, "Phone line for Fay Fabrikam").await;
    let told = "The number +13035550143 cannot be chosen: ONB-3 holds it for fred@fabrikam.com.";
    assert!(card.plain().contains(told) && card.plain().contains("+13035550142"), "{}", card.plain());
    // A rejection gives it back.
    stage.say("bob", &first, "reject ONB-3 not now").await;
    stage.see_new(&first, "Bob Brown rejected ONB-3").await;
    stage.see_new(&first, "Rejected by Bob Brown").await;
    // The card offers what was free when it was made; the other number would be refused only if somebody had it.
    let chosen = [("number", "+13035550143"), ("route", "Boston SBC")];
    let told = stage.press_raw("ann", &card, "Request approval", &chosen).await;
    assert!(told.contains("was sent for approval"), "{told}");
    stage.see_new(&second, "Approve a phone line for Fay Fabrikam?").await;
    stage.finish().await;
}

async fn a_number_taken_after_the_approval_voids_it_and_changes_nothing(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    let approval = asked(&stage, &thread, &[("number", "+13035550142"), ("route", "Denver SBC")]).await;
    stage.world.state().user_mut("fay@fabrikam.com").unwrap().telephone_number = Some("+13035550142".to_owned());
    stage.press("bob", &approval, "Approve", &[]).await;
    let card = stage.see_within(&thread, "Stopped: the line of", SignedDuration::from_mins(1)).await;
    assert!(card.plain().contains("belongs to Fay Fabrikam in Teams"), "{}", card.plain());
    assert!(stage.world.effects(EffectKind::NumberAssigned).is_empty());
    stage.say("alan", &thread, "cancel ONB-1").await;
    stage.see_new(&thread, "Nothing was changed outside").await;
    stage.finish().await;
}

async fn an_operation_that_takes_its_time_is_asked_after_and_the_number_is_asked_for_once(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| (knobs.number_delay_ms, knobs.policy_delay_ms) = (20 * 60_000, 30_000));
    approved(&stage, &thread).await;
    stage.see_within(&thread, "Microsoft is assigning +13035550143.", SignedDuration::from_mins(1)).await;
    let late = "ONB-1 for fred@fabrikam.com takes longer than usual: assigning the number. I keep looking, until";
    stage.see_within(&thread, late, SignedDuration::from_mins(17)).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(10)).await;
    assert_eq!(stage.world.effects(EffectKind::NumberAssigned).len(), 1);
    stage.finish().await;
}

async fn an_operation_that_fails_stops_with_its_cause_and_retry_asks_again(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| knobs.number_assignment_fails = true);
    approved(&stage, &thread).await;
    let card = stage.see_within(&thread, "Stopped: the line of Fred", SignedDuration::from_mins(1)).await;
    let text = "Microsoft accepted the number +13035550143 and then did not assign it.";
    for text in [text, "An administrator of Microsoft 365"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.world.turn(|knobs| knobs.number_assignment_fails = false);
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    stage.finish().await;
}

async fn without_the_permission_it_stops_before_anything_and_names_who_can_mend_it(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| {
        knobs.withheld_permissions = vec!["TeamsTelephoneNumber.ReadWrite.All".to_owned()];
    });
    approved(&stage, &thread).await;
    let card = stage.see_within(&thread, "Stopped: the line of Fred", SignedDuration::from_mins(1)).await;
    for text in ["Microsoft Graph does not allow this", "Whoever runs this bot"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.world.turn(|knobs| knobs.withheld_permissions.clear());
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    stage.finish().await;
}

async fn an_answer_that_never_came_assigns_nothing_twice(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.world.fault(Fault::next(System::Graph, 1, Mishap::DropAfter).on("POST", "assignNumber$")).unwrap();
    stage.world.fault(Fault::next(System::Graph, 1, Mishap::DropAfter).on("POST", "userAssignments/assign$")).unwrap();
    approved(&stage, &thread).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    for kind in [EffectKind::NumberAssigned, EffectKind::PolicyAssigned] {
        assert_eq!(stage.world.effects(kind), ["fred@fabrikam.com"]);
    }
    stage.finish().await;
}

async fn without_a_pool_the_command_names_the_number(surface: Surface) {
    let stage = with_numbers(surface, &[]).await;
    let thread = stage.thread();
    stage.say("alan", &thread, FRED).await;
    stage.see_new(&thread, "There is no list of numbers to choose from here.").await;
    stage.say("alan", &thread, &format!("{FRED} number +1 303 555 0177 route boston-sbc")).await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    stage.press("alan", &confirm, "Request approval", &[]).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Voice route: Boston SBC").await;
    assert!(approval.plain().contains("Phone number: +13035550177"), "{}", approval.plain());
    stage.finish().await;
}
