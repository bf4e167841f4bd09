//! Rows of the version before there were several carriers: requests on their way go on, approvals still hold, and what
//! is written again can be read by a replica of that version.

use serde_json::Value;

use super::*;

const CONFIRMING: &str = include_str!("stored/confirming.json");
const HALF: &str = include_str!("stored/half.json");
const RUNNING: &str = include_str!("stored/running.json");
const STEPS: &str = include_str!("stored/steps.json");

/// The digest that Paul approved, as that version computed it.
const DIGEST: &str = "2aed961caab5d10bc631df68c94a3ae7ef638abc7b940404651d1e256285bd25";

fn stored(text: &str) -> Story {
    let request: Request = serde_json::from_str(text).unwrap();
    let (old, new): (Value, Value) = (serde_json::from_str(text).unwrap(), serde_json::to_value(&request).unwrap());
    assert_eq!(new, old, "it is written as it was");
    Story { request, ..Story::new() }
}

#[test]
fn an_approval_given_before_the_update_still_holds() {
    let mut story = stored(HALF);
    assert_eq!(story.request.digest().unwrap().to_string(), DIGEST);
    assert_eq!(story.request.approvals[0].digest.to_string(), DIGEST);
    story.policy.required = 2;
    story.does("petra", Action::Approve(None));
    assert_eq!(story.state(), StateName::Running);
    assert_eq!(story.request.steps.len(), 7);
}

#[test]
fn what_was_confirmed_before_the_update_is_sent_after_it() {
    let mut story = stored(CONFIRMING);
    story.does("rita", Action::Submit(inputs(&[])));
    assert_eq!(story.request.digest().unwrap().to_string(), DIGEST);
}

#[test]
fn a_step_that_waited_before_the_update_goes_on_after_it() {
    let mut story = stored(RUNNING);
    story.request.steps = serde_json::from_str(STEPS).unwrap();
    let again: Value = serde_json::to_value(&story.request.steps).unwrap();
    assert_eq!(again, serde_json::from_str::<Value>(STEPS).unwrap());
    story.does("otto", Action::GuidedDone(None));
    let task: Task = serde_json::from_str(r#"{"step":"sync"}"#).unwrap();
    assert_eq!(story.effects.last(), Some(&Effect::Do(task, story.now)));
    for _ in 0..3 {
        story.ends(done());
    }
    assert_eq!(story.state(), StateName::Done);
}
