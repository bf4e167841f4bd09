//! The pages that a browser sees after Slack. They show no word of what came from outside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Outcome;
use crate::cards::Cards;
use crate::domain::Sentence;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem}";

/// Nothing is loaded and nothing runs; the style is the page's own, named by its hash.
pub fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

impl Outcome {
    #[cfg(test)]
    pub(super) const ALL: [Self; 11] = [
        Self::Installed,
        Self::InstalledForOrganisation,
        Self::Declined,
        Self::Refused,
        Self::Stale,
        Self::WrongCode,
        Self::NotAllowed,
        Self::Misconfigured,
        Self::SlackDown,
        Self::StoreDown,
        Self::Crowded,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Installed => "install-done",
            Self::InstalledForOrganisation => "install-organisation",
            Self::Declined => "install-declined",
            Self::Refused => "install-refused",
            Self::Stale => "install-stale",
            Self::WrongCode => "install-wrong-code",
            Self::NotAllowed => "install-not-allowed",
            Self::Misconfigured => "install-misconfigured",
            Self::SlackDown => "install-slack-down",
            Self::StoreDown => "install-store-down",
            Self::Crowded => "install-crowded",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::Installed | Self::InstalledForOrganisation => 200,
            Self::Stale | Self::WrongCode | Self::Refused => 400,
            Self::Declined | Self::NotAllowed => 403,
            Self::Crowded => 429,
            Self::Misconfigured => 500,
            Self::SlackDown => 502,
            Self::StoreDown => 503,
        }
    }

    /// Whether beginning again is what to do next.
    fn again(self) -> bool {
        !matches!(self, Self::Installed | Self::InstalledForOrganisation | Self::NotAllowed | Self::Misconfigured)
    }
}

/// Status and HTML of a page.
pub fn page(cards: &Cards, outcome: Outcome) -> (u16, String) {
    let say = |id: &str| escaped(&cards.say(&Sentence::new(id)));
    let (title, text) = (say(outcome.name()), say(&format!("{}-next", outcome.name())));
    let again = if outcome.again() {
        format!("<p><a href=\"/slack/install\">{}</a></p>\n", say("install-again"))
    } else {
        String::new()
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n{again}</body>\n</html>\n"
    );
    (outcome.status(), html)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
