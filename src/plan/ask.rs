//! What a request was asked with.

use serde::{Deserialize, Serialize};

use crate::domain::{E164, Extension, Line, Upn, Voicemail, Work};

/// What was asked for, before anything is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Whose line.
    pub subject: Upn,
    /// Their extension, for carriers with a PBX.
    pub extension: Option<Extension>,
    /// A real number.
    pub number: Option<E164>,
    /// A location named in the command.
    pub location: Option<String>,
    /// A voice route named in the command.
    pub route: Option<String>,
    /// A voicemail named in the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<Voicemail>,
    /// Why, in the requester's words.
    pub reason: Option<String>,
}

impl Ask {
    /// The line that Teams will show, as far as that is known.
    pub fn line(&self) -> Option<Line> {
        let number = self.number.clone().map(Line::Number);
        number.or_else(|| self.extension.clone().map(Line::Extension))
    }

    /// The command that asks for the same once more.
    pub fn again(&self) -> String {
        let subject = &self.subject;
        let extension = self.extension.as_ref().map(|extension| format!(" ext {extension}")).unwrap_or_default();
        match self.work {
            Work::Onboard => format!("onboard {subject}{extension}"),
            Work::Offboard => format!("offboard {subject}"),
            Work::Change => {
                let quoted = |name: &str, value: &Option<String>| {
                    value.as_ref().map(|value| format!(" {name} \"{value}\"")).unwrap_or_default()
                };
                let number = self.number.as_ref().map(|number| format!(" number {number}")).unwrap_or_default();
                let voicemail = self.voicemail.map(|v| format!(" voicemail {}", v.value())).unwrap_or_default();
                let (location, route) = (quoted("location", &self.location), quoted("route", &self.route));
                format!("change {subject}{extension}{number}{location}{route}{voicemail}")
            }
            Work::Undo(id) => format!("undo {id}"),
            Work::Mend(_) => format!("why {subject}"),
        }
    }
}
