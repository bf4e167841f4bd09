//! The app package, read back the way Teams reads it.

#![allow(clippy::unwrap_used, reason = "a test: also its functions without #[test] may fail")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

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
