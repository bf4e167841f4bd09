use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::testing::{APP_ID, ISSUER, Issuer, SERVICE_URL, TENANT, key, unsigned};
use super::*;
use crate::clock::{Clock as _, ManualClock};

mod keys;

const NOW: i64 = 1_800_000_000;

struct Stage {
    issuer: Issuer,
    clock: ManualClock,
    authenticator: Arc<Authenticator>,
}

impl Stage {
    async fn new() -> Self {
        Self::with(Issuer::start(vec![key(0).jwk("first", Some(&["msteams", "webchat"]))]).await)
    }

    fn with(issuer: Issuer) -> Self {
        let clock = ManualClock::new(Timestamp::from_second(NOW).unwrap());
        let authenticator = Authenticator::new(&issuer.settings(), Arc::new(clock.clone())).unwrap();
        Self { issuer, clock, authenticator: Arc::new(authenticator) }
    }

    async fn authenticate(&self, token: &str) -> Result<Verified, AuthError> {
        self.authenticator.authenticate(Some(&format!("Bearer {token}"))).await
    }

    fn pass(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    fn key_fetches(&self) -> usize {
        self.issuer.fake.count("/keys")
    }
}

fn header(id: &str) -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": id, "x5t": id})
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": APP_ID, "nbf": NOW - 60, "exp": NOW + 3600, "serviceurl": SERVICE_URL})
}

fn with(mut base: Value, name: &str, value: Value) -> Value {
    base[name] = value;
    base
}

fn without(mut base: Value, name: &str) -> Value {
    base.as_object_mut().unwrap().remove(name).unwrap();
    base
}

/// A token of the first key whose claims differ in one place.
fn claiming(name: &str, value: Value) -> String {
    key(0).sign(&header("first"), &with(claims(), name, value))
}

fn lacking(name: &str) -> String {
    key(0).sign(&header("first"), &without(claims(), name))
}

fn good() -> String {
    key(0).sign(&header("first"), &claims())
}

fn message() -> Value {
    json!({
        "type": "message", "id": "1700000000001", "channelId": "msteams", "serviceUrl": SERVICE_URL,
        "from": {"id": "29:ada", "name": "Ada", "aadObjectId": "a-1"}, "recipient": {"id": "28:bot", "name": "PBX Bot"},
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": TENANT},
        "text": "help", "channelData": {"tenant": {"id": TENANT}},
    })
}

fn parsed(activity: &Value) -> Envelope {
    Envelope::parse(activity.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn the_connectors_token_is_believed() {
    let stage = Stage::new().await;
    let verified = stage.authenticate(&good()).await.unwrap();
    assert_eq!(verified.service_url_claim.as_deref(), Some(SERVICE_URL));
    assert_eq!(*verified.endorsements, ["msteams", "webchat"]);
    assert_eq!(stage.authenticator.check_activity(&verified, &parsed(&message())), Ok(()));
}

#[tokio::test]
async fn forged_and_malformed_tokens_are_refused_one_by_one() {
    use AuthError::*;
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let swapped = with(claims(), "aud", json!("somebody else")).to_string();
    let swapped = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(&swapped), parts[2]);
    let hs256 = unsigned(&with(header("first"), "alg", json!("HS256")), &claims());
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &key(0).public_der());
    let hs256 = format!("{hs256}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, hs256.as_bytes())));
    let none = unsigned(&json!({"alg": "none", "kid": "first"}), &claims());
    let rs512 = with(header("first"), "alg", json!("RS512"));
    let critical = with(header("first"), "crit", json!(["exp"]));
    let first = header("first");
    let cases: Vec<(&str, Option<String>, AuthError)> = vec![
        ("no header", None, Header),
        ("empty header", Some(String::new()), Header),
        ("scheme only", Some("Bearer".into()), Header),
        ("scheme and a blank", Some("Bearer ".into()), Header),
        ("token only", Some(good.clone()), Header),
        ("two blanks", Some(format!("Bearer  {good}")), Header),
        ("three parts", Some(format!("Bearer {good} x")), Header),
        ("tab", Some(format!("Bearer\t{good}")), Header),
        ("basic", Some(format!("Basic {good}")), Header),
        ("lower case", Some(format!("bearer {good}")), Header),
        ("endless", Some(format!("Bearer {}", "a".repeat(20_000))), Header),
        ("not ASCII", Some(format!("Bearer {good}\u{e9}")), Header),
        ("garbage", bearer("garbage"), Token),
        ("dots", bearer(".."), Token),
        ("two parts", bearer(&format!("{}.{}", parts[0], parts[1])), Token),
        ("four parts", bearer(&format!("{good}.x")), Token),
        ("header is not JSON", bearer(&format!("{}.{}.{}", URL_SAFE_NO_PAD.encode("{"), parts[1], parts[2])), Token),
        ("alg none", bearer(&format!("{none}.")), Token),
        ("alg missing", bearer(&key(0).sign(&json!({"kid": "first"}), &claims())), Token),
        ("HS256 with the public key", bearer(&hs256), Algorithm),
        ("RS512", bearer(&key(0).sign_512(&rs512, &claims())), Algorithm),
        ("RS512 said to be RS256", bearer(&key(0).sign_512(&first, &claims())), Signature),
        ("critical extension", bearer(&key(0).sign(&critical, &claims())), Token),
        ("no key id", bearer(&key(0).sign(&without(first.clone(), "kid"), &claims())), UnknownKey),
        ("empty key id", bearer(&key(0).sign(&header(""), &claims())), UnknownKey),
        ("unknown key id", bearer(&key(0).sign(&header("other"), &claims())), UnknownKey),
        ("key id as a path", bearer(&key(0).sign(&header("../first"), &claims())), UnknownKey),
        ("another's key", bearer(&key(1).sign(&first, &claims())), Signature),
        ("no signature", bearer(&format!("{}.{}.", parts[0], parts[1])), Signature),
        (
            "signature cut",
            bearer(&format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([7; 200]))),
            Signature,
        ),
        ("swapped claims", bearer(&swapped), Signature),
        ("wrong issuer", bearer(&claiming("iss", json!("https://sts.windows.net/t/"))), Issuer),
        ("issuer with a slash", bearer(&claiming("iss", json!(format!("{ISSUER}/")))), Issuer),
        ("issuer as a list", bearer(&claiming("iss", json!([ISSUER, "x"]))), Claims),
        ("no issuer", bearer(&lacking("iss")), Claims),
        ("null issuer", bearer(&claiming("iss", Value::Null)), Claims),
        ("wrong audience", bearer(&claiming("aud", json!("22222222-1111-1111-1111-111111111111"))), Audience),
        ("audience as a list with a foreign one", bearer(&claiming("aud", json!([APP_ID, "other"]))), Claims),
        ("foreign audience as a list", bearer(&claiming("aud", json!(["other"]))), Claims),
        ("no audience", bearer(&lacking("aud")), Claims),
        ("no exp", bearer(&lacking("exp")), Claims),
        ("exp as a text", bearer(&claiming("exp", json!("never"))), Claims),
        ("exp 310 s ago", bearer(&claiming("exp", json!(NOW - 310))), Expired),
        ("exp in 1970", bearer(&claiming("exp", json!(0))), Expired),
        ("exp before time began", bearer(&claiming("exp", json!(i64::MIN))), Claims),
        ("exp beyond counting", bearer(&claiming("exp", json!(u64::MAX))), Claims),
        ("no nbf", bearer(&lacking("nbf")), Claims),
        ("nbf in 310 s", bearer(&claiming("nbf", json!(NOW + 310))), NotYetValid),
        ("nbf at the end of time", bearer(&claiming("nbf", json!(i64::MAX))), NotYetValid),
        ("claims are a list", bearer(&key(0).sign(&first, &json!([]))), Claims),
    ];
    assert!(cases.len() >= 25);
    let stage = Stage::new().await;
    for (what, header, error) in cases {
        assert_eq!(stage.authenticator.authenticate(header.as_deref()).await, Err(error), "{what}");
        assert_eq!(error.status(), 401, "{what}");
    }
    assert!(stage.authenticate(&good).await.is_ok(), "after all that the good one still works");
}

fn bearer(token: &str) -> Option<String> {
    Some(format!("Bearer {token}"))
}

#[tokio::test]
async fn times_have_300_seconds_of_leeway() {
    let stage = Stage::new().await;
    for token in [
        claiming("exp", json!(NOW - 290)),
        claiming("nbf", json!(NOW + 290)),
        claiming("exp", json!(i64::MAX)),
        claiming("nbf", json!(0)),
    ] {
        assert!(stage.authenticate(&token).await.is_ok());
    }
}

#[tokio::test]
async fn a_good_token_does_not_let_every_activity_in() {
    type Case = (&'static str, Option<Value>, fn(&mut Value), Result<(), AuthError>);
    use AuthError::*;
    let cases: Vec<Case> = vec![
        ("as it comes", Some(json!(SERVICE_URL)), |_| {}, Ok(())),
        ("without the slash", Some(json!("https://smba.trafficmanager.net/amer")), |_| {}, Ok(())),
        ("in capitals", Some(json!("HTTPS://SMBA.trafficmanager.net/AMER/")), |_| {}, Ok(())),
        ("two slashes", Some(json!(format!("{SERVICE_URL}/"))), |_| {}, Err(ServiceUrl)),
        ("another region", Some(json!("https://smba.trafficmanager.net/emea/")), |_| {}, Err(ServiceUrl)),
        ("no claim", None, |_| {}, Err(ServiceUrl)),
        ("no address", Some(json!(SERVICE_URL)), |a| a["serviceUrl"] = Value::Null, Err(ServiceUrl)),
        ("both empty", Some(json!("")), |a| a["serviceUrl"] = json!(""), Err(ServiceHost)),
        ("no channel", Some(json!(SERVICE_URL)), |a| a["channelId"] = Value::Null, Err(Channel)),
        ("emulator", Some(json!(SERVICE_URL)), |a| a["channelId"] = json!("emulator"), Err(Channel)),
        ("an endorsed other channel", Some(json!(SERVICE_URL)), |a| a["channelId"] = json!("webchat"), Err(Channel)),
        ("other tenant", Some(json!(SERVICE_URL)), |a| tenants(a, json!("t-2"), json!("t-2")), Err(Tenant)),
        ("no tenant", Some(json!(SERVICE_URL)), |a| tenants(a, Value::Null, Value::Null), Err(Tenant)),
        ("empty tenant", Some(json!(SERVICE_URL)), |a| tenants(a, json!(""), json!("")), Err(Tenant)),
        ("two tenants", Some(json!(SERVICE_URL)), |a| tenants(a, json!(TENANT), json!("t-2")), Err(Tenant)),
        ("two tenants, swapped", Some(json!(SERVICE_URL)), |a| tenants(a, json!("t-2"), json!(TENANT)), Err(Tenant)),
        ("tenant told once", Some(json!(SERVICE_URL)), |a| tenants(a, Value::Null, json!(TENANT)), Ok(())),
        ("tenant told by Teams", Some(json!(SERVICE_URL)), |a| tenants(a, json!(TENANT), Value::Null), Ok(())),
        ("no sender", Some(json!(SERVICE_URL)), |a| a["from"] = Value::Null, Err(Sender)),
        ("anonymous sender", Some(json!(SERVICE_URL)), |a| a["from"] = json!({"id": "29:guest"}), Err(Sender)),
        (
            "anonymous click",
            Some(json!(SERVICE_URL)),
            |a| (a["type"], a["from"]) = (json!("invoke"), json!({"id": "29:x", "aadObjectId": ""})),
            Err(Sender),
        ),
        (
            "installed by the service",
            Some(json!(SERVICE_URL)),
            |a| (a["type"], a["from"]) = (json!("installationUpdate"), json!({"id": "29:x"})),
            Ok(()),
        ),
    ];
    let stage = Stage::new().await;
    for (what, claim, change, expected) in cases {
        let token = claim.map_or_else(|| lacking("serviceurl"), |claim| claiming("serviceurl", claim));
        let verified = stage.authenticate(&token).await.unwrap();
        let mut activity = message();
        change(&mut activity);
        let decided = stage.authenticator.check_activity(&verified, &parsed(&activity));
        assert_eq!(decided, expected, "{what}");
        assert_eq!(decided.map_or_else(AuthError::status, |()| 200), expected.map_or(403, |()| 200));
    }
}

fn tenants(activity: &mut Value, channel: Value, conversation: Value) {
    activity["channelData"]["tenant"]["id"] = channel;
    activity["conversation"]["tenantId"] = conversation;
}

#[tokio::test]
async fn a_signed_address_on_another_host_is_still_not_believed() {
    let stage = Stage::new().await;
    for address in [
        "https://evil.example/amer/",
        "http://smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net:8443/amer/",
        "https://bot@smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net.evil.example/amer/",
        "http://127.0.0.1:4010/",
    ] {
        let verified = stage.authenticate(&claiming("serviceurl", json!(address))).await.unwrap();
        let activity = parsed(&with(message(), "serviceUrl", json!(address)));
        let decided = stage.authenticator.check_activity(&verified, &activity);
        assert_eq!(decided, Err(AuthError::ServiceHost), "{address}");
    }
}

#[tokio::test]
async fn the_claim_may_be_spelled_the_other_way_but_not_both_ways() {
    let stage = Stage::new().await;
    let other = with(without(claims(), "serviceurl"), "serviceUrl", json!(SERVICE_URL));
    let verified = stage.authenticate(&key(0).sign(&header("first"), &other)).await.unwrap();
    assert_eq!(verified.service_url_claim.as_deref(), Some(SERVICE_URL));
    let token = claiming("serviceUrl", json!("https://smba.trafficmanager.net/emea/"));
    assert_eq!(stage.authenticate(&token).await, Err(AuthError::Claims));
}

#[tokio::test]
async fn a_key_speaks_only_for_the_channels_that_endorse_it() {
    let keys = [("none", None), ("empty", Some(&[][..])), ("other", Some(&["webchat"][..]))];
    let stage = Stage::with(Issuer::start(keys.map(|(id, endorsed)| key(0).jwk(id, endorsed)).to_vec()).await);
    for (id, _) in keys {
        let verified = stage.authenticate(&key(0).sign(&header(id), &claims())).await.unwrap();
        let decided = stage.authenticator.check_activity(&verified, &parsed(&message()));
        assert_eq!(decided, Err(AuthError::Endorsement), "{id}");
    }
}

#[tokio::test]
async fn a_remembered_token_still_expires_and_is_still_compared() {
    let stage = Stage::new().await;
    let token = good();
    assert!(stage.authenticate(&token).await.is_ok());
    let verified = stage.authenticate(&token).await.unwrap();
    let elsewhere = with(message(), "serviceUrl", json!("https://smba.trafficmanager.net/emea/"));
    let decided = stage.authenticator.check_activity(&verified, &parsed(&elsewhere));
    assert_eq!(decided, Err(AuthError::ServiceUrl));
    stage.pass(SignedDuration::from_secs(3600 + 290));
    assert!(stage.authenticate(&token).await.is_ok());
    stage.pass(SignedDuration::from_secs(20));
    assert_eq!(stage.authenticate(&token).await, Err(AuthError::Expired));
    assert_eq!(stage.authenticate(&token).await, Err(AuthError::Expired), "also when it is no longer remembered");
    assert_eq!(stage.key_fetches(), 1);
}

#[tokio::test]
async fn without_authentication_local_clients_come_in_and_nobody_else() {
    let settings = Teams {
        authentication: Authentication::None,
        allowed_tenants: Vec::new(),
        ..super::super::testing::teams(&["smba.trafficmanager.net"])
    };
    let clock = ManualClock::new(Timestamp::from_second(NOW).unwrap());
    assert_eq!(clock.now().as_second(), NOW);
    let authenticator = Authenticator::new(&settings, Arc::new(clock.clone())).unwrap();
    for header in [None, Some("Bearer garbage"), Some("Basic x")] {
        let verified = authenticator.authenticate(header).await.unwrap();
        assert!(verified.anonymous);
        let local = with(message(), "serviceUrl", json!("http://localhost:56150/_connector"));
        assert_eq!(authenticator.check_activity(&verified, &parsed(&local)), Ok(()));
        let emulator = with(local.clone(), "channelId", json!("emulator"));
        assert_eq!(authenticator.check_activity(&verified, &parsed(&emulator)), Ok(()));
        let slack = with(local.clone(), "channelId", json!("slack"));
        assert_eq!(authenticator.check_activity(&verified, &parsed(&slack)), Err(AuthError::Channel));
        let mut torn = local.clone();
        tenants(&mut torn, json!("t-1"), json!("t-2"));
        assert_eq!(authenticator.check_activity(&verified, &parsed(&torn)), Err(AuthError::Tenant));
        let far = authenticator.check_activity(&verified, &parsed(&message()));
        assert_eq!(far, Err(AuthError::ServiceHost));
    }
    let limited = Teams { allowed_tenants: vec![TENANT.to_owned()], ..settings };
    let authenticator = Authenticator::new(&limited, Arc::new(clock)).unwrap();
    let verified = authenticator.authenticate(None).await.unwrap();
    let mut foreign = with(message(), "serviceUrl", json!("http://localhost:56150/_connector"));
    tenants(&mut foreign, json!("t-2"), json!("t-2"));
    assert_eq!(authenticator.check_activity(&verified, &parsed(&foreign)), Err(AuthError::Tenant));
}

#[tokio::test]
async fn an_empty_list_of_tenants_lets_nobody_in_when_tokens_are_checked() {
    let issuer = Issuer::start(vec![key(0).jwk("first", Some(&["msteams"]))]).await;
    let settings = Teams { allowed_tenants: Vec::new(), ..issuer.settings() };
    let clock = Arc::new(ManualClock::new(Timestamp::from_second(NOW).unwrap()));
    let authenticator = Authenticator::new(&settings, clock).unwrap();
    let verified = authenticator.authenticate(bearer(&good()).as_deref()).await.unwrap();
    assert_eq!(authenticator.check_activity(&verified, &parsed(&message())), Err(AuthError::Tenant));
}
