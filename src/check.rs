//! `onboard-bot check`: tries every system that the configuration names and tells what is wrong and who can mend it.
//!
//! Besides what it tries it tells what the store knows about requests that cannot go on. The circuits of a running bot are
//! in that bot's memory: they are on its `/metrics`.
//!
//! Nothing is changed: outside only what reads is called (and tokens are fetched), the store is not brought up to date
//! and no file is made. The findings of one system do not depend on another's; what cannot be tried because something
//! before it failed has no line of its own. Known race: a bot that is started in the very moment in which its lock file
//! is tried finds it held and does not start; started again, it does.

mod customer;
mod slack;
mod store;
mod teams;
#[cfg(test)]
mod tests;
mod unfinished;

pub use unfinished::Note;

use futures_util::future::{join_all, join4};
use url::Url;

use crate::cards::Cards;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::domain::{Fixer, Problem, Sentence};
use crate::outside::{Fault, OutsideError};

/// What one try found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was tried, such as `Store` or `contoso: PBX key`.
    pub system: String,
    /// What works, or what is wrong, how to mend it and who can.
    pub result: Result<Sentence, Problem>,
}

/// Tries everything, in the order of the configuration.
pub async fn check(config: &Config, clock: SharedClock) -> Vec<Finding> {
    let customers = join_all(config.customers.iter().map(|customer| customer::check(customer, &clock)));
    let (store, teams, slack, customers) = join4(
        store::check(&config.store.url),
        teams::check(config.teams.as_ref(), &clock),
        slack::check(config),
        customers,
    )
    .await;
    let mut findings = vec![store];
    findings.extend(teams);
    findings.extend(slack);
    findings.extend(customers.into_iter().flatten());
    findings
}

/// What the store knows about requests that wait for a system or stopped. Nothing of it is wrong by itself.
pub async fn notes(config: &Config) -> Vec<Note> {
    unfinished::notes(&config.store.url).await
}

/// True when nothing is wrong.
pub fn all_ok(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.result.is_ok())
}

/// One line for each finding.
pub fn text(findings: &[Finding], cards: &Cards) -> String {
    let line = |finding: &Finding| {
        let sentence = match &finding.result {
            Ok(what) => Sentence::new("check-line-ok").with("what", cards.say(what)),
            Err(Problem { what, fix, who }) => Sentence::new("check-line-wrong")
                .with("what", cards.say(what))
                .with("fix", cards.say(fix))
                .with("who", cards.say(&who.sentence())),
        };
        cards.say(&sentence.with("system", &finding.system)) + "\n"
    };
    findings.iter().map(line).collect()
}

/// One line for each note.
pub fn notes_text(notes: &[Note], cards: &Cards) -> String {
    let line = |note: &Note| {
        let say = Sentence::new("check-line-note").with("what", cards.say(&note.what));
        cards.say(&say.with("system", &note.about)) + "\n"
    };
    notes.iter().map(line).collect()
}

fn ok(system: impl Into<String>, what: Sentence) -> Finding {
    Finding { system: system.into(), result: Ok(what) }
}

/// The fix is said by the twin message `<id>-fix`.
fn wrong(system: impl Into<String>, what: Sentence, who: Fixer) -> Finding {
    let fix = what.twin("-fix");
    Finding { system: system.into(), result: Err(Problem { what, fix, who }) }
}

/// One thing to try: its name, where it is, and which keys of the configuration lead there.
#[derive(Debug, Clone)]
struct Attempt {
    system: String,
    address: String,
    /// The key of the address.
    key: String,
    /// The key of what opens it.
    secret: String,
    /// Who gives out what opens it.
    who: Fixer,
}

impl Attempt {
    fn says(&self, id: &str) -> Sentence {
        let say = Sentence::new(id).with("system", &self.system).with("address", shown(&self.address));
        say.with("key", &self.key).with("secret", &self.secret)
    }

    fn ok(&self, what: Sentence) -> Finding {
        ok(&self.system, what)
    }

    fn wrong(&self, what: Sentence, who: Fixer) -> Finding {
        wrong(&self.system, what, who)
    }

    /// The same place, something else tried there.
    fn named(&self, system: impl Into<String>) -> Self {
        Self { system: system.into(), ..self.clone() }
    }

    /// What a failed call means to whoever set the bot up.
    fn failed(&self, error: &OutsideError) -> Finding {
        let operator = |id: &str| self.wrong(self.says(id), Fixer::BotOperator);
        let coded = |id: &str, code: &Option<String>| self.says(id).with("code", code.as_deref().unwrap_or("-"));
        match &error.fault {
            Fault::NotFound => operator("check-not-found"),
            Fault::Unreachable => operator("check-unreachable"),
            Fault::Unknown => operator("check-unanswered"),
            Fault::Garbled => operator("check-garbled"),
            Fault::Credential { code: Some(code) } if code == "404" => operator("check-not-found"),
            Fault::Credential { code } | Fault::Unauthorized { code } => {
                self.wrong(coded("check-credential", code), self.who)
            }
            Fault::Forbidden { code } => self.wrong(coded("check-forbidden", code), self.who),
            Fault::Busy { .. } => operator("check-busy"),
            Fault::Failed { status } => self.wrong(self.says("check-failed").with("status", status), self.who),
            Fault::Refused { status, code } => {
                self.wrong(coded("check-refused", code).with("status", status), Fixer::BotOperator)
            }
            Fault::Conflict => self.wrong(self.says("check-refused").with("status", 409).with("code", "-"), self.who),
        }
    }
}

/// An address without anything that could be a secret.
fn shown(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return "-".to_owned() };
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
