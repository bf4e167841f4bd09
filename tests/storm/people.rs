//! People with Teams clients. A client asks for its own view of a card that offers one; people press each button once, and
//! again when nothing answered; Teams sends what they typed again, with the same id, until it is taken.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use onboard_bot::world::{InvokeAnswer, Message, Person, World};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::errands::{APPROVERS, Errand, Kind, kind};

/// People look at their chats this often.
const GLANCE: Duration = Duration::from_millis(200);

/// Who got no answer tries again after this time.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A card whose own view does not come is looked at so often.
const MOST_LOOKS: u32 = 60;

const CHOICES: [(&str, &str); 2] = [("route", "US West"), ("emergency_address", "a-denver-hq")];

/// What became of a press.
#[derive(Debug, Clone)]
pub struct Pressed {
    pub who: &'static str,
    pub title: &'static str,
    pub at: Duration,
    pub answer: InvokeAnswer,
}

/// Everybody, and what they want.
#[derive(Debug)]
pub struct Town {
    pub errands: Vec<Errand>,
    world: Arc<World>,
    began: Instant,
    /// How many kills people have lived through.
    kills: AtomicUsize,
    done: AtomicUsize,
    pressed: Vec<Mutex<Vec<Pressed>>>,
}

impl Town {
    pub fn new(world: &Arc<World>, errands: Vec<Errand>) -> Self {
        let pressed = errands.iter().map(|_| Mutex::default()).collect();
        let (kills, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { errands, world: Arc::clone(world), began: Instant::now(), kills, done, pressed }
    }

    /// Whoever decides has opened a chat with the bot before.
    pub async fn install_the_bot(&self) {
        for who in APPROVERS {
            let sent = self.world.person(who).install_bot(&self.world.personal(who)).await;
            assert_eq!(sent.status, 200);
        }
    }

    /// Everybody sees to their errands, all at the same time.
    pub fn go_out(self: &Arc<Self>, stop: &CancellationToken) -> impl Future<Output = ()> + use<> {
        let crowd = TaskTracker::new();
        for index in 0..self.errands.len() {
            let (town, stop) = (Arc::clone(self), stop.clone());
            crowd.spawn(async move { town.see_to(index, &stop).await });
        }
        crowd.close();
        async move { crowd.wait().await }
    }

    pub fn hear_of(&self, kills: usize) {
        self.kills.store(kills, Ordering::SeqCst);
    }

    pub fn unfinished(&self) -> usize {
        self.errands.len() - self.done.load(Ordering::SeqCst)
    }

    pub async fn until_done(&self, within: Duration) -> bool {
        let began = Instant::now();
        while self.unfinished() > 0 && began.elapsed() < within {
            sleep(GLANCE).await;
        }
        self.unfinished() == 0
    }

    pub fn person(&self, who: &str) -> Person {
        self.world.person(who)
    }

    /// What was pressed for an errand.
    pub fn pressed(&self, index: usize) -> Vec<Pressed> {
        self.pressed[index].lock().unwrap().clone()
    }

    async fn see_to(&self, index: usize, stop: &CancellationToken) {
        let errand = &self.errands[index];
        // Nobody glances in step with the others.
        sleep(GLANCE * u32::try_from(index).unwrap() / 100).await;
        self.ask(errand).await;
        let now = Instant::now();
        let mut chats =
            Chats { town: self, index, errand, glanced: HashMap::new(), pressed: Vec::new(), presses_at: now };
        let mut done = false;
        while !stop.is_cancelled() {
            chats.glance().await;
            if !done && chats.glanced.values().any(|card| card.kind == Some(Kind::Done)) {
                done = true;
                self.done.fetch_add(1, Ordering::SeqCst);
            }
            sleep(if done { GLANCE * 4 } else { GLANCE }).await;
        }
    }

    async fn ask(&self, errand: &Errand) {
        let person = self.world.person(errand.requester);
        let mut sent = person.say(&errand.place, &format!("/onboard {} ext {}", errand.upn, errand.extension)).await;
        while !(200..300).contains(&sent.status) {
            sleep(GLANCE * 3).await;
            sent = person.redeliver(&sent).await;
        }
    }
}

/// A message as it was glanced at last.
struct Glanced {
    edits: u32,
    /// `None`: it is somebody else's errand.
    kind: Option<Kind>,
    /// How often a client may still ask for its own view of it, and when.
    looks: u32,
    looks_at: Instant,
}

/// The chats of one errand on the screens of those who care for it.
struct Chats<'a> {
    town: &'a Town,
    index: usize,
    errand: &'a Errand,
    glanced: HashMap<String, Glanced>,
    pressed: Vec<&'static str>,
    /// Not before then, after a press that nothing answered.
    presses_at: Instant,
}

impl Chats<'_> {
    async fn glance(&mut self) {
        let (errand, world) = (self.errand, &self.town.world);
        let watchers = errand.watchers(world);
        for (who, place) in &watchers {
            let news = world.mailbox(place).messages_that(|message| self.cares_for(message));
            for message in news {
                self.look(&world.person(who), &message).await;
                self.consider(&message).await;
            }
        }
    }

    fn cares_for(&self, message: &Message) -> bool {
        let Some(seen) = self.glanced.get(&message.id) else { return true };
        let to_look = seen.looks > 0 && seen.looks_at <= Instant::now();
        seen.edits != message.edits || to_look || self.to_press(seen.kind).is_some()
    }

    /// A client shows a message when it is new, and again when it was rewritten.
    async fn look(&mut self, person: &Person, message: &Message) {
        let seen = match self.glanced.remove(&message.id).filter(|seen| seen.edits == message.edits) {
            Some(seen) => seen,
            None => {
                let text = message.plain();
                let kind = text.contains(&self.errand.name).then(|| kind(message, &text));
                let looks = if kind.is_some() { MOST_LOOKS } else { 0 };
                Glanced { edits: message.edits, kind, looks, looks_at: Instant::now() }
            }
        };
        let due = seen.looks > 0 && seen.looks_at <= Instant::now();
        let seen = match due && person.lacks_own_view(message) {
            true => {
                person.look(message).await;
                Glanced { looks: seen.looks - 1, looks_at: Instant::now() + PATIENCE, ..seen }
            }
            false if due => Glanced { looks: 0, ..seen },
            false => seen,
        };
        self.glanced.insert(message.id.clone(), seen);
    }

    /// Who presses what on a card of this kind now.
    fn to_press(&self, kind: Option<Kind>) -> Option<(&'static str, &'static str)> {
        let (errand, kills) = (self.errand, self.town.kills.load(Ordering::SeqCst));
        let button = match kind {
            Some(Kind::Confirm) if kills >= errand.submitted_after => (errand.requester, "Request approval"),
            Some(Kind::Approval) if kills >= errand.approved_after => (errand.approver, "Approve"),
            _ => return None,
        };
        Some(button).filter(|(_, title)| !self.pressed.contains(title) && self.presses_at <= Instant::now())
    }

    async fn consider(&mut self, message: &Message) {
        let kind = self.glanced.get(&message.id).and_then(|seen| seen.kind);
        let Some((who, title)) = self.to_press(kind) else { return };
        let inputs = if title == "Approve" { &[][..] } else { &CHOICES };
        let answer = self.town.world.person(who).press(message, title, inputs).await;
        // The client shows nothing to press on a copy that is only to be looked at, or an old one.
        if let InvokeAnswer::Refused(_) = answer {
            return;
        }
        match answer {
            InvokeAnswer::Failed(_) => self.presses_at = Instant::now() + PATIENCE,
            _ => self.pressed.push(title),
        }
        let at = self.town.began.elapsed();
        self.town.pressed[self.index].lock().unwrap().push(Pressed { who, title, at, answer });
    }
}
