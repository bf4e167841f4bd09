//! What every client inherits: statuses, bodies, patience, encoding.

use jiff::SignedDuration;
use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Value, json as value};
use tokio::net::TcpListener;

use super::stage::{Reply, Stage, json, text};
use super::{fault, impatience, noon, patience, shared};
use crate::clock::Clock;
use crate::outside::http::{Endpoint, Patience, encoded, retry_after};
use crate::outside::{Fault, OutsideError, SetupError, System};

fn endpoint_of(url: &str, patience: Patience) -> Endpoint {
    Endpoint::new(System::Graph, url, shared(&noon()), patience).unwrap()
}

async fn read(endpoint: &Endpoint) -> Result<Value, OutsideError> {
    let url = endpoint.at(&["thing"]).unwrap();
    endpoint.read(|| endpoint.request(Method::GET, url.clone())).await?.json()
}

async fn write(endpoint: &Endpoint) -> Result<Value, OutsideError> {
    let url = endpoint.at(&["thing"]).unwrap();
    endpoint.write(endpoint.request(Method::POST, url)).await?.json()
}

fn coded(code: &str) -> Option<String> {
    Some(code.to_owned())
}

#[tokio::test]
async fn every_status_asks_for_its_own_reaction() {
    let graph = value!({"error": {"code": "Some_Code", "message": "alice's secret"}});
    let busy = || Fault::Busy { retry_after: None };
    for (status, reaction) in [
        (301, Fault::Refused { status: 301, code: coded("Some_Code") }),
        (400, Fault::Refused { status: 400, code: coded("Some_Code") }),
        (401, Fault::Unauthorized { code: coded("Some_Code") }),
        (403, Fault::Forbidden { code: coded("Some_Code") }),
        (404, Fault::NotFound),
        (405, Fault::Refused { status: 405, code: coded("Some_Code") }),
        (408, Fault::Failed { status: 408 }),
        (409, Fault::Conflict),
        (412, Fault::Conflict),
        (420, busy()),
        (422, Fault::Refused { status: 422, code: coded("Some_Code") }),
        (429, busy()),
        (500, Fault::Failed { status: 500 }),
        (502, Fault::Failed { status: 502 }),
        (503, busy()),
        (504, Fault::Failed { status: 504 }),
    ] {
        let stage = Stage::open().await;
        stage.expect("POST /thing", json(status, graph.clone()));
        let error = write(&endpoint_of(&stage.url, patience())).await.unwrap_err();
        assert_eq!(error.fault, reaction, "{status}");
        let said = format!("{error} {error:?} {:?}", error.sentence());
        assert!(!said.contains("secret") && !said.contains("127.0.0.1"), "{said}");
    }
}

#[tokio::test]
async fn a_code_is_taken_from_each_vendors_shape_and_prose_is_not() {
    for (body, code) in [
        (r#"{"error":{"code":"Request_BadRequest"}}"#, coded("Request_BadRequest")),
        (r#"{"error":"invalid_grant","error_description":"alice"}"#, coded("invalid_grant")),
        (r#"{"code":400,"message":"alice"}"#, coded("400")),
        (r#"{"timestamp":1,"status":400,"error":"Bad Request","path":"/x"}"#, None),
        (r#"{"error":{"code":""}}"#, None),
        ("<html>no</html>", None),
        ("", None),
    ] {
        let stage = Stage::open().await;
        stage.expect("POST /thing", text(400, body));
        let reaction = fault(write(&endpoint_of(&stage.url, patience())).await);
        assert_eq!(reaction, Fault::Refused { status: 400, code }, "{body}");
    }
}

#[tokio::test]
async fn a_read_is_tried_three_times_and_a_write_once() {
    for status in [429, 420, 500, 502, 503] {
        let stage = Stage::open().await;
        for _ in 0..2 {
            stage.expect("GET /thing", text(status, "later"));
        }
        stage.expect("GET /thing", json(200, value!({"id": 1})));
        assert_eq!(read(&endpoint_of(&stage.url, patience())).await, Ok(value!({"id": 1})), "{status}");
    }
    let stage = Stage::open().await;
    for _ in 0..3 {
        stage.expect("GET /thing", text(500, "no"));
    }
    assert_eq!(fault(read(&endpoint_of(&stage.url, patience())).await), Fault::Failed { status: 500 });
    stage.expect("POST /thing", text(500, "no"));
    assert_eq!(fault(write(&endpoint_of(&stage.url, patience())).await), Fault::Failed { status: 500 });
}

#[tokio::test]
async fn what_a_retry_does_not_mend_is_not_retried() {
    for status in [302, 400, 401, 403, 404, 409] {
        let stage = Stage::open().await;
        stage.expect("GET /thing", text(status, "no"));
        assert!(read(&endpoint_of(&stage.url, patience())).await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn a_long_wait_is_handed_to_the_caller() {
    let at_noon_and_a_half = "Sun, 22 Nov 2026 12:00:30 GMT";
    for (told, wait) in [("30", 30), (at_noon_and_a_half, 30), ("4294967295", 86_400)] {
        for status in [429, 503] {
            let stage = Stage::open().await;
            stage.expect("GET /thing", text(status, "").header("retry-after", told));
            let error = read(&endpoint_of(&stage.url, patience())).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(SignedDuration::from_secs(wait)), "{told}");
            assert!(error.is_transient());
        }
    }
}

#[test]
fn retry_after_is_seconds_or_a_date_and_anything_else_is_not_said() {
    for (told, wait) in [
        ("0", Some(0)),
        ("007", Some(7)),
        (" 90 ", Some(90)),
        ("86400", Some(86_400)),
        ("86401", Some(86_400)),
        ("99999999999999999999999999", Some(86_400)),
        ("Sun, 22 Nov 2026 12:01:30 GMT", Some(90)),
        ("Sun, 22 Nov 2026 13:00:00 +0100", Some(0)),
        ("Sun, 22 Nov 2026 12:00:00 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Tue, 31 Dec 2999 23:59:59 GMT", Some(86_400)),
        ("-1", None),
        ("+5", None),
        ("1.5", None),
        ("1e3", None),
        ("", None),
        ("soon", None),
        ("Sun Nov 22 12:01:30 2026", None),
        ("Sun, 99 Nov 2026 12:01:30 GMT", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, told.parse().unwrap());
        let found = retry_after(&headers, noon().now());
        assert_eq!(found, wait.map(SignedDuration::from_secs), "{told:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), noon().now()), None);
}

#[tokio::test]
async fn a_short_wait_is_waited_here() {
    let stage = Stage::open().await;
    stage.expect("GET /thing", text(429, "").header("retry-after", "0"));
    stage.expect("GET /thing", text(503, "").header("retry-after", "Sun, 22 Nov 2026 11:59:00 GMT"));
    stage.expect("GET /thing", json(200, value!([])));
    assert_eq!(read(&endpoint_of(&stage.url, patience())).await, Ok(value!([])));
}

#[tokio::test]
async fn a_success_that_is_not_json_is_garbled_whatever_it_calls_itself() {
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for body in ["<html>Sign in</html>", "", "{\"id\":", &large] {
        let stage = Stage::open().await;
        stage.expect("GET /thing", text(200, body).header("content-type", "application/json"));
        assert_eq!(fault(read(&endpoint_of(&stage.url, patience())).await), Fault::Garbled);
    }
    let stage = Stage::open().await;
    stage.expect("GET /thing", text(200, "{\"id\":7}").header("content-type", "text/html"));
    assert_eq!(read(&endpoint_of(&stage.url, patience())).await, Ok(value!({"id": 7})));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (stage, elsewhere) = (Stage::open().await, Stage::open().await);
    stage.expect("POST /thing", text(302, "").header("location", format!("{}/login", elsewhere.url)));
    let reaction = fault(write(&endpoint_of(&stage.url, patience())).await);
    assert_eq!(reaction, Fault::Refused { status: 302, code: None });
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test]
async fn silence_and_a_cut_line_leave_the_outcome_unknown() {
    let stage = Stage::open().await;
    stage.expect("POST /thing", Reply::Silence);
    assert_eq!(fault(write(&endpoint_of(&stage.url, impatience())).await), Fault::Unknown);
    stage.expect("POST /thing", Reply::Cut);
    assert_eq!(fault(write(&endpoint_of(&stage.url, patience())).await), Fault::Unknown);
    stage.expect("GET /thing", Reply::Silence).expect("GET /thing", Reply::Cut);
    stage.expect("GET /thing", json(200, value!("third time")));
    let patience = Patience { write: patience().write, ..impatience() };
    assert_eq!(read(&endpoint_of(&stage.url, patience)).await, Ok(value!("third time")));
}

#[tokio::test]
async fn nobody_at_the_door_means_surely_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(fault(write(&endpoint_of(&url, patience())).await), Fault::Unreachable);
    assert_eq!(fault(read(&endpoint_of(&url, patience())).await), Fault::Unreachable);
}

#[tokio::test]
async fn the_bot_says_who_it_is() {
    let stage = Stage::open().await;
    stage.expect("GET /thing", json(200, value!({})));
    read(&endpoint_of(&format!("{}/", stage.url), patience())).await.unwrap();
    let calls = stage.calls();
    assert_eq!(calls[0].header("user-agent"), concat!("onboard-bot/", env!("CARGO_PKG_VERSION")));
    assert_eq!(calls[0].header("cookie"), "");
}

#[test]
fn no_name_breaks_out_of_its_segment() {
    let endpoint = endpoint_of("https://graph.example/v1.0", patience());
    let url = endpoint.at(&["users", "alice@contoso.com/memberOf?$top=1#x%2e"]).unwrap();
    assert_eq!(url.as_str(), "https://graph.example/v1.0/users/alice%40contoso.com%2FmemberOf%3F%24top%3D1%23x%252e");
    for name in ["", ".", ".."] {
        assert_eq!(encoded(name), None);
        assert_eq!(fault(endpoint.at(&["users", name])), Fault::NotFound);
    }
}

#[test]
fn an_address_that_is_none_is_told_at_setup() {
    for url in ["", "graph", "mailto:alice@contoso.com"] {
        let built = Endpoint::new(System::Graph, url, shared(&noon()), patience());
        assert_eq!(built.map(drop), Err(SetupError::Url(System::Graph)), "{url}");
    }
}

#[test]
fn every_fault_has_its_own_sentence_and_says_whether_waiting_helps() {
    let code = || coded("C0");
    let faults = [
        (Fault::Refused { status: 400, code: code() }, "outside-refused", false),
        (Fault::Unauthorized { code: None }, "outside-unauthorized", false),
        (Fault::Credential { code: code() }, "outside-credential", false),
        (Fault::Forbidden { code: code() }, "outside-forbidden", false),
        (Fault::NotFound, "outside-not-found", false),
        (Fault::Conflict, "outside-conflict", false),
        (Fault::Busy { retry_after: None }, "outside-busy", true),
        (Fault::Failed { status: 500 }, "outside-failed", true),
        (Fault::Unreachable, "outside-unreachable", true),
        (Fault::Unknown, "outside-unknown", true),
        (Fault::Garbled, "outside-garbled", true),
    ];
    for (fault, id, transient) in faults {
        let error = OutsideError::new(System::Netsapiens, fault);
        let sentence = error.sentence();
        assert_eq!((sentence.id.as_str(), error.is_transient()), (id, transient));
        assert_eq!(sentence.args["system"], "NetSapiens");
    }
    let refused = OutsideError::new(System::Graph, Fault::Refused { status: 400, code: coded("C0") });
    assert_eq!(refused.to_string(), "Microsoft Graph refused the call with status 400 (C0)");
    assert_eq!((refused.sentence().args["status"].as_str(), refused.sentence().args["code"].as_str()), ("400", "C0"));
}
