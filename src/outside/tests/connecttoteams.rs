//! The carrier: one body, documented keys only, accepted by any success.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json as value;

use super::stage::{Reply, Stage, json, text};
use super::{fault, impatience, noon, patience, secret, shared};
use crate::config;
use crate::domain::{Extension, Line, Upn, Voicemail};
use crate::outside::http::Patience;
use crate::outside::{ConfigureUser, ConnecttoTeams, Fault, Gateway};

const CONFIGURE: &str = "POST /enterprise/configureUser";
const LOGIN: &str = "POST /oauth/token";

fn told(token: &str) -> Reply {
    json(200, value!({"access_token": token, "token_type": "bearer"}))
}

async fn set_with(patience: Patience) -> (Stage, ConnecttoTeams) {
    let stage = Stage::open().await;
    stage.expect(LOGIN, told("token-1"));
    let config = config::ConnecttoTeams {
        base_url: stage.url.clone(),
        client_id: "onboard-bot".to_owned(),
        client_secret: secret("hush1"),
        username: "api-admin@reseller.example".to_owned(),
        password: secret("hush2"),
        enterprise_id: 12345,
        service_provider_consent: true,
        sync_wait: jiff::SignedDuration::from_mins(2),
        sync_deadline: jiff::SignedDuration::from_hours(24),
        pbx_locations: Vec::new(),
        voice_routes: Vec::new(),
    };
    let carrier = ConnecttoTeams::with_patience(&config, shared(&noon()), patience).unwrap();
    (stage, carrier)
}

async fn set() -> (Stage, ConnecttoTeams) {
    set_with(patience()).await
}

fn alice() -> ConfigureUser {
    ConfigureUser {
        subject: Upn::parse("alice@contoso.com").unwrap(),
        pbx_location: "4711".to_owned(),
        sbc_gateway_id: 805,
        sip_user: "1000@contoso.pbx.example".to_owned(),
        device: "1000tm".to_owned(),
        line: Line::Extension(Extension::parse("1000").unwrap()),
        voicemail: Voicemail::Pbx,
    }
}

#[tokio::test]
async fn a_user_is_configured_with_exactly_the_documented_minimum() {
    let (stage, carrier) = set().await;
    stage.expect(CONFIGURE, json(200, value!({})));
    assert_eq!(carrier.configure_user(&alice()).await, Ok(()));
    let calls = stage.calls();
    assert_eq!(calls[0].form()["grant_type"], "password");
    assert!(calls[0].header("authorization").starts_with("Basic "));
    assert_eq!(calls[1].header("authorization"), "Bearer token-1");
    assert_eq!(
        calls[1].json(),
        value!({
            "loginID": "alice@contoso.com", "teamsUserId": "alice@contoso.com", "pbxLocation": "4711",
            "sbcGatewayId": 805, "pbxUserId": "1000@contoso.pbx.example", "pbxAuthUserId": "1000tm",
            "phoneNumber": "+11000", "useTeamsVoicemail": false,
            "pbxCallPolicyInfo": {
                "callPolicyCNAM": "TRANSPARENT", "callPolicyName": "Global", "forwardedCallsCallerId": "USER_CALLER_ID",
            },
        })
    );
    stage.expect(CONFIGURE, text(200, ""));
    carrier.configure_user(&ConfigureUser { voicemail: Voicemail::Teams, ..alice() }).await.unwrap();
    assert_eq!(stage.calls()[2].json()["useTeamsVoicemail"], true);
}

#[tokio::test]
async fn any_success_is_acceptance_whatever_its_body_but_a_web_page() {
    let (stage, carrier) = set().await;
    for reply in [text(200, ""), text(200, "User saved"), text(204, ""), text(202, "{\"a\":")] {
        stage.expect(CONFIGURE, reply);
        assert_eq!(carrier.configure_user(&alice()).await, Ok(()));
    }
    stage.expect(CONFIGURE, text(200, "\n<html>Please sign in</html>"));
    assert_eq!(fault(carrier.configure_user(&alice()).await), Fault::Garbled, "a web page is nobody's acceptance");
}

#[tokio::test]
async fn every_refusal_asks_for_its_own_reaction_and_is_not_repeated() {
    let (stage, carrier) = set().await;
    let spring =
        value!({"timestamp": 1, "status": 422, "error": "Unprocessable Entity", "path": "/enterprise/configureUser"});
    let refused = |status| Fault::Refused { status, code: None };
    for (reply, reaction) in [
        (text(302, "").header("location", "/login"), refused(302)),
        (text(400, "pbxUserId is taken"), refused(400)),
        (json(422, spring), refused(422)),
        (json(403, value!({"error": "access_denied"})), Fault::Forbidden { code: Some("access_denied".to_owned()) }),
        (text(404, ""), Fault::NotFound),
        (text(409, ""), Fault::Conflict),
        (
            text(429, "").header("retry-after", "1"),
            Fault::Busy { retry_after: Some(jiff::SignedDuration::from_secs(1)) },
        ),
        (text(500, ""), Fault::Failed { status: 500 }),
        (text(503, ""), Fault::Busy { retry_after: None }),
        (Reply::Cut, Fault::Unknown),
    ] {
        stage.expect(CONFIGURE, reply);
        assert_eq!(fault(carrier.configure_user(&alice()).await), reaction);
    }
    assert_eq!(stage.calls().len(), 11);
}

#[tokio::test]
async fn an_unanswered_write_is_unknown_and_its_repetition_says_the_same() {
    let (stage, carrier) = set_with(Patience { read: patience().read, ..impatience() }).await;
    stage.expect(CONFIGURE, Reply::Silence);
    assert_eq!(fault(carrier.configure_user(&alice()).await), Fault::Unknown);
    stage.expect(CONFIGURE, text(200, ""));
    assert_eq!(carrier.configure_user(&alice()).await, Ok(()));
    let calls = stage.calls();
    assert_eq!(calls[1].body, calls[2].body);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let (stage, carrier) = set().await;
    stage.expect(CONFIGURE, text(401, "")).expect(LOGIN, told("token-2")).expect(CONFIGURE, text(200, ""));
    assert_eq!(carrier.configure_user(&alice()).await, Ok(()));
    assert_eq!(stage.calls()[3].header("authorization"), "Bearer token-2");
    stage.expect(CONFIGURE, text(401, "")).expect(LOGIN, told("token-3")).expect(CONFIGURE, text(401, ""));
    assert_eq!(fault(carrier.configure_user(&alice()).await), Fault::Unauthorized { code: None });
}

#[tokio::test]
async fn a_refused_login_sends_nothing_further() {
    let (stage, carrier) = set().await;
    stage.expect(CONFIGURE, text(401, "")).expect(LOGIN, json(400, value!({"error": "invalid_grant"})));
    let refused = Fault::Credential { code: Some("invalid_grant".to_owned()) };
    assert_eq!(fault(carrier.configure_user(&alice()).await), refused);
    assert_eq!(fault(carrier.configure_user(&alice()).await), refused);
}

#[tokio::test]
async fn one_write_at_a_time() {
    let (stage, carrier) = set_with(Patience { read: patience().read, ..impatience() }).await;
    // The first write is held by the stage until its patience ends; were the second sent meanwhile, it would come
    // before the first has ended and finish first.
    stage.expect(CONFIGURE, Reply::Silence).expect(CONFIGURE, text(200, ""));
    let carrier = Arc::new(carrier);
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let writers = (0..2).map(|_| {
        let (carrier, order) = (carrier.clone(), order.clone());
        tokio::spawn(async move {
            let answer = carrier.configure_user(&alice()).await.map_err(|error| error.fault);
            order.lock().unwrap().push(answer);
        })
    });
    join_all(writers).await;
    assert_eq!(*order.lock().unwrap(), [Err(Fault::Unknown), Ok(())]);
}

#[tokio::test]
async fn the_login_is_asked_who_it_is_with_a_bare_name() {
    let (stage, carrier) = set().await;
    let line = "PUT /reseller/getAuthenticatedUser";
    let told = value!({"username": "api-admin@reseller.example", "type": "RESELLER", "resellerId": 77, "more": []});
    stage.expect(line, text(503, "")).expect(line, json(200, told));
    let user = carrier.authenticated_user().await.unwrap();
    assert_eq!((user.kind.as_deref(), user.reseller_id), (Some("RESELLER"), 77));
    let call = &stage.calls()[2];
    assert_eq!((call.body.as_str(), call.header("content-type")), ("api-admin@reseller.example", "application/json"));
    stage.expect(line, text(200, "<html>Sign in</html>"));
    assert_eq!(fault(carrier.authenticated_user().await), Fault::Garbled);
}

#[tokio::test]
async fn voice_routes_are_listed_for_the_reseller() {
    let (stage, carrier) = set().await;
    let line = "GET /reseller/getAvailableSBCGatewayRegionsByResellerId/77";
    stage.expect(line, json(200, value!([{"sbcGatewayId": 805, "sbcGatewayRegion": "US-East"}])));
    let routes = carrier.voice_routes(77).await.unwrap();
    assert_eq!(routes, [Gateway { sbc_gateway_id: 805, region: "US-East".to_owned() }]);
    stage.expect(line, json(200, value!([])));
    assert_eq!(carrier.voice_routes(77).await, Ok(Vec::new()));
}

#[tokio::test]
async fn nothing_secret_shows_itself() {
    let (stage, carrier) = set().await;
    stage.expect(CONFIGURE, text(200, ""));
    carrier.configure_user(&alice()).await.unwrap();
    let shown = format!("{carrier:?}");
    assert!(!shown.contains("hush") && !shown.contains("token-1"), "{shown}");
}
