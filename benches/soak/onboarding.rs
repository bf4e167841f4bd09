//! Somebody asks for a line and sees it through to the proof.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use onboard_bot::world::{Message, Place};

use super::house::{requester, subject};
use super::town::Town;

/// What people choose.
const CHOICES: [(&str, &str); 2] = [("route", "US West"), ("emergency_address", "a-denver-hq")];

/// How often people look.
const LOOK: Duration = Duration::from_millis(200);

/// How long a card may take when nothing is broken for long.
const A_CARD: Duration = Duration::from_secs(60);

/// Whoever pressed and saw nothing happen presses again after this.
const PRESS_AGAIN: Duration = Duration::from_secs(45);

impl Town {
    /// The nth line.
    pub async fn onboard(&self, n: u64) {
        self.begins();
        match self.see_through(n).await {
            Ok(()) => self.is_proven(),
            Err(error) => self.failed(format!("the {n}th line: {error:#}")),
        }
    }

    async fn see_through(&self, n: u64) -> anyhow::Result<()> {
        let world = &self.house.world;
        let (name, upn, extension) = subject(n);
        let who = requester(n);
        let approver = if n.is_multiple_of(2) { "bob" } else { "carol" };
        let alone = n % 8 == 3;
        let place = if alone { world.personal(&who) } else { world.channel_thread() };
        let decided_in = if alone { world.personal(approver) } else { place.clone() };
        let command = match n % 3 {
            0 => format!("/onboard {upn} ext {extension}"),
            1 => format!("onboard ext:{extension} {upn} reason new colleague"),
            _ => format!("Onboard {upn} x{extension}"),
        };
        self.say(&who, &place, &command).await?;
        let confirm = self.see(&place, &[&format!("Phone line for {name}"), "[Request approval]"], A_CARD).await?;
        self.press(&who, &confirm, ("Request approval", &CHOICES)).await;
        if n % 4 == 0 {
            self.press_again(&who, &confirm, "Request approval").await;
        }
        let approval = self.see(&decided_in, &[&format!("Approve a phone line for {name}?")], A_CARD).await?;
        if n % 5 == 0 {
            // Somebody without a right to it.
            self.press_again("steve", &approval, "Approve").await;
        }
        self.decide(approver, &approval, (&place, &name)).await?;
        if n % 4 == 1 {
            self.press_again(approver, &approval, "Approve").await;
        }
        self.works(&who, &place, &name).await?;
        self.is_over(&who, confirm);
        self.is_over(approver, approval);
        Ok(())
    }

    pub(super) async fn say(&self, who: &str, place: &Place, text: &str) -> anyhow::Result<()> {
        self.turn().await;
        let began = Instant::now();
        let sent = self.house.world.person(who).say(place, text).await;
        self.took("messages", began.elapsed());
        ensure!(sent.status == 200, "{text:?} was answered with {}", sent.status);
        self.said(who, sent);
        Ok(())
    }

    /// What can be read in a place now.
    fn find(&self, place: &Place, texts: &[&str]) -> Option<Message> {
        let wanted = |m: &Message| {
            let plain = m.plain();
            texts.iter().all(|text| plain.contains(text))
        };
        self.house.world.mailbox(place).take(wanted)
    }

    async fn see(&self, place: &Place, texts: &[&str], within: Duration) -> anyhow::Result<Message> {
        let began = Instant::now();
        while began.elapsed() < within {
            if let Some(message) = self.find(place, texts) {
                return Ok(message);
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("nobody saw {texts:?}")
    }

    /// Presses on the card as this person sees it.
    async fn press(&self, who: &str, message: &Message, (title, inputs): (&str, &[(&str, &str)])) {
        let person = self.house.world.person(who);
        self.turn().await;
        // The client may fetch their own view first; that is a request of its own.
        person.look(message).await;
        self.turn().await;
        let began = Instant::now();
        let answer = person.press(message, title, inputs).await;
        self.took("presses", began.elapsed());
        self.answered(&format!("{who} pressed {title}"), &answer);
    }

    /// Presses on the card as it was.
    pub(super) async fn press_again(&self, who: &str, message: &Message, title: &str) {
        self.turn().await;
        let began = Instant::now();
        let answer = self.house.world.person(who).press_raw(message, title, &CHOICES).await;
        self.took("presses", began.elapsed());
        self.answered(&format!("{who} pressed an old {title}"), &answer);
    }

    /// Approves, and again when nothing comes of it: their rights may not have been readable.
    async fn decide(&self, who: &str, approval: &Message, (place, name): (&Place, &str)) -> anyhow::Result<()> {
        let progress = format!("for {name}");
        for _ in 0..3 {
            self.press(who, approval, ("Approve", &[])).await;
            if self.see(place, &["Setting up", &progress], PRESS_AGAIN).await.is_ok() {
                return Ok(());
            }
        }
        bail!("{who} approved and nothing began")
    }

    /// Waits for the proof. A line that stopped is tried again.
    async fn works(&self, who: &str, place: &Place, name: &str) -> anyhow::Result<()> {
        let (works, stopped) = (format!("The phone line of {name} works"), format!("Stopped: the line of {name}"));
        let (began, mut tries) = (Instant::now(), 0);
        while began.elapsed() < 2 * A_CARD {
            if self.find(place, &[&works]).is_some() {
                return Ok(());
            }
            if let Some(failure) = self.find(place, &[&stopped, "[Retry]"]) {
                tries += 1;
                ensure!(tries < 3, "it stopped again and again: {}", failure.plain());
                self.press(who, &failure, ("Retry", &[])).await;
            }
            tokio::time::sleep(LOOK).await;
        }
        let seen: Vec<_> = self.house.world.mailbox(place).messages().iter().map(Message::plain).collect();
        let last = seen.into_iter().rfind(|text| text.contains(name)).context("nothing is there")?;
        bail!("not proven in time; the last card: {last}")
    }
}
