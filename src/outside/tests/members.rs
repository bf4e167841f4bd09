//! Putting somebody into a group.

use serde_json::{Value, json as value};

use super::fault;
use super::graph::set;
use super::stage::{json, text};
use crate::outside::Fault;

const MEMBERS: &str = "POST /graph/v1.0/groups/g-1/members/$ref";

fn refused(message: &str) -> Value {
    value!({"error": {"code": "Request_BadRequest", "message": message, "innerError": {}}})
}

#[tokio::test]
async fn somebody_is_put_into_a_group_by_reference() {
    let (stage, graph) = set().await;
    stage.expect(MEMBERS, text(204, ""));
    assert_eq!(graph.add_member("g-1", "a-1").await, Ok(()));
    let member = format!("{}/graph/v1.0/directoryObjects/a-1", stage.url);
    assert_eq!(stage.calls()[1].json(), value!({ "@odata.id": member }));
}

#[tokio::test]
async fn a_refusal_does_not_tell_whether_somebody_is_in_the_group() {
    let (stage, graph) = set().await;
    let there = "One or more added object references already exist for the following modified properties: 'members'.";
    let coded = |code: &str| Some(code.to_owned());
    for (reply, told) in [
        (json(400, refused(there)), Fault::Refused { status: 400, code: coded("Request_BadRequest") }),
        (json(403, refused("no")), Fault::Forbidden { code: coded("Request_BadRequest") }),
        (json(404, refused("Resource 'a-1' does not exist")), Fault::NotFound),
        (text(200, "<html>Sign in</html>"), Fault::Garbled),
    ] {
        stage.expect(MEMBERS, reply);
        assert_eq!(fault(graph.add_member("g-1", "a-1").await), told);
    }
}

#[tokio::test]
async fn an_id_never_becomes_a_path() {
    let (stage, graph) = set().await;
    stage.expect("POST /graph/v1.0/groups/g%2F..%2Fx/members/$ref", text(204, ""));
    assert_eq!(graph.add_member("g/../x", "a?b").await, Ok(()));
    let member = format!("{}/graph/v1.0/directoryObjects/a%3Fb", stage.url);
    assert_eq!(stage.calls()[1].json()["@odata.id"], member);
    for (group, user) in [("..", "a-1"), ("g-1", ""), ("", "a-1")] {
        assert_eq!(fault(graph.add_member(group, user).await), Fault::NotFound);
    }
}
