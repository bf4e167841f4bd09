//! What an operator sees: health, numbers, and logs that name requests and hide everything else.

use serde_json::Value;

use crate::killed::House;
use crate::logs::assert_no_secret;
use crate::scene::{ASK, DONE};
use crate::stage::Stage;

async fn get(url: &str, path: &str) -> (u16, String) {
    let response = reqwest::get(format!("{url}{path}")).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// The value of a metric with these labels; `None`: it is not there.
fn value(metrics: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let lines = metrics.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    let mut found = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
    found.next()?.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_onboarding_shows_in_the_numbers_and_in_the_logs() {
    let mut house = House::open().await;
    assert_eq!(get(&house.url, "/livez").await, (200, "alive\n".to_owned()));
    assert_eq!(get(&house.url, "/readyz").await, (200, "ready\n".to_owned()));
    let (_, metrics) = get(&house.url, "/metrics").await;
    assert_eq!(value(&metrics, "onboard_bot_requests", &["state=\"done\""]), Some(0.0), "{metrics}");
    let mark = "xyzzy-reason-of-somebody";
    let asked = house.world.person("alan").say(&house.place, &format!("{ASK} reason {mark}")).await;
    assert_eq!(asked.status, 200);
    let begun = std::time::Instant::now();
    house.until_done().await;
    let lasted = begun.elapsed().as_secs_f64();
    let metrics = house.everything_is_sent().await;
    let count = |name: &str, labels: &[&str]| value(&metrics, name, labels);
    assert_eq!(count("onboard_bot_requests", &["state=\"done\""]), Some(1.0), "{metrics}");
    for state in ["checking", "confirming", "awaiting-approval", "running", "failed", "cancelled"] {
        assert_eq!(count("onboard_bot_requests", &[&format!("state=\"{state}\"")]), Some(0.0), "{state}");
    }
    for step in ["subject-ready", "extension-free", "device", "pbx-user", "sync", "enable", "proof"] {
        let label = format!("step=\"{step}\"");
        assert_eq!(count("onboard_bot_step_duration_seconds_count", &[&label]), Some(1.0), "{step}: {metrics}");
        let took = count("onboard_bot_step_duration_seconds_sum", &[&label]).unwrap();
        assert!((0.0..=lasted).contains(&took), "{step} took {took} of {lasted} s");
    }
    assert_eq!(count("onboard_bot_outbox_depth", &[]), Some(0.0), "{metrics}");
    assert_eq!(count("onboard_bot_outbox_undeliverable", &[]), Some(0.0));
    let teams = ["surface=\"teams\"", "status=\"200\""];
    let webhooks = count("onboard_bot_webhook_duration_seconds_count", &teams).unwrap();
    assert!(webhooks >= 3.0, "a command, two presses: {metrics}");
    assert!(count("onboard_bot_webhook_duration_seconds_sum", &teams).unwrap() <= lasted);
    let posts = house.world.calls(onboard_bot::world::System::Connector);
    let posts = posts.iter().filter(|c| c.method != "GET").count() as f64;
    assert_eq!(count("onboard_bot_messages_sent_total", &[]), Some(posts), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    logs_are_right(&house.bot.log(), mark);
}

fn logs_are_right(log: &str, mark: &str) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let about: Vec<&Value> = lines.iter().filter(|line| line["fields"]["request"] == "ONB-1").collect();
    assert!(about.len() >= 10, "{log}");
    assert!(about.iter().all(|line| line["fields"]["customer"] == "contoso"), "{log}");
    for event in ["asked", "decided", "worked"] {
        assert!(about.iter().any(|line| line["fields"]["message"] == event), "{event}: {log}");
    }
    assert!(about.iter().any(|line| line["fields"]["state"] == "done"), "{log}");
    assert_no_secret(log);
    for typed in [mark, "alice@contoso.com", DONE, "Denver HQ"] {
        assert!(!log.contains(typed), "{typed} stands in the log");
    }
    assert!(!lines.iter().any(|line| line["level"] == "ERROR"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_faults_are_counted_too() {
    let stage = Stage::open().await;
    let refused = reqwest::Client::new().post(format!("{}/api/messages", stage.url)).body("{}").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let fault = onboard_bot::world::Mishap::Answer { status: 500, headers: Default::default(), body: String::new() };
    let fault = onboard_bot::world::Fault::next(onboard_bot::world::System::Netsapiens, 3, fault);
    stage.world.fault(fault).unwrap();
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, ASK).await;
    crate::scene::appears(&stage, &thread, crate::scene::CONFIRM).await;
    stage.settle().await;
    let (_, metrics) = get(&stage.url, "/metrics").await;
    let labels = ["surface=\"teams\"", "status=\"401\""];
    assert_eq!(value(&metrics, "onboard_bot_webhook_duration_seconds_count", &labels), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "onboard_bot_outside_faults_total", &["NetSapiens"]), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "onboard_bot_retries_total", &["NetSapiens"]), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "onboard_bot_requests", &["state=\"confirming\""]), Some(1.0), "{metrics}");
    for system in ["Microsoft Graph", "NetSapiens", "ConnecttoTeams"] {
        let labels = ["customer=\"contoso\"", &format!("system=\"{system}\"")];
        for name in ["onboard_bot_circuit_state", "onboard_bot_attempts_inside", "onboard_bot_attempts_waiting"] {
            assert_eq!(value(&metrics, name, &labels), Some(0.0), "{name} {system}: {metrics}");
        }
    }
}
