//! A command to its canonical text. Free texts always stand in straight quotes, so that no word in them is a field.

use std::fmt;

use super::{Change, Command, Field, ListFilter, NumberQuery, Onboard, Target};
use crate::domain::{Upn, Voicemail};

/// A text in quotes, with a backslash before what would end it or would not count as text.
struct InQuotes<'a>(&'a str);

impl fmt::Display for InQuotes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            if matches!(c, '\\' | '"' | '`' | '<') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

/// A name; `'` is allowed in front of it and would open a quote.
struct Subject<'a>(&'a Upn);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.as_str().starts_with('\'') { InQuotes(self.0.as_str()).fmt(f) } else { self.0.fmt(f) }
    }
}

fn plain(f: &mut fmt::Formatter<'_>, field: Field, value: Option<&impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {} {value}", field.name()))
}

fn text(f: &mut fmt::Formatter<'_>, field: Field, value: Option<&String>) -> fmt::Result {
    plain(f, field, value.map(|value| InQuotes(value)).as_ref())
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb().name())?;
        match self {
            Self::Onboard(Onboard { subject, extension, number, location, route, profile, on, reason }) => {
                write!(f, " {}", Subject(subject))?;
                plain(f, Field::Ext, extension.as_ref())?;
                plain(f, Field::Number, number.as_ref())?;
                texts(f, [location, route, profile, on, reason])
            }
            Self::Change(change) => {
                let Change { subject, extension, number, location, route, voicemail, profile, on, reason } = change;
                write!(f, " {}", Subject(subject))?;
                plain(f, Field::Ext, extension.as_ref())?;
                plain(f, Field::Number, number.as_ref())?;
                plain(f, Field::Voicemail, voicemail.map(Voicemail::value).as_ref())?;
                texts(f, [location, route, profile, on, reason])
            }
            Self::Offboard { subject } | Self::Why { subject } => write!(f, " {}", Subject(subject)),
            Self::Undo { id } | Self::Retry { id } | Self::Cancel { id } => write!(f, " {id}"),
            Self::Number(NumberQuery::E164(number)) => write!(f, " {number}"),
            Self::Number(NumberQuery::Extension(extension)) => write!(f, " {extension}"),
            Self::Status(Some(Target::Request(id))) => write!(f, " {id}"),
            Self::Status(Some(Target::Subject(subject))) => write!(f, " {}", Subject(subject)),
            Self::List(filter) => write!(f, " {filter}"),
            Self::Approve { id, reason: Some(reason) } | Self::Reject { id, reason } => {
                write!(f, " {id} {}", InQuotes(reason))
            }
            Self::Approve { id, reason: None } => write!(f, " {id}"),
            Self::Help(Some(verb)) => write!(f, " {}", verb.name()),
            Self::Status(None) | Self::Bulk | Self::Mute | Self::Unmute | Self::Help(None) => Ok(()),
        }
    }
}

/// Location, route, profile, time and reason.
fn texts(f: &mut fmt::Formatter<'_>, values: [&Option<String>; 5]) -> fmt::Result {
    let fields = [Field::Location, Field::Route, Field::Profile, Field::On, Field::Reason];
    fields.into_iter().zip(values).try_for_each(|(field, value)| text(f, field, value.as_ref()))
}

impl fmt::Display for ListFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, filter)| filter == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}
