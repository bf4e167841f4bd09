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

/// A card whose own view does not come is looked at so often.
const MOST_LOOKS: u32 = 10;

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
        let mut chats = Chats { town: self, index, errand, glanced: HashMap::new(), pressed: Vec::new() };
        let mut done = false;
        while !stop.is_cancelled() {
            chats.glance().await;
            if !done && chats.glanced.values().any(|card| card.kind == Kind::Done) {
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
            sleep(GLANCE).await;
            sent = person.redeliver(&sent).await;
        }
    }
}

/// A card as it was glanced at last.
struct Glanced {
    edits: u32,
    kind: Kind,
    looks: u32,
}

/// The chats of one errand on the screens of those who care for it.
struct Chats<'a> {
    town: &'a Town,
    index: usize,
    errand: &'a Errand,
    glanced: HashMap<String, Glanced>,
    pressed: Vec<&'static str>,
}

impl Chats<'_> {
    async fn glance(&mut self) {
        let (errand, world) = (self.errand, &self.town.world);
        let home = world.mailbox(&errand.place).messages();
        let alone = errand.is_alone().then(|| world.mailbox(&world.personal(errand.approver)).messages());
        for message in home {
            self.look(&world.person(errand.requester), &message).await;
            self.consider(&message).await;
        }
        for message in alone.into_iter().flatten() {
            self.look(&world.person(errand.approver), &message).await;
            self.consider(&message).await;
        }
    }

    /// A client shows a message when it is new, and again when it was rewritten.
    async fn look(&mut self, person: &Person, message: &Message) {
        if let Some(card) = self.glanced.get_mut(&message.id).filter(|card| card.edits == message.edits) {
            if card.looks < MOST_LOOKS && person.lacks_own_view(message) {
                card.looks += 1;
                person.look(message).await;
            }
            return;
        }
        let text = message.plain();
        if text.contains(&self.errand.name) {
            let card = Glanced { edits: message.edits, kind: kind(message, &text), looks: 1 };
            self.glanced.insert(message.id.clone(), card);
            person.look(message).await;
        }
    }

    async fn consider(&mut self, message: &Message) {
        let (errand, kills) = (self.errand, self.town.kills.load(Ordering::SeqCst));
        match self.glanced.get(&message.id).map(|card| card.kind) {
            Some(Kind::Confirm) if kills >= errand.submitted_after => {
                self.press((errand.requester, "Request approval"), message, &CHOICES).await;
            }
            Some(Kind::Approval) if kills >= errand.approved_after => {
                self.press((errand.approver, "Approve"), message, &[]).await;
            }
            _ => {}
        }
    }

    async fn press(&mut self, (who, title): (&'static str, &'static str), message: &Message, inputs: &[(&str, &str)]) {
        if self.pressed.contains(&title) {
            return;
        }
        let answer = self.town.world.person(who).press(message, title, inputs).await;
        // The client shows nothing to press on a copy that is only to be looked at, or an old one.
        if let InvokeAnswer::Refused(_) = answer {
            return;
        }
        // Nobody was there to answer: people press again.
        if !matches!(answer, InvokeAnswer::Failed(_)) {
            self.pressed.push(title);
        }
        let at = self.town.began.elapsed();
        self.town.pressed[self.index].lock().unwrap().push(Pressed { who, title, at, answer });
    }
}
