//! One line of the terminal chat.

/// What a line means. Everything that is no command of the terminal is typed into the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing, or a comment.
    Nothing,
    /// `as bob`
    As(String),
    /// `in channel`, `in group`, `in personal`, `in thread` (a new one); `in slack`, `in teams`.
    In(String),
    /// `press Approve`
    Press(String),
    /// `set route=US West`
    Set(String, String),
    /// `expect TEXT`
    Expect(String),
    /// `portal sync`, `portal enable alice@contoso.com`, `portal save fred@fabrikam.com +13035550142`
    Portal(String),
    /// `home`: looks at the bot's page in Slack.
    Home,
    /// `quit`
    Quit,
    /// Typed by the current person.
    Say(String),
    /// `whisper TEXT`: a private slash command.
    Whisper(String),
}

impl Line {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').map_or((text, ""), |(word, rest)| (word, rest.trim()));
        let owned = || rest.to_owned();
        match (word, rest) {
            ("", _) => Self::Nothing,
            (word, _) if word.starts_with('#') => Self::Nothing,
            ("as", name) if !name.is_empty() && !name.contains(' ') => Self::As(owned()),
            ("in", "channel" | "group" | "personal" | "thread" | "slack" | "teams") => Self::In(owned()),
            ("press", title) if !title.is_empty() => Self::Press(owned()),
            ("set", assignment) if assignment.contains('=') => {
                let (id, value) = assignment.split_once('=').unwrap_or((assignment, ""));
                Self::Set(id.trim().to_owned(), value.trim().to_owned())
            }
            ("expect", wanted) if !wanted.is_empty() => Self::Expect(owned()),
            ("portal", wish) if !wish.is_empty() => Self::Portal(owned()),
            ("whisper", said) if !said.is_empty() => Self::Whisper(owned()),
            ("home", "") => Self::Home,
            ("quit" | "exit", "") => Self::Quit,
            _ => Self::Say(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_as_it_is_written() {
        let table = [
            ("", Line::Nothing),
            ("# a comment", Line::Nothing),
            ("as bob", Line::As("bob".into())),
            ("press Request approval", Line::Press("Request approval".into())),
            ("set route=US West", Line::Set("route".into(), "US West".into())),
            ("set reason = a=b", Line::Set("reason".into(), "a=b".into())),
            ("expect +11000 works", Line::Expect("+11000 works".into())),
            ("in personal", Line::In("personal".into())),
            ("in slack", Line::In("slack".into())),
            ("home", Line::Home),
            ("portal sync", Line::Portal("sync".into())),
            ("/onboard alice@contoso.com ext 1000", Line::Say("/onboard alice@contoso.com ext 1000".into())),
            ("as soon as possible", Line::Say("as soon as possible".into())),
            ("in two days", Line::Say("in two days".into())),
            ("quit", Line::Quit),
        ];
        for (text, line) in table {
            assert_eq!(Line::parse(text), line, "{text}");
        }
    }
}
