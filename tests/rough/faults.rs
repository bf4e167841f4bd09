//! Every outside call of an onboarding, and everything that can happen to it: once, and for good until it is mended.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use onboard_bot::world::{Fault, Mishap, SYNC_GROUP, System, object_id};
use tokio::task::JoinSet;

use crate::scene::{ASK, CONFIRM, DONE, End, People, copies, made_once};
use crate::stage::Stage;

/// So many stories are told at a time.
const AT_ONCE: usize = 8;

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

fn mishaps() -> Vec<(&'static str, Mishap)> {
    vec![
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
        // The API key cannot be renewed, and a refused login is not repeated (it can lock an account): a human looks at it.
        (_, System::Netsapiens, "401") | ("Graph token" | "carrier token", _, "401") => Expected::StopsOnce,
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
    match site.name {
        // Any 2xx is acceptance there (its body is documented nowhere), so that nothing can tell an empty lie.
        "configureUser" => mishap != "empty",
        "asker" | "groups of the approver" | "groups of the asker" | "listed approver" | "approver group" => {
            matches!(mishap, "503" | "HTML" | "dropped after")
        }
        "groups of the subject" | "sync group" | "devices" => matches!(mishap, "429" | "500" | "empty" | "truncated"),
        "approver" | "line" => matches!(mishap, "429" | "500" | "401" | "dropped before" | "truncated"),
        "post of the progress" => matches!(mishap, "429" | "500" | "HTML" | "dropped before" | "empty"),
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

/// Runs stories side by side and tells everything that went wrong in any of them.
async fn all<F: Future<Output = ()> + Send + 'static>(stories: Vec<(String, F)>) {
    let (mut running, mut failed, mut left) = (JoinSet::new(), Vec::new(), stories.into_iter());
    let mut names = std::collections::HashMap::new();
    loop {
        while running.len() < AT_ONCE
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
    stage.settle().await;
    made_once(&stage);
    // A message whose answer was lost may have arrived: it is sent again, because a lost one would be worse.
    // Without its id it cannot be rewritten, only posted afresh.
    let doubtful = site.path == "/activities$" && matches!(name, "dropped after" | "truncated");
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
