//! Who acts ([`Person`]), who is onboarded ([`Upn`]) and what somebody may do ([`Role`]).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A user principal name in lower case: `alice@contoso.com`.
///
/// Microsoft allows letters, digits and `' . - _ ! # ^ ~` before the `@`, 64 characters there and 113 in all
/// (<https://learn.microsoft.com/microsoft-365/enterprise/prepare-for-directory-synchronization>). Everything else,
/// in particular right-to-left marks and zero-width characters, is refused: what looks like Alice must be Alice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upn(String);

/// Why a text is not a user principal name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpnError {
    /// No `@`, two of them, or nothing on one side.
    #[error("it needs exactly one @ with text on both sides")]
    Shape,
    /// A character that Microsoft does not allow there; invisible ones are named by code point.
    #[error("the character U+{0:04X} is not allowed in it")]
    Character(u32),
    /// Longer than 113 characters, or 64 before the `@`.
    #[error("it is too long")]
    Length,
    /// The part after the `@` is not a domain name with a dot.
    #[error("the part after @ is not a domain")]
    Domain,
}

impl Upn {
    /// Parses and lower-cases; see the type for the rules.
    pub fn parse(text: &str) -> Result<Self, UpnError> {
        let (local, domain) = text.split_once('@').ok_or(UpnError::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(UpnError::Shape);
        }
        if text.chars().count() > 113 || local.chars().count() > 64 {
            return Err(UpnError::Length);
        }
        let local_ok = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
        if let Some(bad) = local.chars().find(|c| !local_ok(*c)) {
            return Err(UpnError::Character(bad.into()));
        }
        if let Some(bad) = domain.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '.' || *c == '-')) {
            return Err(UpnError::Character(bad.into()));
        }
        let label_ok = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(UpnError::Shape);
        }
        if !domain.contains('.') || !domain.split('.').all(label_ok) {
            return Err(UpnError::Domain);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Upn {
    type Error = UpnError;
    fn try_from(text: String) -> Result<Self, UpnError> {
        Self::parse(&text)
    }
}

impl From<Upn> for String {
    fn from(upn: Upn) -> String {
        upn.0
    }
}

/// One human with a chat identity. Names are for reading only; rights follow from the ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who this is for the directory: the Entra object id (an opaque text: local clients do not send UUIDs).
    pub id: String,
    /// How the chat addresses them: Teams `29:…`, Slack `U…`.
    pub chat_id: String,
    /// Display name as the chat or the directory shows it. Never a ground for a right.
    pub name: String,
    /// Their UPN, once the directory has told it.
    pub upn: Option<Upn>,
}

impl Person {
    /// The same human: directory ids decide, not names.
    pub fn is(&self, other: &Person) -> bool {
        !self.id.is_empty() && self.id == other.id
    }
}

/// What somebody may do for one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May ask for work.
    Requester,
    /// May decide about somebody else's request.
    Approver,
    /// Is asked to do guided steps in a portal.
    Operator,
}

/// All roles somebody has for one customer, read fresh for every click.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles(pub BTreeSet<Role>);

impl Roles {
    /// True when `role` is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// True for somebody who has nothing to do with this customer.
    pub fn is_stranger(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        Self(roles.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_cased_and_split() {
        let alice = Upn::parse("Alice.O'Neil@Contoso.com").unwrap();
        assert_eq!(alice.as_str(), "alice.o'neil@contoso.com");
        assert_eq!(alice.domain(), "contoso.com");
    }

    #[test]
    fn look_alikes_and_injections_are_refused() {
        for (text, why) in [
            ("alice", UpnError::Shape),
            ("@contoso.com", UpnError::Shape),
            ("alice@@contoso.com", UpnError::Shape),
            ("al\u{200b}ice@contoso.com", UpnError::Character(0x200b)),
            ("\u{202e}alice@contoso.com", UpnError::Character(0x202e)),
            ("alice@contoso.com/memberOf?", UpnError::Character('/'.into())),
            ("аlice@contoso.com", UpnError::Character(0x430)),
            ("alice@contoso", UpnError::Domain),
            ("alice@-contoso.com", UpnError::Domain),
            ("alice'; DROP TABLE requests;--@contoso.com", UpnError::Character(';'.into())),
            ("${alice}@contoso.com", UpnError::Character('$'.into())),
        ] {
            assert_eq!(Upn::parse(text), Err(why), "{text}");
        }
        assert_eq!(Upn::parse(&format!("{}@contoso.com", "a".repeat(65))), Err(UpnError::Length));
    }
}
