//! What is needed to understand how it went.

use std::fmt::Write;
use std::path::Path;

use onboard_bot::world::{Call, EffectKind, System};

use crate::errands::Errand;
use crate::house::House;
use crate::kills::Kills;
use crate::people::Town;
use crate::verdict::request_in;

/// So many requests are told about in full.
const MOST_STORIES: usize = 4;

/// One line of numbers.
pub fn summary(house: &House, town: &Town, kills: &Kills) -> String {
    let world = &house.world;
    let count = |kind| world.effects(kind).len();
    let saves = count(EffectKind::UserConfigured);
    let lost =
        (0..town.errands.len()).flat_map(|index| town.pressed(index)).filter(|p| p.answer.text().contains("wrong"));
    format!(
        "{} kills in flight, {} calls, {} messages posted, {} rewritten, {} removed, {saves} saves at the carrier, \
         {} presses unanswered, {} calls throttled",
        kills.in_flight(),
        world.log_length(),
        count(EffectKind::MessagePosted),
        count(EffectKind::MessageUpdated),
        count(EffectKind::MessageDeleted),
        lost.count(),
        world.calls(System::Connector).iter().filter(|call| call.status == 429).count(),
    )
}

/// The stories of the requests that are complained about, and what the processes wrote last.
pub fn details(house: &House, town: &Town, complaints: &[String]) -> String {
    let mut text = String::new();
    let blamed = |errand: &&Errand| {
        complaints.iter().any(|c| c.contains(&errand.name) || c.contains(&errand.upn))
            || house.world.mailbox(&errand.place).messages().is_empty()
    };
    let calls = house.world.log();
    for errand in town.errands.iter().filter(blamed).take(MOST_STORIES) {
        story(&mut text, house, (town, errand), &calls);
    }
    for (index, log) in house.logs().iter().enumerate() {
        let lines: Vec<_> = log.lines().collect();
        let _ = write!(text, "\n=== the last lines of process {index}\n");
        text.push_str(&lines[lines.len().saturating_sub(25)..].join("\n"));
    }
    text
}

/// Keeps everything that the processes wrote, and tells where.
pub fn keep_logs(house: &House, engine: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storm-{engine}"));
    std::fs::create_dir_all(&folder).unwrap();
    for (index, log) in house.logs().iter().enumerate() {
        std::fs::write(folder.join(format!("{index}.log")), log).unwrap();
    }
    format!("the logs are kept in {}", folder.display())
}

fn story(text: &mut String, house: &House, (town, errand): (&Town, &Errand), calls: &[Call]) {
    let world = &house.world;
    let _ = write!(text, "\n=== {errand:?}");
    let index = town.errands.iter().position(|e| e.name == errand.name).unwrap_or_default();
    for pressed in town.pressed(index) {
        let _ = write!(text, "\npressed: {pressed:?}");
    }
    let mut requests = Vec::new();
    for (_, place) in errand.watchers(world) {
        for message in world.mailbox(&place).messages() {
            let plain = message.plain();
            if message.card.is_some() && !plain.contains(&errand.name) {
                continue;
            }
            requests.extend(request_in(&plain).filter(|_| message.card.is_some()));
            let (id, at, edits) = (&message.id, message.at, message.edits);
            let _ = write!(text, "\n--- message {id} at {at}, {edits} edits, for {:?}\n{plain}", message.only_for);
        }
    }
    let own = |call: &&Call| {
        let body = call.body.to_string();
        body.contains(&errand.upn)
            || body.contains(&errand.name)
            || call.path.contains(&errand.upn)
            || call.path.contains(&format!("/{}", errand.extension))
    };
    let own: Vec<_> = calls.iter().filter(own).collect();
    let _ = write!(text, "\n--- its last calls");
    for call in &own[own.len().saturating_sub(60)..] {
        let effect = call.effect.as_ref().map(|e| format!("{:?} {}", e.kind, e.subject)).unwrap_or_default();
        let _ = write!(text, "\n{} {call} {effect}", call.at);
    }
    requests.sort();
    requests.dedup();
    for request in requests {
        let _ = write!(text, "\n--- what the processes wrote about {request}");
        let mark = format!("\"{request}\"");
        for (index, log) in house.logs().iter().enumerate() {
            for line in log.lines().filter(|line| line.contains(&mark)) {
                let _ = write!(text, "\n{index}: {line}");
            }
        }
    }
}
