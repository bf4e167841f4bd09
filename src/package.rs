//! App packages: what an administrator uploads so that people find the bot in their chat.
//!
//! For Slack that is one text to paste ([`slack()`]). The Teams package is a zip with `manifest.json` and two pictures at its root. Equal input makes equal bytes, so a package can be
//! compared with the one that was uploaded. The files are those of `manifest/teams/`, built in.
//!
//! Format: <https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package>

mod slack;

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::config::Config;

pub use slack::{MANIFEST, Manifest, PLACEHOLDER, slack};

/// The name of the Teams package inside the output folder.
pub const TEAMS_PACKAGE: &str = "onboard-bot-teams.zip";

/// The manifest before [`fill_in`].
const TEAMS_MANIFEST: &str = include_str!("../manifest/teams/manifest.json");

/// The pictures that the manifest names.
const TEAMS_PICTURES: [(&str, &[u8]); 2] = [
    ("color.png", include_bytes!("../manifest/teams/color.png")),
    ("outline.png", include_bytes!("../manifest/teams/outline.png")),
];

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The configuration has no `[teams]` table.
    #[error("Teams is switched off: the configuration has no [teams] table")]
    TeamsOff,
    /// The configuration has no `[slack]` table.
    #[error("Slack is switched off: the configuration has no [slack] table")]
    SlackOff,
    /// Teams knows apps by UUID only.
    #[error("teams.app_id: `{0}` is not a UUID")]
    AppId(String),
    /// The folder or the file cannot be written.
    #[error("{path}: {source}", path = .path.display())]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The zip writer refused; no configuration mends that.
    #[error("the package could not be put together")]
    Assembly(#[source] zip::result::ZipError),
}

/// Writes the Teams package of this installation into `out_dir`, which is made if missing, and returns the file's path.
/// An older package of the same name is replaced.
///
/// # Errors
/// See [`PackageError`].
pub fn teams(config: &Config, out_dir: &Path) -> Result<PathBuf, PackageError> {
    let teams = config.teams.as_ref().ok_or(PackageError::TeamsOff)?;
    let app_id = Uuid::parse_str(&teams.app_id).map_err(|_| PackageError::AppId(teams.app_id.clone()))?;
    let package = assemble(app_id).map_err(PackageError::Assembly)?;
    written(out_dir, TEAMS_PACKAGE, &package)
}

/// Writes a file into a folder, which is made if missing.
fn written(out_dir: &Path, name: &str, content: &[u8]) -> Result<PathBuf, PackageError> {
    let file = out_dir.join(name);
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| PackageError::Unwritable { path, source }
    };
    fs::create_dir_all(out_dir).map_err(unwritable(out_dir))?;
    fs::write(&file, content).map_err(unwritable(&file))?;
    Ok(file)
}

fn assemble(app_id: Uuid) -> Result<Vec<u8>, zip::result::ZipError> {
    // A fixed time and fixed permissions: the package says nothing about when and where it was made.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    package.start_file("manifest.json", options)?;
    package.write_all(fill_in(TEAMS_MANIFEST, app_id).as_bytes())?;
    for (name, bytes) in TEAMS_PICTURES {
        package.start_file(name, options)?;
        package.write_all(bytes)?;
    }
    Ok(package.finish()?.into_inner())
}

/// The manifest of this installation. Plain replacement is safe: neither a UUID nor a version needs escaping in JSON.
fn fill_in(template: &str, app_id: Uuid) -> String {
    template.replace("${{APP_ID}}", &app_id.hyphenated().to_string()).replace("${{VERSION}}", env!("CARGO_PKG_VERSION"))
}
