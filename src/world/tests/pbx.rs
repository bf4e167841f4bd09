//! The PBX.

use super::*;

const DEVICES: &str = "/ns-api/v2/domains/contoso/users/1000/devices";

async fn pbx(outside: &Outside, method: &str, (path, body): (&str, Option<Value>)) -> (u16, Value) {
    let key = outside.world.state().seed.credentials.api_key.clone();
    outside.call(method, path, (&key, body)).await
}

#[tokio::test]
async fn strangers_and_foreign_domains_get_nothing() {
    let outside = outside().await;
    assert_eq!(outside.call("GET", DEVICES, ("nsd_wrong", None)).await.0, 401);
    assert_eq!(pbx(&outside, "GET", ("/ns-api/v2/domains/fabrikam/users/1000", None)).await.0, 404);
    assert_eq!(pbx(&outside, "GET", ("/ns-api/v2/domains/contoso/users/999", None)).await.0, 404);
    assert_eq!(outside.call("GET", "/ns-api/v2/version", ("", None)).await.0, 200);
    assert_eq!(pbx(&outside, "PATCH", (DEVICES, Some(json!({})))).await.1["message"], "No Route Found [92]");
    assert_eq!(outside.last_violation().as_deref(), Some("unexpected call"));
}

#[tokio::test]
async fn a_device_is_created_once_with_a_password_of_the_servers() {
    let outside = outside().await;
    let body = json!({"synchronous": "yes", "device": "1000tm", "emergency-address-id": "a-denver-hq",
        "caller-id-number-emergency": "13035550100"});
    let (status, made) = pbx(&outside, "POST", (DEVICES, Some(body.clone()))).await;
    assert_eq!((status, &made["device-sip-registration-state"]), (200, &json!("unregistered")));
    assert_eq!(made["device-sip-registration-password"].as_str().unwrap().len(), 16);
    assert_eq!(pbx(&outside, "POST", (DEVICES, Some(body))).await.0, 409);
    assert_eq!(outside.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    let (_, list) = pbx(&outside, "GET", (DEVICES, None)).await;
    assert!(list[0].get("device-sip-registration-password").is_none(), "the list leaves the password out");
    let (_, one) = pbx(&outside, "GET", (&format!("{DEVICES}/1000TM"), None)).await;
    assert_eq!(one["emergency-address-id"], "a-denver-hq");
    assert!(outside.world.violations().is_empty());
}

#[tokio::test]
async fn odd_fields_are_refused() {
    let outside = outside().await;
    for (body, why) in [
        (json!({"emergency-address-id": "a-denver-hq"}), "device is required"),
        (json!({"device": "1000tm", "colour": "red"}), "colour is not known"),
        (
            json!({"device": "1000tm", "device-sip-registration-state": "registered"}),
            "device-sip-registration-state is read-only",
        ),
        (json!({"device": "1000tm", "emergency-address-id": "a-moon"}), "emergency-address-id does not exist"),
        (json!({"device": "1000tm", "caller-id-number-emergency": 911}), "caller-id-number-emergency is a string"),
    ] {
        let (status, answer) = pbx(&outside, "POST", (DEVICES, Some(body))).await;
        assert_eq!((status, answer["message"].as_str()), (400, Some(why)));
    }
    let with_password = json!({"device": "1000tm", "device-sip-registration-password": "hush"});
    assert_eq!(pbx(&outside, "POST", (DEVICES, Some(with_password))).await.0, 202);
    assert!(outside.last_violation().is_some(), "the bot must not choose passwords");
}

#[tokio::test]
async fn a_device_is_changed_in_part_and_deleted() {
    let outside = outside().await;
    let path = "/ns-api/v2/domains/contoso/users/1930/devices/1930tm";
    let (status, _) = pbx(&outside, "PUT", (path, Some(json!({"emergency-address-id": "a-boulder"})))).await;
    assert_eq!(status, 202);
    let (_, device) = pbx(&outside, "GET", (path, None)).await;
    assert_eq!(
        (&device["emergency-address-id"], &device["caller-id-number-emergency"]),
        (&json!("a-boulder"), &json!("[*]"))
    );
    assert_eq!(pbx(&outside, "DELETE", (path, None)).await.0, 202);
    assert_eq!(pbx(&outside, "GET", (path, None)).await.0, 404);
    assert_eq!(pbx(&outside, "PUT", (path, Some(json!({})))).await.0, 404);
}

#[tokio::test]
async fn builds_differ_in_names_and_routes() {
    let outside = outside().await;
    outside.world.turn(|knobs| (knobs.sip_device_names, knobs.no_single_device_read) = (true, true));
    let devices = "/ns-api/v2/domains/contoso/users/1910/devices";
    let (status, body) = pbx(&outside, "GET", (&format!("{devices}/1910tm"), None)).await;
    assert_eq!((status, &body["message"]), (404, &json!("No Route Found [92]")));
    let (_, list) = pbx(&outside, "GET", (devices, None)).await;
    assert_eq!(list[0]["device"], "sip:1910tm@contoso");
    assert_eq!(list[0]["device-sip-registration-state"], "registered");
    let (_, bot) = pbx(&outside, "GET", ("/ns-api/v2/domains/contoso/users/1920", None)).await;
    assert_eq!(bot["service-code"], "system-aa");
    let (_, page) = pbx(&outside, "GET", ("/ns-api/v2/domains/contoso/users?start=100&limit=5", None)).await;
    assert_eq!(page.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn numbers_and_answer_rules_are_read_as_they_are_seeded() {
    let outside = outside().await;
    {
        let mut state = outside.world.state();
        state.seed.pbx.numbers =
            [("13035550142", "1000"), ("13035550143", "")].map(|(n, e)| (n.into(), e.into())).into();
        state.seed.pbx.users.get_mut("1001").unwrap().answer_rules =
            vec![json!({"time-frame": "*", "is-active": true})];
    }
    let path = |rest: &str| format!("/ns-api/v2/domains/contoso/{rest}");
    let (_, number) = pbx(&outside, "GET", (&path("phonenumbers/13035550142"), None)).await;
    assert_eq!(number["dial-rule-translation-destination-user"], "1000");
    let (_, free) = pbx(&outside, "GET", (&path("phonenumbers/13035550143"), None)).await;
    assert_eq!(free["dial-rule-application"], "available-number");
    assert_eq!(pbx(&outside, "GET", (&path("phonenumbers/+13035550142"), None)).await.0, 404, "it writes no plus");
    assert_eq!(pbx(&outside, "GET", (&path("phonenumbers"), None)).await.1.as_array().unwrap().len(), 2);
    let (_, usual) = pbx(&outside, "GET", (&path("users/1000/answerrules"), None)).await;
    assert_eq!(usual[0]["simultaneous-ring"]["parameters"][0], "<OwnDevices>");
    let (_, own) = pbx(&outside, "GET", (&path("users/1001/answerrules"), None)).await;
    assert!(own[0].get("simultaneous-ring").is_none());
}
