//! Text to words with positions. Knows quotes, links, code and blank space; of the table it knows only field names,
//! because `ext:1000` is two words and `09:00` is one.

use super::misread::is_invisible;
use super::{Field, LONGEST_TEXT, Misread, Why};
use crate::domain::UpnError;

const TRAILING: &[char] = &['.', ',', ';', ':', '!', '?', '='];

/// What a backslash makes literal inside quotes; a superset is never needed, so `C:\temp` survives.
const ESCAPABLE: &[char] = &['\\', '"', '`', '<'];

/// How a word was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plainly.
    Word,
    /// In quotes, which are gone.
    Quoted,
    /// With a double quote in front that nothing closes.
    Open,
    /// As a link to an address or a phone number.
    Link {
        /// `false`: the text of the link is another address.
        honest: bool,
    },
}

/// One word.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// The character where it starts.
    pub at: usize,
    /// The character behind it; trailing punctuation is not counted in.
    pub end: usize,
    /// What it says, without quotes, link dress and trailing punctuation.
    pub text: String,
    /// How it was written.
    pub kind: Kind,
}

/// All words of a text.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The text as typed, with spaces where nothing runs. Indices are positions.
    chars: Vec<char>,
    all: Vec<Token>,
    /// How many of `all` stand on the first line.
    on_first_line: usize,
}

impl Tokens {
    /// Splits `text`; refuses what is too long and what cannot be seen.
    pub fn read(text: &str) -> Result<Self, Misread> {
        if text.chars().nth(LONGEST_TEXT).is_some() {
            return Err(Misread::new(LONGEST_TEXT, &[], Why::TooLong));
        }
        let mut chars: Vec<char> = text.chars().collect();
        blank_quoted_lines(&mut chars);
        blank_code(&mut chars);
        blank_placeholders(&mut chars);
        refuse_invisible(&chars)?;

        let mut tokens = Self { chars, all: Vec::new(), on_first_line: 0 };
        tokens.split();
        Ok(tokens)
    }

    /// The words of the first line that has any: the command.
    pub fn first_line(&self) -> &[Token] {
        &self.all[..self.on_first_line]
    }

    /// The words of all lines.
    pub fn all(&self) -> &[Token] {
        &self.all
    }

    /// What stands between two positions, blanks made one space.
    pub fn between(&self, at: usize, end: usize) -> String {
        collapse(&self.chars[at..end])
    }

    /// What stands from `at` to the end of the text, blanks made one space.
    pub fn from(&self, at: usize) -> String {
        collapse(&self.chars[at..])
    }

    /// A refusal of what stands between two positions.
    pub fn misread(&self, at: usize, end: usize, why: Why) -> Misread {
        Misread::new(at, &self.chars[at..end], why)
    }

    /// A refusal of what is not there.
    pub fn missing(&self, why: Why) -> Misread {
        let at = self.first_line().last().map_or(self.chars.len(), |token| token.end);
        Misread::new(at, &[], why)
    }

    fn split(&mut self) {
        let mut at = 0;
        while at < self.chars.len() {
            if self.chars[at].is_whitespace() {
                if is_line_end(self.chars[at]) && self.on_first_line == 0 {
                    self.on_first_line = self.all.len();
                }
                at += 1;
                continue;
            }
            let (token, next) =
                quoted(&self.chars, at).or_else(|| link(&self.chars, at)).unwrap_or_else(|| word(&self.chars, at));
            at = next;
            // A lone `?` asks for help when it is the command or follows it at once.
            let question = token.text == "?" && self.all.len() < 2;
            if token.kind != Kind::Word || question || !token.text.chars().all(|c| TRAILING.contains(&c)) {
                self.all.push(token);
            }
        }
        if self.on_first_line == 0 {
            self.on_first_line = self.all.len();
        }
    }
}

fn collapse(chars: &[char]) -> String {
    chars.iter().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_boundary(next: Option<&char>) -> bool {
    next.is_none_or(|c| c.is_whitespace() || TRAILING.contains(c))
}

fn line_length(chars: &[char]) -> usize {
    chars.iter().position(|c| is_line_end(*c)).unwrap_or(chars.len())
}

fn word(chars: &[char], at: usize) -> (Token, usize) {
    let mut next = at;
    while next < chars.len() && !chars[next].is_whitespace() {
        let text = || chars[at..next].iter().collect::<String>();
        // No field name is longer than ten characters; the limit keeps the walk linear.
        if matches!(chars[next], ':' | '=') && next - at <= 10 && Field::parse(&text()).is_some() {
            return (Token { at, end: next, text: text(), kind: Kind::Word }, next + 1);
        }
        next += 1;
    }
    let mut end = next;
    while end > at + 1 && TRAILING.contains(&chars[end - 1]) {
        end -= 1;
    }
    let kind = if closers(chars[at]).is_some_and(|(_, loose)| loose.contains(&'"')) { Kind::Open } else { Kind::Word };
    let text: String = chars[at..end].iter().collect();
    let bare =
        text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).filter(|t| t.contains('@') && !t.starts_with('@'));
    let text = without_scheme(bare.unwrap_or(&text)).to_owned();
    (Token { at, end, text, kind }, next)
}

/// What closes a quote: the mark that belongs to it, else one of those that keyboards and autocorrection make of it.
fn closers(open: char) -> Option<(&'static [char], &'static [char])> {
    Some(match open {
        '"' => (&['"'], &['"', '”', '“']),
        '“' => (&['”'], &['"', '”', '“']),
        '„' | '‟' => (&['“'], &['"', '”', '“']),
        '”' => (&['”'], &['"', '”', '“']),
        '«' => (&['»'], &['»', '"']),
        '»' => (&['«'], &['«', '»', '"']),
        '\'' => (&['\''], &['\'', '’']),
        '‘' => (&['’'], &['’', '‘', '\'']),
        '‚' => (&['‘'], &['’', '‘', '\'']),
        '’' => (&['’'], &['’', '\'']),
        _ => return None,
    })
}

fn quoted(chars: &[char], at: usize) -> Option<(Token, usize)> {
    let (own, loose) = closers(chars[at])?;
    let line = &chars[at..at + line_length(&chars[at..])];
    let close = closing(line, own).or_else(|| closing(line, loose))?;
    let mut text = Vec::with_capacity(close);
    let mut inside = line[1..close].iter().peekable();
    while let Some(c) = inside.next() {
        let escaped = (*c == '\\').then(|| inside.next_if(|next| ESCAPABLE.contains(next))).flatten();
        text.push(*escaped.unwrap_or(c));
    }
    let end = at + close + 1;
    Some((Token { at, end, text: collapse(&text), kind: Kind::Quoted }, skip_trailing(chars, end)))
}

/// A closing mark ends a word: the apostrophe in `'Bob's desk'` does not.
fn closing(line: &[char], closers: &[char]) -> Option<usize> {
    let mut at = 1;
    while at < line.len() {
        if line[at] == '\\' && line.get(at + 1).is_some_and(|c| ESCAPABLE.contains(c)) {
            at += 2;
            continue;
        }
        if closers.contains(&line[at]) && is_boundary(line.get(at + 1)) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// `<mailto:address|text>` of Slack and `[text](mailto:address)` of Markdown; `tel:` likewise.
fn link(chars: &[char], at: usize) -> Option<(Token, usize)> {
    if !matches!(chars[at], '<' | '[') {
        return None;
    }
    let line: String = chars[at..at + line_length(&chars[at..])].iter().collect();
    let (target, label, length) = if let Some(inside) = line.strip_prefix('<') {
        let (inside, _) = inside.split_once('>')?;
        let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
        (target, label, inside.chars().count() + 2)
    } else {
        let (label, rest) = line.strip_prefix('[')?.split_once("](")?;
        let (target, _) = rest.split_once(')')?;
        (target, label, label.chars().count() + target.chars().count() + 4)
    };
    let address = without_scheme(target);
    if address.len() == target.len() {
        return None;
    }
    let label = without_scheme(label.trim());
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric() || *c == '+').collect::<String>();
    let honest = match address.contains('@') {
        _ if !label.contains(['@', '＠', '+']) => true,
        true => label.eq_ignore_ascii_case(address),
        false => digits(label) == digits(address),
    };
    let end = at + length;
    let token = Token { at, end, text: address.trim().to_owned(), kind: Kind::Link { honest } };
    Some((token, skip_trailing(chars, end)))
}

fn without_scheme(text: &str) -> &str {
    let cut = |scheme: &str| text.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).map(str::len);
    cut("mailto:").or_else(|| cut("tel:")).map_or(text, |length| &text[length..])
}

fn skip_trailing(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|c| TRAILING.contains(c)).count()
}

fn refuse_invisible(chars: &[char]) -> Result<(), Misread> {
    let Some(at) = chars.iter().position(|c| is_invisible(*c)) else { return Ok(()) };
    let before = chars[..at].iter().rev().take_while(|c| !c.is_whitespace()).count();
    let after = chars[at..].iter().take_while(|c| !c.is_whitespace()).count();
    let word = &chars[at - before..at + after];
    let code = u32::from(chars[at]);
    let why = if word.contains(&'@') { Why::BadUpn(UpnError::Character(code)) } else { Why::Invisible(code) };
    Err(Misread::new(at, word, why))
}

/// Line ends stay, so that lines stay lines.
fn blank(chars: &mut [char]) {
    chars.iter_mut().filter(|c| !is_line_end(**c)).for_each(|c| *c = ' ');
}

fn blank_quoted_lines(chars: &mut [char]) {
    for line in chars.split_mut(|c| is_line_end(*c)) {
        let mut text = line.iter().skip_while(|c| c.is_whitespace());
        // Slack writes `&gt;` on the wire; a line that starts so is no command either way.
        let escaped = || text.clone().take(4).eq(&['&', 'g', 't', ';']);
        if escaped() || text.next() == Some(&'>') {
            blank(line);
        }
    }
}

/// Fences run to the next fence or the end of the text, code spans to the same number of backticks on their line.
fn blank_code(chars: &mut [char]) {
    let mut at = 0;
    while at < chars.len() {
        if chars[at] == '\\' {
            at += 2;
            continue;
        }
        let ticks = run_of_ticks(&chars[at..]);
        let from = at + ticks;
        let end = match ticks {
            0 => None,
            1 | 2 => closing_ticks(&chars[from..from + line_length(&chars[from..])], |n| n == ticks),
            _ => Some(closing_ticks(&chars[from..], |n| n >= 3).unwrap_or(chars.len() - from)),
        };
        match end {
            Some(length) => {
                blank(&mut chars[at..from + length]);
                at = from + length;
            }
            None => at += ticks.max(1),
        }
    }
}

fn run_of_ticks(chars: &[char]) -> usize {
    chars.iter().take_while(|c| **c == '`').count()
}

/// How far it is to the end of the first run of backticks whose length will do.
fn closing_ticks(chars: &[char], will_do: impl Fn(usize) -> bool) -> Option<usize> {
    let mut at = 0;
    while at < chars.len() {
        let ticks = run_of_ticks(&chars[at..]);
        if ticks > 0 && will_do(ticks) {
            return Some(at + ticks);
        }
        at += ticks.max(1);
    }
    None
}

/// Teams marks a quoted message in the text with `<quoted messageId="…"/>`; unclosed, it takes the rest of its line.
fn blank_placeholders(chars: &mut [char]) {
    const OPEN: &str = "<quoted";
    let mut at = 0;
    while at < chars.len() {
        let escaped = at > 0 && chars[at - 1] == '\\';
        let opens = chars[at..].iter().take(OPEN.len()).map(char::to_ascii_lowercase).eq(OPEN.chars());
        let ends_word = chars.get(at + OPEN.len()).is_none_or(|c| c.is_whitespace() || matches!(c, '/' | '>'));
        if opens && !escaped && ends_word {
            let line = line_length(&chars[at..]);
            let length = chars[at..at + line].iter().position(|c| *c == '>').map_or(line, |close| close + 1);
            blank(&mut chars[at..at + length]);
        }
        at += 1;
    }
}
