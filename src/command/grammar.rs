//! Words to a command. One function per shape of command; which fields a command takes stands in the table.

use super::help::{Field, VERBS, Verb, VerbEntry};
use super::token::{Kind, Token, Tokens};
use super::{Change, Command, ListFilter, Misread, NumberQuery, Onboard, Target, Why};
use crate::domain::{E164, Extension, NumberError, RequestId, Upn, UpnError, Voicemail};

/// How alike two words must be (Jaro-Winkler, 0 to 1) to ask whether the one was meant.
const ALIKE: f64 = 0.85;

/// Below this a suggestion is a guess: nearly every short word resembles `no`.
const SHORTEST_SUGGESTION: usize = 3;

/// Longer words are not compared; the comparison is quadratic and no name comes near.
const LONGEST_COMPARED: usize = 40;

/// Reads the command on the first line, and its reason from further lines.
pub(super) fn command(tokens: &Tokens) -> Result<Command, Misread> {
    let head = tokens.first_line().first().ok_or_else(|| tokens.missing(Why::Empty))?;
    let unknown = || {
        let typed = head.text.trim_start_matches('/');
        let suggestion = closest(typed, VERBS.iter().flat_map(VerbEntry::names));
        refuse(tokens, head, Why::UnknownCommand { suggestion })
    };
    let verb = Some(head).filter(|h| h.kind == Kind::Word).and_then(|h| Verb::parse(&h.text)).ok_or_else(unknown)?;
    let words = Words { tokens, verb, next: 1 };
    if let [only] = &tokens.all()[1..]
        && Verb::parse(&only.text) == Some(Verb::Help)
    {
        return Ok(Command::Help(Some(verb)));
    }
    match verb {
        Verb::Onboard => Fields::read(words)?.onboard(),
        Verb::Change => Fields::read(words)?.change(),
        Verb::Offboard => Ok(Command::Offboard { subject: Fields::read(words)?.subject()? }),
        Verb::Why => Ok(Command::Why { subject: Fields::read(words)?.subject()? }),
        Verb::Undo => Ok(Command::Undo { id: words.only_id()? }),
        Verb::Retry => Ok(Command::Retry { id: words.only_id()? }),
        Verb::Cancel => Ok(Command::Cancel { id: words.only_id()? }),
        Verb::Approve => words.approve(),
        Verb::Reject => words.reject(),
        Verb::Number => words.number(),
        Verb::Status => words.status(),
        Verb::List => words.list(),
        Verb::Bulk => words.end().map(|()| Command::Bulk),
        Verb::Mute => words.end().map(|()| Command::Mute),
        Verb::Unmute => words.end().map(|()| Command::Unmute),
        Verb::Help => words.help(),
    }
}

fn refuse(tokens: &Tokens, token: &Token, why: Why) -> Misread {
    tokens.misread(token.at, token.end, why)
}

/// The name that was probably meant.
fn closest(typed: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    if typed.chars().count() > LONGEST_COMPARED {
        return None;
    }
    let typed = typed.to_lowercase();
    names
        .filter(|name| name.len() >= SHORTEST_SUGGESTION)
        .map(|name| (strsim::jaro_winkler(&typed, name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

impl Token {
    fn field(&self) -> Option<Field> {
        if self.kind == Kind::Word { Field::parse(&self.text) } else { None }
    }

    /// Meant as somebody's name, well-formed or not.
    fn is_address(&self) -> bool {
        self.text.contains(['@', '＠', '﹫'])
    }

    /// `x1000`, `ext1000`, `ext.1000`, `ext#1000`: the digits, which need not be ASCII.
    fn glued_extension(&self) -> Option<&str> {
        if self.kind != Kind::Word {
            return None;
        }
        let behind =
            |name: &&str| self.text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name)).map(str::len);
        let digits = &self.text[Field::Ext.names().iter().filter_map(behind).max()?..];
        let digits = digits.strip_prefix(['.', '#']).unwrap_or(digits);
        (!digits.is_empty() && digits.chars().all(char::is_numeric)).then_some(digits)
    }

    /// `+13035550142` without the word `number`.
    fn is_bare_number(&self) -> bool {
        self.kind == Kind::Word
            && self.text.starts_with('+')
            && self.text[1..].starts_with(|c: char| c.is_ascii_digit())
    }

    /// `+11000`, as Teams shows the extension 1000: too short for a number of the phone network.
    fn pseudo_number(&self) -> Option<Extension> {
        Some(self).filter(|t| t.kind == Kind::Word)?.text.strip_prefix("+1").and_then(|t| Extension::parse(t).ok())
    }

    /// Goes on with a number that has begun: `303-555-0142`.
    fn continues_number(&self) -> bool {
        self.kind == Kind::Word && self.text.chars().all(|c| c.is_numeric() || is_number_mark(c))
    }
}

/// What people put between the digits of a number, dashes of all lengths included.
fn is_number_mark(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2014}' | '\u{2212}')
}

fn e164(text: &str) -> Result<E164, NumberError> {
    // The zero of `+49 (0)89` is dialled at home only; without its brackets it would make another number.
    if text.contains("(0)") {
        return Err(NumberError::E164Shape);
    }
    E164::parse(&text.chars().filter(|c| !is_number_mark(*c)).collect::<String>())
}

fn request_id(text: &str) -> Option<RequestId> {
    let plain = |c| if matches!(c, '\u{2010}'..='\u{2014}' | '\u{2212}') { '-' } else { c };
    RequestId::parse(&text.trim_start_matches('#').chars().map(plain).collect::<String>()).ok()
}

/// The words of the first line one by one.
struct Words<'t> {
    tokens: &'t Tokens,
    verb: Verb,
    next: usize,
}

impl<'t> Words<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.first_line().get(self.next)
    }

    fn take(&mut self) -> Option<&'t Token> {
        let token = self.peek()?;
        self.next += 1;
        Some(token)
    }

    fn refuse(&self, token: &Token, why: Why) -> Misread {
        refuse(self.tokens, token, why)
    }

    /// A word that has no place here.
    fn stray(&self, token: &Token) -> Misread {
        let fields = self.verb.entry().fields;
        let named = token.field().or_else(|| token.glued_extension().map(|_| Field::Ext));
        let why = match named {
            Some(field) if !fields.contains(&field) => Why::NotForThisCommand(field.name()),
            _ if token.kind == Kind::Open => Why::OpenQuote,
            _ => {
                let names = fields.iter().flat_map(|field| field.names()).copied();
                let suggestion = if token.is_bare_number() && fields.contains(&Field::Number) {
                    Some(Field::Number.name().to_owned())
                } else if fields.contains(&Field::Ext) && Extension::parse(&token.text).is_ok() {
                    Some(format!("{} {}", Field::Ext.name(), token.text))
                } else {
                    closest(&token.text, names).map(str::to_owned)
                };
                Why::UnknownWord { suggestion }
            }
        };
        self.refuse(token, why)
    }

    /// Nothing more may follow.
    fn end(&self) -> Result<(), Misread> {
        self.peek().map_or(Ok(()), |token| Err(self.stray(token)))
    }

    fn upn(&self, token: &Token) -> Result<Upn, Misread> {
        if token.kind == (Kind::Link { honest: false }) {
            return Err(self.refuse(token, Why::LinkDiffers));
        }
        Upn::parse(&token.text).map_err(|error| self.refuse(token, Why::BadUpn(error)))
    }

    fn id(&mut self) -> Result<RequestId, Misread> {
        let token = self.take().ok_or_else(|| self.tokens.missing(Why::MissingId))?;
        request_id(&token.text).ok_or_else(|| self.refuse(token, Why::BadRequestId))
    }

    fn only_id(mut self) -> Result<RequestId, Misread> {
        let id = self.id()?;
        self.end()?;
        Ok(id)
    }

    /// An extension behind its field name.
    fn extension(&mut self, name: &Token) -> Result<Extension, Misread> {
        let value = self.value(name, Field::Ext)?;
        let digits = value.text.strip_prefix('#').unwrap_or(&value.text);
        self.next += 1;
        Extension::parse(digits).map_err(|error| self.refuse(value, Why::BadNumber(error)))
    }

    /// Whose voicemail, behind its field name.
    fn voicemail(&mut self, name: &Token) -> Result<Voicemail, Misread> {
        let value = self.value(name, Field::Voicemail)?;
        self.next += 1;
        Voicemail::parse(&value.text.to_lowercase()).ok_or_else(|| self.refuse(value, Why::BadVoicemail))
    }

    /// The first word of a value; it stays to be taken.
    fn value(&self, name: &Token, field: Field) -> Result<&'t Token, Misread> {
        let missing = || self.refuse(name, Why::MissingValue(field.name()));
        let token = self.peek().ok_or_else(missing)?;
        if token.kind == Kind::Open {
            return Err(self.refuse(token, Why::OpenQuote));
        }
        let other = token.field().is_some() || token.glued_extension().is_some();
        let other = other || token.kind != Kind::Quoted && token.is_address();
        if other || token.text.is_empty() { Err(missing()) } else { Ok(token) }
    }

    /// A number, in quotes or in several words.
    fn phone_number(&mut self, name: &Token) -> Result<E164, Misread> {
        let first = self.value(name, Field::Number)?;
        self.next += 1;
        if first.kind == (Kind::Link { honest: false }) {
            return Err(self.refuse(first, Why::LinkDiffers));
        }
        let mut end = first.end;
        while first.kind == Kind::Word
            && let Some(token) = self.peek().filter(|token| token.continues_number())
        {
            end = token.end;
            self.next += 1;
        }
        let joined = self.tokens.between(first.at, end);
        let text = if end == first.end { &first.text } else { &joined };
        e164(text).map_err(|error| self.tokens.misread(first.at, end, Why::BadNumber(error)))
    }

    /// A value of one or more words.
    fn free_text(&mut self, name: &Token, field: Field) -> Result<String, Misread> {
        let first = self.value(name, field)?;
        self.next += 1;
        if first.kind == Kind::Quoted {
            return Ok(first.text.clone());
        }
        let mut end = first.end;
        while let Some(token) = self.peek() {
            let ends = token.field().is_some() || token.glued_extension().is_some() || token.is_bare_number();
            if ends || token.kind == Kind::Quoted || token.is_address() {
                break;
            }
            if token.kind == Kind::Open {
                return Err(self.refuse(token, Why::OpenQuote));
            }
            end = token.end;
            self.next += 1;
        }
        Ok(self.tokens.between(first.at, end))
    }

    /// The reason of an onboarding: in quotes, else everything that is left.
    fn reason(&mut self, name: &Token) -> Result<String, Misread> {
        if let Some(token) = self.peek().filter(|token| token.kind == Kind::Quoted) {
            self.next += 1;
            return Some(token.text.clone())
                .filter(|text| !text.is_empty())
                .ok_or_else(|| self.refuse(name, Why::MissingValue(Field::Reason.name())));
        }
        self.rest().ok_or_else(|| self.refuse(name, Why::MissingValue(Field::Reason.name())))
    }

    /// Everything that is left, further lines too; one quoted text loses its quotes.
    fn rest(&mut self) -> Option<String> {
        let left = self.tokens.all().get(self.next..)?;
        self.next = self.tokens.all().len();
        let text = match left {
            [] => return None,
            [only] if only.kind == Kind::Quoted => only.text.clone(),
            [first, ..] => self.tokens.from(first.at),
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Id and reason of a decision. Two ids in a row would decide one request and look like two.
    fn decision(&mut self) -> Result<RequestId, Misread> {
        let id = self.id()?;
        if let Some(second) = self.peek().filter(|t| t.kind == Kind::Word && request_id(&t.text).is_some()) {
            return Err(self.refuse(second, Why::Twice("id")));
        }
        if self.peek().and_then(Token::field) == Some(Field::Reason) {
            self.next += 1;
        }
        Ok(id)
    }

    fn approve(mut self) -> Result<Command, Misread> {
        let id = self.decision()?;
        // A reason that nobody needs begins on the first line or not at all: below may stand a signature.
        let reason = if self.peek().is_some() { self.rest() } else { None };
        Ok(Command::Approve { id, reason })
    }

    fn reject(mut self) -> Result<Command, Misread> {
        let id = self.decision()?;
        let reason = self.rest().ok_or_else(|| self.tokens.missing(Why::MissingReason))?;
        Ok(Command::Reject { id, reason })
    }

    fn number(mut self) -> Result<Command, Misread> {
        let name = &self.tokens.first_line()[0];
        let first = self.peek().ok_or_else(|| self.refuse(name, Why::MissingValue(Field::Number.name())))?;
        let query = if first.is_address() {
            return Err(self.stray(first));
        } else if first.field() == Some(Field::Ext) {
            self.next += 1;
            NumberQuery::Extension(self.extension(first)?)
        } else if let Some(digits) = first.glued_extension() {
            self.next += 1;
            NumberQuery::Extension(Extension::parse(digits).map_err(|error| self.refuse(first, Why::BadNumber(error)))?)
        } else if let Some(extension) = first.pseudo_number() {
            self.next += 1;
            NumberQuery::Extension(extension)
        } else if first.text.chars().filter(|c| c.is_numeric()).count() <= 6 && !first.text.starts_with('+') {
            NumberQuery::Extension(self.extension(name)?)
        } else {
            NumberQuery::E164(self.phone_number(name)?)
        };
        self.end()?;
        Ok(Command::Number(query))
    }

    fn status(mut self) -> Result<Command, Misread> {
        let Some(token) = self.take() else { return Ok(Command::Status(None)) };
        let target = if token.is_address() {
            Target::Subject(self.upn(token)?)
        } else if token.field().is_some() || token.kind == Kind::Open {
            return Err(self.stray(token));
        } else {
            Target::Request(request_id(&token.text).ok_or_else(|| self.refuse(token, Why::BadRequestId))?)
        };
        self.end()?;
        Ok(Command::Status(Some(target)))
    }

    fn list(mut self) -> Result<Command, Misread> {
        let Some(token) = self.take() else { return Ok(Command::List(ListFilter::All)) };
        let Some((_, filter)) = ListFilter::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&token.text))
        else {
            let suggestion = closest(&token.text, ListFilter::WORDS.iter().map(|(word, _)| *word)).map(str::to_owned);
            return Err(self.refuse(token, Why::UnknownWord { suggestion }));
        };
        self.end()?;
        Ok(Command::List(*filter))
    }

    fn help(mut self) -> Result<Command, Misread> {
        let Some(token) = self.take() else { return Ok(Command::Help(None)) };
        let Some(verb) = Verb::parse(&token.text) else {
            let names = VERBS.iter().flat_map(VerbEntry::names);
            let suggestion = closest(token.text.trim_start_matches('/'), names).map(str::to_owned);
            return Err(self.refuse(token, Why::UnknownWord { suggestion }));
        };
        self.end()?;
        Ok(Command::Help(Some(verb)))
    }
}

/// A subject and fields in any order.
struct Fields<'t> {
    tokens: &'t Tokens,
    subject: Option<Upn>,
    extension: Option<Extension>,
    number: Option<E164>,
    location: Option<String>,
    route: Option<String>,
    voicemail: Option<Voicemail>,
    profile: Option<String>,
    on: Option<String>,
    reason: Option<String>,
}

impl<'t> Fields<'t> {
    fn read(mut words: Words<'t>) -> Result<Self, Misread> {
        let mut fields = Self {
            tokens: words.tokens,
            subject: None,
            extension: None,
            number: None,
            location: None,
            route: None,
            voicemail: None,
            profile: None,
            on: None,
            reason: None,
        };
        let takes = words.verb.entry().fields;
        while let Some(token) = words.take() {
            match token.field() {
                Some(field) if takes.contains(&field) => fields.set(field, token, &mut words)?,
                Some(_) => return Err(words.stray(token)),
                None if token.kind != Kind::Open && token.is_address() => {
                    let subject = words.upn(token)?;
                    put(&mut fields.subject, subject).ok_or_else(|| words.refuse(token, Why::Twice("subject")))?;
                }
                None => match token.glued_extension() {
                    Some(digits) if takes.contains(&Field::Ext) => {
                        let extension =
                            Extension::parse(digits).map_err(|error| words.refuse(token, Why::BadNumber(error)))?;
                        let twice = || words.refuse(token, Why::Twice(Field::Ext.name()));
                        put(&mut fields.extension, extension).ok_or_else(twice)?;
                    }
                    _ => return Err(fields.stray(token, &words)),
                },
            }
        }
        Ok(fields)
    }

    /// `onboard alice ext 1000`: when nobody else is named, the odd word is the name.
    fn stray(&self, token: &Token, words: &Words<'_>) -> Misread {
        let misread = words.stray(token);
        let named = words.tokens.first_line().iter().any(Token::is_address);
        match misread.why {
            Why::UnknownWord { suggestion: None } if !named => words.refuse(token, Why::BadUpn(UpnError::Shape)),
            _ => misread,
        }
    }

    fn set(&mut self, field: Field, name: &Token, words: &mut Words<'_>) -> Result<(), Misread> {
        let set = match field {
            Field::Ext => put(&mut self.extension, words.extension(name)?),
            Field::Number => put(&mut self.number, words.phone_number(name)?),
            Field::Location => put(&mut self.location, words.free_text(name, field)?),
            Field::Route => put(&mut self.route, words.free_text(name, field)?),
            Field::Voicemail => put(&mut self.voicemail, words.voicemail(name)?),
            Field::Profile => put(&mut self.profile, words.free_text(name, field)?),
            Field::On => put(&mut self.on, words.free_text(name, field)?),
            Field::Reason => put(&mut self.reason, words.reason(name)?),
        };
        set.ok_or_else(|| words.refuse(name, Why::Twice(field.name())))
    }

    fn subject(self) -> Result<Upn, Misread> {
        self.subject.ok_or_else(|| self.tokens.missing(Why::MissingSubject))
    }

    fn onboard(self) -> Result<Command, Misread> {
        let subject = self.subject.ok_or_else(|| self.tokens.missing(Why::MissingSubject))?;
        let Self { extension, number, location, route, profile, on, reason, .. } = self;
        Ok(Command::Onboard(Onboard { subject, extension, number, location, route, profile, on, reason }))
    }

    fn change(self) -> Result<Command, Misread> {
        let subject = self.subject.ok_or_else(|| self.tokens.missing(Why::MissingSubject))?;
        let Self { extension, number, location, route, voicemail, profile, on, reason, .. } = self;
        let named = [&location, &route, &profile].iter().any(|value| value.is_some());
        if extension.is_none() && number.is_none() && voicemail.is_none() && !named {
            return Err(self.tokens.missing(Why::NothingToChange));
        }
        Ok(Command::Change(Change { subject, extension, number, location, route, voicemail, profile, on, reason }))
    }
}

/// `None`: there was something already.
fn put<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}
