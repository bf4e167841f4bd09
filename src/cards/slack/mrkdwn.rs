//! Sentences and somebody's text for Slack: mrkdwn, or plain text for the places that know no markup.
//!
//! Slack knows three escaped characters, `& < >`, and no way to take the meaning from `* _ ~ :` and the backtick
//! (<https://docs.slack.dev/messaging/formatting-message-text>). So those are shown as characters that look the same, where
//! they could mean something. A sentence of the product is Markdown: `**bold**` and `[label](https://…)`. To tell the two
//! apart, special characters of an argument travel through the sentence as stand-ins (private use characters, which
//! [`protected`] takes out of everything that came from outside).

use crate::cards::escape::one_line;
use crate::domain::Surface;
use crate::view::Mention;

/// A character of somebody's text, its stand-in, and how it is written at last.
const SPECIAL: [(char, char, &str); 9] = [
    ('&', '\u{e000}', "&amp;"),
    ('<', '\u{e001}', "&lt;"),
    ('>', '\u{e002}', "&gt;"),
    ('*', '\u{e003}', "∗"),
    ('_', '\u{e004}', "ˍ"),
    ('~', '\u{e005}', "∼"),
    ('`', '\u{e006}', "ˋ"),
    (':', '\u{e007}', "∶"),
    ('[', '\u{e008}', "["),
];

/// `>` at the beginning of a line makes a quotation of it, also when it is escaped.
const QUOTE: char = '\u{e009}';

/// `(` behind `]`: no link in Slack, but in clients that read Markdown. A space without width stands between.
const APART: char = '\u{e00c}';

/// The brackets of a mention or a date, which only the program makes.
const OPEN: char = '\u{e00a}';
const CLOSE: char = '\u{e00b}';

/// The stand-in of a special character.
fn stand_in(special: char) -> char {
    SPECIAL.iter().find(|(character, ..)| *character == special).map_or(special, |(_, stand_in, _)| *stand_in)
}

/// Somebody's text as an argument of a sentence that [`mrkdwn`] or [`plain`] reads afterwards.
pub(in crate::cards) fn protected(text: &str) -> String {
    let text: String = one_line(text).chars().filter(|c| !('\u{e000}'..='\u{f8ff}').contains(c)).collect();
    let mut result = String::with_capacity(text.len());
    let mut before = None;
    for (position, character) in text.char_indices() {
        let rest = &text[position + character.len_utf8()..];
        result.push(match character {
            '>' if position == 0 => QUOTE,
            // Inside of a word it means nothing, and user names are full of it.
            '_' if before.is_some_and(char::is_alphanumeric) && rest.starts_with(char::is_alphanumeric) => '_',
            ':' if !begins_emoji(rest) => ':',
            '(' if before == Some(']') => APART,
            character => stand_in(character),
        });
        before = Some(character);
    }
    result
}

/// Whether `name:` follows, so that Slack would draw a picture.
fn begins_emoji(rest: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || "_+-'".contains(c);
    rest.find(|c| !name(c)).is_some_and(|end| end > 0 && rest[end..].starts_with(':'))
}

/// `<…>` as Slack reads it: `@U123`, or a date. For arguments of a sentence, like [`protected`].
pub(in crate::cards) fn live(inside: &str) -> String {
    format!("{OPEN}{inside}{CLOSE}")
}

/// Somebody who is notified where Slack knows them, and named where it does not. For arguments of a sentence.
pub(in crate::cards) fn mention(mention: &Mention) -> String {
    let known = |id: &&str| id.starts_with(['U', 'W']) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    match mention.id_on(Surface::Slack).filter(known) {
        Some(id) => live(&format!("@{id}")),
        None if mention.name.trim().is_empty() => "?".to_owned(),
        None => protected(&mention.name),
    }
}

/// A sentence with [`protected`] arguments, as mrkdwn.
pub(in crate::cards) fn mrkdwn(said: &str) -> String {
    let mut written = String::with_capacity(said.len() + 8);
    let mut rest = said;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            written.push('*');
            rest = after;
            continue;
        }
        if let Some((label, address, after)) = link(rest) {
            written.push_str(&format!("<{}|{}>", mrkdwn(address), mrkdwn(label)));
            rest = after;
            continue;
        }
        match character {
            OPEN => written.push('<'),
            CLOSE => written.push('>'),
            QUOTE => written.push('›'),
            APART => written.push_str("\u{200b}("),
            // A lone asterisk of a sentence is no markup.
            '&' | '<' | '>' | '*' => written.push_str(written_as(|(of, ..)| *of == character)),
            '\u{e000}'..='\u{f8ff}' => written.push_str(written_as(|(_, stand_in, _)| *stand_in == character)),
            character => written.push(character),
        }
        rest = &rest[character.len_utf8()..];
    }
    written
}

fn written_as(wanted: impl Fn(&&(char, char, &'static str)) -> bool) -> &'static str {
    SPECIAL.iter().find(wanted).map_or("", |(.., written)| written)
}

/// `[label](https://…)` at the beginning of a text: label, address and what follows.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    let whole =
        !label.contains(['[', ']']) && address.starts_with("https://") && !address.contains(char::is_whitespace);
    whole.then_some((label, address, after))
}

/// A sentence with [`protected`] arguments, for a place that knows no markup.
pub(in crate::cards) fn plain(said: &str) -> String {
    let original = |c: char| match c {
        QUOTE => '>',
        APART => '(',
        c => SPECIAL.iter().find(|(_, stand_in, _)| *stand_in == c).map_or(c, |(of, ..)| *of),
    };
    said.replace("**", "").chars().map(original).collect()
}

/// Somebody's text alone, as mrkdwn.
pub(in crate::cards) fn literal(text: &str) -> String {
    mrkdwn(&protected(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_do_nothing() {
        for (name, shown) in [
            ("*Bob* [x](http://evil)", "∗Bob∗ [x]\u{200b}(http://evil)"),
            ("<!channel> <@U1> <http://evil|bank>", "&lt;!channel&gt; &lt;@U1&gt; &lt;http://evil|bank&gt;"),
            ("a_b@contoso.com", "a_b@contoso.com"),
            ("_a_ ~b~ `c`", "ˍaˍ ∼b∼ ˋcˋ"),
            ("> quoted > text", "› quoted &gt; text"),
            ("R&D &lt;b&gt;", "R&amp;D &amp;lt;b&amp;gt;"),
            (":white_check_mark: at 03:35", "∶white_check_mark: at 03:35"),
            ("two\n\nlines\u{202e}\u{e00a}@U1\u{e00b}", "two lines@U1"),
            ("[a](https://evil.example)", "[a]\u{200b}(https://evil.example)"),
            ("", ""),
        ] {
            assert_eq!(literal(name), shown, "{name}");
        }
    }

    #[test]
    fn a_sentence_keeps_its_own_markup() {
        let said =
            format!("Press **Save & go** for {}, see [page](https://x.example/?a&b) * 2", protected("**<Eve>**"));
        assert_eq!(
            mrkdwn(&said),
            "Press *Save &amp; go* for ∗∗&lt;Eve&gt;∗∗, see <https://x.example/?a&amp;b|page> ∗ 2"
        );
        assert_eq!(plain("Press **Save & go**"), "Press Save & go");
        assert_eq!(plain(&protected("> **<Eve>** :+1:")), "> **<Eve>** :+1:");
        assert_eq!(mrkdwn(&live("@U1")), "<@U1>");
    }

    proptest! {
        #[test]
        fn nobodys_text_holds_markup(text in r"([<>&*_~`:\[\]()!@#|\\ \n\u{e000}-\u{e00c}]|https://a|channel|U1|\PC){0,16}") {
            let shown = literal(&text);
            prop_assert!(!shown.contains(['<', '>', '*', '~', '`', '\n']) && !shown.contains("]("), "{shown}");
            for (position, _) in shown.match_indices('&') {
                let entity = ["&amp;", "&lt;", "&gt;"].iter().any(|entity| shown[position..].starts_with(entity));
                prop_assert!(entity, "{shown}");
            }
        }
    }
}
