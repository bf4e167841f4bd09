//! What else reaches the bot: questions, mistakes, late presses, second deliveries, forgeries.

use std::time::Instant;

use anyhow::ensure;
use onboard_bot::world::Place;
use serde_json::{Value, json};

use super::house::{requester, subject};
use super::town::Town;

const HELP: [&str; 4] = ["help", "help onboard", "/help", "Help approve"];
const LISTS: [&str; 5] = ["list", "list mine", "list waiting", "list late", "list failed"];
const MISTAKES: [&str; 8] = [
    "onbord alice@contoso.com ext 1000",
    "onboard alice ext 1000",
    "onboard alice@contoso.com",
    "onboard alice@contoso.com ext 99",
    "make me a coffee, please",
    "status ONB-999999",
    "list everything",
    "${version} {{DATE(2026-01-01)}} \u{202e} \u{1f980}",
];

/// One byte more than the bot takes.
const TOO_MUCH: usize = 1024 * 1024 + 1;

impl Town {
    /// One request that belongs to no onboarding. In a hundred each kind has its share.
    pub async fn errand(&self, n: u64) {
        // 61 has no factor in common with 100: every share comes in turn.
        let share = n * 61 % 100;
        let ended = match share {
            0..20 => self.ask(n, HELP[(n % 4) as usize]).await,
            20..26 => self.ask(n, "status").await,
            26..32 => self.ask(n, &format!("status ONB-{}", n / 40 + 1)).await,
            32..36 => self.ask(n, &format!("status {}", subject(n / 40).1)).await,
            36..46 => self.ask(n, LISTS[(n % 5) as usize]).await,
            46..60 => self.ask(n, MISTAKES[(n % 8) as usize]).await,
            60..72 => self.refresh(n).await,
            72..80 => self.press_late(n).await,
            80..88 => self.deliver_again(n).await,
            88..93 => self.forge(n).await,
            93..95 => self.send_too_much(n).await,
            95..98 => self.send_nonsense(n).await,
            98 => self.deliver_as("steve", "onboard alice@contoso.com ext 1000", 200).await,
            _ => self.deliver_as("frank", "list", 403).await,
        };
        if let Err(error) = ended {
            self.failed(format!("an errand: {error:#}"));
        }
    }

    fn place_of(&self, n: u64) -> Place {
        if n % 40 == 7 { self.house.world.group_chat() } else { self.house.world.personal(&requester(n / 3)) }
    }

    async fn ask(&self, n: u64, text: &str) -> anyhow::Result<()> {
        let who = requester(n / 3);
        let began = Instant::now();
        let sent = self.house.world.person(&who).say(&self.place_of(n), text).await;
        self.took("messages", began.elapsed());
        ensure!(sent.status == 200, "{text:?} was answered with {}", sent.status);
        self.said(&who, sent);
        Ok(())
    }

    async fn deliver_as(&self, who: &str, text: &str, expected: u16) -> anyhow::Result<()> {
        let place = self.house.world.personal(who);
        let sent = self.house.world.person(who).say(&place, text).await;
        ensure!(sent.status == expected, "{who} was answered with {}", sent.status);
        Ok(())
    }

    /// A client that shows a card asks for the person's own view of it.
    async fn refresh(&self, n: u64) -> anyhow::Result<()> {
        let Some((who, card)) = self.an_old_card() else { return self.ask(n, "help").await };
        let action = card.card.as_ref().map(|card| card["refresh"]["action"].clone()).filter(Value::is_object);
        let Some(action) = action else { return self.press_late(n).await };
        let person = self.house.world.person(&who);
        let kind = if card.place.starts_with("a:") {
            onboard_bot::domain::PlaceKind::Personal
        } else {
            onboard_bot::domain::PlaceKind::Channel
        };
        let mut activity = person.envelope(&Place { id: card.place.clone(), kind }, "invoke");
        activity["name"] = "adaptiveCard/action".into();
        activity["replyToId"] = card.id.into();
        activity["value"] = json!({"action": action, "trigger": "automatic"});
        let began = Instant::now();
        let sent = person.deliver(activity).await;
        self.took("views", began.elapsed());
        ensure!(sent.status == 200, "a view was answered with {}", sent.status);
        Ok(())
    }

    /// On a card whose time is over.
    async fn press_late(&self, n: u64) -> anyhow::Result<()> {
        let Some((who, card)) = self.an_old_card() else { return self.ask(n, "help").await };
        let title =
            ["Approve", "Request approval", "Cancel"].into_iter().find(|t| card.plain().contains(&format!("[{t}]")));
        let Some(title) = title else { return self.ask(n, "help").await };
        let began = Instant::now();
        let answer = self.house.world.person(&who).press_raw(&card, title, &[]).await;
        self.took("presses", began.elapsed());
        self.answered("a late press", &answer);
        Ok(())
    }

    async fn deliver_again(&self, n: u64) -> anyhow::Result<()> {
        let Some((who, sent)) = self.something_said() else { return self.ask(n, "help").await };
        let began = Instant::now();
        let again = self.house.world.person(&who).redeliver(&sent).await;
        self.took("messages", began.elapsed());
        ensure!(again.status == 200, "a second delivery was answered with {}", again.status);
        Ok(())
    }

    async fn forge(&self, n: u64) -> anyhow::Result<()> {
        let token = match n % 3 {
            0 => None,
            1 => Some(self.house.world.sign(&self.claims("99999999-9999-9999-9999-999999999999"))?),
            _ => Some("eyJhbGciOiJub25lIn0.eyJhdWQiOiJldmlsIn0.".to_owned()),
        };
        let body = self.house.world.person("alan").envelope(&self.place_of(n), "message").to_string();
        self.post(token, body, 401).await
    }

    async fn send_too_much(&self, n: u64) -> anyhow::Result<()> {
        let mut activity = self.house.world.person("alan").envelope(&self.place_of(n), "message");
        activity["text"] = "a".repeat(TOO_MUCH).into();
        self.post(Some(self.own_token()?), activity.to_string(), 413).await
    }

    async fn send_nonsense(&self, n: u64) -> anyhow::Result<()> {
        let body = ["{", "[]", "\u{0}", "payload=%7B%7D"][(n % 4) as usize];
        self.post(Some(self.own_token()?), body.to_owned(), 400).await
    }

    fn own_token(&self) -> anyhow::Result<String> {
        let app = self.house.world.state().seed.app_id.clone();
        Ok(self.house.world.sign(&self.claims(&app))?)
    }

    fn claims(&self, audience: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({"iss": "https://api.botframework.com", "aud": audience, "nbf": now - 60, "exp": now + 3600,
            "serviceurl": self.house.world.service_url()})
    }

    async fn post(&self, token: Option<String>, body: String, expected: u16) -> anyhow::Result<()> {
        let request = self.house.client.post(format!("{}/api/messages", self.house.url));
        let request = request.header("content-type", "application/json").body(body);
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        let began = Instant::now();
        let status = request.send().await?.status().as_u16();
        self.took("refused at the door", began.elapsed());
        ensure!(status == expected, "{status} instead of {expected}");
        Ok(())
    }
}
