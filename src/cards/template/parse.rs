//! Reads one expression: names, literals, operators and calls, with the precedence of the reference's grammar.

use serde_json::Value;

use super::Refusal;
use super::functions::arity;
use super::javascript::number_value;

/// What is calculated. Operators are calls of the same name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// A literal; `None` is `undefined`.
    Constant(Option<Value>),
    /// `name`, or `name` of what stands before the dot.
    Member(String, Option<Box<Expression>>),
    /// `list[index]`.
    Element(Box<Expression>, Box<Expression>),
    /// A function or an operator.
    Call(String, Vec<Expression>),
}

impl Expression {
    pub(super) fn text(text: String) -> Self {
        Self::Constant(Some(Value::String(text)))
    }
}

/// Reads an expression; an empty one is the empty text.
pub(super) fn parse(source: &str) -> Result<Expression, Refusal> {
    if source.is_empty() {
        return Ok(Expression::text(String::new()));
    }
    let mut parser = Parser { tokens: tokens(source)?, next: 0 };
    let expression = parser.ternary()?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => Err(parser.unexpected()),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Sign(&'static str),
    End,
}

/// Longer signs first.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "!", "<", ">", "(", ")", "[", "]", ",", ".", "?", ":",
];

fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Refusal> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (token, length) = match first {
            ' ' | '\t' | '\r' | '\n' | '\u{feff}' | '\u{a0}' => {
                at += first.len_utf8();
                continue;
            }
            '0'..='9' => number(rest),
            '\'' | '"' => text(rest, first).ok_or_else(|| unexpected(rest, at))?,
            _ => match name_length(rest) {
                0 => sign(rest).ok_or_else(|| unexpected(rest, at))?,
                length => (Token::Name(rest[..length].to_owned()), length),
            },
        };
        tokens.push((token, at));
        at += length;
    }
    tokens.push((Token::End, source.len()));
    Ok(tokens)
}

fn unexpected(rest: &str, position: usize) -> Refusal {
    Refusal::Unexpected { found: rest.chars().take(12).collect(), position }
}

fn number(rest: &str) -> (Token, usize) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
    let length = if fraction > 0 { whole + 1 + fraction } else { whole };
    (Token::Number(rest[..length].parse().unwrap_or(f64::INFINITY)), length)
}

fn text(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((position, character)) = characters.next() {
        if character == quote {
            return Some((Token::Text(value), position + 1));
        }
        let escape = characters.peek().map(|(_, next)| *next).filter(|_| character == '\\');
        let meant = match escape {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('\\') => '\\',
            Some(next) if next == quote => quote,
            _ => {
                value.push(character);
                continue;
            }
        };
        value.push(meant);
        characters.next();
    }
    None
}

/// A name starts with a letter or one of `_ # @ @@ $ %`; a `%` alone is the operator.
fn name_length(rest: &str) -> usize {
    let start = match rest.as_bytes() {
        [b'@', b'@', ..] => 2,
        [b'_' | b'#' | b'@' | b'$' | b'%', ..] => 1,
        [letter, ..] if letter.is_ascii_alphabetic() => 1,
        _ => return 0,
    };
    let more = rest.bytes().skip(start).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    if rest.starts_with('%') && more == 0 { 0 } else { start + more }
}

fn sign(rest: &str) -> Option<(Token, usize)> {
    // Not two signs each: `??` is not offered, and the reference reads `<>` but cannot calculate it.
    let offered = !rest.starts_with("??") && !rest.starts_with("<>");
    SIGNS.into_iter().find(|sign| offered && rest.starts_with(sign)).map(|sign| (Token::Sign(sign), sign.len()))
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
}

/// Weakest first. Equality binds tighter than order: so does the reference.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["<", "<=", ">", ">="], &["==", "!="], &["+", "-"], &["*", "/", "%"]];

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(here) if *here == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Refusal> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Refusal {
        let position = self.tokens.get(self.next).map_or(0, |(_, position)| *position);
        let found = match self.peek() {
            Token::Number(number) => number.to_string(),
            Token::Text(text) | Token::Name(text) => text.clone(),
            Token::Sign(sign) => (*sign).to_owned(),
            Token::End => String::new(),
        };
        Refusal::Unexpected { found, position }
    }

    fn ternary(&mut self) -> Result<Expression, Refusal> {
        let mut condition = self.binary(0)?;
        while self.take("?") {
            let yes = self.ternary()?;
            self.expect(":")?;
            let no = self.binary(0)?;
            condition = Expression::Call("if".to_owned(), vec![condition, yes, no]);
        }
        Ok(condition)
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Refusal> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.take(sign)) {
            let right = self.binary(level + 1)?;
            left = Expression::Call((*sign).to_owned(), vec![left, right]);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, Refusal> {
        if self.take("!") {
            return Ok(Expression::Call("!".to_owned(), vec![self.unary()?]));
        }
        for sign in ["-", "+"] {
            if self.take(sign) {
                let zero = Expression::Constant(Some(number_value(0.0)));
                return Ok(Expression::Call(sign.to_owned(), vec![zero, self.unary()?]));
            }
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expression, Refusal> {
        let token = self.peek().clone();
        let mut expression = match token {
            Token::Number(number) => Expression::Constant(Some(number_value(number))),
            Token::Text(text) => Expression::text(text),
            Token::Name(name) => named(name),
            Token::Sign("(") => {
                self.next += 1;
                let inside = self.ternary()?;
                self.expect(")")?;
                return self.postfix(inside);
            }
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        if self.take("(") {
            let Expression::Member(name, None) = expression else { return Err(self.unexpected()) };
            expression = self.call(name)?;
        }
        self.postfix(expression)
    }

    fn postfix(&mut self, mut expression: Expression) -> Result<Expression, Refusal> {
        loop {
            if self.take(".") {
                let Token::Name(name) = self.peek().clone() else { return Err(self.unexpected()) };
                self.next += 1;
                expression = Expression::Member(name, Some(Box::new(expression)));
            } else if self.take("[") {
                let index = self.ternary()?;
                self.expect("]")?;
                expression = Expression::Element(Box::new(expression), Box::new(index));
            } else {
                return Ok(expression);
            }
        }
    }

    fn call(&mut self, name: String) -> Result<Expression, Refusal> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.ternary()?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        let allowed = arity(&name).ok_or_else(|| Refusal::UnknownFunction(name.clone()))?;
        if !allowed.contains(&arguments.len()) {
            return Err(Refusal::Arguments(name));
        }
        Ok(Expression::Call(name, arguments))
    }
}

fn named(name: String) -> Expression {
    match name.as_str() {
        "true" => Expression::Constant(Some(Value::Bool(true))),
        "false" => Expression::Constant(Some(Value::Bool(false))),
        "null" => Expression::Constant(Some(Value::Null)),
        "undefined" => Expression::Constant(None),
        _ => Expression::Member(name, None),
    }
}
