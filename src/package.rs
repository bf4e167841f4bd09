//! App packages: what an administrator uploads so that people find the bot in their chat.
//!
//! The Teams package is a zip with `manifest.json` and two pictures at its root. Equal input makes equal bytes, so a package can be
//! compared with the one that was uploaded. The files are those of `manifest/teams/`, built in.
//!
//! Format: <https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package>

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::config::Config;

/// The name of the Teams package inside the output folder.
pub const TEAMS_PACKAGE: &str = "onboard-bot-teams.zip";

/// What goes into the package, in this order.
const TEAMS_FILES: [&str; 3] = ["manifest.json", "color.png", "outline.png"];

#[derive(RustEmbed)]
#[folder = "manifest/teams"]
#[include = "*.json"]
#[include = "*.png"]
struct TeamsFiles;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The configuration has no `[teams]` table.
    #[error("Teams is switched off: the configuration has no [teams] table")]
    TeamsOff,
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
    /// A file was not built in, or the zip writer refused; no configuration mends that.
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
    let file = out_dir.join(TEAMS_PACKAGE);
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| PackageError::Unwritable { path, source }
    };
    fs::create_dir_all(out_dir).map_err(unwritable(out_dir))?;
    fs::write(&file, package).map_err(unwritable(&file))?;
    Ok(file)
}

fn assemble(app_id: Uuid) -> Result<Vec<u8>, zip::result::ZipError> {
    // A fixed time and fixed permissions: the package says nothing about when and where it was made.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for name in TEAMS_FILES {
        let file = TeamsFiles::get(name).ok_or(zip::result::ZipError::FileNotFound)?;
        package.start_file(name, options)?;
        match name {
            "manifest.json" => package.write_all(fill_in(&file.data, app_id).as_bytes())?,
            _ => package.write_all(&file.data)?,
        }
    }
    Ok(package.finish()?.into_inner())
}

/// The manifest of this installation. Plain replacement is safe: neither a UUID nor a version needs escaping in JSON.
fn fill_in(template: &[u8], app_id: Uuid) -> String {
    String::from_utf8_lossy(template)
        .replace("${{APP_ID}}", &app_id.hyphenated().to_string())
        .replace("${{VERSION}}", env!("CARGO_PKG_VERSION"))
}
