//! How long a step usually takes.

use super::*;

fn took(seconds: impl IntoIterator<Item = i64>) -> Vec<SignedDuration> {
    seconds.into_iter().map(SignedDuration::from_secs).collect()
}

fn learned(seconds: impl IntoIterator<Item = i64>) -> Option<(i64, i64, u32)> {
    let usual = Usual::learned(took(seconds))?;
    assert_eq!(usual.first, None);
    Some((usual.p50.unwrap().as_secs(), usual.p95.as_secs(), usual.cases))
}

#[test]
fn nineteen_cases_tell_nothing_and_twenty_do() {
    assert_eq!(learned([]), None);
    assert_eq!(learned(1..=19), None);
    // Nearest rank: the tenth and the nineteenth of twenty.
    assert_eq!(learned(1..=20), Some((10, 19, 20)));
    assert_eq!(learned((1..=20).rev()), Some((10, 19, 20)), "in any order");
    assert_eq!(learned(1..=21), Some((11, 20, 21)));
    assert_eq!(learned(1..=200), Some((100, 190, 200)));
    assert_eq!(learned([7; 20]), Some((7, 7, 20)));
    // One that hung for a day changes nothing.
    assert_eq!(learned(std::iter::repeat_n(4, 19).chain([86_400])), Some((4, 4, 20)));
}

#[test]
fn what_is_documented_is_said_as_such_and_what_was_learned_with_its_cases() {
    let documented = Usual::documented(SignedDuration::from_hours(24)).says();
    assert_eq!((documented.id.as_str(), documented.args["most"].as_str()), ("clock-usual-documented", "24 h"));
    let learned = Usual::learned(took((1..=40).map(|n| n * 30))).unwrap().says();
    assert_eq!(learned.id, "clock-usual-learned");
    assert_eq!(["half", "most", "cases"].map(|name| learned.args[name].as_str()), ["10 min", "19 min", "40"]);
}

#[test]
fn late_is_what_was_learned_else_what_the_course_says_else_what_is_documented() {
    let hours = SignedDuration::from_hours;
    let bare = Course::automatic(crate::domain::Fixer::PbxAdmin);
    let late = Course { late: Some(Late { after: hours(2), say: "say-late" }), ..bare };
    let documented = Course { usual: Some(Usual::documented(hours(24))), ..bare };
    assert_eq!(bare.late_after(None), None);
    assert_eq!(documented.late_after(documented.usual.as_ref()), Some(hours(24)));
    assert_eq!(Course { usual: documented.usual, ..late }.late_after(documented.usual.as_ref()), Some(hours(2)));
    for (p95, after) in [(5, 60), (61, 61), (90_000, 90_000)] {
        let usual = Usual::learned(took([p95; 20])).unwrap();
        for course in [bare, late, documented] {
            assert_eq!(course.late_after(Some(&usual)), Some(SignedDuration::from_secs(after)));
        }
    }
}

#[test]
fn it_is_stored_without_what_nobody_knows() {
    for usual in [Usual::documented(SignedDuration::from_hours(4)), Usual::learned(took(1..=20)).unwrap()] {
        let text = serde_json::to_string(&usual).unwrap();
        assert!(!text.contains("null"), "{text}");
        assert_eq!(serde_json::from_str::<Usual>(&text).unwrap(), usual);
    }
}
