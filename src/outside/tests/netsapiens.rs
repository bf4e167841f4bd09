//! The PBX: users, devices, emergency data.

use jiff::Timestamp;
use serde_json::{Value, json as value};

use super::stage::{Reply, Stage, json, text};
use super::{fault, impatience, noon, patience, secret, shared};
use crate::config;
use crate::domain::{E164, Extension};
use crate::outside::http::Patience;
use crate::outside::{Emergency, Fault, Netsapiens, Registration};

const DEVICES: &str = "/ns-api/v2/domains/contoso.12345.service/users/1000/devices";

fn client(stage: &Stage, patience: Patience) -> Netsapiens {
    let config = config::Netsapiens {
        base_url: format!("{}/ns-api/v2", stage.url),
        api_key: secret("nsd_hush"),
        domain: "contoso.12345.service".to_owned(),
        device_suffix: "tm".to_owned(),
        emergency_addresses: Vec::new(),
    };
    Netsapiens::with_patience(&config, shared(&noon()), patience).unwrap()
}

async fn set() -> (Stage, Netsapiens) {
    let stage = Stage::open().await;
    let pbx = client(&stage, patience());
    (stage, pbx)
}

fn ext() -> Extension {
    Extension::parse("1000").unwrap()
}

fn denver() -> Emergency {
    Emergency { address_id: "a-denver".to_owned(), callback: E164::parse("+13035550100").unwrap() }
}

fn get(path: &str) -> String {
    format!("GET {DEVICES}{path}")
}

fn no_route() -> Reply {
    json(404, value!({"code": 404, "message": "No Route Found [92]"}))
}

fn tm(more: Value) -> Value {
    let mut device = value!({
        "device": "1000tm", "emergency-address-id": "a-denver", "caller-id-number-emergency": "13035550100",
        "device-sip-registration-password": "clear-text-hush", "device-sip-registration-state": "registered",
        "device-sip-registration-user-agent": "SBC 7", "device-sip-registration-expires-datetime": null,
    });
    device.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    device
}

#[tokio::test]
async fn the_version_is_asked_for_without_the_key_and_everything_else_with_it() {
    let (stage, pbx) = set().await;
    stage.expect("GET /ns-api/v2/version", json(200, value!({"apiversion": "44.4", "hostname": "core1"})));
    let key = value!({"key-id": "nsd-1", "key": "nsd_hush", "readonly": "no", "domain": "contoso", "reseller": "*",
        "user-scope": "Office Manager"});
    stage.expect("GET /ns-api/v2/apikeys/~", json(200, key));
    assert_eq!(pbx.version().await.unwrap().hostname, "core1");
    let key = pbx.api_key().await.unwrap();
    assert_eq!((key.readonly, key.user_scope.as_deref()), (Some(false), Some("Office Manager")));
    let calls = stage.calls();
    assert_eq!((calls[0].header("authorization"), calls[1].header("authorization")), ("", "Bearer nsd_hush"));
    let shown = format!("{pbx:?} {key:?}");
    assert!(!shown.contains("hush"), "{shown}");
}

#[tokio::test]
async fn a_user_reads_with_whatever_types_the_build_uses() {
    let (stage, pbx) = set().await;
    let line = "GET /ns-api/v2/domains/contoso.12345.service/users/1000";
    let told = value!({"name-first-name": "Alice", "name-last-name": "Smith", "email-address": "alice@contoso.com",
        "service-code": "", "voicemail-enabled": "yes", "caller-id-number-emergency": 13035550100_u64});
    stage.expect(line, json(200, told));
    let user = pbx.user(&ext()).await.unwrap().unwrap();
    assert_eq!((user.first_name.as_deref(), user.service_code), (Some("Alice"), None));
    assert_eq!(user.voicemail_enabled, Some(true));
    for (voicemail, read) in
        [(value!(true), Some(true)), (value!(0), Some(false)), (value!("no"), Some(false)), (value!(null), None)]
    {
        stage.expect(line, json(200, value!({"voicemail-enabled": voicemail, "service-code": 7})));
        let user = pbx.user(&ext()).await.unwrap().unwrap();
        assert_eq!((user.voicemail_enabled, user.service_code.as_deref()), (read, Some("7")));
    }
    stage.expect(line, json(404, value!({"code": 404, "message": "User 1000 does not exist in domain contoso"})));
    assert_eq!(pbx.user(&ext()).await, Ok(None));
    stage.expect(line, json(200, value!({"voicemail-enabled": ["yes"]})));
    assert_eq!(fault(pbx.user(&ext()).await), Fault::Garbled);
}

#[tokio::test]
async fn a_device_is_read_alone_and_its_password_is_never_held() {
    let (stage, pbx) = set().await;
    stage.expect(&get("/1000tm"), json(200, tm(value!({}))));
    let device = pbx.device(&ext(), "1000tm").await.unwrap().unwrap();
    assert_eq!(device.registration, Registration::Registered { user_agent: Some("SBC 7".to_owned()) });
    assert!(device.has_emergency(&denver()) && device.is_registered(Timestamp::MAX));
    assert!(!format!("{device:?}").contains("hush"));
}

#[tokio::test]
async fn a_build_without_the_single_route_is_asked_for_the_list() {
    let (stage, pbx) = set().await;
    let list = value!([{"device": "sip:1000@contoso.12345.service"}, {"device": "SIP:1000TM@contoso.12345.service"}]);
    stage.expect(&get("/1000tm"), no_route()).expect(&get(""), json(200, list.clone()));
    let device = pbx.device(&ext(), "1000tm").await.unwrap().unwrap();
    assert_eq!((device.name.as_str(), device.registration), ("1000TM", Registration::Unknown));
    assert_eq!((device.emergency_address_id, device.callback), (None, None));

    stage.expect(&get("/1000t"), no_route()).expect(&get(""), json(200, list));
    assert_eq!(pbx.device(&ext(), "1000t").await, Ok(None), "1000t is not 1000tm");
    stage.expect(&get("/1000tm"), no_route()).expect(&get(""), no_route());
    assert_eq!(pbx.device(&ext(), "1000tm").await, Ok(None));
}

#[tokio::test]
async fn unset_values_and_numbers_for_texts_are_understood() {
    let (stage, pbx) = set().await;
    let odd = [
        tm(value!({"caller-id-number-emergency": 13035550100_u64})),
        tm(value!({"caller-id-number-emergency": "[*]", "emergency-address-id": ""})),
        tm(value!({"caller-id-number-emergency": null, "emergency-address-id": null})),
        tm(value!({"device-sip-registration-state": "unregistered"})),
        tm(value!({"device-sip-registration-state": "dozing"})),
    ];
    stage.expect(&get(""), json(200, value!(odd)));
    let devices = pbx.devices(&ext()).await.unwrap();
    assert_eq!(devices[0].callback.as_deref(), Some("13035550100"));
    for device in &devices[1..3] {
        assert_eq!((&device.callback, &device.emergency_address_id), (&None, &None));
        assert!(!device.has_emergency(&denver()));
    }
    assert_eq!(devices[3].registration, Registration::Unregistered);
    assert_eq!(devices[4].registration, Registration::Unknown);
    assert!(!devices[3].is_registered(Timestamp::MIN) && !devices[4].is_registered(Timestamp::MIN));
}

#[tokio::test]
async fn a_registration_ends_in_the_last_time_zone_unless_it_names_one() {
    let (stage, pbx) = set().await;
    for (told, end) in [
        ("2026-11-22T12:00:00Z", Some("2026-11-22T12:00:00Z")),
        ("2026-11-22T12:00:00+02:00", Some("2026-11-22T10:00:00Z")),
        ("2026-11-22 12:00:00", Some("2026-11-23T00:00:00Z")),
        ("2026-11-22T12:00:00", Some("2026-11-23T00:00:00Z")),
        ("soon", None),
    ] {
        stage.expect(&get("/1000tm"), json(200, tm(value!({"device-sip-registration-expires-datetime": told}))));
        let device = pbx.device(&ext(), "1000tm").await.unwrap().unwrap();
        let end: Option<Timestamp> = end.map(|end| end.parse().unwrap());
        assert_eq!(device.expires_at, end, "{told}");
        assert_eq!(device.is_registered(Timestamp::MAX), end.is_none());
        assert!(device.is_registered(Timestamp::MIN));
    }
}

#[tokio::test]
async fn a_device_is_created_with_its_emergency_data_and_nothing_else() {
    let (stage, pbx) = set().await;
    let create = format!("POST {DEVICES}");
    let accepted = [json(202, value!({"code": 202, "message": "Accepted"})), json(200, tm(value!({}))), text(202, "")];
    for reply in accepted {
        stage.expect(&create, reply);
        assert_eq!(pbx.create_device(&ext(), "1000tm", &denver()).await, Ok(()));
    }
    let call = &stage.calls()[0];
    let body =
        value!({"device": "1000tm", "emergency-address-id": "a-denver", "caller-id-number-emergency": "13035550100"});
    assert_eq!((call.json(), call.query.len()), (body, 0));
    assert_eq!(call.header("content-type"), "application/json");
    stage.expect(&create, json(409, value!({"code": 409, "message": "UID already exists."})));
    assert_eq!(fault(pbx.create_device(&ext(), "1000tm", &denver()).await), Fault::Conflict);
}

#[tokio::test]
async fn emergency_data_is_written_alone() {
    let (stage, pbx) = set().await;
    let put = format!("PUT {DEVICES}/1000tm");
    stage.expect(&put, json(202, value!({"code": 202, "message": "Accepted"})));
    assert_eq!(pbx.set_emergency(&ext(), "1000tm", &denver()).await, Ok(()));
    let body = value!({"emergency-address-id": "a-denver", "caller-id-number-emergency": "13035550100"});
    assert_eq!(stage.calls()[0].json(), body);
    stage.expect(&put, json(404, value!({"code": 404, "message": "Device does not exist"})));
    assert_eq!(fault(pbx.set_emergency(&ext(), "1000tm", &denver()).await), Fault::NotFound);
}

#[tokio::test]
async fn a_device_is_removed_and_one_that_is_not_there_is_told() {
    let (stage, pbx) = set().await;
    let delete = format!("DELETE {DEVICES}/1000tm");
    stage.expect(&delete, json(202, value!({"code": 202, "message": "Accepted"})));
    assert_eq!(pbx.delete_device(&ext(), "1000tm").await, Ok(()));
    assert_eq!(stage.calls()[0].body, "");
    stage.expect(&delete, json(404, value!({"code": 404, "message": "Device does not exist"})));
    assert_eq!(fault(pbx.delete_device(&ext(), "1000tm").await), Fault::NotFound);
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_comes_of_it() {
    let stage = Stage::open().await;
    let (pbx, hasty) = (client(&stage, patience()), client(&stage, impatience()));
    let create = format!("POST {DEVICES}");
    for (reply, reaction) in [
        (text(429, ""), Fault::Busy { retry_after: None }),
        (text(420, "Rate Limit Exceeded"), Fault::Busy { retry_after: None }),
        (text(500, "oops"), Fault::Failed { status: 500 }),
        (Reply::Cut, Fault::Unknown),
        (
            json(400, value!({"code": 400, "message": "device"})),
            Fault::Refused { status: 400, code: Some("400".to_owned()) },
        ),
    ] {
        stage.expect(&create, reply);
        assert_eq!(fault(pbx.create_device(&ext(), "1000tm", &denver()).await), reaction);
    }
    stage.expect(&create, Reply::Silence);
    assert_eq!(fault(hasty.create_device(&ext(), "1000tm", &denver()).await), Fault::Unknown);
    assert_eq!(stage.calls().len(), 6);
}

#[tokio::test]
async fn a_missing_scope_comes_as_401_and_a_firewall_as_html() {
    let (stage, pbx) = set().await;
    let line = get("");
    let scope = value!({"code": 401, "message": "Invalid Scope [APP001]"});
    let denied = value!({"code": 403, "message": "Permission Denied"});
    let coded = |code: &str| Some(code.to_owned());
    for (reply, reaction) in [
        (json(401, scope), Fault::Forbidden { code: coded("401") }),
        (json(403, denied), Fault::Forbidden { code: coded("403") }),
        (text(403, "<html>blocked</html>"), Fault::Forbidden { code: None }),
        (text(200, "<html>maintenance</html>"), Fault::Garbled),
        (json(200, value!({"device": "1000tm"})), Fault::Garbled),
        (json(404, value!({"code": 404, "message": "User 1000 does not exist"})), Fault::NotFound),
    ] {
        stage.expect(&line, reply);
        assert_eq!(fault(pbx.devices(&ext()).await), reaction);
    }
}

#[tokio::test]
async fn a_401_that_is_not_the_apis_own_is_met_once_more() {
    let (stage, pbx) = set().await;
    let (read, create) = (get(""), format!("POST {DEVICES}"));
    let passing = || text(401, "<html>who are you?</html>");
    stage.expect(&read, passing()).expect(&read, json(200, value!([])));
    assert_eq!(pbx.devices(&ext()).await, Ok(Vec::new()));
    stage.expect(&create, passing()).expect(&create, text(202, ""));
    assert_eq!(pbx.create_device(&ext(), "1000tm", &denver()).await, Ok(()));
    // Twice is enough: a human looks at the key.
    stage.expect(&read, passing()).expect(&read, passing());
    assert_eq!(fault(pbx.devices(&ext()).await), Fault::Unauthorized { code: None });
    stage.expect(&create, passing()).expect(&create, passing());
    assert_eq!(fault(pbx.create_device(&ext(), "1000tm", &denver()).await), Fault::Unauthorized { code: None });
    assert_eq!(stage.calls().len(), 8);
}

#[tokio::test]
async fn answer_rules_tell_what_rings() {
    let (stage, pbx) = set().await;
    let rules = "GET /ns-api/v2/domains/contoso.12345.service/users/1000/answerrules";
    let ring = |enabled: &str, parameters: Value| value!({"enabled": enabled, "parameters": parameters});
    stage.expect(rules, json(200, value!([
        {"time-frame": "*", "enabled": "yes", "is-active": true, "simultaneous-ring": ring("yes", value!(["1000", "sip:1000TM@contoso;delay=15"]))},
        {"time-frame": "night", "enabled": "no", "is-active": "no", "simultaneous-ring": ring("no", value!(["<OwnDevices>"])),
            "do-not-disturb": {"enabled": "yes"}, "forward-always": ring("yes", value!(["1001"]))},
        {"time-frame": "holiday", "simultaneous-ring": ring("yes", value!(["<owndevices>"]))},
    ])));
    let rules_read = pbx.answer_rules(&ext()).await.unwrap();
    let told: Vec<_> =
        rules_read.iter().map(|rule| (rule.is_active, rule.is_enabled, rule.rings_device("1000tm"))).collect();
    assert_eq!(told, [(Some(true), true, true), (Some(false), false, false), (None, true, true)]);
    assert_eq!((rules_read[0].do_not_disturb, rules_read[0].forwards_always), (false, false));
    assert_eq!((rules_read[1].do_not_disturb, rules_read[1].forwards_always), (true, true));
    assert!(!rules_read[0].rings_device("1000t"));
    stage.expect(rules, json(404, value!({"code": 404, "message": "User 1000 does not exist in domain contoso"})));
    assert_eq!(pbx.answer_rules(&ext()).await.unwrap(), []);
}

#[tokio::test]
async fn a_number_tells_where_its_calls_go() {
    let (stage, pbx) = set().await;
    let number = "GET /ns-api/v2/domains/contoso.12345.service/phonenumbers/13035550142";
    let asked = E164::parse("+13035550142").unwrap();
    for (body, destination) in [
        (
            value!({"phonenumber": "13035550142", "dial-rule-application": "to-user",
            "dial-rule-translation-destination-user": 1000}),
            Some("1000"),
        ),
        (value!({"dial-rule-application": "to-user", "dial-rule-translation-destination-user": "[*]"}), None),
    ] {
        stage.expect(number, json(200, body));
        let found = pbx.number(&asked).await.unwrap().unwrap();
        assert_eq!((found.application.as_str(), found.destination.as_deref()), ("to-user", destination));
    }
    stage.expect(number, json(404, value!({"code": 404, "message": "Phonenumber does not exist"})));
    assert_eq!(pbx.number(&asked).await.unwrap(), None);
}
