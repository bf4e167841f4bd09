//! What must be true when the storm is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use onboard_bot::clock::{Clock, SystemClock};
use onboard_bot::world::{EffectKind, InvokeAnswer, Message, Place, System, World};
use serde_json::Value;

use crate::errands::{APPROVERS, Errand, Kind, kind};
use crate::house::House;
use crate::logs::assert_no_secret;
use crate::people::Town;

/// What is on its way when the last line is proven may take so long: a lease of a dead process, a message seen late.
const PATIENCE: Duration = Duration::from_secs(20);

/// Nothing is to be complained about any more, or patience ends.
pub async fn in_the_end(house: &House, town: &Town) -> Vec<String> {
    let began = Instant::now();
    loop {
        let mut complaints = Vec::new();
        if !house.has_sent_everything().await {
            complaints.push("messages wait to be sent".to_owned());
        }
        complaints.extend(told_once(&house.world, town));
        if complaints.is_empty() || began.elapsed() > PATIENCE {
            complaints.extend(town.errands.iter().filter_map(|errand| proven(&house.world, errand)));
            complaints.extend(made_once(&house.world, town));
            complaints.extend(house.unsent().await);
            complaints.extend(house.world.violations());
            complaints.extend(house.logs().iter().flat_map(|log| log_faults(log)));
            return complaints;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Microsoft shows the line and the voice flag.
fn proven(world: &World, errand: &Errand) -> Option<String> {
    let phone = world.state().phone(&errand.upn, SystemClock.now());
    let line = format!("+1{}", errand.extension);
    let good = phone.voice && phone.line.as_ref() == Some(&line);
    (!good).then(|| format!("{}: Microsoft shows {phone:?}", errand.name))
}

/// Every device made once, nothing removed, every save at the carrier the same.
fn made_once(world: &World, town: &Town) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut devices = world.effects(EffectKind::DeviceCreated);
    devices.sort();
    let wanted: Vec<_> = town.errands.iter().map(|errand| format!("{}tm", errand.extension)).collect();
    if devices != wanted {
        complaints.push(format!("devices were created: {devices:?}"));
    }
    for kind in [EffectKind::DeviceDeleted, EffectKind::DeviceChanged] {
        let subjects = world.effects(kind);
        complaints.extend((!subjects.is_empty()).then(|| format!("{kind:?}: {subjects:?}")));
    }
    let calls = world.calls(System::Connecttoteams);
    let saves = calls.into_iter().filter(|call| call.path.starts_with("/enterprise/configureUser"));
    let mut bodies: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for save in saves {
        let upn = save.body["teamsUserId"].as_str().unwrap_or_default().to_lowercase();
        let known = bodies.entry(upn).or_default();
        if !known.contains(&save.body) {
            known.push(save.body);
        }
    }
    let saved: Vec<_> = bodies.keys().cloned().collect();
    let wanted: Vec<_> = town.errands.iter().map(|errand| errand.upn.clone()).collect();
    if saved != wanted {
        complaints.push(format!("saved at the carrier were {saved:?}"));
    }
    let different = bodies.into_iter().filter(|(_, bodies)| bodies.len() > 1);
    complaints.extend(different.map(|(upn, bodies)| format!("different saves for {upn}: {bodies:?}")));
    complaints
}

/// Each message once in each place, and none that nobody expects.
fn told_once(world: &World, town: &Town) -> Vec<String> {
    let mail = Mail::of(world);
    let mut complaints = Vec::new();
    for (index, errand) in town.errands.iter().enumerate() {
        complaints.extend(mail.cards_of(world, errand));
        complaints.extend(mail.words_about(errand, town, index));
    }
    for who in APPROVERS {
        let place = world.personal(who).id;
        let greetings =
            mail.all.iter().filter(|(m, text)| m.place == place && text.contains("Hello, I set up")).count();
        complaints.extend((greetings != 1).then(|| format!("{who} was greeted {greetings} times")));
    }
    let known = |text: &str| text.contains("Hello, I set up") || town.errands.iter().any(|e| mail.is_about(e, text));
    let strange = mail.all.iter().filter(|(_, text)| !known(text));
    complaints.extend(strange.map(|(m, text)| format!("nobody expects in {}: {text}", m.place)));
    complaints
}

/// Everything that the bot has posted and that still stands, with what can be read.
struct Mail {
    all: Vec<(Message, String)>,
    /// `ONB-42` by the name of its subject.
    requests: BTreeMap<String, String>,
}

impl Mail {
    fn of(world: &World) -> Self {
        let all: Vec<_> =
            world.all_mail().messages().into_iter().map(|m| (m.plain(), m)).map(|(t, m)| (m, t)).collect();
        let mut requests = BTreeMap::new();
        for (_, text) in all.iter().filter(|(m, _)| m.card.is_some()) {
            let at = text.find("Good ").and_then(|at| text.get(at..at + 8));
            if let (Some(name), Some(id)) = (at, request_in(text)) {
                requests.insert(name.to_owned(), id);
            }
        }
        Self { all, requests }
    }

    fn is_about(&self, errand: &Errand, text: &str) -> bool {
        let id = self.requests.get(&errand.name);
        text.contains(&errand.name) || id.is_some() && request_in(text).as_ref() == id
    }

    fn cards_of(&self, world: &World, errand: &Errand) -> Vec<String> {
        let mut complaints = Vec::new();
        for (index, (_, place)) in errand.watchers(world).iter().enumerate() {
            let mut kinds = self.kinds_in(place, errand);
            kinds.sort_unstable();
            let wanted = match index {
                0 => &[Kind::Confirm, Kind::Approval, Kind::Progress, Kind::Done][..],
                _ => &[Kind::Approval, Kind::Done],
            };
            if kinds != wanted {
                complaints.push(format!("{}: in {} stand {kinds:?}", errand.name, place.id));
            }
        }
        complaints
    }

    fn kinds_in(&self, place: &Place, errand: &Errand) -> Vec<Kind> {
        let here = self.all.iter().filter(|(m, text)| m.place == place.id && text.contains(&errand.name));
        here.map(|(message, text)| kind(message, text)).filter(|kind| *kind != Kind::Words).collect()
    }

    /// What somebody was told in words is the answer to a press that was not answered at once; each press has one answer,
    /// and only one of them did anything.
    fn words_about(&self, errand: &Errand, town: &Town, index: usize) -> Vec<String> {
        let mut complaints = Vec::new();
        let pressed = town.pressed(index);
        for (who, title, success) in [
            (errand.requester, "Request approval", "was sent for approval"),
            (errand.approver, "Approve", "You approved"),
        ] {
            let mri = town_mri(town, who);
            let own: Vec<_> = pressed.iter().filter(|p| p.who == who && p.title == title).collect();
            let words = self
                .all
                .iter()
                .filter(|(m, text)| m.card.is_none() && self.is_about(errand, text) && self.is_for(m, &mri, who));
            let words: Vec<_> = words.map(|(_, text)| text.as_str()).collect();
            let lost = own.iter().filter(|p| matches!(p.answer, InvokeAnswer::Failed(_)) || kept(&p.answer)).count();
            if words.len() > lost {
                complaints.push(format!("{}: {who} lost {lost} answers and was told {words:?}", errand.name));
            }
            let told = words.iter().filter(|text| text.contains(success)).count()
                + own.iter().filter(|p| p.answer.text().contains(success)).count();
            if told > 1 {
                complaints.push(format!("{}: {who} was told {told} times that it {success}", errand.name));
            }
        }
        complaints
    }

    fn is_for(&self, message: &Message, mri: &str, who: &str) -> bool {
        match &message.only_for {
            Some(only) => only == mri,
            // In a personal chat everything is for its owner.
            None => message.place == format!("a:1{}", &mri[4..]) && !who.is_empty(),
        }
    }
}

fn town_mri(town: &Town, who: &str) -> String {
    town.person(who).human().mri()
}

/// "I got it": the answer follows in words.
fn kept(answer: &InvokeAnswer) -> bool {
    answer.text().starts_with("I got it")
}

/// The first `ONB-42` in a text.
pub fn request_in(text: &str) -> Option<String> {
    let at = text.find("ONB-")?;
    let digits = text[at + 4..].chars().take_while(char::is_ascii_digit).count();
    Some(text[at..at + 4 + digits].to_owned())
}

fn log_faults(log: &str) -> Vec<String> {
    assert_no_secret(log);
    // A process that the machine held up for longer than a lease loses it, says so, and nothing comes of it.
    let lost = |line: &str| line.contains("the lease was lost");
    let bad = |line: &&str| line.contains("panicked") || line.contains(r#""level":"ERROR""#) && !lost(line);
    log.lines().filter(bad).take(5).map(str::to_owned).collect()
}
