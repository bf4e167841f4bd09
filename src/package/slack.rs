//! The Slack app's manifest: text to paste on the app's page. The file is that of `manifest/slack/`, built in.
//!
//! Format: <https://docs.slack.dev/reference/app-manifest>

use std::path::{Path, PathBuf};

use super::{PackageError, written};
use crate::config::{Config, SlackMode};
use crate::install::scopes;

/// The manifest's name inside the output folder.
pub const MANIFEST: &str = "manifest.yaml";

/// What stands for the host as long as the configuration does not say how the world reaches the bot.
pub const PLACEHOLDER: &str = "https://onboard-bot.example.com";

const TEMPLATE: &str = include_str!("../../manifest/slack/manifest.yaml");

/// What marks a line that is only for some installations.
const ONLY: &str = " #? ";

/// A written manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The file.
    pub file: PathBuf,
    /// [`PLACEHOLDER`] stands in it and has to be replaced.
    pub has_placeholder: bool,
}

/// Writes the manifest of this installation into `out_dir`, which is made if missing. An older one is replaced.
///
/// # Errors
/// See [`PackageError`].
pub fn slack(config: &Config, out_dir: &Path) -> Result<Manifest, PackageError> {
    let text = filled_in(config)?;
    let has_placeholder = text.contains(PLACEHOLDER);
    Ok(Manifest { file: written(out_dir, MANIFEST, text.as_bytes())?, has_placeholder })
}

/// Plain replacement is safe: neither a checked URL nor a scope needs escaping in double quotes.
fn filled_in(config: &Config) -> Result<String, PackageError> {
    let slack = config.slack.as_ref().ok_or(PackageError::SlackOff)?;
    let mode = match slack.mode {
        SlackMode::Http => "http",
        SlackMode::Socket => "socket",
    };
    let installed = if slack.client_id.is_some() { "install" } else { "by-hand" };
    let url = config.server.public("").unwrap_or_else(|| PLACEHOLDER.to_owned());
    let quoted: Vec<String> = scopes(config).iter().map(|scope| format!("\"{scope}\"")).collect();
    let scopes = format!("[{}]", quoted.join(", "));
    let kept = TEMPLATE.lines().filter_map(|line| match line.split_once(ONLY) {
        Some((line, only)) => [mode, installed].contains(&only).then_some(line),
        None => Some(line),
    });
    let text: String = kept.flat_map(|line| [line, "\n"]).collect();
    Ok(text.replace("${{URL}}", &url).replace("${{SCOPES}}", &scopes))
}
