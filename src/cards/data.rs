//! A [`View`] as the object that its template is filled with: everything said, everything escaped.
//!
//! A property that is absent is a part of the card that is not shown. Texts that a card always shows come by
//! themselves: every sentence `card-<card>-<name>` is `text.<name>`.

mod clock;
mod inquiries;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::escape::{marked, mention_name, one_line, plain_line};
use super::slack::mrkdwn;
use super::text::Texts;
use crate::domain::{Problem, Sentence, Surface, Work};
use crate::view::{
    Approval, Choice, Confirm, Done, Failure, Guided, HelpLine, Item, Mention, Problems, Progress, Requests, Shown,
    Stamp, StepLine, StepMark, View, shown_time as time,
};

/// For which surface the texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Teams reads Markdown.
    Markdown,
    /// Slack reads mrkdwn, and plain text in headings, labels and buttons.
    Mrkdwn,
}

impl Markup {
    /// A sentence for a text that is read as markup.
    pub(super) fn say(self, texts: &Texts, sentence: &Sentence) -> String {
        match self {
            Self::Markdown => texts.say_with(sentence, marked),
            Self::Mrkdwn => mrkdwn::mrkdwn(&texts.say_with(sentence, mrkdwn::protected)),
        }
    }

    /// A sentence for a heading: Slack's know no markup.
    pub(super) fn heading(self, texts: &Texts, sentence: &Sentence) -> String {
        match self {
            Self::Markdown => self.say(texts, sentence),
            Self::Mrkdwn => mrkdwn::plain(&texts.say_with(sentence, mrkdwn::protected)),
        }
    }

    /// Somebody's text, which shows as it was typed.
    pub(super) fn literal(self, text: &str) -> String {
        match self {
            Self::Markdown => marked(text),
            Self::Mrkdwn => mrkdwn::literal(text),
        }
    }
}

/// The name of the template, its data, and the summary.
pub(super) fn build(texts: &Texts, markup: Markup, view: &View) -> Built {
    let builder = |card| Builder { texts, markup, card, data: Map::new() };
    match view {
        View::Confirm(view) => builder("confirm").confirm(view),
        View::Approval(view) => builder("approval").approval(view),
        View::Guided(view) => builder("guided").guided(view),
        View::Progress(view) => builder("progress").progress(view),
        View::Failure(view) => builder("failure").failure(view),
        View::Done(view) => builder("done").done(view),
        View::Problems(view) => builder("problems").problems(view),
        View::Requests(view) => builder("requests").requests(view),
        View::Why(view) => builder("why").why(view),
        View::Number(view) => builder("number").number(view),
        View::Help(lines) => builder("help").help(lines),
        View::Greeting => builder("greeting").greeting(),
    }
}

/// The name of the template, its data, and the summary in plain text.
pub(super) type Built = (&'static str, Value, String);

struct Builder<'a> {
    texts: &'a Texts,
    markup: Markup,
    card: &'static str,
    data: Map<String, Value>,
}

/// What a step does, how far it is, and what there is to know about it.
fn step_line(step: &StepLine, say: impl Fn(&Sentence) -> String) -> Value {
    let mark = match step.mark {
        StepMark::Open => "mark-open",
        StepMark::Running => "mark-running",
        StepMark::Waiting => "mark-waiting",
        StepMark::Done => "mark-done",
        StepMark::Failed => "mark-failed",
    };
    let mut state = say(&Sentence::new(mark));
    if let Some(since) = step.since {
        let ended = matches!(step.mark, StepMark::Done | StepMark::Failed);
        let at = if ended { time(since) } else { say(&Sentence::new("card-since").with("time", time(since))) };
        state = format!("{state}, {at}");
    }
    if let Some(until) = step.until {
        state = format!("{state}, {}", say(&Sentence::new("card-until").with("time", time(until))));
    }
    let mut line = json!({ "title": say(&step.title), "state": state });
    if let Some(detail) = &step.detail {
        line["detail"] = say(detail).into();
    }
    if let Some(clock) = &step.clock {
        line["clock"] = clock::line(clock, false, say).into();
    }
    line
}

fn names(names: &[String]) -> String {
    names.join(", ")
}

impl Builder<'_> {
    fn confirm(mut self, view: &Confirm) -> Built {
        let summary = view.work.says(self.summary("summary-confirm", &view.subject_name));
        let title = view.work.says(Sentence::new("title-confirm").with("subject", &view.subject_name));
        self.stamped(view.stamp, &title, &view.subject);
        // Before a change is sent, what is fixed is how it is now.
        let now = view.work == Work::Change && view.closed.is_none();
        self.set("items_title", self.say(&Sentence::new(if now { "confirm-items-now" } else { "confirm-items" })));
        self.facts("items", &view.items);
        self.sentences("notices", &view.notices);
        self.sentences("warnings", &view.warnings);
        self.set("locations", self.choices(&view.locations));
        self.set("routes", self.choices(&view.routes));
        self.set("emergency_addresses", self.choices(&view.emergency_addresses));
        self.set("numbers", self.choices(&view.numbers));
        self.set("plans", self.choices(&view.plans));
        self.set("microsoft", self.choices(&view.microsoft));
        if let Some(first) = view.microsoft.first() {
            self.set("microsoft_preset", first.value.as_str());
        }
        self.set("location_is_emergency", view.location_is_emergency);
        let presets =
            [("location", &view.location), ("route", &view.route), ("number", &view.number), ("plan", &view.plan)];
        for (name, preset) in presets {
            if let Some(preset) = preset {
                self.set(name, preset.as_str());
            }
        }
        if !view.voicemail.is_empty() {
            self.set("voicemail", view.voicemail.as_str());
        }
        self.closed(view.closed.as_ref());
        self.finish(summary.with("request", view.stamp.request), view.closed.as_ref())
    }

    fn approval(mut self, view: &Approval) -> Built {
        let summary = self.summary("summary-approval", &view.subject_name);
        let title = if view.closed.is_some() { "title-approval-closed" } else { "title-approval" };
        let title = view.work.says(Sentence::new(title).with("subject", &view.subject_name));
        self.stamped(view.stamp, &title, &view.subject);
        self.set("requester", self.markup.literal(&view.requester));
        if let Some(reason) = view.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
            self.set("reason", self.markup.literal(reason));
        }
        self.facts("items", &view.items);
        self.sentences("notices", &view.notices);
        self.sentences("warnings", &view.warnings);
        let given = view.approved_by.len();
        let approvals = if given == 0 { "approvals" } else { "approvals-by" };
        let approvals = Sentence::new(approvals).with("count", given).with("required", view.required);
        self.set("approvals", self.say(&approvals.with("names", names(&view.approved_by))));
        self.set("expires_at", time(view.expires_at));
        let open = view.closed.is_none();
        self.mentions("card-mention-approvers", if open { &view.approvers } else { &[] });
        self.set("buttons", open && view.buttons);
        self.closed(view.closed.as_ref());
        if self.markup == Markup::Markdown && open && !view.refresh_for.is_empty() {
            let data = json!({ "request": view.stamp.request, "version": view.stamp.version });
            let title = self.texts.say(&Sentence::new("card-approval-refresh"));
            let action = json!({ "type": "Action.Execute", "title": title, "verb": "view", "data": data });
            self.set("refresh", json!({ "action": action, "userIds": view.refresh_for }));
        }
        self.finish(summary.with("request", view.stamp.request), view.closed.as_ref())
    }

    fn guided(mut self, view: &Guided) -> Built {
        let summary = self.summary("summary-guided", &view.subject_name);
        self.stamped(view.stamp, &view.title, &view.subject_name);
        self.set("instructions", self.numbered(&view.instructions));
        self.facts("items", &view.items);
        if let Some(by_hand) = view.by_hand.as_ref().filter(|_| view.closed.is_none()) {
            self.set("by_hand", self.say(&by_hand.title));
            self.set("by_hand_instructions", self.numbered(&by_hand.instructions));
            self.facts("by_hand_items", &by_hand.items);
        }
        if let Some((title, address)) = view.link.as_ref().filter(|_| view.closed.is_none()) {
            self.set("link", json!({ "title": self.texts.say(title), "url": address }));
        }
        if let Some(remark) = &view.remark {
            self.set("remark", self.say(remark));
        }
        self.set("others", self.choices(&view.others));
        self.mentions("card-mention-operators", if view.closed.is_none() { &view.operators } else { &[] });
        self.closed(view.closed.as_ref());
        self.finish(summary.with("request", view.stamp.request), view.closed.as_ref())
    }

    fn numbered(&self, instructions: &[Sentence]) -> Vec<Value> {
        let numbered = instructions.iter().enumerate();
        numbered.map(|(index, said)| json!({ "number": (index + 1).to_string(), "text": self.say(said) })).collect()
    }

    fn progress(mut self, view: &Progress) -> Built {
        let done = view.steps.iter().filter(|step| step.mark == StepMark::Done).count();
        let total = view.steps.len();
        let counted = |sentence: Sentence| sentence.with("count", done).with("total", total);
        let summary = counted(self.summary("summary-progress", &view.subject_name));
        let title = Sentence::new("title-progress").with("subject", &view.subject_name).with("line", &view.line);
        let title = view.work.says(title);
        self.stamped(view.stamp, &title, &view.subject_name);
        self.set("steps", view.steps.iter().map(|step| self.step(step)).collect::<Vec<_>>());
        if view.closed.is_none() && view.steps.iter().any(|step| step.until.is_some()) {
            self.set("ends", true);
        }
        self.set("done", done);
        self.set("total", total);
        self.set("counted", self.heading(&counted(Sentence::new("progress-count"))));
        self.closed(view.closed.as_ref());
        self.finish(summary.with("request", view.stamp.request), view.closed.as_ref())
    }

    fn step(&self, step: &StepLine) -> Value {
        // A sign and a word, so that nobody depends on the colour; Teams draws these signs everywhere.
        let (sign, color) = match step.mark {
            StepMark::Open => ("○", "Default"),
            StepMark::Running => ("▶", "Accent"),
            StepMark::Waiting => ("◔", "Warning"),
            StepMark::Done => ("✔", "Good"),
            StepMark::Failed => ("✖", "Attention"),
        };
        let mut line = step_line(step, |sentence| self.say(sentence));
        line["sign"] = sign.into();
        if self.markup == Markup::Mrkdwn {
            line["plain"] = step_line(step, |sentence| self.heading(sentence));
            return line;
        }
        line["color"] = color.into();
        line["subtle"] = (step.mark == StepMark::Open).into();
        line
    }

    fn failure(mut self, view: &Failure) -> Built {
        let cause = one_line(&self.texts.say(&view.cause));
        let summary = self.summary("summary-failure", &view.subject_name).with("cause", cause);
        let title = view.work.says(Sentence::new("title-failure").with("subject", &view.subject_name));
        self.stamped(view.stamp, &title, &view.subject_name);
        for (name, sentence) in [("step", &view.step), ("cause", &view.cause), ("fix", &view.fix)] {
            self.set(name, self.say(sentence));
        }
        if let Some(who) = view.who {
            let who = self.texts.say(&who.sentence());
            self.set("who", self.say(&Sentence::new("problem-who").with("who", who)));
        }
        self.set("problems", self.told(&view.problems));
        // What was changed can be taken back; an undo itself cannot.
        let undo = view.undo && view.closed.is_none();
        self.set("undo", undo);
        self.set("others", if view.closed.is_none() { self.choices(&view.others) } else { Vec::new() });
        self.sentences("done", &view.done);
        self.sentences("not_done", &view.not_done);
        if let Some(incident) = &view.incident {
            self.set("incident", self.say(&Sentence::new("failure-incident").with("incident", incident)));
        }
        self.mentions("card-mention-failure", if view.closed.is_none() { &view.mentions } else { &[] });
        self.closed(view.closed.as_ref());
        self.finish(summary.with("request", view.stamp.request), view.closed.as_ref())
    }

    fn done(mut self, view: &Done) -> Built {
        // What is taken back is told as such in any case.
        let ids = if view.saved && view.work == Work::Change {
            ("summary-done-saved", "title-done-saved")
        } else {
            ("summary-done", "title-done")
        };
        let summary = view.work.says(self.summary(ids.0, &view.subject_name));
        let title = view.work.says(Sentence::new(ids.1).with("subject", &view.subject_name));
        self.stamped(view.stamp, &title, &view.subject);
        self.facts("evidence", &view.evidence);
        self.facts("reports", &view.reports);
        let read = match (view.unread, view.without_pbx) {
            (true, _) => "done-reported-at",
            (false, true) => "done-read-at-microsoft",
            (false, false) => "done-read-at",
        };
        self.set("read_at", self.say(&Sentence::new(read).with("time", time(view.read_at))));
        if !view.approved_by.is_empty() {
            let approved = Sentence::new("card-approved-by").with("names", names(&view.approved_by));
            self.set("approved_by", self.say(&approved));
        }
        let told = view.told.as_deref().unwrap_or(std::slice::from_ref(&view.requester));
        let ready = matches!(view.work, Work::Onboard | Work::Change);
        self.mentions(if ready { "card-mention-requester" } else { "card-mention-done" }, told);
        self.finish(summary.with("request", view.stamp.request), None)
    }

    fn problems(mut self, view: &Problems) -> Built {
        let summary = view.work.says(self.summary("summary-problems", &view.subject).with("request", view.request));
        let title = view.work.says(Sentence::new("title-problems").with("subject", &view.subject));
        self.set("request", view.request.to_string());
        self.set("title", self.heading(&title));
        self.set("counted", self.say(&Sentence::new("problems-count").with("count", view.problems.len())));
        self.set("problems", self.told(&view.problems));
        self.finish(summary, None)
    }

    fn requests(mut self, view: &Requests) -> Built {
        let summary = Sentence::new("summary-requests").with("title", self.texts.say(&view.title));
        self.set("title", self.heading(&view.title));
        let row = |row: &crate::view::Row| {
            let heading = Sentence::new("row-heading").with("request", row.request).with("subject", &row.subject);
            let heading = row.work.says(heading);
            let asked = Sentence::new("row-asked").with("since", time(row.since)).with("requester", &row.requester);
            let mut shown = json!({
                "heading": self.say(&heading), "line": self.markup.literal(&row.line),
                "state": self.say(&row.state), "asked": self.say(&asked),
            });
            if let Some(clock) = &row.clock {
                shown["clock"] = clock::line(clock, true, |sentence| self.say(sentence)).into();
            }
            shown
        };
        self.set("rows", view.rows.iter().map(row).collect::<Vec<_>>());
        if view.more > 0 {
            self.set("more", self.say(&Sentence::new("requests-more").with("count", view.more)));
        }
        self.finish(summary, None)
    }

    fn help(mut self, lines: &[HelpLine]) -> Built {
        self.set("title", self.heading(&Sentence::new("title-help")));
        let line = |line: &HelpLine| {
            let example = self.say(&Sentence::new("help-example").with("example", &line.example));
            json!({ "usage": self.markup.literal(&line.usage), "does": self.say(&line.does), "example": example })
        };
        self.set("lines", lines.iter().map(line).collect::<Vec<_>>());
        self.finish(Sentence::new("summary-help"), None)
    }

    fn greeting(mut self) -> Built {
        self.set("title", self.heading(&Sentence::new("greeting-title")));
        for (name, id) in [
            ("what", "greeting-what"),
            ("try", "greeting-try"),
            ("example", "greeting-example"),
            ("help", "greeting-help"),
        ] {
            self.set(name, self.say(&Sentence::new(id)));
        }
        self.finish(Sentence::new("summary-greeting"), None)
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.data.insert(name.to_owned(), value.into());
    }

    /// For a text that is read as markup.
    fn say(&self, sentence: &Sentence) -> String {
        self.markup.say(self.texts, sentence)
    }

    fn heading(&self, sentence: &Sentence) -> String {
        self.markup.heading(self.texts, sentence)
    }

    fn summary(&self, id: &str, subject: &str) -> Sentence {
        Sentence::new(id).with("subject", one_line(subject))
    }

    fn stamped(&mut self, stamp: Stamp, title: &Sentence, subject: &str) {
        self.set("request", stamp.request.to_string());
        self.set("version", stamp.version);
        self.set("title", self.heading(title));
        let origin = Sentence::new("card-origin").with("request", stamp.request).with("subject", subject);
        self.set("origin", self.say(&origin));
    }

    fn closed(&mut self, closed: Option<&Sentence>) {
        if let Some(closed) = closed {
            self.set("closed", self.say(closed));
        }
    }

    fn sentences(&mut self, name: &str, sentences: &[Sentence]) {
        self.set(name, sentences.iter().map(|sentence| self.say(sentence)).collect::<Vec<_>>());
    }

    fn facts(&mut self, name: &str, items: &[Item]) {
        let fact = |item: &Item| {
            let value = match &item.value {
                Shown::Text(text) => self.markup.literal(text),
                Shown::Said(sentence) => self.say(sentence),
                Shown::Time(at) => time(*at),
            };
            json!({ "title": self.say(&Sentence::new(&item.label)), "value": value })
        };
        self.set(name, items.iter().map(fact).collect::<Vec<_>>());
    }

    /// Titles of choices are plain text in every client.
    fn choices(&self, choices: &[Choice]) -> Vec<Value> {
        let choice = |choice: &Choice| {
            let title = match &choice.title {
                Shown::Text(text) => one_line(text),
                Shown::Said(sentence) => self.texts.say(sentence),
                Shown::Time(at) => time(*at),
            };
            json!({ "title": title, "value": choice.value })
        };
        choices.iter().map(choice).collect()
    }

    fn told(&self, problems: &[Problem]) -> Vec<Value> {
        let told = |problem: &Problem| {
            let who = self.texts.say(&problem.who.sentence());
            let who = self.say(&Sentence::new("problem-who").with("who", who));
            json!({ "what": self.say(&problem.what), "fix": self.say(&problem.fix), "who": who })
        };
        problems.iter().map(told).collect()
    }

    /// The text with the `<at>` elements, and the entities that make Teams notify. Two of the same name are numbered,
    /// because Teams finds an entity by its text.
    fn mentions(&mut self, id: &str, mentions: &[Mention]) {
        if self.markup == Markup::Mrkdwn {
            if !mentions.is_empty() {
                let names: Vec<_> = mentions.iter().map(mrkdwn::mention).collect();
                let said = self.texts.say(&Sentence::new(id).with("names", names.join(", ")));
                self.set("mentioned", mrkdwn::mrkdwn(&said));
            }
            return;
        }
        let mut taken = BTreeSet::new();
        let mut texts = Vec::new();
        let mut entities = Vec::new();
        for mention in mentions {
            let name = mention_name(mention);
            let Some(id) = mention.id_on(Surface::Teams) else {
                // Teams refuses a card with a mention of somebody whom it does not know.
                texts.push(name);
                continue;
            };
            let free = |name: &String| !taken.contains(name);
            let numbered = (2..).map(|number| format!("{name} {number}"));
            let Some(name) = std::iter::once(name.clone()).chain(numbered).find(free) else { continue };
            let text = format!("<at>{name}</at>");
            let mentioned = json!({ "id": id, "name": one_line(&mention.name) });
            entities.push(json!({ "type": "mention", "text": text, "mentioned": mentioned }));
            texts.push(text);
            taken.insert(name);
        }
        if !texts.is_empty() {
            // The elements must arrive as they are; their names hold nothing that Markdown knows.
            let said = self.texts.say(&Sentence::new(id).with("names", texts.join(", ")));
            self.set("mentioned", said);
        }
        self.set("entities", entities);
    }

    fn finish(mut self, summary: Sentence, closed: Option<&Sentence>) -> Built {
        let mut said = self.texts.say(&summary);
        if let Some(closed) = closed {
            let args = summary.args.into_iter().filter(|(name, _)| name == "request" || name == "subject").collect();
            let summary = Sentence { args, ..Sentence::new("summary-closed") };
            said = self.texts.say(&summary.with("closed", self.texts.say(closed)));
        }
        if self.markup == Markup::Mrkdwn {
            let said = one_line(&said);
            return (self.card, Value::Object(self.data), said);
        }
        let said = plain_line(&said);
        let fallback = match self.data.get("request").and_then(Value::as_str) {
            Some(request) => Sentence::new("card-fallback").with("request", request),
            None => Sentence::new("card-fallback-plain"),
        };
        self.set("fallback", self.texts.say(&fallback.with("summary", &said)));
        self.set("lang", self.texts.language());
        let prefix = format!("card-{}-", self.card);
        let own = self.texts.ids().filter_map(|id| Some((id, id.strip_prefix(&prefix)?.replace('-', "_"))));
        let own: Map<_, _> = own.map(|(id, name)| (name, self.texts.say(&Sentence::new(id)).into())).collect();
        self.set("text", own);
        (self.card, Value::Object(self.data), said)
    }
}
