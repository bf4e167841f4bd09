//! The carrier's provisioning API as far as it is public, and its portal as a Global Admin sees it.
//!
//! Bodies of errors are not documented; they are answered in the Spring style that the product's back end suggests.
//! What is documented: <https://kb.connecttoteams.com/apidocs/getting-started-on-api>,
//! <https://kb.connecttoteams.com/apidocs/enterpriseconfigureuser-1>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::Inner;
use super::lines::Link;
use super::log::{Effect, EffectKind};
use super::server::{Answer, Ask};
use super::state::{State, Token};

/// Marks the carrier's own tokens.
const SCOPE: &str = "connecttoteams";
/// Seconds that a token lives. The vendor does not say; one hour is what its framework does by default.
const LIFETIME: i64 = 3600;
/// The reseller behind the credentials.
const RESELLER: i64 = 77;

/// Documented string keys of `configureUser`.
const STRINGS: [&str; 19] = [
    "codecs",
    "deviceName",
    "deviceType",
    "email",
    "firstName",
    "lastName",
    "linePort",
    "loginID",
    "macAddress",
    "password",
    "pbxAuthUserId",
    "pbxLocation",
    "pbxUserId",
    "phoneNumber",
    "portalLoginName",
    "portalPassword",
    "rePassword",
    "teamsUserId",
    "userType",
];
const BOOLEANS: [&str; 3] = ["disableTeamsVoicemail", "sipAutoProvisioningEnabled", "useTeamsVoicemail"];
const INTEGERS: [&str; 2] = ["directRouteId", "sbcGatewayId"];
const OBJECTS: [&str; 3] = ["authenticationResult", "callPolicyInfo", "pbxCallPolicyInfo"];
/// Documented, but credentials or deprecated: the contract keeps them out of the bot's calls.
const FORBIDDEN: [&str; 8] = [
    "password",
    "rePassword",
    "portalPassword",
    "provisioningPassword",
    "provisioningUsername",
    "authenticationResult",
    "disableTeamsVoicemail",
    "directRouteId",
];

pub(super) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let route = (ask.method.as_str(), segments.as_slice());
    if route == ("POST", &["oauth", "token"]) {
        return token(world, state, ask);
    }
    let now = world.clock.now();
    let token = ask.bearer().and_then(|t| state.tokens.get(t)).filter(|t| t.until > now);
    if token.is_none_or(|t| t.scope != SCOPE) {
        let body = json!({"error": "invalid_token", "error_description": "the access token is not valid"});
        let answer = Answer::json(401, &body);
        return if token.is_some() {
            answer.broke("a token of another system was sent to the carrier")
        } else {
            answer
        };
    }
    match route {
        ("PUT", ["reseller", "getAuthenticatedUser"]) => {
            let name = String::from_utf8_lossy(&ask.body);
            if *name != *state.seed.credentials.carrier_username {
                return refusal(world, ask, 400, "the username is sent as bare text");
            }
            Answer::json(200, &json!({"username": name, "type": "RESELLER", "resellerId": RESELLER}))
        }
        ("GET", ["reseller", "getAvailableSBCGatewayRegionsByResellerId", id]) => {
            if *id != RESELLER.to_string() {
                return refusal(world, ask, 404, "no such reseller");
            }
            // The API spells a region with hyphens where the portal has blanks.
            let row =
                |(id, name): (&u64, &String)| json!({"sbcGatewayId": id, "sbcGatewayRegion": name.replace(' ', "-")});
            Answer::json(200, &state.seed.routes.iter().map(row).collect())
        }
        ("POST", ["enterprise", "configureUser"]) => configure(world, state, ask),
        _ => refusal(world, ask, 404, "Not Found").broke("unexpected call"),
    }
}

fn refusal(world: &Inner, ask: &Ask, status: u16, message: &str) -> Answer {
    let path = format!("/{}", ask.segments.join("/"));
    let at = world.clock.now().to_string();
    let error = if status == 409 { "Conflict" } else { "Bad Request" };
    Answer::json(status, &json!({"timestamp": at, "status": status, "error": error, "message": message, "path": path}))
}

fn token(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let known = &state.seed.credentials;
    let basic = STANDARD.encode(format!("{}:{}", known.carrier_client_id, known.carrier_secret));
    if ask.header("authorization") != Some(&format!("Basic {basic}")) {
        return Answer::json(401, &json!({"error": "invalid_client", "error_description": "Bad client credentials"}));
    }
    let form = ask.form();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    if field("grant_type") != "password" {
        return Answer::json(400, &json!({"error": "unsupported_grant_type", "error_description": "password only"}));
    }
    if field("username") != known.carrier_username || field("password") != known.carrier_password {
        return Answer::json(400, &json!({"error": "invalid_grant", "error_description": "Bad credentials"}));
    }
    let token = format!("carrier-{}", uuid::Uuid::new_v4().simple());
    let until = world.clock.now() + SignedDuration::from_secs(LIFETIME);
    let client = known.carrier_client_id.clone();
    state.tokens.insert(token.clone(), Token { client, scope: SCOPE.to_owned(), until });
    let body = json!({"access_token": token, "token_type": "bearer", "expires_in": LIFETIME});
    Answer::json(200, &body).did(Effect::new(EffectKind::TokenIssued, SCOPE))
}

/// Why a body is refused: unknown keys, wrong types, required keys left out.
fn wrong(state: &State, body: &Map<String, Value>) -> Option<String> {
    for (key, value) in body {
        let name = key.as_str();
        let string = STRINGS.contains(&name) || name == "provisioningUsername" || name == "provisioningPassword";
        let fits = (string && value.is_string())
            || (BOOLEANS.contains(&name) && value.is_boolean())
            || (INTEGERS.contains(&name) && value.is_i64())
            || (OBJECTS.contains(&name) && value.is_object());
        if !fits {
            return Some(format!("{key} is not known or has the wrong type"));
        }
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(key) = ["loginID", "teamsUserId", "pbxLocation", "pbxUserId"].iter().find(|k| text(k).is_empty()) {
        return Some(format!("{key} must not be empty"));
    }
    if !state.seed.pbx_locations.iter().any(|id| id == text("pbxLocation")) {
        return Some("pbxLocation is not the id of a PBX".to_owned());
    }
    let shaped = text("pbxUserId").split_once('@').is_some_and(|(ext, domain)| {
        !ext.is_empty() && ext.bytes().all(|b| b.is_ascii_digit()) && state.seed.pbx.has_domain(domain)
    });
    if !shaped {
        return Some("pbxUserId is written extension@domain".to_owned());
    }
    let gateway = body.get("sbcGatewayId").and_then(Value::as_u64);
    if gateway.is_none_or(|id| !state.seed.routes.contains_key(&id)) {
        return Some("sbcGatewayId must be greater than 0 and known".to_owned());
    }
    let policy = body.get("pbxCallPolicyInfo").and_then(Value::as_object);
    let of = |key: &str, allowed: &[&str]| {
        policy.and_then(|p| p.get(key)).is_none_or(|v| v.as_str().is_some_and(|v| allowed.contains(&v)))
    };
    if !of("callPolicyCNAM", &["TRANSPARENT", "OTHER"])
        || !of("forwardedCallsCallerId", &["USER_CALLER_ID", "TRANSPARENT"])
    {
        return Some("pbxCallPolicyInfo holds a value that is not allowed".to_owned());
    }
    let keys = ["callPolicyCNAM", "callPolicyCustomCNAM", "callPolicyName", "forwardedCallsCallerId", "resellerId"];
    let unknown = policy.and_then(|p| p.keys().find(|k| !keys.contains(&k.as_str())));
    unknown.map(|key| format!("pbxCallPolicyInfo.{key} is not known"))
}

/// Add and edit in one.
fn configure(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let Some(Value::Object(body)) = ask.json() else { return refusal(world, ask, 400, "the body is not an object") };
    let secret = body.keys().find(|k| FORBIDDEN.contains(&k.as_str())).cloned();
    if let Some(why) = wrong(state, &body) {
        let answer = refusal(world, ask, 400, &why);
        return match secret {
            Some(key) => answer.broke(format!("configureUser was sent {key}")),
            None => answer.broke(format!("configureUser: {why}")),
        };
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let (upn, sip_user) = (text("teamsUserId").unwrap_or_default(), text("pbxUserId").unwrap_or_default());
    let upn = upn.to_ascii_lowercase();
    if state.links.iter().any(|(other, link)| *other != upn && link.sip_user == sip_user) {
        return refusal(world, ask, 409, "the SIP user is already assigned to another user");
    }
    let login_id = text("loginID").unwrap_or_default();
    let before = state.links.get(&upn).cloned();
    let moved = before.as_ref().is_some_and(|l| l.line != text("phoneNumber"));
    let changed_login = before.as_ref().is_some_and(|l| l.login_id != login_id);
    let (line, device) = (text("phoneNumber"), text("pbxAuthUserId"));
    let gateway = body.get("sbcGatewayId").and_then(Value::as_u64).unwrap_or_default();
    let body = super::log::redacted(Value::Object(body));
    let now = world.clock.now();
    let kept = before.filter(|_| !moved).unwrap_or_default();
    let link = Link { login_id, sip_user, device, line, gateway, body, ..kept };
    state.links.insert(upn.clone(), link);
    state.sync_by_itself(now);
    // The success body is not documented: nothing may be read from it.
    let answer = Answer::empty(200).did(Effect::new(EffectKind::UserConfigured, upn));
    match secret {
        Some(key) => answer.broke(format!("configureUser was sent {key}")),
        None if changed_login => answer.broke("configureUser was repeated with another loginID"),
        None => answer,
    }
}
