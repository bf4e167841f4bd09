//! `number`: who has a number or an extension, place by place.

use onboard_bot::world::{Fault, Message, Mishap, Number, Place, System};
use serde_json::json;

use super::why::two_companies;
use crate::scenes::{CHOICES, approved, nothing_changed, works};
use crate::stage::Stage;

async fn ask(stage: &Stage, place: &Place, number: &str) -> Message {
    stage.say("alan", place, &format!("number {number}")).await;
    stage.see_new(place, "Who has ").await
}

fn shows(card: &Message, texts: &[&str]) {
    for text in texts {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_is_found_in_teams_on_the_pbx_and_in_requests() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    works(&stage, &thread).await;
    // As it is typed, and as Teams shows it.
    for number in ["1000", "x1000", "+11000"] {
        let card = ask(&stage, &thread, number).await;
        shows(
            &card,
            &[
                "Who has 1000?",
                "It is in use.",
                "+11000 is the number of Alice Adams (alice@contoso.com).",
                "1000 is the extension of Alice Adams.",
                "1000tm is registered.",
                "ONB-1 holds it for alice@contoso.com.",
                "Since ",
            ],
        );
    }
    let card = ask(&stage, &thread, "1999").await;
    shows(
        &card,
        &[
            "Nobody has it, as far as I can see.",
            "The tenant does not know +11999.",
            "There is no extension 1999.",
            "No request holds it or asks for it.",
        ],
    );
    let card = ask(&stage, &thread, "1920").await;
    shows(&card, &["It is in use.", "1920 belongs to the PBX itself: Main Menu."]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_not_over_is_told_with_what_it_does() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard zoe@contoso.com ext 1002 number +13035550142").await;
    let confirm = stage.see_new(&thread, "Phone line for Zoe Zimmer").await;
    let asks = "ONB-1 for zoe@contoso.com asks for it and does not hold it yet.";
    for number in ["1002", "+13035550142"] {
        shows(&ask(&stage, &thread, number).await, &[asks]);
    }
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    stage.see_new(&thread, "Approve a phone line for Zoe Zimmer?").await;
    shows(&ask(&stage, &thread, "1002").await, &["It is in use.", "ONB-1 holds it for zoe@contoso.com.", "Since "]);
    shows(&ask(&stage, &thread, "+13035550142").await, &["ONB-1"]);
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_may_belong_to_people_to_things_to_the_deleted_and_to_nobody() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let number = |last: &str, status: &str, target: Option<&str>| Number {
        telephone_number: format!("+130355501{last}"),
        assignment_status: status.to_owned(),
        assignment_target_id: target.map(str::to_owned),
        ..Default::default()
    };
    {
        let mut state = stage.world.state();
        state.user_mut("virtual@contoso.com").unwrap().telephone_number = Some("+13035550177".to_owned());
        let failed = Number { activation_state: "assignmentFailed".to_owned(), ..number("80", "unassigned", None) };
        state.seed.numbers = vec![
            number("81", "unassigned", None),
            number("82", "userAssigned", Some("99999999-9999-9999-9999-999999999999")),
            number("83", "conferenceAssigned", None),
            failed,
        ];
        state.seed.pbx.numbers =
            [("13035550142", "1900"), ("13035550143", "")].map(|(n, e)| (n.into(), e.into())).into();
    }
    let cases: [(&str, &[&str]); 9] = [
        ("+1 303-555-0199", &["It is in use.", "+13035550199 is the number of Hasan Number (hasnumber@contoso.com)."]),
        ("+13035550177", &["It is in use.", "belongs to the resource account Vera Virtual (virtual@contoso.com)"]),
        ("+13035550181", &["Nobody has it", "is in the tenant (directRouting) and assigned to nobody."]),
        ("+13035550180", &["Nobody has it", "assigned to nobody; Microsoft reports assignmentFailed."]),
        (
            "+13035550182",
            &[
                "It is in use.",
                "is assigned to 99999999-9999-9999-9999-999999999999, which the directory does not list",
                "Look for it among the deleted users",
                "Who can do it: An administrator of Microsoft 365",
            ],
        ),
        ("+13035550183", &["It is in use.", "is in use in the tenant: conferenceAssigned."]),
        ("+13035550142", &["It is in use.", "Calls go to 1900 (to-user)."]),
        ("+13035550143", &["Nobody has it", "The PBX has this number and uses it for nothing."]),
        ("+13035550100", &["It is in use.", "It is the callback number of the emergency address Denver HQ."]),
    ];
    for (number, expected) in cases {
        shows(&ask(&stage, &thread, number).await, expected);
    }
    shows(&ask(&stage, &thread, "+13035550155").await, &["Nobody has it", "The PBX does not have this number."]);
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_permission_or_a_silent_system_leaves_the_rest_standing() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "no"}}).to_string();
    let denied = Mishap::Answer { status: 403, headers: Default::default(), body };
    stage.world.fault(Fault::next(System::Graph, 1, denied).on("GET", "numberAssignments").always()).unwrap();
    let card = ask(&stage, &thread, "1900").await;
    shows(
        &card,
        &[
            "It is in use, and not everybody could be asked.",
            "it needs the permission TeamsTelephoneNumber.Read.All of Microsoft Graph",
            "Who can do it: Whoever runs this bot",
            "1900 is the extension of Bob Brown.",
        ],
    );
    stage.world.fault(Fault::next(System::Netsapiens, 1, Mishap::DropBefore).always()).unwrap();
    let card = ask(&stage, &thread, "1900").await;
    shows(&card, &["I found nobody who has it, but not everybody could be asked.", "NetSapiens"]);
    assert!(!card.plain().contains("Nobody has it"), "{}", card.plain());
    stage.world.state().faults.clear();
    shows(&ask(&stage, &thread, "1900").await, &["It is in use."]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_learns_about_the_companies_for_which_they_have_a_role() {
    let stage = two_companies().await;
    let thread = stage.world.channel_thread();
    // Fred of Fabrikam has this extension on a PBX domain of his own, which answers for both here.
    let card = ask(&stage, &thread, "3001").await;
    shows(&card, &["Contoso", "Fabrikam", "3001 is the extension of Fred Fabrikam."]);
    stage.say("ann", &thread, "number 3001").await;
    let card = stage.see_new(&thread, "Who has 3001?").await;
    assert!(!card.plain().contains("Contoso\n"), "one company needs no heading: {}", card.plain());
    let asked = |domain: &str| {
        let calls = stage.world.calls(System::Netsapiens);
        calls.iter().filter(|call| call.path.contains(&format!("/domains/{domain}/users/3001"))).count()
    };
    let fabrikam = asked("fabrikam");
    assert!(fabrikam > 0);
    stage.say("bob", &thread, "number 3001").await;
    stage.see_new(&thread, "Who has 3001?").await;
    assert_eq!(asked("fabrikam"), fabrikam, "Bob has no role there");
    let calls = stage.world.calls(System::Netsapiens).len();
    stage.say("steve", &thread, "number 3001").await;
    let answer = stage.see_new(&thread, "You may not use this bot for that company").await;
    assert!(!answer.plain().contains("3001"), "{}", answer.plain());
    assert_eq!(stage.world.calls(System::Netsapiens).len(), calls);
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_question_is_answered_privately() {
    let stage = Stage::open().await;
    let (thread, alan) = (stage.world.channel_thread(), stage.world.person("alan"));
    assert_eq!(alan.say_privately(&thread, "number 1900").await.status, 200);
    let card = stage.see_new(&thread, "Who has 1900?").await;
    assert_eq!(card.only_for, Some(alan.human().mri()));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_to_take_it_away_is_no_claim_to_it() {
    let stage = Stage::open().await;
    crate::offboarding::alice_has_a_line(&stage).await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    stage.see_new(&thread, "Take the phone line from Alice Adams").await;
    let held = "ONB-1 holds it for alice@contoso.com.";
    let takes = "ONB-2 for alice@contoso.com is to take it away and is not approved yet.";
    shows(&ask(&stage, &thread, "1000").await, &[held, takes]);
    stage.finish().await;
}
