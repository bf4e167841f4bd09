//! `why`: every condition of a phone line at once, read fresh, and nothing is changed.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Fault, Message, Mishap, Place, SYNC_GROUP, Seed, System};
use serde_json::json;

use crate::offboarding::agreed;
use crate::scenes::{CHOICES, approval_card, approved, facts, nothing_changed, works};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

#[path = "why/causes.rs"]
mod causes;

const TITLE: &str = "every condition";

async fn why(stage: &Stage, place: &Place, upn: &str) -> Message {
    stage.say("alan", place, &format!("why {upn}@contoso.com")).await;
    let card = stage.see_new(place, TITLE).await;
    assert!(card.plain().contains("I only looked and changed nothing"), "{}", card.plain());
    card
}

/// Names of the conditions behind this sign, in the order of the card. What is not met comes with a fix and a name.
fn signed(card: &Message, sign: &str) -> Vec<String> {
    let text = card.plain();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = line.strip_prefix(sign).map(str::trim) else { continue };
        let rest: Vec<&&str> = lines[index + 1..].iter().take(4).collect();
        if sign == NOT_MET {
            assert!(rest.iter().any(|l| l.starts_with("→ ")), "no fix for {name}: {text}");
            assert!(rest.iter().any(|l| l.starts_with("Who can do it: ")), "nobody for {name}: {text}");
        }
        found.push(name.to_owned());
    }
    found
}

const NOT_MET: &str = "✖";
const NOTICE: &str = "▲";
const UNKNOWN: &str = "?";

fn not_met(card: &Message) -> Vec<String> {
    signed(card, NOT_MET)
}

/// What a card shows as met under this name.
fn met(card: &Message, name: &str) -> String {
    let found = facts(card).into_iter().find(|(title, _)| title == name);
    found.unwrap_or_else(|| panic!("{name} is not met: {}", card.plain())).1
}

async fn breaks(stage: &Stage, system: System, path: &str) {
    stage.world.fault(Fault::next(system, 1, Mishap::DropBefore).on("GET", path).always()).unwrap();
}

fn answers(system: System, path: &str, status: u16) -> Fault {
    let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "no"}}).to_string();
    Fault::next(system, 1, Mishap::Answer { status, headers: Default::default(), body }).on("GET", path).always()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_works_meets_every_condition_and_what_breaks_later_is_found() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    works(&stage, &thread).await;
    let card = why(&stage, &thread, "alice").await;
    assert_eq!((not_met(&card), signed(&card, NOTICE)), (vec![], vec![]), "{}", card.plain());
    assert_eq!(signed(&card, UNKNOWN), ["Disabled before at the carrier"], "nobody documents how to read it");
    assert!(card.plain().contains("Nothing that I can see is in the way."), "{}", card.plain());
    for (name, value) in [
        ("Phone number", "+11000, from ONB-1"),
        ("Voice policies", "OnlineVoiceRoutingPolicy: US West"),
        ("Extension on the PBX", "1000: Alice Adams"),
        ("Device registered", "Yes"),
        ("Answer rule", "Rings 1000tm as well"),
        ("Request under way", "None"),
    ] {
        assert_eq!(met(&card, name), value);
    }
    assert!(met(&card, "Extension or number held").starts_with("For this user, by ONB-1, since "));
    assert!(met(&card, "Last sync of the carrier").starts_with("Microsoft showed this user's line to ONB-1 on "));

    // For others that sync is the last one that was seen.
    let card = why(&stage, &thread, "zoe").await;
    assert!(card.plain().contains("The last line that I saw appear was that of ONB-1, on "), "{}", card.plain());
    assert!(card.plain().contains("User Group Sync"), "{}", card.plain());

    let effects = stage.world.effects(EffectKind::UserConfigured).len();
    {
        let mut state = stage.world.state();
        state.seed.pbx.users.get_mut("1000").unwrap().devices.clear();
        state.links.clear();
        state.user_mut("alice@contoso.com").unwrap().telephone_number = Some("+13035550142".to_owned());
    }
    let card = why(&stage, &thread, "alice").await;
    assert_eq!(not_met(&card), ["Phone number", "Voice policies", "Device of the connector"], "{}", card.plain());
    assert!(card.plain().contains("Teams shows +13035550142 instead of +11000 of ONB-1."), "{}", card.plain());
    assert_eq!(stage.world.effects(EffectKind::UserConfigured).len(), effects);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_and_an_extension_held_for_somebody_else_are_told() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    approval_card(&stage, &thread).await;
    let card = why(&stage, &thread, "alice").await;
    let text = card.plain();
    assert!(text.contains("▲ Request ONB-1\nWaiting for approval by Bob Brown"), "{text}");
    assert!(met(&card, "Extension or number held").starts_with("For this user, by ONB-1, since "), "{text}");

    let other = stage.world.channel_thread();
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1000").unwrap();
        (user.first, user.last, user.email) = Default::default();
    }
    stage.say("ann", &other, "onboard zoe@contoso.com ext 1000").await;
    stage.see_new(&other, "cannot get a line yet").await;
    let card = why(&stage, &other, "zoe").await;
    assert_eq!(not_met(&card), ["Extension or number held"], "{}", card.plain());
    assert!(card.plain().contains("The extension 1000 is held by ONB-1 for alice@contoso.com."), "{}", card.plain());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sync_group_counts_through_groups_and_is_looked_at_itself() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let nested = onboard_bot::world::Group {
        id: "77777777-7777-7777-7777-777777777777".to_owned(),
        display_name: "Sales".to_owned(),
        members: vec!["nogroup@contoso.com".to_owned()],
        ..Default::default()
    };
    {
        let mut state = stage.world.state();
        state.group_mut(SYNC_GROUP).unwrap().members.push(nested.id.clone());
        state.seed.groups.push(nested);
    }
    let card = why(&stage, &thread, "nogroup").await;
    assert_eq!(not_met(&card), Vec::<String>::new());
    let inside = "Yes, in Teammate Sync itself or in a group inside it";
    assert_eq!(
        (met(&card, "In the sync group").as_str(), met(&card, "Kind of group").as_str()),
        (inside, "Microsoft 365")
    );
    stage.world.state().seed.groups.retain(|group| group.id != SYNC_GROUP);
    let card = why(&stage, &thread, "alice").await;
    assert_eq!(not_met(&card), ["Sync group"], "{}", card.plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_without_a_role_learn_nothing() {
    let stage = two_companies().await;
    let cases = [
        ("steve", "why alice@contoso.com", "You may not use this bot for that company"),
        // Ann has a role at Contoso only.
        ("ann", "why fred@fabrikam.com", "You may not use this bot for that company"),
        ("alan", "why somebody@elsewhere.com", "I do not look after elsewhere.com"),
        ("alan", "why alice", "“alice” at character 5 is no user name"),
    ];
    for (who, text, expected) in cases {
        let thread = stage.world.channel_thread();
        let asked = stage.world.calls(System::Netsapiens).len();
        stage.say(who, &thread, text).await;
        let answer = stage.see_new(&thread, expected).await;
        assert!(!answer.plain().contains("condition"), "{}", answer.plain());
        assert_eq!(stage.world.mailbox(&thread).messages().len(), 1, "{text}");
        assert_eq!(stage.world.calls(System::Netsapiens).len(), asked);
    }
    // Whoever only approves or operates may ask as well.
    for who in ["bob", "carol", "olga"] {
        let thread = stage.world.channel_thread();
        stage.say(who, &thread, "why alice@contoso.com").await;
        stage.see_new(&thread, TITLE).await;
    }
    nothing_changed(&stage);
    stage.finish().await;
}

/// Contoso and Fabrikam; only Alan may ask at both.
pub async fn two_companies() -> Stage {
    let seed = Seed::default().with_second_customer();
    let mut stage = Stage::open_with(seed, |settings| settings.second_customer = true).await;
    stage.stop_bot().await;
    let (contoso, fabrikam) = stage.config.split_once("id = \"fabrikam\"").unwrap();
    let only_alan = |line: &str| match line.split_once(" = ") {
        Some((key @ ("requesters" | "approvers" | "operators"), _)) => format!("{key} = [\"alan@contoso.com\"]"),
        _ => line.to_owned(),
    };
    let fabrikam = fabrikam.lines().map(only_alan).collect::<Vec<_>>().join("\n");
    stage.config = format!("{contoso}id = \"fabrikam\"{fabrikam}\n");
    stage.start_bot().await;
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_private_command_asks_is_answered_privately() {
    let stage = Stage::open().await;
    let (thread, alan) = (stage.world.channel_thread(), stage.world.person("alan"));
    for (text, expected) in [("why nolicence@contoso.com", TITLE), ("why x@elsewhere.com", "I do not look after")] {
        assert_eq!(alan.say_privately(&thread, text).await.status, 200);
        let card = stage.see_new(&thread, expected).await;
        assert_eq!(card.only_for, Some(alan.human().mri()), "{}", card.plain());
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_does_not_answer_hides_only_what_it_would_have_told() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    works(&stage, &thread).await;

    breaks(&stage, System::Netsapiens, ".").await;
    let card = why(&stage, &thread, "alice").await;
    let text = card.plain();
    assert_eq!(not_met(&card), Vec::<String>::new(), "{text}");
    let hidden = "? Extension on the PBX, Owner of the extension, Device of the connector, \
        Emergency address of the device, Device registered, Answer rule";
    assert!(text.contains(hidden), "{text}");
    assert!(text.contains("NetSapiens"), "{text}");
    assert_eq!(met(&card, "Phone number"), "+11000, from ONB-1");

    stage.world.state().faults.clear();
    stage.world.fault(answers(System::Graph, "^/admin/teams", 403)).unwrap();
    stage.world.fault(answers(System::Graph, "^/groups/", 503)).unwrap();
    let card = why(&stage, &thread, "alice").await;
    let text = card.plain();
    assert_eq!(not_met(&card), Vec::<String>::new(), "{text}");
    for expected in [
        "? Set up by Teams, Kind of account in Teams, Microsoft calling plan, Phone number, Calling enabled, Voice policies",
        "it needs the permission TeamsUserConfiguration.Read.All of Microsoft Graph",
        "? Sync group, Group of its own, Kind of group\nMicrosoft Graph has too much to do or is being serviced.",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(
        (met(&card, "Licence for Teams").as_str(), met(&card, "Answer rule").as_str()),
        ("Usable", "Rings 1000tm as well")
    );

    // Nobody's rights can be read while the whole directory is away: that is said, and nothing of the user.
    stage.world.state().faults.clear();
    breaks(&stage, System::Graph, "^/users/").await;
    stage.say("alan", &thread, "why alice@contoso.com").await;
    stage.see_within(&thread, "Microsoft 365 did not tell me your rights", SignedDuration::from_mins(2)).await;
    stage.world.state().faults.clear();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_is_known_not_to_work_is_not_asked() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    breaks(&stage, System::Netsapiens, ".").await;
    for (name, extension) in [("alice", 1000), ("amir", 1001), ("zoe", 1002)] {
        stage.say("alan", &thread, &format!("onboard {name}@contoso.com ext {extension}")).await;
    }
    let waits = "waits: NetSapiens has not worked since";
    stage.see_within(&thread, waits, SignedDuration::from_mins(1)).await;
    stage.settle().await;
    let asked = stage.world.calls(System::Netsapiens).len();
    let other = stage.world.channel_thread();
    let card = why(&stage, &other, "alice").await;
    let text = card.plain();
    assert!(text.contains("NetSapiens has not worked since") && text.contains("so it was not asked."), "{text}");
    // A probe for the requests may have gone out meanwhile: three tries of one read.
    assert!(stage.world.calls(System::Netsapiens).len() <= asked + 3, "{asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carriers_without_a_way_to_ask_are_judged_by_microsoft() {
    for (carrier, table, unknown) in [
        ("direct-routing", "", &[][..]),
        (
            "calltower",
            "[customers.calltower]\nportal_url = \"https://connect.calltower.com\"\n\n",
            &["User in CallTower Connect"],
        ),
    ] {
        let mut stage = Stage::open().await;
        stage.stop_bot().await;
        let named = format!("carrier = \"{carrier}\"");
        let config = stage.config.replace("carrier = \"connecttoteams\"", &named);
        stage.config = config.replace("[customers.approval]", &format!("{table}[customers.approval]"));
        stage.start_bot().await;
        let thread = stage.world.channel_thread();
        let card = why(&stage, &thread, "hasnumber").await;
        assert_eq!(not_met(&card), ["Phone number", "Voice policies"], "{carrier}: {}", card.plain());
        assert_eq!(signed(&card, UNKNOWN), unknown, "{carrier}: {}", card.plain());
        assert!(!card.plain().contains("PBX"), "{carrier}: {}", card.plain());
        assert!(stage.world.calls(System::Netsapiens).is_empty());
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_turned_down_gives_way_to_the_line_that_works() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    works(&stage, &thread).await;
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1999").await;
    stage.see_new(&thread, "cannot get a line yet").await;
    let card = why(&stage, &thread, "alice").await;
    assert_eq!(met(&card, "Extension on the PBX"), "1000: Alice Adams", "{}", card.plain());
    // An open one that is about another extension comes first.
    stage.say("alan", &thread, "onboard amir@contoso.com ext 1001").await;
    let confirm = stage.see_new(&thread, "Phone line for Amir Aziz").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    stage.see_new(&thread, "Approve a phone line for Amir Aziz?").await;
    let card = why(&stage, &thread, "amir").await;
    assert_eq!(met(&card, "Extension on the PBX"), "1001: Amir Aziz", "{}", card.plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_command_in_slack_is_answered_to_its_writer_alone() {
    let stage = Stage::open_with_slack().await;
    let (alan, channel) = (stage.in_slack("alan"), stage.world.slack().channel("phones"));
    for (text, expected) in [
        (
            "why nolicence@contoso.com",
            &["every condition", "✖  Licence for calling", "The user has no licence for calling."][..],
        ),
        ("number 1900", &["Who has 1900?", "It is in use.", "1900 is the extension of Bob Brown."][..]),
    ] {
        alan.command(&channel, "/voice", text).await;
        let card = stage.see_new(&channel, expected[0]).await;
        for wanted in expected {
            assert!(card.plain().contains(wanted), "{wanted}: {}", card.plain());
        }
        assert_eq!(card.only_for.as_ref(), Some(&alan.account().id), "{text}");
    }
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_was_set_up_by_hand_is_looked_at_on_the_pbx() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let card = why(&stage, &thread, "alice").await;
    let untold = "Neither a request nor Teams tells me an extension of alice@contoso.com.";
    assert!(card.plain().contains(untold), "{}", card.plain());
    assert!(stage.world.calls(System::Netsapiens).is_empty());

    stage.world.state().user_mut("alice@contoso.com").unwrap().telephone_number = Some("+11000".to_owned());
    let card = why(&stage, &thread, "alice").await;
    assert_eq!(met(&card, "Extension on the PBX"), "1000: Alice Adams", "{}", card.plain());
    assert_eq!(not_met(&card), ["Phone number", "Voice policies", "Device of the connector"], "{}", card.plain());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lists_nobody_by_name_misses_no_name() {
    let mut stage = Stage::open().await;
    stage.stop_bot().await;
    stage.config = stage.config.replace("carrier = \"connecttoteams\"", "carrier = \"direct-routing\"");
    stage.start_bot().await;
    let thread = stage.world.channel_thread();
    let card = why(&stage, &thread, "noname").await;
    assert_eq!(not_met(&card), Vec::<String>::new(), "{}", card.plain());
    assert_eq!(met(&card, "Last name"), "Empty, which this carrier does not mind");
    stage.finish().await;
}
