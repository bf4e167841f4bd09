//! The data of Slack's templates: that of [`crate::cards::data`], written as mrkdwn, in the portions that blocks take.

use serde_json::{Map, Value, json};

use super::limits::{LONGEST_OPTION, LONGEST_OPTION_VALUE, MOST_OPTIONS, cut, length};
use super::mrkdwn;
use crate::cards::data::{self, Built, Markup};
use crate::cards::escape::one_line;
use crate::cards::text::Texts;
use crate::domain::{RequestId, Sentence};
use crate::view::{Choice, Confirm, Home, Row, Shown, Stamp, StepMark, View, shown_time};

/// Pairs that one section takes.
const FIELDS: usize = 10;
/// A list in one section stays below a section's 3,000 characters.
const LONGEST_LIST: usize = 2_800;
/// Entries of two blocks each that fit into a message, and twice into a Home tab.
const MOST_ENTRIES: usize = 20;

/// How many conditions of each kind a message shows, so that all fit.
const FINDINGS: [(&str, usize); 3] = [("not_met", 20), ("worth_knowing", 8), ("unknown", 8)];

/// Says things for one template.
pub(super) struct Said<'a> {
    texts: &'a Texts,
    data: Map<String, Value>,
}

/// The name of the template, its data, and the summary.
pub(super) fn card(texts: &Texts, view: &View, post: Option<&str>) -> Built {
    let (card, data, summary) = data::build(texts, Markup::Mrkdwn, view);
    let data = if let Value::Object(data) = data { data } else { Map::new() };
    let mut said = Said { texts, data };
    said.words(&[&format!("card-{card}-"), &format!("slack-{card}-")]);
    let stamp = match view {
        View::Confirm(view) => {
            said.choices(view);
            Some(view.stamp)
        }
        View::Approval(view) => {
            let (at, shown) = (view.expires_at.as_second(), shown_time(view.expires_at));
            let date = mrkdwn::live(&format!("!date^{at}^{{date_short_pretty}} {{time}}|{shown}"));
            said.set("expires_at", mrkdwn::mrkdwn(&date));
            Some(view.stamp)
        }
        View::Guided(view) => {
            if view.by_hand.is_none() || view.closed.is_some() {
                said.set("by_hand_items", json!([]));
            }
            said.operators(&view.others);
            Some(view.stamp)
        }
        View::Progress(view) => {
            said.tasks(&view.steps.iter().map(|step| step.mark).collect::<Vec<_>>());
            Some(view.stamp)
        }
        View::Failure(view) => {
            said.operators(if view.closed.is_none() { &view.others } else { &[] });
            Some(view.stamp)
        }
        View::Why(view) => {
            said.inquiry();
            said.set("button", json!({ "subject": view.subject }).to_string());
            None
        }
        View::Number(_) => {
            said.inquiry();
            None
        }
        View::Done(_) | View::Problems(_) | View::Requests(_) | View::Help(_) | View::Greeting => None,
    };
    if let Some(stamp) = stamp {
        said.button(stamp, post);
    }
    said.portions();
    (card, Value::Object(said.data), summary)
}

/// The form in which the requester chooses.
pub(super) fn confirm_form(texts: &Texts, view: &Confirm) -> Value {
    let (_, data, _) = data::build(texts, Markup::Mrkdwn, &View::Confirm(view.clone()));
    let data = if let Value::Object(data) = data { data } else { Map::new() };
    let mut said = Said { texts, data };
    said.words(&["card-confirm-", "slack-confirm-", "form-confirm-"]);
    said.choices(view);
    said.portions();
    said.metadata(view.stamp.request, Some(view.stamp.version));
    Value::Object(said.data)
}

/// The form that asks why not.
pub(super) fn reason_form(texts: &Texts, request: RequestId, seen: Option<u64>) -> Value {
    let mut said = Said::new(texts, &["card-approval-", "form-reason-"]);
    said.set("title", texts.say(&Sentence::new("form-reason-title").with("request", request)));
    said.set("version", seen.unwrap_or_default());
    said.metadata(request, seen);
    Value::Object(said.data)
}

/// The form that asks whom to give a line.
pub(super) fn onboard_form(texts: &Texts, subject: Option<&str>) -> Value {
    let mut said = Said::new(texts, &["form-onboard-"]);
    if let Some(subject) = subject.map(one_line).filter(|subject| !subject.is_empty()) {
        said.set("subject", subject);
    }
    Value::Object(said.data)
}

/// A form that only says something.
pub(super) fn note_form(texts: &Texts, sentences: &[Sentence]) -> Value {
    let mut said = Said::new(texts, &["form-note-"]);
    let (shown, more) = sentences.split_at(sentences.len().min(2 * MOST_ENTRIES));
    let shown = shown.iter().map(|sentence| Markup::Mrkdwn.say(texts, sentence)).collect::<Vec<_>>();
    said.set("sentences", shown);
    said.more("more", more.len());
    Value::Object(said.data)
}

/// Somebody's own page.
pub(super) fn home(texts: &Texts, home: &Home) -> Value {
    let mut said = Said::new(texts, &["slack-home-"]);
    if let Some(refusal) = &home.refusal {
        said.set("refusal", Markup::Mrkdwn.say(texts, refusal));
    }
    let read_at = Sentence::new("slack-page-read-at").with("time", shown_time(home.read_at));
    said.set("read_at", Markup::Mrkdwn.heading(texts, &read_at));
    said.set("button", json!({ "page": "home" }).to_string());
    for (name, rows) in [("mine", &home.mine), ("waiting", &home.waiting)] {
        let (shown, more) = rows.split_at(rows.len().min(MOST_ENTRIES));
        said.set(name, shown.iter().map(|row| said.row(row)).collect::<Vec<_>>());
        said.more(&format!("{name}_more"), more.len());
    }
    let line = |line: &crate::view::SystemLine| {
        let sign = if line.works { "✔" } else { "⚠" };
        let (name, state) = (mrkdwn::literal(&line.name), Markup::Mrkdwn.say(texts, &line.state));
        Value::from(format!("{sign} *{name}*: {state}"))
    };
    let systems: Vec<Value> = home.systems.iter().map(line).collect();
    if !systems.is_empty() {
        said.set("systems", said.joined(&systems, |_, system| system.to_owned()));
    }
    Value::Object(said.data)
}

impl<'a> Said<'a> {
    fn new(texts: &'a Texts, prefixes: &[&str]) -> Self {
        let mut said = Self { texts, data: Map::new() };
        said.words(prefixes);
        said
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.data.insert(name.to_owned(), value.into());
    }

    /// What a card always says: `text.<name>` as mrkdwn, `label.<name>` as plain text.
    fn words(&mut self, prefixes: &[&str]) {
        let names = prefixes.iter().flat_map(|prefix| {
            self.texts.ids().filter_map(move |id| Some((id, id.strip_prefix(prefix)?.replace('-', "_"))))
        });
        let (mut text, mut label) = (Map::new(), Map::new());
        for (id, name) in names {
            // Titles with arguments are said by whoever knows those.
            let Ok(plain) = self.texts.try_say(&Sentence::new(id)) else { continue };
            text.insert(name.clone(), mrkdwn::mrkdwn(&plain).into());
            label.insert(name, mrkdwn::plain(&plain).into());
        }
        self.set("text", text);
        self.set("label", label);
    }

    /// What every button of the card sends back; it grants nothing.
    fn button(&mut self, stamp: Stamp, post: Option<&str>) {
        let mut value = json!({ "request": stamp.request.to_string(), "version": stamp.version });
        if let Some(post) = post {
            value["post"] = post.into();
        }
        self.set("button", value.to_string());
    }

    /// What a form sends back.
    fn metadata(&mut self, request: RequestId, version: Option<u64>) {
        let mut value = json!({ "request": request.to_string() });
        if let Some(version) = version {
            value["version"] = version.into();
        }
        self.set("metadata", value.to_string());
    }

    /// Lists of sentences become one text, pairs become sections, and long lists end.
    fn portions(&mut self) {
        for name in ["notices", "warnings", "done", "not_done"] {
            if let Some(Value::Array(sentences)) = self.data.get(name) {
                let joined = self.joined(sentences, |_, sentence| format!("• {sentence}"));
                self.replace(name, joined);
            }
        }
        for name in ["instructions", "by_hand_instructions"] {
            let Some(Value::Array(instructions)) = self.data.get(name) else { continue };
            let told: Vec<Value> = instructions.iter().map(|instruction| instruction["text"].clone()).collect();
            let joined = self.joined(&told, |number, said| format!("*{number}.* {said}"));
            self.replace(name, joined);
        }
        for name in ["items", "by_hand_items", "evidence", "reports"] {
            if let Some(Value::Array(pairs)) = self.data.get(name) {
                let sections: Vec<_> = pairs.chunks(FIELDS).map(|pairs| json!({ "fields": pairs })).collect();
                self.set(name, sections);
            }
        }
        for name in ["problems", "rows", "lines"] {
            let Some(Value::Array(entries)) = self.data.get_mut(name) else { continue };
            let more = entries.len().saturating_sub(MOST_ENTRIES);
            entries.truncate(MOST_ENTRIES);
            self.more(&format!("{name}_more"), more);
        }
    }

    /// What is told of a condition, or of a place that has a number, becomes one text; what is met, one list.
    fn inquiry(&mut self) {
        for (name, most) in FINDINGS {
            let Some(Value::Array(found)) = self.data.get_mut(name) else { continue };
            let more = found.len().saturating_sub(most);
            found.truncate(most);
            found.iter_mut().for_each(|finding| finding["told"] = told(finding).into());
            self.more(&format!("{name}_more"), more);
        }
        if let Some(Value::Array(met)) = self.data.get("met") {
            let line = |met: &Value| Value::from(format!("*{}*: {}", said(met, "title"), said(met, "value")));
            let lines: Vec<Value> = met.iter().map(line).collect();
            let joined = self.joined(&lines, |_, line| line.to_owned());
            self.replace("met", joined);
        }
        let Some(Value::Array(mut customers)) = self.data.remove("customers") else { return };
        let more = customers.len().saturating_sub(MOST_ENTRIES);
        customers.truncate(MOST_ENTRIES);
        for customer in &mut customers {
            let holder = |holder: &Value| {
                let place = format!("{}  *{}*", said(holder, "sign"), said(holder, "place"));
                Value::from(format!("{place}\n{}", told(holder)))
            };
            let lines: Vec<Value> = customer["holders"].as_array().into_iter().flatten().map(holder).collect();
            let name = customer["customer"].as_str().map(|name| format!("{name}: ")).unwrap_or_default();
            customer["heading"] = format!("{name}{}", said(customer, "verdict")).into();
            customer["told"] = self.joined(&lines, |_, line| line.to_owned()).into();
        }
        self.set("customers", customers);
        self.more("customers_more", more);
    }

    /// An empty text is no part of the card.
    fn replace(&mut self, name: &str, text: String) {
        if text.is_empty() {
            self.data.remove(name);
        } else {
            self.set(name, text);
        }
    }

    fn more(&mut self, name: &str, more: usize) {
        if more > 0 {
            self.set(name, self.and_more(more));
        }
    }

    fn and_more(&self, more: usize) -> String {
        Markup::Mrkdwn.say(self.texts, &Sentence::new("slack-and-more").with("count", more))
    }

    /// One line each, as many as a section takes.
    fn joined(&self, told: &[Value], line: impl Fn(usize, &str) -> String) -> String {
        let mut joined = String::new();
        for (index, said) in told.iter().filter_map(Value::as_str).enumerate() {
            let line = line(index + 1, &cut(said, LONGEST_LIST / 2, true));
            if length(&joined) + length(&line) > LONGEST_LIST {
                return format!("{joined}\n{}", self.and_more(told.len() - index));
            }
            if !joined.is_empty() {
                joined.push('\n');
            }
            joined.push_str(&line);
        }
        joined
    }

    fn row(&self, row: &Row) -> Value {
        let heading = Sentence::new("row-heading").with("request", row.request).with("subject", &row.subject);
        let heading = row.work.says(heading);
        let since = Sentence::new("row-asked").with("since", shown_time(row.since)).with("requester", &row.requester);
        let say = |sentence| Markup::Mrkdwn.say(self.texts, sentence);
        json!({
            "heading": say(&heading), "line": mrkdwn::literal(&row.line),
            "state": say(&row.state), "asked": say(&since),
        })
    }

    fn tasks(&mut self, marks: &[StepMark]) {
        let Some(Value::Array(steps)) = self.data.get_mut("steps") else { return };
        for (number, (step, mark)) in steps.iter_mut().zip(marks).enumerate() {
            let status = match mark {
                StepMark::Open => "pending",
                StepMark::Running | StepMark::Waiting => "in_progress",
                StepMark::Done => "complete",
                StepMark::Failed => "error",
            };
            step["status"] = status.into();
            step["id"] = format!("step-{}", number + 1).into();
        }
    }

    /// To whom something can be handed over.
    fn operators(&mut self, others: &[Choice]) {
        let options = others.iter().map(|choice| self.option(choice)).collect();
        self.data.remove("others");
        self.set("operators", offer(options));
    }

    /// What can be chosen, and what is chosen already.
    fn choices(&mut self, view: &Confirm) {
        let mut unoffered = Vec::new();
        for (name, list, preset, choices) in [
            ("location", "locations", view.location.as_ref(), &view.locations),
            ("route", "routes", view.route.as_ref(), &view.routes),
            ("plan", "plans", view.plan.as_ref(), &view.plans),
            ("number", "numbers", view.number.as_ref(), &view.numbers),
            ("emergency_address", "emergency_addresses", None, &view.emergency_addresses),
            ("microsoft", "microsofts", view.microsoft.first().map(|choice| &choice.value), &view.microsoft),
        ] {
            let fits = |choice: &&Choice| (1..=LONGEST_OPTION_VALUE).contains(&length(&choice.value));
            let (offered, too_long): (Vec<_>, Vec<_>) = choices.iter().partition(fits);
            unoffered.extend(too_long.into_iter().map(|choice| cut(&choice.value, 40, false)));
            let options: Vec<Value> = offered.into_iter().map(|choice| self.option(choice)).collect();
            self.data.remove(name);
            if let Some(chosen) = options.iter().find(|option| preset.is_some_and(|preset| option["value"] == **preset))
            {
                self.set(name, chosen.clone());
            }
            self.set(list, offer(options));
        }
        let voicemails = ["pbx", "teams"].map(|value| {
            let text = self.texts.say(&Sentence::new(&format!("voicemail-{value}")));
            let means = self.texts.say(&Sentence::new(&format!("slack-voicemail-{value}")));
            let mut option = option(&text, value);
            option["description"] = plain_text(&means);
            option
        });
        self.data.remove("voicemail");
        if let Some(chosen) = voicemails.iter().find(|option| option["value"] == view.voicemail) {
            self.set("voicemail", chosen.clone());
        }
        if !view.voicemail.is_empty() {
            self.set("voicemails", voicemails.to_vec());
        }
        self.set("inputs", view.closed.is_none());
        if !unoffered.is_empty()
            && let Some(Value::Array(warnings)) = self.data.get_mut("warnings")
        {
            let said = Sentence::new("slack-names-too-long").with("names", unoffered.join(", "));
            warnings.push(Markup::Mrkdwn.say(self.texts, &said).into());
        }
    }

    /// What does not fit into the first line goes on in the second.
    fn option(&self, choice: &Choice) -> Value {
        let title = match &choice.title {
            Shown::Text(text) => one_line(text),
            Shown::Said(sentence) => self.texts.say(sentence),
            Shown::Time(at) => shown_time(*at),
        };
        let mut option = option(&title, &choice.value);
        if length(&title) > LONGEST_OPTION {
            let begun = cut(&title, LONGEST_OPTION, false);
            let rest = title.strip_prefix(begun.trim_end_matches('…')).unwrap_or_default();
            option["description"] = plain_text(&cut(rest.trim_start(), LONGEST_OPTION, false));
        }
        option
    }
}

fn said<'v>(of: &'v Value, name: &str) -> &'v str {
    of[name].as_str().unwrap_or_default()
}

/// What was found, since when, what to do and who can: a line each.
fn told(finding: &Value) -> String {
    let line = |name: &str| finding[name].as_str();
    let lines = [
        line("found").map(str::to_owned),
        line("since").map(|since| format!("_{since}_")),
        line("fix").map(|fix| format!("→ {fix}")),
        line("who").map(|who| format!("_{who}_")),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// A plain text in which nothing becomes a picture.
fn plain_text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": cut(text, LONGEST_OPTION, false), "emoji": false })
}

fn option(title: &str, value: &str) -> Value {
    json!({ "text": plain_text(title), "value": value })
}

/// More than a select takes are offered in groups.
fn offer(options: Vec<Value>) -> Value {
    if options.len() <= MOST_OPTIONS {
        return json!({ "count": options.len(), "options": options });
    }
    let group = |(number, options): (usize, &[Value])| {
        let first = number * MOST_OPTIONS + 1;
        json!({ "label": plain_text(&format!("{first} – {}", first + options.len() - 1)), "options": options })
    };
    let groups: Vec<_> = options.chunks(MOST_OPTIONS).enumerate().map(group).collect();
    json!({ "count": options.len(), "groups": groups })
}
