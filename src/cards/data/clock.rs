//! What a step waits by, as one line.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::Sentence;
use crate::view::{Clock, shown_time};

/// Last look, next look, how long it usually takes, when it is late; with `began`, when it began as well.
pub(super) fn line(clock: &Clock, began: bool, say: impl Fn(&Sentence) -> String) -> String {
    let mut said = Vec::new();
    let at = |id: &str, shown: String| Sentence::new(id).with("at", shown);
    if began {
        said.push(at("clock-started", shown_time(clock.started)));
    }
    let mut before = clock.started;
    if let Some(checked) = clock.checked {
        said.push(at("clock-checked", shown_after(checked, before)));
        before = checked;
    }
    match clock.next {
        Some(_) if clock.checked.is_some() && clock.looks_often() => said.push(Sentence::new("clock-often")),
        Some(next) => said.push(at("clock-next", shown_after(next, before))),
        None => {}
    }
    said.extend(clock.usual.clone());
    if let Some(late) = clock.late_at {
        said.push(at("clock-late", shown_after(late, before)));
    }
    said.iter().map(say).collect::<Vec<_>>().join(" · ")
}

/// A time, without the date where that is the one of a time which stands before it.
fn shown_after(at: Timestamp, before: Timestamp) -> String {
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if date(at) == date(before) { at.strftime("%H:%M UTC").to_string() } else { shown_time(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn said(clock: &Clock, began: bool) -> String {
        line(clock, began, |s| {
            let shown: Vec<_> = s.args.values().cloned().collect();
            format!("{} {}", s.id, shown.join(" ")).trim().to_owned()
        })
    }

    #[test]
    fn a_date_is_shown_where_it_changes_and_fast_looks_are_not_told_one_by_one() {
        let started = at("2026-11-22T23:50:00Z");
        let bare = Clock { started, checked: None, next: None, usual: None, late_at: None };
        assert_eq!(said(&bare, false), "");
        assert_eq!(said(&bare, true), "clock-started 22 Nov 2026, 23:50 UTC");
        let (checked, next) = (at("2026-11-22T23:55:00Z"), at("2026-11-22T23:55:59Z"));
        let fast = Clock { checked: Some(checked), next: Some(next), ..bare.clone() };
        assert_eq!(said(&fast, false), "clock-checked 23:55 UTC · clock-often");
        let usual = Some(Sentence::new("clock-usual-documented").with("most", "4 h"));
        let slow = Clock { next: Some(at("2026-11-23T00:55:00Z")), usual, late_at: Some(next), ..fast };
        let expected = "clock-checked 23:55 UTC · clock-next 23 Nov 2026, 00:55 UTC · clock-usual-documented 4 h · \
            clock-late 23:55 UTC";
        assert_eq!(said(&slow, false), expected);
        // Nothing was found yet, but it is tried again.
        assert_eq!(said(&Clock { next: Some(next), ..bare }, false), "clock-next 23:55 UTC");
    }
}
