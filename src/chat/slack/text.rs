//! What somebody typed, out of Slack's mrkdwn.
//!
//! Slack rewrites what people type: addresses become links, `@alice` becomes `<@U…>`, and `& < >` are escaped. This takes
//! that back. Quotes, code, smart quotation marks, no-break blanks and quoted lines are left to [`crate::command`], and so
//! is a `mailto:` or `tel:` link that shows something other than it holds: the command is refused there.
//! <https://docs.slack.dev/messaging/formatting-message-text>

use crate::domain::Upn;

/// The text as it was typed, without mentions of the bot. A mention of anybody else is left as `<@U…>`, without a name.
pub fn typed(text: &str, bot: Option<&str>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, marked) = rest.split_at(at);
        clean.push_str(&unescaped(before));
        // What Slack writes in brackets never holds a bracket; what people type comes escaped.
        let Some(end) = marked.find('>') else {
            rest = marked;
            break;
        };
        clean.push_str(&unmarked(&marked[1..end], bot));
        rest = &marked[end + 1..];
    }
    clean.push_str(&unescaped(rest));
    single_blanks(&clean)
}

/// The first e-mail address in a text as it came from Slack.
pub fn first_address(text: &str) -> Option<Upn> {
    let text = typed(text, None);
    let words = text.split(|c: char| c.is_whitespace() || "<>|()[]\",;:\u{201c}\u{201d}".contains(c));
    words.filter_map(|word| Upn::parse(word.trim_end_matches(['.', '!', '?'])).ok()).next()
}

/// True for a text that somebody wrote for this bot among others.
pub fn mentions(text: &str, bot: &str) -> bool {
    let tag = format!("<@{bot}");
    text.match_indices(&tag).any(|(at, tag)| text[at + tag.len()..].starts_with(['>', '|']))
}

/// Only these three are ever escaped, and each once: `&amp;lt;` is a typed `&lt;`.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What stands between `<` and `>`.
fn unmarked(inside: &str, bot: Option<&str>) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    if let Some(user) = target.strip_prefix('@') {
        return if Some(user) == bot { " ".to_owned() } else { format!("<@{user}>") };
    }
    if let Some(channel) = target.strip_prefix('#') {
        return format!("#{}", unescaped(if label.is_empty() { channel } else { label }));
    }
    if let Some(special) = target.strip_prefix('!') {
        let label = if label.is_empty() { special } else { label };
        let at = if special.starts_with("date^") || label.starts_with('@') { "" } else { "@" };
        return format!("{at}{}", unescaped(label));
    }
    let (target, label) = (unescaped(target), unescaped(label));
    for scheme in ["mailto:", "tel:"] {
        if let Some(address) = target.strip_prefix(scheme) {
            let honest =
                label.is_empty() || same(address, &label) || (scheme == "tel:" && same_number(address, &label));
            return if honest { address.to_owned() } else { format!("<{target}|{label}>") };
        }
    }
    match label.as_str() {
        "" => target,
        label if same(target.split_once("://").map_or(&*target, |(_, rest)| rest), label) || target == label => {
            label.to_owned()
        }
        // The approver must read where it leads.
        label => format!("{label} ({target})"),
    }
}

fn same(address: &str, label: &str) -> bool {
    address.trim_end_matches('/').eq_ignore_ascii_case(label.trim_end_matches('/'))
}

fn same_number(address: &str, label: &str) -> bool {
    let digits = |text: &str| text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>();
    !label.contains(char::is_alphabetic) && digits(address) == digits(label)
}

/// Lines stay lines.
fn single_blanks(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{self, Command};

    #[test]
    fn a_text_is_what_was_typed() {
        for (wire, expected) in [
            (
                "<@UBOT> onboard <mailto:alice@contoso.com|alice@contoso.com> ext 1000",
                "onboard alice@contoso.com ext 1000",
            ),
            ("<@UBOT|onboard>: help", ": help"),
            ("please <@UBOT> status ONB-1", "please status ONB-1"),
            (
                "onboard <mailto:Alice@contoso.com|alice@contoso.com> ext 1000 <@UBOT>",
                "onboard Alice@contoso.com ext 1000",
            ),
            ("onboard <mailto:alice@contoso.com> ext 1000", "onboard alice@contoso.com ext 1000"),
            ("onboard alice@<http://contoso.com|contoso.com> ext 1000", "onboard alice@contoso.com ext 1000"),
            ("onboard <@U1|alice> ext 1000", "onboard <@U1> ext 1000"),
            ("onboard <@W1> ext 1000", "onboard <@W1> ext 1000"),
            ("number <tel:+13035550142|+1 303 555 0142>", "number +13035550142"),
            ("number <tel:+13035550142|+1 303 555 0143>", "number <tel:+13035550142|+1 303 555 0143>"),
            ("<https://contoso.com/x|contoso.com/x> <https://contoso.com>", "contoso.com/x https://contoso.com"),
            ("see <https://tickets.example/7|the ticket>", "see the ticket (https://tickets.example/7)"),
            ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
            ("<#C1|general> <#C2|> <#C3>", "#general #C2 #C3"),
            ("<!here> <!subteam^S1|@voice> <!date^1|22 Nov>", "@here @voice 22 Nov"),
            ("a &amp;lt; b &lt; c &gt; d &amp; e", "a &lt; b < c > d & e"),
            ("&lt;@U1&gt;", "<@U1>"),
            ("&gt; onboard quoted", "> onboard quoted"),
            ("help\u{a0}me", "help me"),
            ("reason “a b” `code`", "reason “a b” `code`"),
            ("one\n  two   three", "one\ntwo three"),
            ("a < b", "a < b"),
            ("<", "<"),
            ("<@UBOT>", ""),
            ("", ""),
        ] {
            assert_eq!(typed(wire, Some("UBOT")), expected, "{wire}");
        }
    }

    #[test]
    fn what_people_type_in_slack_is_a_command() {
        for wire in [
            "<@UBOT> onboard <mailto:alice@contoso.com|alice@contoso.com> ext 1000 reason “new desk”",
            "/onboard alice@<http://contoso.com|contoso.com> ext:1000.",
            "onboard\u{a0}alice@contoso.com x1000",
        ] {
            let told = command::parse(&typed(wire, Some("UBOT")));
            assert!(matches!(told, Ok(Command::Onboard(_))), "{wire}: {told:?}");
        }
    }

    #[test]
    fn a_link_that_shows_another_address_is_refused_and_quotes_run_nothing() {
        let lies = typed("onboard <mailto:eve@contoso.com|alice@contoso.com> ext 1000", None);
        assert_eq!(command::parse(&lies).unwrap_err().why, command::Why::LinkDiffers);
        for wire in ["&gt; onboard <mailto:a@contoso.com|a@contoso.com> ext 1000", "```approve ONB-1```"] {
            assert_eq!(command::parse(&typed(wire, None)).unwrap_err().why, command::Why::Empty, "{wire}");
        }
    }

    #[test]
    fn an_address_is_found_in_somebodys_message() {
        let found = |text| first_address(text).map(|upn| upn.to_string());
        let message = "Hi! Our new colleague is <mailto:dave@contoso.com|dave@contoso.com>, starting Monday.";
        assert_eq!(found(message).as_deref(), Some("dave@contoso.com"));
        assert_eq!(found("write to dave@contoso.com.").as_deref(), Some("dave@contoso.com"));
        assert_eq!(found("no address, but an @ sign"), None);
    }

    #[test]
    fn the_bot_is_mentioned_only_by_its_whole_id() {
        assert!(mentions("hello <@UBOT>", "UBOT") && mentions("<@UBOT|bot> hello", "UBOT"));
        assert!(!mentions("hello <@UBOTX>", "UBOT") && !mentions("hello @UBOT", "UBOT"));
    }
}
