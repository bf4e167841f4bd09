//! Every outside call of an onboarding, and everything that can happen to it: once, and for good until it is mended.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use onboard_bot::world::{Call, EffectKind, Fault, Mishap, SYNC_GROUP, System, object_id};
use regex::Regex;
use tokio::task::JoinSet;

use crate::scene::{ASK, CONFIRM, DONE, End, People, asked, copies, made_once};
use crate::stage::Stage;

/// So many stories are told at a time.
const AT_ONCE: usize = 6;

/// One outside call.
#[derive(Debug, Clone)]
struct Site {
    name: &'static str,
    system: System,
    method: &'static str,
    path: String,
    /// So many calls of this kind pass before.
    after: u32,
}

fn sites() -> Vec<Site> {
    let site = |name, system, method, path: &str| Site { name, system, method, path: path.to_owned(), after: 0 };
    let id = object_id;
    let (alan, alice, bob) = (id("alan@contoso.com"), id("alice@contoso.com"), id("bob@contoso.com"));
    let post = |name, after| Site { after, ..site(name, System::Connector, "POST", "/activities$") };
    use System::{Connector, Connecttoteams, Graph, Login, Netsapiens};
    vec![
        site("Graph token", Login, "POST", "/token$"),
        Site { after: 1, ..site("Connector token", Login, "POST", "/token$") },
        site("asker", Graph, "GET", &format!(r"^/users/{alan}\?")),
        site("groups of the asker", Graph, "POST", &format!("^/users/{alan}/checkMemberGroups")),
        site("approver", Graph, "GET", &format!(r"^/users/{bob}\?")),
        site("groups of the approver", Graph, "POST", &format!("^/users/{bob}/checkMemberGroups")),
        site("subject", Graph, "GET", r"^/users/alice@contoso.com\?"),
        site("groups of the subject", Graph, "POST", &format!("^/users/{alice}/checkMemberGroups")),
        site("sync group", Graph, "GET", &format!(r"^/groups/{SYNC_GROUP}\?")),
        site("line", Graph, "GET", &format!("/userConfigurations/{alice}")),
        site("listed approver", Graph, "GET", r"^/users/bob@contoso.com\?"),
        site("listed operator", Graph, "GET", r"^/users/olga@contoso.com\?"),
        site("approver group", Graph, "GET", "/transitiveMembers/"),
        site("PBX user", Netsapiens, "GET", "/users/1000$"),
        site("devices", Netsapiens, "GET", "/devices$"),
        site("device", Netsapiens, "GET", "/devices/1000tm$"),
        site("new device", Netsapiens, "POST", "/devices$"),
        site("carrier token", Connecttoteams, "POST", "/oauth/token"),
        site("configureUser", Connecttoteams, "POST", "/enterprise/configureUser"),
        post("post of the plan", 0),
        post("post of the approval", 1),
        post("post of the progress", 2),
        post("post of the end", 3),
        site("rewriting", Connector, "PUT", "/activities/"),
        site("roster", Connector, "GET", "/pagedmembers"),
    ]
}

fn answer(status: u16, header: Option<(&str, &str)>) -> Mishap {
    let headers: BTreeMap<_, _> = header.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Mishap::Answer { status, headers, body: String::new() }
}

pub fn mishaps() -> Vec<(&'static str, Mishap)> {
    let soon =
        (jiff::Timestamp::now() + SignedDuration::from_secs(30)).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    vec![
        ("429 until a date", answer(429, Some(("Retry-After", &soon)))),
        ("429 for a century", answer(429, Some(("Retry-After", "4000000000")))),
        ("mistyped", Mishap::Mistyped),
        ("bodiless", Mishap::Bodiless),
        ("429", answer(429, Some(("Retry-After", "3")))),
        ("500", answer(500, None)),
        ("503", answer(503, Some(("Retry-After", "2")))),
        ("401", answer(401, None)),
        ("dropped before", Mishap::DropBefore),
        ("dropped after", Mishap::DropAfter),
        ("HTML", Mishap::Html),
        ("empty", Mishap::Empty),
        ("truncated", Mishap::Truncated),
    ]
}

/// What the design says where a fault does not go away by itself or shows.
fn expected(site: &Site, mishap: &str) -> Expected {
    match (site.name, site.system, mishap) {
        // A refused login is not repeated (it can lock an account): a human looks at it.
        ("Graph token" | "carrier token", _, "401") => Expected::StopsOnce,
        _ => Expected::Ends,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Ends,
    StopsOnce,
}

/// Which mishaps are worth trying where. Reads of one system share their code, so that not every read meets everything.
fn worth(site: &Site, mishap: &str) -> bool {
    if matches!(mishap, "429 until a date" | "429 for a century" | "mistyped" | "bodiless") {
        // What steps make of these is told with the steps.
        return matches!(site.name, "Connector token" | "post of the plan" | "rewriting" | "roster");
    }
    if mishap == "dropped after" {
        return true;
    }
    match site.name {
        // Any 2xx is acceptance there (its body is documented nowhere), so that nothing can tell an empty lie.
        "configureUser" => mishap != "empty",
        "asker" => matches!(mishap, "503" | "HTML"),
        "groups of the asker" => false,
        "approver" => matches!(mishap, "429" | "truncated"),
        "groups of the approver" | "listed approver" | "listed operator" => mishap == "503",
        "groups of the subject" => matches!(mishap, "500" | "empty"),
        "sync group" => mishap == "429",
        "line" => matches!(mishap, "500" | "truncated" | "401"),
        "approver group" => mishap == "HTML",
        "devices" => matches!(mishap, "429" | "empty"),
        "device" => matches!(mishap, "500" | "truncated"),
        "Connector token" => matches!(mishap, "401" | "429" | "503" | "HTML"),
        "post of the approval" => matches!(mishap, "500" | "HTML"),
        "post of the progress" => matches!(mishap, "429" | "dropped before" | "empty"),
        "post of the end" => matches!(mishap, "500" | "503" | "HTML"),
        "roster" => matches!(mishap, "429" | "500" | "HTML" | "dropped before"),
        _ => true,
    }
}

fn strike(stage: &Stage, site: &Site, mishap: Mishap, times: Option<u32>) {
    if site.after > 0 {
        let pass = Fault::next(site.system, site.after, Mishap::Slow(0)).on(site.method, &site.path);
        stage.world.fault(pass).unwrap();
    }
    let fault = Fault::next(site.system, times.unwrap_or(1), mishap).on(site.method, &site.path);
    stage.world.fault(if times.is_none() { fault.always() } else { fault }).unwrap();
}

/// How calls fail has little to do with the store: of more stories than these every fourth is told on PostgreSQL, and all
/// of them on SQLite. A database for each takes a while.
const MANY: usize = 40;

/// Runs stories side by side and tells everything that went wrong in any of them.
pub async fn all<F: Future<Output = ()> + Send + 'static>(stories: Vec<(String, F)>) {
    some(stories, AT_ONCE).await;
}

async fn some<F: Future<Output = ()> + Send + 'static>(stories: Vec<(String, F)>, at_once: usize) {
    let every = if crate::stage::postgres::is_chosen() && stories.len() > MANY { 4 } else { 1 };
    let stories = stories.into_iter().step_by(every);
    let (mut running, mut failed, mut left) = (JoinSet::new(), Vec::new(), stories);
    let mut names = std::collections::HashMap::new();
    loop {
        while running.len() < at_once
            && let Some((name, story)) = left.next()
        {
            names.insert(running.spawn(story).id(), name);
        }
        match running.join_next_with_id().await {
            None => break,
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let name = names[&error.id()].clone();
                let why = match error.try_into_panic() {
                    Ok(panic) => panic
                        .downcast_ref::<String>()
                        .cloned()
                        .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                        .unwrap_or_default(),
                    Err(error) => error.to_string(),
                };
                failed.push(format!("{name}: {why}"));
            }
        }
    }
    failed.sort();
    assert!(failed.is_empty(), "{} stories failed:\n{}", failed.len(), failed.join("\n"));
}

/// A call that is not on the list is a call that no fault was tried on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_an_onboarding_is_on_the_list() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, ASK).await;
    let end = People::default().see_through(&stage, &thread, SignedDuration::from_mins(5)).await;
    assert!(matches!(end, End::Done), "{}", shown(&stage, &thread, &end));
    stage.settle().await;
    let mut calls = stage.world.log();
    // What comes in, and the keys that it is checked with: their faults are told with the authentication.
    calls.retain(|call| !matches!(call.system, System::Bot | System::Botframework));
    let sites = sites();
    let is = |site: &Site, call: &Call| {
        site.system == call.system && site.method == call.method && Regex::new(&site.path).unwrap().is_match(&call.path)
    };
    for call in &calls {
        assert!(sites.iter().any(|site| is(site, call)), "{call} is not on the list");
    }
    for site in &sites {
        let met = calls.iter().filter(|call| is(site, call)).count();
        assert!(met > site.after as usize, "{} is on the list and not called any more", site.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fault_that_happens_once_is_overcome_without_anybody_doing_anything() {
    let mut stories = Vec::new();
    for site in sites() {
        for (name, mishap) in mishaps().into_iter().filter(|(name, _)| worth(&site, name)) {
            let (site, title) = (site.clone(), format!("{} × {name}", site.name));
            stories.push((title, struck_once(site, name, mishap)));
        }
    }
    all(stories).await;
}

/// The clients' own limits are real time: 10 s for a read, 15 s for a message, 30 s for a change. So all wait together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_is_never_answered_is_overcome_without_anybody_doing_anything() {
    let stories = sites().into_iter().map(|site| {
        let title = format!("{} × time-out", site.name);
        (title, struck_once(site, "time-out", Mishap::Hang))
    });
    // PostgreSQL has no connections for so many bots at once: there every fourth story is told.
    let every = if crate::stage::postgres::is_chosen() { 4 } else { 1 };
    let stories: Vec<_> = stories.step_by(every).collect();
    let at_once = stories.len();
    some(stories, at_once).await;
}

async fn struck_once(site: Site, name: &'static str, mishap: Mishap) {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    strike(&stage, &site, mishap, Some(1));
    stage.say("alan", &thread, ASK).await;
    let mut people = People::default();
    let mut end = people.see_through(&stage, &thread, SignedDuration::from_mins(20)).await;
    if expected(&site, name) == Expected::StopsOnce {
        stage.let_pass(SignedDuration::from_mins(2)).await;
        match &end {
            End::Stopped(card) => drop(stage.press("alan", card, "Retry", &[]).await),
            End::RightsUnread => stage.say("alan", &thread, ASK).await,
            End::Done | End::Nothing => panic!("{}", shown(&stage, &thread, &end)),
        }
        end = people.see_through(&stage, &thread, SignedDuration::from_mins(20)).await;
    }
    assert!(matches!(end, End::Done), "{}", shown(&stage, &thread, &end));
    // A card whose fate is unknown is posted again when nobody has seen it for half a minute.
    stage.let_pass(SignedDuration::from_mins(1)).await;
    made_once(&stage);
    // A message whose answer was lost may have arrived: it is sent again, because a lost one would be worse.
    // Without its id it cannot be rewritten, only posted afresh.
    let doubtful = site.path == "/activities$" && matches!(name, "dropped after" | "truncated" | "bodiless");
    for text in [CONFIRM, DONE, "Setting up +11000"] {
        let copies = copies(&stage, &thread, text);
        // The approval card is titled as the confirm card once it is decided.
        let most = if text == CONFIRM { 2 } else { 1 } + usize::from(doubtful);
        assert!((1..=most).contains(&copies), "{text:?} is there {copies} times\n{}", shown(&stage, &thread, &end));
    }
}

fn shown(stage: &Stage, place: &onboard_bot::world::Place, end: &End) -> String {
    let messages: Vec<String> = stage.world.mailbox(place).messages().iter().map(|m| m.plain()).collect();
    let calls: Vec<String> = stage.world.log().iter().rev().take(12).map(ToString::to_string).collect();
    let how = match end {
        End::Done => "done",
        End::Stopped(_) => "stopped",
        End::RightsUnread => "rights unread",
        End::Nothing => "nothing",
    };
    format!("{how}\n{}\n=== last calls\n{}", messages.join("\n---\n"), calls.join("\n"))
}

/// Where an outage that lasts is told, and with which words.
struct Outage {
    site: &'static str,
    mishap: Mishap,
    /// It begins only after the approval.
    late: bool,
    /// The true cause.
    cause: &'static str,
}

fn outages() -> Vec<Outage> {
    let early = |site, mishap, cause| Outage { site, mishap, late: false, cause };
    let late = |site, mishap, cause| Outage { site, mishap, late: true, cause };
    let (busy, broken) = (answer(429, Some(("Retry-After", "4"))), answer(500, None));
    let down = answer(503, None);
    let mut outages = vec![
        early("subject", broken.clone(), "Microsoft Graph has a fault of its own (status 500)"),
        early("subject", Mishap::Html, "Microsoft Graph gave an answer that makes no sense"),
        early("groups of the subject", busy.clone(), "Microsoft Graph has too much to do"),
        early("sync group", down.clone(), "Microsoft Graph has too much to do"),
        early("line", Mishap::Truncated, "Microsoft Graph gave an answer that makes no sense"),
        early("PBX user", Mishap::DropBefore, "NetSapiens did not answer in time"),
        early("devices", Mishap::Empty, "NetSapiens gave an answer that makes no sense"),
        late("subject", Mishap::DropAfter, "Microsoft Graph did not answer in time"),
        late("subject", answer(403, None), "Microsoft Graph does not allow this"),
        late("groups of the subject", broken.clone(), "Microsoft Graph has a fault of its own (status 500)"),
        late("sync group", busy.clone(), "Microsoft Graph has too much to do"),
        late("line", broken.clone(), "Microsoft Graph has a fault of its own (status 500)"),
        late("PBX user", answer(401, None), "NetSapiens does not accept the bot's login"),
        late("devices", Mishap::Truncated, "NetSapiens gave an answer that makes no sense"),
        late("device", answer(502, None), "NetSapiens has a fault of its own (status 502)"),
        late("carrier token", down.clone(), "ConnecttoTeams has too much to do"),
        late("carrier token", answer(401, None), "ConnecttoTeams refuses the bot's login"),
        late("carrier token", Mishap::Html, "ConnecttoTeams gave an answer that makes no sense"),
    ];
    for site in ["new device", "configureUser"] {
        let system = if site == "new device" { "NetSapiens" } else { "ConnecttoTeams" };
        let told: [(Mishap, &str); 6] = [
            (busy.clone(), "has too much to do"),
            (broken.clone(), "has a fault of its own (status 500)"),
            (down.clone(), "has too much to do"),
            (Mishap::DropBefore, "did not answer in time"),
            (Mishap::Html, "gave an answer that makes no sense"),
            (answer(400, None), "refused the request (status 400"),
        ];
        for (mishap, words) in told {
            let cause = Box::leak(format!("{system} {words}").into_boxed_str());
            outages.push(late(site, mishap, cause));
        }
    }
    outages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_is_told_with_its_cause_and_retry_goes_on_once_it_is_over() {
    let stories = outages().into_iter().map(|outage| {
        let when = if outage.late { "after the approval" } else { "from the start" };
        (format!("{} × {:?} {when}", outage.site, outage.mishap), through_an_outage(outage))
    });
    all(stories.collect()).await;
}

async fn through_an_outage(outage: Outage) {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let site = sites().into_iter().find(|site| site.name == outage.site).unwrap();
    let mut people = People::default();
    if outage.late {
        let approval = asked(&stage, &thread).await;
        strike(&stage, &site, outage.mishap, None);
        stage.press("bob", &approval, "Approve", &[]).await;
        people.have_pressed(&stage, &thread);
    } else {
        strike(&stage, &site, outage.mishap, None);
        stage.say("alan", &thread, ASK).await;
    }
    let end = people.see_through(&stage, &thread, SignedDuration::from_mins(30)).await;
    let End::Stopped(card) = end else { panic!("no failure card: {}", shown(&stage, &thread, &end)) };
    let text = card.plain();
    assert!(text.contains(outage.cause), "{text}");
    assert!(text.contains("What to do next") && text.contains("The log tells more under"), "{text}");
    if outage.late {
        assert!(text.contains("Not done") && text.contains("@Alan Admin"), "{text}");
    }
    let created = stage.world.effects(EffectKind::DeviceCreated);
    assert!(created.len() <= 1, "{created:?}");
    stage.world.state().faults.clear();
    // A refused login rests for a minute before it is tried again.
    stage.let_pass(SignedDuration::from_mins(2)).await;
    let told = stage.press("alan", &card, "Retry", &[]).await;
    assert!(told.contains("goes on where it stopped"), "{told}");
    let end = people.see_through(&stage, &thread, SignedDuration::from_mins(20)).await;
    assert!(matches!(end, End::Done), "{}", shown(&stage, &thread, &end));
    stage.settle().await;
    made_once(&stage);
    assert_eq!(copies(&stage, &thread, DONE), 1);
}

/// While Teams is away nothing is lost and nothing overtakes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_the_connector_is_away_everything_waits_for_it() {
    let mut stories = Vec::new();
    for (name, mishap) in [
        ("429", answer(429, Some(("Retry-After", "20")))),
        ("500", answer(500, None)),
        ("503", answer(503, None)),
        ("401", answer(401, None)),
        ("412", answer(412, None)),
        ("dropped", Mishap::DropBefore),
        ("HTML", Mishap::Html),
    ] {
        for path in ["/activities$", "/activities/", "/token$"] {
            if path == "/token$" && matches!(name, "412" | "401") {
                continue;
            }
            stories.push((format!("{path} × {name}"), without_connector(path, mishap.clone())));
        }
    }
    all(stories).await;
}

async fn without_connector(path: &'static str, mishap: Mishap) {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let mut people = People::default();
    let (system, method) = match path {
        "/token$" => (System::Login, "POST"),
        "/activities$" => (System::Connector, "POST"),
        _ => (System::Connector, "PUT"),
    };
    if system == System::Login {
        // Graph logs in first; its token serves for an hour.
        stage.world.fault(Fault::next(system, 1, Mishap::Slow(0))).unwrap();
    }
    stage.world.fault(Fault::next(system, 1, mishap).on(method, path).always()).unwrap();
    stage.say("alan", &thread, ASK).await;
    people.see_through(&stage, &thread, SignedDuration::from_mins(5)).await;
    assert!(method == "PUT" || stage.world.mailbox(&thread).messages().is_empty());
    let tried = stage.world.log().iter().filter(|c| c.system == system && c.method == method).count();
    assert!((2..60).contains(&tried), "{tried} tries");
    stage.world.state().faults.clear();
    let end = people.see_through(&stage, &thread, SignedDuration::from_hours(1)).await;
    assert!(matches!(end, End::Done), "{}", shown(&stage, &thread, &end));
    // The last state of the progress card is written in the end.
    stage.see_within(&thread, "7 of 7 steps done", SignedDuration::from_mins(15)).await;
    made_once(&stage);
    assert_eq!(copies(&stage, &thread, DONE), 1);
}
