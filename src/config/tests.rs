//! What a configuration says about Slack, and what it must not say.

use std::sync::LazyLock;

use super::*;
use crate::domain::Surface;

static EXAMPLE: LazyLock<String> = LazyLock::new(|| {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/onboard-bot.example.toml")).unwrap()
});
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

fn environment() -> Vec<(String, String)> {
    let names = EXAMPLE.split("\"env:").skip(1).filter_map(|rest| rest.split('"').next());
    names.map(|name| (name.to_owned(), "hush-hush".to_owned())).collect()
}

/// The example with one text replaced and more environment.
fn loaded(from: &str, to: &str, more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    assert!(EXAMPLE.contains(from), "{from}");
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load_text(&EXAMPLE.replacen(from, to, 1), environment().into_iter().chain(more).collect())
}

fn refused(from: &str, to: &str, more: &[(&str, &str)]) -> String {
    let error = loaded(from, to, more).expect_err(to).to_string();
    assert!(!error.contains("hush-") && !error.contains(KEY), "a secret shows itself: {error}");
    error.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n")
}

const BOT_TOKEN: &str = "bot_token = \"env:SLACK_BOT_TOKEN\"";
const INSTALLING: [(&str, &str); 4] = [
    ("ONBOARD_BOT__SLACK__CLIENT_ID", "12345.67890"),
    ("ONBOARD_BOT__SLACK__CLIENT_SECRET", "hush-client"),
    ("ONBOARD_BOT__SLACK__TOKEN_KEY", KEY),
    ("ONBOARD_BOT__SERVER__PUBLIC_URL", "https://onboard-bot.contoso.com/"),
];

#[test]
fn the_example_uses_one_token() {
    let config = loaded("[server]", "[server]", &[]).unwrap();
    assert!(config.slack.unwrap().installing().is_none());
    assert_eq!(config.server.public("/slack/events"), None);
    assert!(config.customers[0].channels.is_empty());
}

#[test]
fn workspaces_can_install_the_app_with_a_token_beside_it_or_without() {
    for bot_token in [BOT_TOKEN, ""] {
        let config = loaded(BOT_TOKEN, bot_token, &INSTALLING).unwrap();
        let slack = config.slack.as_ref().unwrap();
        let installing = slack.installing().unwrap();
        assert_eq!((installing.client_id.as_str(), installing.client_secret.expose()), ("12345.67890", "hush-client"));
        assert_eq!(installing.token_key.bytes().unwrap()[..3], [0x00, 0x11, 0x22]);
        let url = config.server.public("/slack/install");
        assert_eq!(url.as_deref(), Some("https://onboard-bot.contoso.com/slack/install"));
        let shown = format!("{config:?} {installing:?}");
        assert!(!shown.contains("hush-") && !shown.to_lowercase().contains("00112233"), "{shown}");
    }
}

#[test]
fn secrets_of_slack_come_from_the_environment_and_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let lines = format!(
        "client_id = \"1.2\"\nclient_secret = \"env:MY_SECRET\"\ntoken_key = \"file:{}\"\n{BOT_TOKEN}",
        file.display()
    );
    let more = [("MY_SECRET", "hush-client"), INSTALLING[3]];
    let config = loaded(BOT_TOKEN, &lines, &more).unwrap();
    let installing = config.slack.unwrap().installing().unwrap();
    assert_eq!(installing.client_secret.expose(), "hush-client");
    assert_eq!(installing.token_key.bytes().unwrap()[..2], [0x00, 0x11]);
    assert_eq!(
        refused(BOT_TOKEN, &lines, &more[1..]),
        "slack.client_secret: the environment variable MY_SECRET is not set"
    );
}

#[test]
fn slack_without_a_token_says_what_is_missing() {
    assert!(refused(BOT_TOKEN, "", &[]).starts_with("slack.bot_token: is missing; or give client_id, client_secret"));
    let all = ["slack.client_id", "slack.client_secret", "slack.token_key", "server.public_url"];
    for (left_out, key) in all.into_iter().enumerate() {
        let given: Vec<_> =
            INSTALLING.into_iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, one)| one).collect();
        let said = refused(BOT_TOKEN, "", &given);
        assert!(said.starts_with(&format!("{key}: ")) && said.lines().count() == 1, "{said}");
        assert!(said.contains("need"), "{said}");
    }
    let nobody = refused("allowed_teams = [\"T0123456789\"]", "", &INSTALLING);
    assert!(nobody.starts_with("slack.allowed_teams: name the workspaces (T…) or organisations (E…)"), "{nobody}");
}

#[test]
fn a_token_key_is_32_bytes() {
    for wrong in [&KEY[1..], &KEY.replace('0', "g"), &format!("{KEY}00"), "hush-key"] {
        let given = [INSTALLING[0], INSTALLING[1], ("ONBOARD_BOT__SLACK__TOKEN_KEY", wrong), INSTALLING[3]];
        let said = refused("[server]", "[server]", &given);
        assert!(said.starts_with("slack.token_key: write 32 bytes as 64 hexadecimal digits"), "{said}");
        assert!(!said.contains(wrong), "{said}");
    }
    let empty = [INSTALLING[0], INSTALLING[1], ("ONBOARD_BOT__SLACK__TOKEN_KEY", " "), INSTALLING[3]];
    assert_eq!(refused("[server]", "[server]", &empty), "slack.token_key: the secret is empty");
}

#[test]
fn a_public_address_is_a_host_that_others_reach_safely() {
    let said = |url: &str| refused("[server]", &format!("[server]\npublic_url = \"{url}\""), &[]);
    assert!(said("http://bot.contoso.com").contains("plain http:// is accepted for loopback hosts only"));
    assert!(said("bot.contoso.com").contains("is not a URL"));
    assert!(said("https://me:hush-url@bot.contoso.com").contains("must not hold a user name"));
    for longer in ["https://bot.contoso.com/bot", "https://bot.contoso.com?a=b", "https://bot.contoso.com/#a"] {
        assert!(said(longer).contains("server.public_url: name the host only"), "{longer}");
    }
    let local = "http://127.0.0.1:3978";
    let config = loaded("[server]", &format!("[server]\npublic_url = \"{local}\""), &[]).unwrap();
    assert_eq!(config.server.public("/slack").as_deref(), Some("http://127.0.0.1:3978/slack"));
}

#[test]
fn socket_mode_needs_its_token_and_no_signing_secret() {
    let secrets = "signing_secrets = [\"env:SLACK_SIGNING_SECRET\"]         # two during a rotation";
    let socket = [("ONBOARD_BOT__SLACK__MODE", "socket")];
    assert!(loaded(secrets, "", &socket).unwrap().slack.unwrap().signing_secrets.is_empty());
    assert_eq!(refused("app_token = \"env:SLACK_APP_TOKEN\"", "", &socket), "slack.app_token: socket mode needs it");
    for none in ["", "signing_secrets = []"] {
        let said = refused(secrets, none, &[]);
        assert_eq!(said, "slack.signing_secrets: give one secret, or two during a rotation");
    }
    let empty = [("SLACK_SIGNING_SECRET", "")];
    let mut environment = environment();
    environment.retain(|(name, _)| name != empty[0].0);
    environment.push((empty[0].0.to_owned(), String::new()));
    let error = load_text(&EXAMPLE, environment).unwrap_err().to_string();
    assert!(error.contains("slack.signing_secrets[0]: the secret is empty"), "{error}");
}

#[test]
fn customers_and_slack_must_agree() {
    let other = refused("slack_team_id = \"T0123456789\"", "slack_team_id = \"T999\"", &[]);
    assert_eq!(other, "customers[0].slack_team_id: `T999` is not one of slack.allowed_teams");
    let organisation = [("ONBOARD_BOT__SLACK__ALLOWED_TEAMS", "E111")];
    let config = loaded("[server]", "[server]", &organisation).unwrap();
    let slack = config.slack.unwrap();
    assert!(slack.allows("T0123456789", "E111") && !slack.allows("T0123456789", "") && !slack.allows("", ""));
    assert!(
        refused("[server]", "[server]", &[("ONBOARD_BOT__SLACK__ALLOWED_TEAMS", "contoso")])
            .contains("slack.allowed_teams[0]: `contoso` is not the id of a workspace (T…)")
    );
    // Without the table.
    let (before, after) = (EXAMPLE.find("[slack]").unwrap(), EXAMPLE.find("[[customers]]").unwrap());
    let said = refused(&EXAMPLE[before..after], "", &[]);
    assert_eq!(said, "customers[0].approval.approvers: slack-usergroup:S0123456789 needs the table slack");
}

#[test]
fn channels_are_read_as_what_they_are() {
    let channels = |list: &str| format!("slack_team_id = \"T0123456789\"\nchannels = [{list}]");
    let team = "slack_team_id = \"T0123456789\"";
    let config = loaded(team, &channels("\"slack:C0123456789\", \"teams:19:a1-b_2@thread.tacv2\""), &[]).unwrap();
    let [slack, teams] = config.customers[0].channels.as_slice() else { panic!("{:?}", config.customers[0]) };
    assert_eq!((slack.surface, slack.conversation.as_str()), (Surface::Slack, "C0123456789"));
    assert_eq!((teams.surface, teams.conversation.as_str()), (Surface::Teams, "19:a1-b_2@thread.tacv2"));
    for wrong in ["C0123456789", "slack:general", "slack:U1", "teams:C1", "irc:#voip"] {
        let said = refused(team, &channels(&format!("\"{wrong}\"")), &[]);
        assert!(said.starts_with("customers[0].channels") && said.contains(&format!("`{wrong}` is neither")), "{said}");
    }
    let twice = refused(team, &channels("\"slack:C1\", \"slack:C1\""), &[]);
    assert_eq!(twice, "customers[0].channels[1]: is named twice");
    let nowhere = refused(team, "channels = [\"slack:C1\"]", &[]);
    assert_eq!(nowhere, "customers[0].channels[0]: needs slack_team_id");
}

#[test]
fn only_what_the_bot_does_for_this_carrier_is_left_to_people() {
    let steps = |list: &str| format!("[customers.guided]\nsteps = [{list}]");
    let table = "[customers.guided]\nsteps = []";
    let config = loaded(table, &steps("\"device\", \"pbx-user\", \"disable-calling\""), &[]).unwrap();
    assert_eq!(config.customers[0].guided.steps.len(), 3);
    for (list, why) in [
        ("\"proof\"", "customers[0].guided.steps[0]: proof only looks: nobody can be asked to do it"),
        ("\"extension-free\"", "customers[0].guided.steps[0]: extension-free only looks: nobody can be asked to do it"),
        ("\"device\", \"assign-number\"", "customers[0].guided.steps[1]: this carrier has no step assign-number"),
        ("\"connect-user\"", "customers[0].guided.steps[0]: this carrier has no step connect-user"),
    ] {
        assert_eq!(refused(table, &steps(list), &[]), why);
    }
    let unknown = refused(table, &steps("\"teleport\""), &[]);
    assert!(unknown.contains("teleport") && unknown.contains("pbx-user"), "{unknown}");
    let never = loaded("reminder = \"4h\"", "reminder = \"0s\"", &[]).unwrap();
    assert_eq!(never.customers[0].guided.reminder, SignedDuration::ZERO);
    assert!(refused("reminder = \"4h\"", "reminder = \"soon\"", &[]).contains("is not a length of time"));
    let people = "operators = [\"olga@contoso.com\"]";
    let both = EXAMPLE.replacen(people, "operators = []", 1).replacen(table, &steps("\"device\""), 1);
    let nobody = refused(EXAMPLE.as_str(), &both, &[]);
    assert_eq!(nobody, "customers[0].approval.operators: guided.steps need somebody who can be asked");
}

#[test]
fn what_may_be_done_at_microsoft_afterwards_is_named() {
    let config = loaded("microsoft = []", "microsoft = [\"licence\", \"delete\"]", &[]).unwrap();
    assert_eq!(config.customers[0].offboard.microsoft.len(), 2);
    assert_eq!(config.customers[0].offboard.cooling, SignedDuration::from_hours(720));
    let said = refused("microsoft = []", "microsoft = [\"burn\"]", &[]);
    assert!(said.contains("burn") && said.contains("licence"), "{said}");
}
