//! From a file and the environment to a [`Config`], or to the complete list of what is wrong.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::Config;
use super::contradictions::contradictions;

/// One thing that is wrong: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key's path, such as `teams.app_id` or `customers[0].graph`.
    pub key: String,
    /// A plain sentence. Never a secret's value.
    pub what: String,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        for problem in &self.0 {
            write!(f, "\n  {}: {}", problem.key, problem.what)?;
        }
        Ok(())
    }
}

fn one(key: impl Into<String>, what: impl Into<String>) -> ConfigError {
    ConfigError(vec![Problem { key: key.into(), what: what.into() }])
}

/// Reads a file, overlays the process environment, resolves secrets and checks the whole.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|e| one(path.display().to_string(), format!("cannot be read: {e}")))?;
    load_text(&text, std::env::vars().collect())
}

/// The same from a text and a given environment.
pub fn load_text(text: &str, environment: Vec<(String, String)>) -> Result<Config, ConfigError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|e| one("the file", format!("is not TOML: {}", e.message())))?;
    let mut tree = serde_json::to_value(table).map_err(|e| one("the file", e.to_string()))?;
    for (name, value) in &environment {
        if let Some(path) = name.strip_prefix("ONBOARD_BOT__") {
            overlay(&mut tree, name, path, value)?;
        }
    }
    let mut problems = Vec::new();
    resolve_secrets(&mut tree, String::new(), &environment, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigError(problems));
    }
    let config: Config = serde_path_to_error::deserialize(tree).map_err(|e| {
        let path = e.path().to_string();
        one(if path == "." { "the file".to_owned() } else { path }, e.inner().to_string())
    })?;
    let problems = contradictions(&config);
    if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
}

/// Keys whose value is a list, so that `a,b` in the environment means two entries.
const LISTS: [&str; 4] = ["allowed_tenants", "service_hosts", "signing_secrets", "allowed_teams"];

fn overlay(tree: &mut Value, name: &str, path: &str, value: &str) -> Result<(), ConfigError> {
    let keys: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
    let [section, key] = keys.as_slice() else {
        return Err(one(name, "write it ONBOARD_BOT__SECTION__KEY, with one section and one key"));
    };
    if section == "customers" {
        return Err(one(name, "lists of tables are set in the file only"));
    }
    let root = tree.as_object_mut().ok_or_else(|| one("the file", "is not a table"))?;
    let table = root.entry(section.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
    let table = table.as_object_mut().ok_or_else(|| one(section.clone(), "must be a table"))?;
    let value = if LISTS.contains(&key.as_str()) {
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
    } else {
        Value::from(value)
    };
    table.insert(key.clone(), value);
    Ok(())
}

/// Keys that hold secrets; only these may say `env:` or `file:`.
const SECRETS: [&str; 7] =
    ["client_secret", "signing_secrets", "bot_token", "app_token", "token_key", "api_key", "password"];

fn resolve_secrets(value: &mut Value, path: String, environment: &[(String, String)], problems: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if SECRETS.contains(&key.as_str()) {
                    resolve_one(child, &path, environment, problems);
                } else {
                    resolve_secrets(child, path, environment, problems);
                }
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter_mut().enumerate() {
                resolve_secrets(child, format!("{path}[{index}]"), environment, problems);
            }
        }
        _ => {}
    }
}

fn resolve_one(value: &mut Value, path: &str, environment: &[(String, String)], problems: &mut Vec<Problem>) {
    if let Value::Array(items) = value {
        for (index, item) in items.iter_mut().enumerate() {
            resolve_one(item, &format!("{path}[{index}]"), environment, problems);
        }
        return;
    }
    let Value::String(text) = value else { return };
    let found = if let Some(name) = text.strip_prefix("env:") {
        let found = environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        found.ok_or_else(|| format!("the environment variable {name} is not set"))
    } else if let Some(file) = text.strip_prefix("file:") {
        std::fs::read_to_string(file).map_err(|e| format!("the file {file} cannot be read: {e}"))
    } else {
        Ok(text.clone())
    };
    let mut problem = |what: String| problems.push(Problem { key: path.to_owned(), what });
    match found {
        Ok(secret) if secret.trim().is_empty() => problem("the secret is empty".to_owned()),
        Ok(secret) => *text = secret.trim().to_owned(),
        Err(what) => problem(what),
    }
}
