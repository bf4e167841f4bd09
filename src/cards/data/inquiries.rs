//! The answers to `why` and `number` as the objects that their templates are filled with.

use serde_json::{Map, Value, json};

use super::{Builder, Built, one_line, time};
use crate::domain::{Fixer, Mend, Sentence};
use crate::view::{Finding, Holder, Holders, Holding, Inquiry, NumberCard, Verdict};

impl Builder<'_> {
    pub(super) fn why(mut self, view: &Inquiry) -> Built {
        let of = |verdict| view.findings.iter().filter(move |finding| finding.verdict == verdict);
        let count = |verdict| of(verdict).count();
        let broken = count(Verdict::Broken);
        self.set("title", self.heading(&Sentence::new("title-why").with("subject", &view.subject_name)));
        self.set("subject", self.markup.literal(&view.subject));
        self.set("counted", self.say(&Sentence::new("why-count").with("count", broken)));
        let findings = |verdict| of(verdict).map(|finding| self.finding(finding)).collect::<Vec<_>>();
        let (not_met, notices) = (findings(Verdict::Broken), findings(Verdict::Notice));
        let unknown = self.by_reason(of(Verdict::Unknown));
        let met: Vec<Value> = of(Verdict::Met).map(|finding| self.met(finding)).collect();
        self.set("not_met", not_met);
        self.set("worth_knowing", notices);
        self.set("unknown", unknown);
        self.set("met", met);
        for mend in Mend::ALL {
            self.set(mend.verb(), view.mends.contains(&mend));
        }
        let by_hand = if view.mends.is_empty() { "why-by-hand" } else { "why-by-hand-or-button" };
        self.set("by_hand", self.say(&Sentence::new(by_hand)));
        self.set("upn", view.subject.as_str());
        self.set("read_at", self.say(&Sentence::new("inquiry-read-at").with("time", time(view.read_at))));
        let summary = Sentence::new("summary-why").with("count", broken);
        self.finish(summary.with("subject", one_line(&view.subject_name)), None)
    }

    fn finding(&self, finding: &Finding) -> Value {
        let mut line = Map::new();
        line.insert("name".to_owned(), self.say(&finding.condition).into());
        line.insert("found".to_owned(), self.say(&finding.found).into());
        if let Some(since) = finding.since {
            let since = Sentence::new("inquiry-since").with("time", time(since));
            line.insert("since".to_owned(), self.say(&since).into());
        }
        self.mend(&mut line, (finding.fix.as_ref(), finding.who));
        line.into()
    }

    /// What nobody told for the same reason stands together.
    fn by_reason<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> Vec<Value> {
        let mut groups: Vec<(&Finding, Vec<String>)> = Vec::new();
        for finding in findings {
            let name = self.say(&finding.condition);
            match groups.iter_mut().find(|(first, _)| first.found == finding.found) {
                Some((_, names)) => names.push(name),
                None => groups.push((finding, vec![name])),
            }
        }
        let group = |(first, names): (&Finding, Vec<String>)| {
            let mut group = self.finding(first);
            group["name"] = names.join(", ").into();
            group
        };
        groups.into_iter().map(group).collect()
    }

    fn met(&self, finding: &Finding) -> Value {
        let mut value = self.say(&finding.found);
        if let Some(since) = finding.since {
            value = format!("{value}, {}", self.say(&Sentence::new("card-since").with("time", time(since))));
        }
        json!({ "title": self.say(&finding.condition), "value": value })
    }

    fn mend(&self, line: &mut Map<String, Value>, (fix, who): (Option<&Sentence>, Option<Fixer>)) {
        if let Some(fix) = fix {
            line.insert("fix".to_owned(), self.say(fix).into());
        }
        if let Some(who) = who {
            let who = self.texts.say(&who.sentence());
            line.insert("who".to_owned(), self.say(&Sentence::new("problem-who").with("who", who)).into());
        }
    }

    pub(super) fn number(mut self, view: &NumberCard) -> Built {
        self.set("title", self.heading(&Sentence::new("title-number").with("number", &view.number)));
        let several = view.customers.len() > 1;
        let customers = view.customers.iter().map(|of| self.holders(of, several)).collect::<Vec<_>>();
        self.set("customers", customers);
        self.set("read_at", self.say(&Sentence::new("inquiry-read-at").with("time", time(view.read_at))));
        let summary = match view.customers.as_slice() {
            [only] => Sentence::new("summary-number-verdict").with("verdict", self.texts.say(&only.verdict)),
            _ => Sentence::new("summary-number"),
        };
        self.finish(summary.with("number", &view.number), None)
    }

    /// One customer; its name is told where there are several.
    fn holders(&self, of: &Holders, named: bool) -> Value {
        let holders = of.holders.iter().map(|holder| self.holder(holder)).collect::<Vec<_>>();
        let mut line = json!({ "verdict": self.say(&of.verdict), "holders": holders });
        if named {
            line["customer"] = self.markup.literal(&of.customer).into();
        }
        line
    }

    fn holder(&self, holder: &Holder) -> Value {
        let (sign, color) = match holder.holding {
            Holding::Held => ("●", "Accent"),
            Holding::Known | Holding::Free => ("○", "Default"),
            Holding::Unknown => ("?", "Warning"),
        };
        let mut line = Map::new();
        for (name, value) in [("sign", sign.to_owned()), ("color", color.to_owned())] {
            line.insert(name.to_owned(), value.into());
        }
        line.insert("place".to_owned(), self.say(&holder.place).into());
        line.insert("found".to_owned(), self.say(&holder.found).into());
        if let Some(since) = holder.since {
            let since = Sentence::new("inquiry-since").with("time", time(since));
            line.insert("since".to_owned(), self.say(&since).into());
        }
        self.mend(&mut line, (holder.fix.as_ref(), holder.who));
        line.into()
    }
}
