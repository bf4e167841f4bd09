//! NetSapiens SNAPsolution API v2: users, devices and emergency addresses of one domain.
//!
//! Shapes: <https://docs.ns-api.com/v45.0/openapi/netsapiens-api-v2.json>. There is no PATCH; booleans are "yes"/"no".

use rand::Rng;
use serde_json::{Map, Value, json};

use super::Inner;
use super::log::{Effect, EffectKind};
use super::seed::{Device, PbxUser};
use super::server::{Answer, Ask};
use super::state::State;

/// What the server makes when a device comes without a password.
const PASSWORD_LENGTH: usize = 16;
/// Rows of a list where `limit` does not say otherwise.
const PAGE: usize = 100;

const READ_ONLY: [&str; 13] = [
    "device-sip-registration-uri",
    "device-sip-registration-state",
    "device-sip-registration-contact",
    "device-sip-registration-core-server",
    "device-sip-registration-datetime",
    "device-sip-registration-expires-datetime",
    "device-sip-registration-ip-address",
    "device-sip-registration-user-agent",
    "device-sip-latency-seconds-current",
    "device-sip-latency-seconds-average",
    "error-reading-from-endpoint-module",
    "login-username",
    "name-full-name",
];
const WRITABLE: [&str; 25] = [
    "device-sip-registration-password",
    "caller-id-number-emergency",
    "emergency-address-id",
    "device-force-notify-new-voicemails-enabled",
    "device-level-call-recording-enabled",
    "device-push-enabled",
    "device-sip-registration-expiry-seconds",
    "device-sip-registration-ignore-for-presence-calculation",
    "device-sip-registration-ignore-report-enabled",
    "device-sip-no-to-tag-in-cancel",
    "device-srtp-enabled",
    "auto-answer-enabled",
    "device-sip-allowed-user-agent",
    "device-sip-nat-traversal-enabled",
    "device-models-model",
    "device-provisioning-mac-address",
    "device-provisioning-registration-core-server",
    "device-provisioning-sip-transport-protocol",
    "device-provisioning-username",
    "device-provisioning-password",
    "device-provisioning-line",
    "device-provisioning-overrides",
    "recording-configuration",
    "synchronous",
    "device",
];
/// What the contract lets the bot send when it creates a device.
const EXPECTED: [&str; 4] = ["synchronous", "device", "emergency-address-id", "caller-id-number-emergency"];

fn refusal(code: u16, message: impl Into<String>) -> Answer {
    Answer::json(code, &json!({"code": code, "message": message.into()}))
}

fn accepted() -> Answer {
    Answer::json(202, &json!({"code": 202, "message": "Accepted"}))
}

fn no_route() -> Answer {
    refusal(404, "No Route Found [92]")
}

pub(super) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    if (ask.method.as_str(), segments.as_slice()) == ("GET", &["version"]) {
        let now = world.clock.now().strftime("%Y-%m-%d %H:%M:%S").to_string();
        return Answer::json(200, &json!({"apiversion": "44.4.10", "hostname": "pbx.world", "current-time": now}));
    }
    if ask.bearer() != Some(&state.seed.credentials.api_key) {
        return refusal(401, "Invalid API key");
    }
    if ask.query("synchronous").is_some() {
        return no_route().broke("synchronous is a field of the body, never a query");
    }
    match (ask.method.as_str(), segments.as_slice()) {
        ("GET", ["apikeys", "~"]) => Answer::json(200, &key_record(&state.seed.credentials.api_key)),
        (method, ["domains", domain, rest @ ..]) => {
            if !state.seed.pbx.has_domain(domain) && *domain != "~" {
                return refusal(404, format!("Domain {domain} does not exist"));
            }
            in_domain(world, state, ask, (method, rest))
        }
        _ => no_route().broke("unexpected call"),
    }
}

fn key_record(key: &str) -> Value {
    json!({"key-id": key.chars().take(12).collect::<String>(), "description": "onboarding bot", "reseller": "*", "domain": "contoso",
        "user": "*", "user-scope": "Office Manager", "readonly": "no", "can-create-keys": "no", "allowed-models": "*"})
}

fn in_domain(world: &Inner, state: &mut State, ask: &Ask, (method, rest): (&str, &[&str])) -> Answer {
    match (method, rest) {
        ("GET", ["users"]) => {
            let all: Vec<Value> = state.seed.pbx.users.iter().map(|(ext, u)| user_json(state, ext, u)).collect();
            page(all, ask)
        }
        ("GET", ["users", "count"]) => Answer::json(200, &json!({"total": state.seed.pbx.users.len()})),
        ("GET", ["addresses"]) => page(addresses(state), ask),
        ("GET", ["addresses", "count"]) => Answer::json(200, &json!({"total": state.seed.pbx.addresses.len()})),
        ("GET", ["addresses", "endpoints"]) => Answer::json(200, &json!([])),
        ("GET", ["phonenumbers"]) => page(state.seed.pbx.numbers.iter().map(number_json).collect(), ask),
        ("GET", ["phonenumbers", digits]) => match state.seed.pbx.numbers.get_key_value(*digits) {
            Some(number) => Answer::json(200, &number_json(number)),
            None => refusal(404, format!("Phonenumber {digits} does not exist")),
        },
        (method, ["users", extension, rest @ ..]) => {
            if !state.seed.pbx.users.contains_key(*extension) {
                let domain = &state.seed.pbx.domain;
                return refusal(404, format!("User {extension} does not exist in domain {domain}"));
            }
            for_user(world, state, ask, (method, extension, rest))
        }
        _ => no_route().broke("unexpected call"),
    }
}

fn for_user(world: &Inner, state: &mut State, ask: &Ask, (method, extension, rest): (&str, &str, &[&str])) -> Answer {
    let user = &state.seed.pbx.users[extension];
    match (method, rest) {
        ("GET", []) => Answer::json(200, &user_json(state, extension, user)),
        ("GET", ["addresses"]) => page(addresses(state), ask),
        ("GET", ["answerrules"]) => {
            let own = json!({"enabled": "yes", "parameters": ["<OwnDevices>"]});
            let usual = json!({"time-frame": "*", "enabled": "yes", "is-active": true, "order": 99,
                "simultaneous-ring": own});
            let rules = if user.answer_rules.is_empty() { vec![usual] } else { user.answer_rules.clone() };
            Answer::json(200, &Value::Array(rules))
        }
        ("GET", ["devices"]) => {
            let whole = state.knobs.no_single_device_read;
            let names: Vec<&String> = user.devices.keys().collect();
            page(names.iter().map(|name| device_json(world, state, (extension, name), whole)).collect(), ask)
        }
        ("GET", ["devices", "count"]) => Answer::json(200, &json!({"total": user.devices.len()})),
        ("POST", ["devices"]) => create(world, state, ask, extension),
        (method, ["devices", name]) => {
            let name = bare(name);
            if method == "GET" && state.knobs.no_single_device_read {
                return no_route();
            }
            if !user.devices.contains_key(&name) {
                return refusal(404, format!("Device {name} does not exist"));
            }
            match method {
                "GET" => Answer::json(200, &device_json(world, state, (extension, &name), true)),
                "PUT" => change(state, ask, (extension, &name)),
                "DELETE" => {
                    state.seed.pbx.users.get_mut(extension).and_then(|u| u.devices.remove(&name));
                    accepted().did(Effect::new(EffectKind::DeviceDeleted, name))
                }
                _ => no_route().broke("unexpected call"),
            }
        }
        _ => no_route().broke("unexpected call"),
    }
}

/// `sip:1000TM@contoso` and `1000tm` are the same device.
fn bare(name: &str) -> String {
    let name = name.strip_prefix("sip:").unwrap_or(name);
    name.split('@').next().unwrap_or(name).to_ascii_lowercase()
}

fn page(all: Vec<Value>, ask: &Ask) -> Answer {
    let number = |name: &str, default| ask.query(name).map_or(Ok(default), str::parse::<usize>);
    match (number("start", 0), number("limit", PAGE)) {
        (Ok(start), Ok(limit)) => Answer::json(200, &Value::Array(all.into_iter().skip(start).take(limit).collect())),
        _ => refusal(400, "start and limit are numbers"),
    }
}

fn user_json(state: &State, extension: &str, user: &PbxUser) -> Value {
    let domain = &state.seed.pbx.domain;
    let mut shown = json!({
        "domain": domain, "user": extension, "name-first-name": user.first, "name-last-name": user.last,
        "name-full-name": format!("{} {}", user.first, user.last).trim(), "email-address": user.email,
        "user-scope": "Basic User", "login-username": format!("{extension}@{domain}"), "account-status": "standard",
        "voicemail-enabled": "yes", "caller-id-number-emergency": "[*]", "emergency-address-id": null,
        "service-code": user.service_code,
    });
    if user.service_code.is_empty() {
        shown["service-code"] = Value::Null;
    }
    shown
}

/// The PBX writes numbers without the `+`.
fn number_json((digits, extension): (&String, &String)) -> Value {
    let application = if extension.is_empty() { "available-number" } else { "to-user" };
    json!({"phonenumber": digits, "enabled": "yes", "dial-rule-application": application,
        "dial-rule-translation-destination-user": extension, "dial-rule-translation-destination-host": "[*]"})
}

fn addresses(state: &State) -> Vec<Value> {
    let domain = &state.seed.pbx.domain;
    let shown = |(id, address): (&String, &super::seed::Address)| {
        let name = &address.name;
        json!({"emergency-address-id": id, "address-name": name, "domain": domain, "user": "*",
            "caller-name": "Contoso", "address-formatted-pretty": name, "address-is-default-for-site": "no"})
    };
    state.seed.pbx.addresses.iter().map(shown).collect()
}

/// The list leaves out password and registration; the single read has them.
fn device_json(world: &Inner, state: &State, (extension, name): (&str, &str), whole: bool) -> Value {
    let Some(device) = state.device(name) else { return Value::Null };
    let domain = &state.seed.pbx.domain;
    let uri = format!("sip:{name}@{domain}");
    let mut shown: Map<String, Value> = device.other.clone();
    let mut put = |key: &str, value: Value| shown.insert(key.to_owned(), value);
    put("device", if state.knobs.sip_device_names { uri.clone() } else { name.to_owned() }.into());
    put("domain", domain.clone().into());
    put("user", extension.into());
    put("device-sip-registration-uri", uri.into());
    put("emergency-address-id", device.emergency_address_id.clone().into());
    put("caller-id-number-emergency", device.callback.clone().into());
    if whole {
        let agent = state.registration(name, world.clock.now());
        put("device-sip-registration-password", device.password.clone().into());
        let registered = if agent.is_some() { "registered" } else { "unregistered" };
        put("device-sip-registration-state", registered.into());
        put("device-sip-registration-user-agent", agent.unwrap_or_default().into());
        put("device-sip-registration-expiry-seconds", 60.into());
    }
    Value::Object(shown)
}

/// The fields that a write may hold, or why not.
fn fields(state: &State, ask: &Ask) -> Result<Map<String, Value>, Answer> {
    let Some(Value::Object(body)) = ask.json() else { return Err(refusal(400, "The body is not a JSON object")) };
    for key in body.keys() {
        if READ_ONLY.contains(&key.as_str()) {
            return Err(refusal(400, format!("{key} is read-only")));
        }
        if !WRITABLE.contains(&key.as_str()) {
            return Err(refusal(400, format!("{key} is not known")));
        }
    }
    match body.get("emergency-address-id") {
        None | Some(Value::Null) => {}
        Some(Value::String(id)) if state.seed.pbx.addresses.contains_key(id) => {}
        Some(_) => return Err(refusal(400, "emergency-address-id does not exist")),
    }
    if body.get("caller-id-number-emergency").is_some_and(|v| !v.is_string()) {
        return Err(refusal(400, "caller-id-number-emergency is a string"));
    }
    Ok(body)
}

fn write(device: &mut Device, body: &Map<String, Value>) {
    for (key, value) in body {
        let text = || value.as_str().map(str::to_owned);
        match key.as_str() {
            "synchronous" | "device" => {}
            "emergency-address-id" => device.emergency_address_id = text(),
            "caller-id-number-emergency" => device.callback = text().unwrap_or_default(),
            "device-sip-registration-password" => device.password = text().unwrap_or_default(),
            _ => {
                device.other.insert(key.clone(), value.clone());
            }
        }
    }
}

fn create(world: &Inner, state: &mut State, ask: &Ask, extension: &str) -> Answer {
    let body = match fields(state, ask) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let Some(name) = body.get("device").and_then(Value::as_str).filter(|n| !n.is_empty()) else {
        return refusal(400, "device is required");
    };
    let name = bare(name);
    if state.device(&name).is_some() {
        return refusal(409, "Device already exists");
    }
    let letters = rand::rng().sample_iter(rand::distr::Alphanumeric).take(PASSWORD_LENGTH);
    let password = letters.map(char::from).collect();
    let mut device = Device { password, callback: "[*]".to_owned(), ..Device::default() };
    write(&mut device, &body);
    if let Some(user) = state.seed.pbx.users.get_mut(extension) {
        user.devices.insert(name.clone(), device);
    }
    let synchronous = body.get("synchronous").and_then(Value::as_str) == Some("yes");
    let answer =
        if synchronous { Answer::json(200, &device_json(world, state, (extension, &name), true)) } else { accepted() };
    let answer = answer.did(Effect::new(EffectKind::DeviceCreated, name));
    match body.keys().find(|k| !EXPECTED.contains(&k.as_str())) {
        Some(key) => answer.broke(format!("a device is created with its emergency fields only, not with {key}")),
        None => answer,
    }
}

fn change(state: &mut State, ask: &Ask, (extension, name): (&str, &str)) -> Answer {
    let body = match fields(state, ask) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let device = state.seed.pbx.users.get_mut(extension).and_then(|u| u.devices.get_mut(name));
    let changed = device.is_some_and(|device| {
        let before = device.clone();
        write(device, &body);
        *device != before
    });
    // The same written again changes nothing.
    let answer = if changed { accepted().did(Effect::new(EffectKind::DeviceChanged, name)) } else { accepted() };
    if body.contains_key("device-sip-registration-password") {
        return answer.broke("the bot never sets a SIP password");
    }
    answer
}
