//! A system outside that is away: who waits, who does not, what is said, and how it goes on.

use jiff::SignedDuration;
use onboard_bot::cards::Cards;
use onboard_bot::world::{EffectKind, Fault, Message, Mishap, Place, Seed, System};
use onboard_bot::{check, config};

use crate::scenes::{CHOICES, approved};
use crate::stage::Stage;

/// Who gets a line in the stories about many.
const MANY: [(&str, &str); 5] =
    [("alice", "1000"), ("amir", "1001"), ("zoe", "1002"), ("good001", "2001"), ("good002", "2002")];

fn broken(status: u16) -> Mishap {
    Mishap::Answer { status, headers: Default::default(), body: "oops".to_owned() }
}

async fn ask(stage: &Stage, place: &Place, (name, extension): (&str, &str)) {
    stage.say("alan", place, &format!("onboard {name}@contoso.com ext {extension}")).await;
}

/// Everybody asked for, chosen for and approved; the PBX dies before anything is made.
async fn all_approved_and_the_pbx_dead(stage: &Stage, place: &Place, mishap: Mishap) {
    let mut approvals = Vec::new();
    for (number, who) in MANY.into_iter().enumerate() {
        ask(stage, place, who).await;
        let confirm = stage.see_new(place, "[Request approval]").await;
        stage.press("alan", &confirm, "Request approval", &CHOICES).await;
        approvals.push(stage.see_new(place, "[Approve]").await);
        assert!(approvals[number].plain().contains(&format!("ONB-{}", number + 1)), "{}", approvals[number].plain());
    }
    stage.world.fault(Fault::next(System::Netsapiens, 1, mishap).always()).unwrap();
    for approval in &approvals {
        stage.press("bob", approval, "Approve", &[]).await;
    }
}

fn texts(stage: &Stage, place: &Place) -> Vec<String> {
    stage.world.mailbox(place).messages().iter().map(Message::plain).collect()
}

fn count(stage: &Stage, place: &Place, text: &str) -> usize {
    texts(stage, place).iter().filter(|plain| plain.contains(text)).count()
}

/// Lets time pass until so many messages of the bot show this text.
async fn until_so_many(stage: &Stage, place: &Place, (text, many): (&str, usize), within: SignedDuration) {
    for _ in 0..within.as_secs() {
        stage.settle().await;
        if count(stage, place, text) >= many {
            return;
        }
        stage.let_pass(SignedDuration::from_secs(1)).await;
    }
    let found = count(stage, place, text);
    assert!(found >= many, "{text:?} is there {found} times:\n{}", texts(stage, place).join("\n---\n"));
}

/// The value of a metric with these labels.
async fn metric(stage: &Stage, name: &str, labels: &[&str]) -> f64 {
    let text = reqwest::get(format!("{}/metrics", stage.url)).await.unwrap().text().await.unwrap();
    let mut lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    let line = lines.find(|line| labels.iter().all(|label| line.contains(&format!("\"{label}\""))));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("no {name} {labels:?} in {text}"))
}

/// What `onboard-bot check` tells about requests that cannot go on; it makes and removes no file.
async fn notes(stage: &Stage) -> String {
    let files = || {
        let mut names: Vec<_> = std::fs::read_dir(stage.folder()).unwrap().map(|f| f.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let config = config::load_text(&stage.config, Vec::new()).unwrap();
    let notes = check::notes_text(&check::notes(&config).await, &Cards::load().unwrap());
    assert_eq!(files(), before);
    notes
}

async fn circuit(stage: &Stage, system: &str) -> f64 {
    metric(stage, "onboard_bot_circuit_state", &["contoso", system]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_wait_for_a_pbx_that_is_away_and_go_on_by_themselves() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    assert_eq!(circuit(&stage, "NetSapiens").await, 0.0);
    stage.world.fault(Fault::next(System::Netsapiens, 1, broken(503)).always()).unwrap();
    for who in MANY {
        ask(&stage, &thread, who).await;
    }
    let told = "waits: NetSapiens has not worked since";
    until_so_many(&stage, &thread, (told, MANY.len()), SignedDuration::from_secs(30)).await;
    let asked = stage.world.calls(System::Netsapiens).len();
    stage.let_pass(SignedDuration::from_mins(4)).await;
    // One probe at a time: after 10 s, 20 s, 40 s, then every minute; each read is tried three times.
    let probed = stage.world.calls(System::Netsapiens).len() - asked;
    assert!((3..=24).contains(&probed), "{probed} calls in four minutes");
    assert_eq!(count(&stage, &thread, told), MANY.len(), "told once each");
    assert_eq!(count(&stage, &thread, "Stopped:"), 0);
    assert!(circuit(&stage, "NetSapiens").await > 0.0);
    assert_eq!(circuit(&stage, "Microsoft Graph").await, 0.0);
    let waiting = metric(&stage, "onboard_bot_attempts_waiting", &["contoso", "NetSapiens", "circuit"]).await;
    assert!(waiting >= 4.0, "{waiting}");
    assert!(metric(&stage, "onboard_bot_outside_faults_total", &["NetSapiens"]).await >= 3.0);
    stage.say("ann", &thread, "status ONB-4").await;
    let status = stage.see(&thread, "Request ONB-4").await.plain();
    assert!(status.contains("Waiting for NetSapiens, which has not worked since"), "{status}");
    assert!(
        status.contains("reading the user and what the line needs, until") && status.contains("then it stops"),
        "{status}"
    );

    let waiting = "note   contoso: NetSapiens: 5 requests wait for it, which has not worked since";
    assert!(notes(&stage).await.starts_with(waiting), "{}", notes(&stage).await);

    stage.world.state().faults.clear();
    let confirms = ("[Request approval]", MANY.len());
    until_so_many(&stage, &thread, confirms, SignedDuration::from_secs(75)).await;
    assert_eq!(circuit(&stage, "NetSapiens").await, 0.0);
    assert_eq!(metric(&stage, "onboard_bot_attempts_waiting", &["contoso", "NetSapiens", "circuit"]).await, 0.0);
    assert_eq!(count(&stage, &thread, "Stopped:"), 0);
    assert_eq!(notes(&stage).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_in_the_middle_is_shown_ends_after_fifteen_minutes_and_retry_goes_on_from_there() {
    let mut stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    all_approved_and_the_pbx_dead(&stage, &thread, Mishap::DropBefore).await;
    let waits = "NetSapiens has not worked since";
    until_so_many(&stage, &thread, (waits, MANY.len()), SignedDuration::from_secs(40)).await;
    let progress = texts(&stage, &thread).into_iter().find(|text| text.contains(waits)).unwrap();
    for text in ["Waiting, since", ", until", "nothing is lost", "A step that is not done in time stops", "[Cancel]"] {
        assert!(progress.contains(text), "{text}: {progress}");
    }
    let stopped = "Stopped: the line of";
    stage.let_pass(SignedDuration::from_mins(14)).await;
    assert_eq!(count(&stage, &thread, stopped), 0, "nobody stops before its time");
    until_so_many(&stage, &thread, (stopped, MANY.len()), SignedDuration::from_mins(2)).await;
    stage.let_pass(SignedDuration::from_mins(5)).await;
    assert_eq!(count(&stage, &thread, stopped), MANY.len(), "each stops once");
    let cards = stage.world.mailbox(&thread).messages();
    let cards: Vec<_> = cards.into_iter().filter(|m| m.plain().contains(stopped)).collect();
    for card in &cards {
        for text in
            ["NetSapiens has not worked since", "@Alan Admin, @Olga Operator: this needs you", "Whoever runs this bot"]
        {
            assert!(card.plain().contains(text), "{text}: {}", card.plain());
        }
    }
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty());
    let known = "note   contoso: NetSapiens: 5 requests stopped here, the first on";
    assert!(notes(&stage).await.starts_with(known), "{}", notes(&stage).await);
    // The circuit is forgotten with the process, the requests are not.
    stage.stop_bot().await;
    assert!(notes(&stage).await.starts_with(known), "{}", notes(&stage).await);
    stage.start_bot().await;

    stage.world.state().faults.clear();
    for card in &cards {
        let told = stage.press("alan", card, "Retry", &[]).await;
        assert!(told.contains("goes on where it stopped"), "{told}");
    }
    until_so_many(&stage, &thread, ("The phone line of", MANY.len()), SignedDuration::from_mins(4)).await;
    let mut made = stage.world.effects(EffectKind::DeviceCreated);
    made.sort();
    let devices: Vec<_> = MANY.iter().map(|(_, extension)| format!("{extension}tm")).collect();
    assert_eq!(made, devices, "each once");
    assert_eq!(circuit(&stage, "NetSapiens").await, 0.0);
}

/// Waits for a text while others hang: there is always something due that does not move, so time is turned evenly.
async fn soon(stage: &Stage, place: &Place, text: &str) {
    for _ in 0..80 {
        let mailbox = stage.world.mailbox(place).with_patience(std::time::Duration::from_millis(100));
        if mailbox.wait_for_text(text).await.is_ok() {
            return;
        }
        stage.clock.advance(SignedDuration::from_millis(500));
    }
    panic!("no {text:?} in\n{}", texts(stage, place).join("\n---\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pbx_that_hangs_holds_up_neither_another_customer_nor_what_needs_microsoft_alone() {
    let seed = Seed::default().with_second_customer();
    let stage = Stage::open_with(seed, |settings| settings.second_customer = true).await;
    let thread = stage.world.channel_thread();
    stage.world.turn(|knobs| knobs.auto_sync = false);
    approved(&stage, &thread).await;
    stage.see_within(&thread, "Microsoft does not show +11000 yet", SignedDuration::from_secs(20)).await;
    let hangs = Fault::next(System::Netsapiens, 1, Mishap::Slow(3_600_000)).on("GET", "^/domains/contoso/");
    stage.world.fault(hangs.always()).unwrap();
    let crowd = stage.world.group_chat();
    for number in 1..=40 {
        ask(&stage, &crowd, (&format!("good{number:03}"), &format!("{}", 2000 + number))).await;
    }
    // By the machine's clock it takes ten seconds until the first of them gives up.
    let began = std::time::Instant::now();
    let other = stage.world.channel_thread();
    stage.say("alan", &other, "onboard fred@fabrikam.com ext 3001").await;
    soon(&stage, &other, "Phone line for Fred Fabrikam").await;
    stage.world.portal().sync_teams_users();
    soon(&stage, &thread, "6 of 7 steps done").await;
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    let inside = metric(&stage, "onboard_bot_attempts_inside", &["contoso", "NetSapiens"]).await;
    assert!((1.0..=8.0).contains(&inside), "{inside} inside");
    assert!(metric(&stage, "onboard_bot_attempts_waiting", &["contoso", "NetSapiens", "budget"]).await >= 20.0);
    assert_eq!(metric(&stage, "onboard_bot_circuit_state", &["fabrikam", "NetSapiens"]).await, 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_human_must_mend_stops_each_request_at_once_and_opens_nothing() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.world.fault(Fault::next(System::Netsapiens, 1, broken(401)).always()).unwrap();
    for who in MANY {
        ask(&stage, &thread, who).await;
    }
    let stopped = "Stopped: the line of";
    until_so_many(&stage, &thread, (stopped, MANY.len()), SignedDuration::from_secs(10)).await;
    stage.let_pass(SignedDuration::from_mins(2)).await;
    assert_eq!(count(&stage, &thread, stopped), MANY.len(), "told once per stop");
    for card in texts(&stage, &thread).iter().filter(|text| text.contains(stopped)) {
        for text in
            ["NetSapiens does not accept the bot's login", "@Olga Operator", "Who can do it: Whoever runs this bot"]
        {
            assert!(card.contains(text), "{text}: {card}");
        }
    }
    stage.say("ann", &thread, "status ONB-2").await;
    let needs =
        "Stopped at: reading the user and what the line needs. Needs: Whoever runs this bot. Then retry or cancel it";
    assert!(stage.see(&thread, "Request ONB-2").await.plain().contains(needs));
    assert_eq!(circuit(&stage, "NetSapiens").await, 0.0);
    // A 401 may come from what stands before the PBX: each is met once more, and then no more.
    assert_eq!(stage.world.calls(System::Netsapiens).len(), 2 * MANY.len(), "nobody goes on trying");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_are_told_alone_where_the_request_lives_in_a_personal_chat() {
    let stage = Stage::open().await;
    let (alan, olga) = (stage.world.personal("alan"), stage.world.personal("olga"));
    stage.say("olga", &olga, "help").await;
    stage.see_new(&olga, "What I understand").await;
    stage.world.fault(Fault::next(System::Netsapiens, 1, broken(403)).always()).unwrap();
    ask(&stage, &alan, MANY[0]).await;
    stage.see_new(&alan, "Stopped: the line of").await;
    let card = stage.see_new(&olga, "Stopped: the line of").await;
    assert!(card.plain().contains("Who can do it: Whoever runs this bot"), "{}", card.plain());
    stage.let_pass(SignedDuration::from_mins(30)).await;
    assert_eq!(count(&stage, &olga, "Stopped: the line of"), 1, "once per stop, not per attempt");
    // She mends it and goes on from her own chat.
    stage.world.state().faults.clear();
    let told = stage.press("olga", &card, "Retry", &[]).await;
    assert!(told.contains("ONB-1 goes on where it stopped"), "{told}");
    stage.see(&alan, "[Request approval]").await;
    for place in [&alan, &olga] {
        stage.see(place, "Tried again.").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_who_cannot_be_told_alone_are_named() {
    let stage = Stage::open().await;
    let alan = stage.world.personal("alan");
    stage.world.fault(Fault::next(System::Netsapiens, 1, broken(403)).always()).unwrap();
    ask(&stage, &alan, MANY[0]).await;
    stage.see_new(&alan, "Stopped: the line of").await;
    stage.see_new(&alan, "I cannot write to Olga Operator about ONB-1").await;
}

fn saves(stage: &Stage) -> Vec<serde_json::Value> {
    let calls = stage.world.calls(System::Connecttoteams);
    calls.into_iter().filter(|call| call.path.contains("configureUser")).map(|call| call.body).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_never_came_is_saved_once_more_when_somebody_retries() {
    for came_meanwhile in [false, true] {
        let stage = Stage::open_with(Seed::default(), |settings| settings.sync_deadline = "20m".to_owned()).await;
        let thread = stage.world.channel_thread();
        stage.world.turn(|knobs| knobs.auto_sync = false);
        approved(&stage, &thread).await;
        let failure = stage.see_within(&thread, "Stopped: the line of Alice", SignedDuration::from_mins(21)).await;
        let text = "Retry looks first and, if the line is still not there, saves the user at the carrier once more";
        assert!(failure.plain().contains(text), "{}", failure.plain());
        assert_eq!(saves(&stage).len(), 1);
        if came_meanwhile {
            stage.world.portal().sync_teams_users();
            stage.let_pass(SignedDuration::from_secs(30)).await;
        } else {
            stage.world.turn(|knobs| knobs.auto_sync = true);
        }
        stage.press("alan", &failure, "Retry", &[]).await;
        stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
        let saves = saves(&stage);
        assert_eq!(saves.len(), if came_meanwhile { 1 } else { 2 });
        assert!(saves.iter().all(|body| *body == saves[0]), "the same body again: {saves:#?}");
    }
}
