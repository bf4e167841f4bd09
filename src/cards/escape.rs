//! Somebody's text, made harmless for the Markdown of cards: it shows as it was typed and does nothing.
//!
//! Cards know bold, italics, lists and links
//! (<https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features>). On the desktop a backslash takes the
//! meaning away. The phones' parser is another one (<https://github.com/microsoft/AdaptiveCards/issues/5590>): it shows
//! some backslashes, and it takes `\[x\](url)` for a link, but not `\[x\]\(url)`. So nothing is escaped without need, and
//! the bracket behind a bracket always is. A bare address may become a link: it leads where it says.

use crate::view::Mention;

/// One line without control characters and without marks that turn the writing direction around.
pub(super) fn one_line(text: &str) -> String {
    let visible = |c: &char| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let text: String = text.chars().filter(visible).map(|c| if c.is_control() { ' ' } else { c }).collect();
    apart(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// One line for places that know no escaping (`fallbackText`, the summary), in which nothing can be taken for markup.
pub(super) fn plain_line(text: &str) -> String {
    one_line(text).replace('<', "‹").replace('>', "›")
}

/// No `${` in a card, whoever typed it: Teams' checks and people's tools take it for a template that was not filled in.
fn apart(text: String) -> String {
    if text.contains("${") { text.replace("${", "$ {") } else { text }
}

/// The text for a place where Markdown is read.
pub(super) fn marked(text: &str) -> String {
    let text = one_line(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    let list = list_mark(&text);
    let mut before = None;
    for (position, character) in text.char_indices() {
        let rest = &text[position + character.len_utf8()..];
        let special = match character {
            '\\' | '*' | '`' | '[' | ']' | '<' | '>' | '~' => true,
            // Inside of a word it means nothing, and user names are full of it.
            '_' => !(before.is_some_and(char::is_alphanumeric) && rest.starts_with(char::is_alphanumeric)),
            '(' => before == Some(']'),
            '&' => rest.split_whitespace().next().is_some_and(|word| word.contains(';')),
            _ => list == Some(position),
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(character);
        before = Some(character);
    }
    escaped
}

/// Where the character stands that would make a list or a heading of a line: `- x`, `1. x`, `# x`.
fn list_mark(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = |end: usize| text.get(end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    match text.as_bytes().get(digits)? {
        b'.' | b')' if digits > 0 && after(digits + 1) => Some(digits),
        b'-' | b'+' if digits == 0 && after(1) => Some(0),
        b'#' | b'=' if digits == 0 => Some(0),
        b'-' if digits == 0 && text.bytes().all(|b| b == b'-') => Some(0),
        _ => None,
    }
}

/// The name inside `<at>…</at>`. Teams compares it letter by letter with the entity, so that nothing can be escaped in it:
/// what has a meaning is left out instead.
pub(super) fn mention_name(mention: &Mention) -> String {
    let name: String = one_line(&mention.name).chars().filter(|c| !r"\*_`[]<>~&#".contains(*c)).collect();
    let name = apart(name.split_whitespace().collect::<Vec<_>>().join(" "));
    if name.is_empty() { "?".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Surface;

    #[test]
    fn names_do_nothing() {
        for (name, shown) in [
            ("*Bob* [x](http://evil)", r"\*Bob\* \[x\]\(http://evil)"),
            ("<at>Eve</at>", r"\<at\>Eve\</at\>"),
            ("a_b@contoso.com", "a_b@contoso.com"),
            ("_a_ b_ __c", r"\_a\_ b\_ \_\_c"),
            ("f(x) (y)", "f(x) (y)"),
            ("- item", r"\- item"),
            ("1. first", r"1\. first"),
            ("1.5", "1.5"),
            ("+11000", "+11000"),
            ("# big", r"\# big"),
            ("R&D", "R&D"),
            ("&lt;b&gt;", r"\&lt;b\&gt;"),
            ("two\n\nlines\u{202e}", "two lines"),
            (r"C:\temp", r"C:\\temp"),
            ("${version} $\u{200e}{a} $5 {b}", "$ {version} $ {a} $5 {b}"),
            ("", ""),
        ] {
            assert_eq!(marked(name), shown, "{name}");
        }
    }

    #[test]
    fn a_name_cannot_end_its_own_mention() {
        let called = |name: &str| {
            let (surface, id, directory_id) = (Surface::Teams, "29:eve".to_owned(), String::new());
            mention_name(&Mention { surface, id, directory_id, name: name.to_owned() })
        };
        assert_eq!(called("Eve</at><at>Bob"), "Eve/atatBob");
        assert_eq!(called("$*{version}"), "$ {version}");
    }
}
