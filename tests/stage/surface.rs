//! Stories that are told twice: once in Teams and once in Slack.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test program uses what it needs")]

pub use onboard_bot::domain::Surface;
use onboard_bot::world::{BotSettings, Message, Place, Seed, SlackSettings};

use super::Stage;

/// Tests `in_teams` and `in_slack` of each of these stories, which are told what surface they are on.
macro_rules! on_both_surfaces {
    ($($story:ident),+ $(,)?) => {
        on_both_surfaces!(in_teams on Teams: $($story),+);
        on_both_surfaces!(in_slack on Slack: $($story),+);
    };
    ($module:ident on $surface:ident: $($story:ident),+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::$story($crate::stage::surface::Surface::$surface).await;
                }
            )+
        }
    };
}
pub(crate) use on_both_surfaces;

impl Stage {
    /// Everything as in the seed, for people on this surface.
    pub async fn open_on(surface: Surface) -> Self {
        Self::open_on_with(surface, Seed::default(), |_| {}).await
    }

    /// Another seed, other settings.
    pub async fn open_on_with(surface: Surface, seed: Seed, settle: impl FnOnce(&mut BotSettings)) -> Self {
        let mut stage = Self::closed_on_with(surface, seed, settle).await;
        stage.start_bot().await;
        stage
    }

    /// The same before the bot is started.
    pub async fn closed_on_with(surface: Surface, seed: Seed, settle: impl FnOnce(&mut BotSettings)) -> Self {
        let settle = |settings: &mut BotSettings| {
            settings.slack = matches!(surface, Surface::Slack).then(SlackSettings::default);
            settle(settings);
        };
        Self { surface, ..Self::closed_with(seed, settle).await }
    }

    /// A new thread in a channel, where this story is told.
    pub fn thread(&self) -> Place {
        match self.surface {
            Surface::Teams => self.world.channel_thread(),
            Surface::Slack => self.world.slack().thread("phones"),
        }
    }

    /// Presses a button of a card that may be old, with values that nobody need have offered; the words that only this
    /// person sees.
    pub async fn press_raw(&self, who: &str, message: &Message, title: &str, inputs: &[(&str, &str)]) -> String {
        if message.is_in_slack() {
            return self.press_raw_in_slack(who, message, title, inputs).await;
        }
        self.world.person(who).press_raw(message, title, inputs).await.text()
    }
}
