//! The app packages, read back the way Teams and Slack read them.

#![allow(clippy::unwrap_used, reason = "a test: also its functions without #[test] may fail")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use onboard_bot::command::VERBS;
use onboard_bot::config::{self, Config};
use onboard_bot::package::{self, PackageError};
use serde_json::Value;

const APP_ID: &str = "0b5c2c0e-5f0e-4d0b-9d52-3a7f6c1e8a42";

/// The example installation, with a value for every secret that it takes from the environment.
fn installation() -> Config {
    let text = include_str!("../onboard-bot.example.toml");
    let names = text.split("\"env:").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    config::load_text(text, names.map(|name| (name, "not-a-secret".to_owned())).collect()).unwrap()
}

fn teams_installation(app_id: &str) -> Config {
    let mut config = installation();
    config.teams.as_mut().unwrap().app_id = app_id.to_owned();
    config
}

/// Every file of a package: name and content.
fn unpacked(package: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(File::open(package).unwrap()).unwrap();
    let names: Vec<String> = (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().to_owned()).collect();
    let content = |name: String| {
        let mut bytes = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(content).collect()
}

fn manifest(config: &Config) -> Value {
    let out = tempfile::tempdir().unwrap();
    let files = unpacked(&package::teams(config, out.path()).unwrap());
    serde_json::from_slice(&files[0].1).unwrap()
}

/// Width and height out of a PNG's first chunk.
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_package_holds_the_manifest_and_both_pictures_at_its_root() {
    let out = tempfile::tempdir().unwrap();
    let file = package::teams(&teams_installation(APP_ID), &out.path().join("new/folder")).unwrap();
    assert_eq!(file, out.path().join("new/folder/onboard-bot-teams.zip"));

    let files = unpacked(&file);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.json", "color.png", "outline.png"]);
    assert_eq!(png_size(&files[1].1), (192, 192));
    assert_eq!(png_size(&files[2].1), (32, 32));
}

#[test]
fn the_manifest_is_filled_in_for_this_installation() {
    let manifest = manifest(&teams_installation(&APP_ID.to_uppercase()));
    assert_eq!(manifest["id"], APP_ID);
    assert_eq!(manifest["bots"][0]["botId"], APP_ID);
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(!manifest.to_string().contains("${{"), "a placeholder was left: {manifest}");
}

#[test]
fn slash_commands_are_offered_where_teams_has_them_and_are_the_same_commands() {
    let bot = &manifest(&teams_installation(APP_ID))["bots"][0];
    assert_eq!(bot["supportsTargetedMessages"], true, "without it Teams shows no slash command");
    let list = |trigger: &str| {
        let lists = bot["commandLists"].as_array().unwrap();
        lists.iter().find(|list| list["triggers"] == serde_json::json!([trigger])).unwrap()
    };
    let titles = |list: &Value| -> BTreeSet<String> {
        list["commands"].as_array().unwrap().iter().map(|c| c["title"].as_str().unwrap().to_owned()).collect()
    };
    let (mention, slash) = (list("mention"), list("slash"));
    assert_eq!(mention["scopes"], serde_json::json!(["personal", "team", "groupChat"]));
    assert_eq!(slash["scopes"], serde_json::json!(["team", "groupChat"]), "Teams has none in personal chats");
    assert_eq!(titles(mention), titles(slash));
    assert!(titles(slash).contains("onboard") && titles(slash).contains("help"));
}

/// Teams takes twelve commands for a menu at most. Settings of one's own are not for it, and Retry is a button.
const NOT_IN_MENUS: [&str; 3] = ["mute", "unmute", "retry"];

#[test]
fn the_menus_offer_what_help_explains() {
    let in_menus = |name: &&str| !NOT_IN_MENUS.contains(name);
    let offered: BTreeSet<&str> = VERBS.iter().filter(|v| v.available).map(|v| v.name).filter(in_menus).collect();
    let manifest: serde_json::Value = serde_json::from_str(include_str!("../manifest/teams/manifest.json")).unwrap();
    for list in manifest["bots"][0]["commandLists"].as_array().unwrap() {
        let commands = list["commands"].as_array().unwrap();
        let named: BTreeSet<&str> = commands.iter().map(|c| c["title"].as_str().unwrap()).collect();
        assert_eq!(named, offered);
    }
}

#[test]
fn the_same_installation_gets_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = teams_installation(APP_ID);
    let bytes = |out: &Path| fs::read(package::teams(&config, out).unwrap()).unwrap();
    let fresh = bytes(first.path());
    assert_eq!(fresh, bytes(second.path()));
    assert_eq!(fresh, bytes(first.path()), "an older package is replaced");
}

#[test]
fn without_teams_there_is_nothing_to_pack() {
    let out = tempfile::tempdir().unwrap();
    let config = Config { teams: None, ..installation() };
    let refused = package::teams(&config, out.path()).unwrap_err();
    assert!(matches!(refused, PackageError::TeamsOff), "{refused}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn an_app_id_that_teams_would_refuse_is_refused_here() {
    let out = tempfile::tempdir().unwrap();
    let refused = package::teams(&teams_installation("onboard-bot"), out.path()).unwrap_err();
    assert_eq!(refused.to_string(), "teams.app_id: `onboard-bot` is not a UUID");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let out = tempfile::tempdir().unwrap();
    let blocked = out.path().join("a-file");
    fs::write(&blocked, "").unwrap();
    let refused = package::teams(&teams_installation(APP_ID), &blocked).unwrap_err();
    assert!(refused.to_string().contains("a-file"), "{refused}");
}

/// The manifest of an installation, and the file's text.
fn slack_manifest(more: &[(&str, &str)], change: impl Fn(&mut Config)) -> (package::Manifest, String) {
    let text = include_str!("../onboard-bot.example.toml");
    let names = text.split("\"env:").skip(1).map(|rest| (rest.split('"').next().unwrap(), "not-a-secret"));
    let environment = names.chain(more.iter().copied()).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut config = config::load_text(text, environment.collect()).unwrap();
    change(&mut config);
    let out = tempfile::tempdir().unwrap();
    let manifest = package::slack(&config, &out.path().join("new/folder")).unwrap();
    assert_eq!(manifest.file, out.path().join("new/folder/manifest.yaml"));
    let text = fs::read_to_string(&manifest.file).unwrap();
    assert!(!text.contains("${{") && !text.contains("#?"), "a placeholder was left: {text}");
    (manifest, text)
}

const PUBLIC_URL: (&str, &str) = ("ONBOARD_BOT__SERVER__PUBLIC_URL", "https://bot.contoso.com/");
const INSTALLING: [(&str, &str); 3] = [
    ("ONBOARD_BOT__SLACK__CLIENT_ID", "12345.67890"),
    ("ONBOARD_BOT__SLACK__CLIENT_SECRET", "not-a-secret"),
    ("ONBOARD_BOT__SLACK__TOKEN_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
];

/// How often a text stands in another.
fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn the_manifest_for_slack_names_the_addresses_where_the_bot_listens() {
    let (manifest, text) = slack_manifest(&[PUBLIC_URL], |_| {});
    assert!(!manifest.has_placeholder);
    assert_eq!(count(&text, "\"https://bot.contoso.com/slack/commands\""), 2);
    assert_eq!(count(&text, "request_url: \"https://bot.contoso.com/slack/events\""), 1);
    assert_eq!(count(&text, "request_url: \"https://bot.contoso.com/slack/interactivity\""), 1);
    assert_eq!(count(&text, "https://"), 4, "{text}");
    assert!(text.contains("socket_mode_enabled: false") && text.contains("token_rotation_enabled: false"), "{text}");
    let (manifest, text) = slack_manifest(&[], |_| {});
    assert!(manifest.has_placeholder && count(&text, package::PLACEHOLDER) == 4, "{text}");
}

#[test]
fn in_socket_mode_slack_is_told_no_address() {
    let (manifest, text) = slack_manifest(&[("ONBOARD_BOT__SLACK__MODE", "socket")], |_| {});
    assert!(!manifest.has_placeholder && !text.contains("://") && !text.contains("url:"), "{text}");
    assert_eq!((count(&text, "socket_mode_enabled: true"), count(&text, "socket_mode_enabled")), (1, 1));
    assert_eq!(count(&text, "command: /"), 2, "the commands stay");
}

#[test]
fn only_an_app_that_workspaces_install_gets_a_way_back_and_tokens_that_end() {
    let settings = [INSTALLING.as_slice(), &[PUBLIC_URL]].concat();
    let (_, text) = slack_manifest(&settings, |_| {});
    assert!(text.contains("redirect_urls:\n    - \"https://bot.contoso.com/slack/oauth_redirect\"\n"), "{text}");
    assert_eq!((count(&text, "token_rotation_enabled: true"), count(&text, "token_rotation_enabled")), (1, 1));
    let (_, text) = slack_manifest(&[], |_| {});
    assert!(!text.contains("redirect"), "{text}");
}

#[test]
fn slack_is_asked_for_user_groups_only_where_a_list_names_one() {
    let scopes = |text: &str| text.lines().find(|line| line.trim_start().starts_with("bot: ")).unwrap().to_owned();
    let (_, text) = slack_manifest(&[], |_| {});
    assert!(scopes(&text).contains("\"usergroups:read\""), "{text}");
    let without = |config: &mut Config| {
        for customer in &mut config.customers {
            customer.approval.approvers.retain(|person| !matches!(person, config::PersonRef::SlackUsergroup(_)));
        }
    };
    let (_, text) = slack_manifest(&[], without);
    let least = r#"    bot: ["app_mentions:read", "chat:write", "commands", "im:history", "im:write", "users:read", "users:read.email"]"#;
    assert_eq!(scopes(&text), least);
}

#[test]
fn without_slack_there_is_no_manifest() {
    let out = tempfile::tempdir().unwrap();
    let refused = package::slack(&Config { slack: None, ..installation() }, out.path()).unwrap_err();
    assert!(matches!(refused, PackageError::SlackOff), "{refused}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
