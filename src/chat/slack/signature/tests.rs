use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::clock::ManualClock;
use crate::config;

/// The example of Slack's documentation.
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const AT: i64 = 1_531_420_618;
const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn settings(more: &str) -> Slack {
    toml::from_str::<config::Slack>(more).unwrap()
}

fn at(seconds: i64) -> ManualClock {
    ManualClock::new(Timestamp::from_second(seconds).unwrap())
}

fn door(clock: &ManualClock) -> Authenticator {
    Authenticator::new(&settings(&format!("signing_secrets = ['{SECRET}']")), Arc::new(clock.clone())).unwrap()
}

fn knock(door: &Authenticator, timestamp: &str, signature: &str) -> Result<(), AuthError> {
    door.authenticate((Some(timestamp), Some(signature)), BODY.as_bytes())
}

#[test]
fn the_documented_example_is_accepted_and_made() {
    assert_eq!(knock(&door(&at(AT)), &AT.to_string(), SIGNATURE), Ok(()));
    assert_eq!(sign(&Secret::new(SECRET), AT, BODY.as_bytes()), SIGNATURE);
}

#[test]
fn five_minutes_of_difference_are_allowed_both_ways() {
    let clock = at(AT - 301);
    let door = door(&clock);
    let mut seen = Vec::new();
    for turn in [0, 1, 600, 1] {
        clock.advance(SignedDuration::from_secs(turn));
        seen.push(knock(&door, &AT.to_string(), SIGNATURE));
    }
    assert_eq!(seen, [Err(AuthError::Stale), Ok(()), Ok(()), Err(AuthError::Stale)]);
}

#[test]
fn during_a_rotation_both_secrets_are_believed_and_no_third() {
    let two = settings("signing_secrets = ['new', 'old']");
    let door = Authenticator::new(&two, Arc::new(at(AT))).unwrap();
    let signed = |secret: &str| knock(&door, &AT.to_string(), &sign(&Secret::new(secret), AT, BODY.as_bytes()));
    let told = ["new", "old", "older"].map(signed);
    assert_eq!(told, [Ok(()), Ok(()), Err(AuthError::Signature)]);
}

#[test]
fn an_empty_secret_opens_nothing() {
    for secrets in ["[]", "['']", "[' ']", "['good', '']"] {
        let slack = settings(&format!("signing_secrets = {secrets}"));
        assert_eq!(Authenticator::new(&slack, Arc::new(at(AT))).unwrap_err(), NoSecret, "{secrets}");
    }
}

#[test]
fn in_socket_mode_there_may_be_no_secret_and_then_nothing_is_believed_over_http() {
    let settings = settings("mode = 'socket'\napp_token = 'xapp'");
    let door = Authenticator::new(&settings, Arc::new(at(AT))).unwrap();
    assert_eq!(knock(&door, &AT.to_string(), SIGNATURE), Err(AuthError::Signature));
    let empty = sign(&Secret::new(""), AT, BODY.as_bytes());
    assert_eq!(knock(&door, &AT.to_string(), &empty), Err(AuthError::Signature));
}

#[test]
fn what_is_forged_or_malformed_is_refused() {
    let door = door(&at(AT));
    let (good, now) = (SIGNATURE, AT.to_string());
    let digits = good.trim_start_matches("v0=");
    let of = |body: &str| sign(&Secret::new(SECRET), AT, body.as_bytes());
    let with = |secret: &[u8]| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(format!("v0:{AT}:{BODY}").as_bytes());
        format!("v0={}", hex::encode(context.sign().as_ref()))
    };
    let long = "1".repeat(40);
    let rows: Vec<(&str, Option<&str>, Option<String>, AuthError)> = vec![
        ("nothing", None, None, AuthError::Unsigned),
        ("no signature", Some(&now), None, AuthError::Unsigned),
        ("no timestamp", None, Some(good.into()), AuthError::Unsigned),
        ("an empty timestamp", Some(""), Some(good.into()), AuthError::Timestamp),
        ("a timestamp in words", Some("yesterday"), Some(good.into()), AuthError::Timestamp),
        ("a timestamp with a sign", Some("+1531420618"), Some(good.into()), AuthError::Timestamp),
        ("a negative timestamp", Some("-1531420618"), Some(good.into()), AuthError::Timestamp),
        ("a timestamp with a fraction", Some("1531420618.0"), Some(good.into()), AuthError::Timestamp),
        ("a timestamp with blanks", Some(" 1531420618"), Some(good.into()), AuthError::Timestamp),
        ("other digits", Some("١٥٣١٤٢٠٦١٨"), Some(good.into()), AuthError::Timestamp),
        ("a timestamp of 40 digits", Some(&long), Some(good.into()), AuthError::Timestamp),
        ("milliseconds", Some("153142061800"), Some(good.into()), AuthError::Stale),
        ("another second", Some("1531420619"), Some(good.into()), AuthError::Signature),
        ("an old request", Some("1531420317"), Some(good.into()), AuthError::Stale),
        ("a request of tomorrow", Some("1531420919"), Some(good.into()), AuthError::Stale),
        ("an empty signature", Some(&now), Some(String::new()), AuthError::Signature),
        ("only the version", Some(&now), Some("v0=".into()), AuthError::Signature),
        ("no version", Some(&now), Some(digits.into()), AuthError::Signature),
        ("another version", Some(&now), Some(format!("v1={digits}")), AuthError::Signature),
        ("upper case", Some(&now), Some(format!("v0={}", digits.to_uppercase())), AuthError::Signature),
        ("cut short", Some(&now), Some(good[..good.len() - 2].into()), AuthError::Signature),
        ("one digit too many", Some(&now), Some(format!("{good}0")), AuthError::Signature),
        ("one digit changed", Some(&now), Some(good.replace("b503", "b504")), AuthError::Signature),
        ("no hexadecimal digits", Some(&now), Some(format!("v0={}", "g".repeat(64))), AuthError::Signature),
        ("zeros", Some(&now), Some(format!("v0={}", "0".repeat(64))), AuthError::Signature),
        ("two signatures", Some(&now), Some(format!("{good},{good}")), AuthError::Signature),
        ("a blank behind it", Some(&now), Some(format!("{good} ")), AuthError::Signature),
        ("not ASCII", Some(&now), Some(format!("v0={}", "é".repeat(32))), AuthError::Signature),
        ("another body", Some(&now), Some(of("text=approve")), AuthError::Signature),
        ("the body alone", Some(&now), Some(of("")), AuthError::Signature),
        ("an empty key", Some(&now), Some(with(b"")), AuthError::Signature),
        ("the key decoded", Some(&now), Some(with(&[0x8f, 0x74])), AuthError::Signature),
        ("another key", Some(&now), Some(with(b"guess")), AuthError::Signature),
    ];
    for (name, timestamp, signature, why) in rows {
        let told = door.authenticate((timestamp, signature.as_deref()), BODY.as_bytes());
        assert_eq!(told, Err(why), "{name}");
        assert_eq!(why.status(), 401);
    }
}

#[test]
fn another_app_and_another_workspace_are_forbidden() {
    let more = "signing_secrets = ['s']\napp_id = 'A1'\nallowed_teams = ['T1', 'E1']";
    let door = Authenticator::new(&settings(more), Arc::new(at(AT))).unwrap();
    let check = |app, team, enterprise| door.check_payload(app, Workspace { team, enterprise });
    assert_eq!(check(Some("A1"), "T1", ""), Ok(()));
    assert_eq!(check(None, "T9", "E1"), Ok(()), "the whole organisation is allowed");
    assert_eq!(check(Some("A2"), "T1", ""), Err(AuthError::ForeignApp));
    for (team, enterprise) in [("T2", ""), ("", ""), ("T2", "E2"), ("t1", "")] {
        assert_eq!(check(Some("A1"), team, enterprise), Err(AuthError::ForeignTeam), "{team} {enterprise}");
    }
    assert_eq!(AuthError::ForeignTeam.status(), 403);
}
