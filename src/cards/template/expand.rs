//! Walks a template with data: scopes, repetition, conditions.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::eval::{Fault, Missing, Scope};
use super::javascript::{OBJECT, to_text};
use super::parse::Expression;
use super::text::Text;
use super::{ExpandError, Refusal, TemplateError};

/// A part of the template.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A number, a flag, null.
    Literal(Value),
    /// A string.
    Text(Text),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Box<Object>),
}

/// An object of the template.
#[derive(Debug, Clone)]
pub(super) struct Object {
    data: Option<Data>,
    when: Option<Text>,
    fields: Vec<(String, Node)>,
}

#[derive(Debug, Clone)]
enum Data {
    Literal(Value),
    Bound(Text),
}

/// Properties of the language; they never show up in the result.
const RESERVED: [&str; 6] = ["$data", "$when", "$root", "$index", "$host", "$_acTemplateVersion"];

impl Node {
    /// Reads a part of a template that stands at the JSON pointer `at`.
    pub(super) fn parse(json: &Value, at: &mut String) -> Result<Self, TemplateError> {
        Ok(match json {
            Value::String(leaf) => Self::Text(read(leaf, at)?),
            Value::Array(items) => {
                let mut nodes = Vec::with_capacity(items.len());
                for (position, item) in items.iter().enumerate() {
                    nodes.push(below(at, &position.to_string(), |at| Self::parse(item, at))?);
                }
                Self::List(nodes)
            }
            Value::Object(fields) => Self::Object(Box::new(Object::parse(fields, at)?)),
            other => Self::Literal(other.clone()),
        })
    }

    fn has_expressions(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Text(Text::Plain(_)) => false,
            Self::Text(_) => true,
            Self::List(nodes) => nodes.iter().any(Self::has_expressions),
            Self::Object(object) => object.fields.iter().any(|(_, node)| node.has_expressions()),
        }
    }
}

fn read(leaf: &str, at: &str) -> Result<Text, TemplateError> {
    Text::parse(leaf).map_err(|why| TemplateError { at: at.to_owned(), why })
}

/// Does something with the pointer one step further down.
fn below<T>(at: &mut String, step: &str, then: impl FnOnce(&mut String) -> T) -> T {
    let length = at.len();
    at.push('/');
    at.push_str(&step.replace('~', "~0").replace('/', "~1"));
    let result = then(at);
    at.truncate(length);
    result
}

impl Object {
    fn parse(json: &Map<String, Value>, at: &mut String) -> Result<Self, TemplateError> {
        let mut object = Self { data: None, when: None, fields: Vec::new() };
        for (name, value) in json {
            let node = below(at, name, |at| {
                let node = Node::parse(value, at)?;
                let refuse = |why| Err(TemplateError { at: at.clone(), why });
                match (name.as_str(), &node) {
                    ("$when", Node::Text(Text::Whole(_) | Text::Parts(_))) => Ok(node),
                    ("$when", _) => refuse(Refusal::When),
                    ("$data", Node::List(_) | Node::Object(_)) if node.has_expressions() => refuse(Refusal::Data),
                    _ => Ok(node),
                }
            })?;
            match (name.as_str(), node) {
                ("$when", Node::Text(text)) => object.when = Some(text),
                ("$data", Node::Text(text @ (Text::Whole(_) | Text::Parts(_)))) => {
                    object.data = Some(Data::Bound(text))
                }
                ("$data", _) => object.data = Some(Data::Literal(value.clone())),
                (name, _) if RESERVED.contains(&name) => {}
                (name, node) => object.fields.push((name.to_owned(), node)),
            }
        }
        Ok(object)
    }
}

/// Fills the whole template.
pub(super) fn expand(root: &Node, data: &Value, missing: Missing) -> Result<Value, ExpandError> {
    let scope = Scope { root: data, data, index: None };
    Ok(Expander { missing }.node(root, scope)?.unwrap_or(Value::Null))
}

struct Expander {
    missing: Missing,
}

/// `None` is `undefined`: a property of that value is left out.
type Expanded = Result<Option<Value>, ExpandError>;

impl Expander {
    fn node(&self, node: &Node, scope: Scope<'_>) -> Expanded {
        match node {
            Node::Literal(value) => Ok(Some(value.clone())),
            Node::Text(text) => Ok(self.text(text, scope)?.map(Cow::into_owned)),
            Node::List(nodes) => self.list(nodes, scope).map(Some),
            Node::Object(object) => self.object(object, scope).map(Some),
        }
    }

    /// Null vanishes from lists; a list inside of a list is poured into it.
    fn list(&self, nodes: &[Node], scope: Scope<'_>) -> Result<Value, ExpandError> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.node(node, scope)? {
                Some(Value::Null) => {}
                Some(Value::Array(more)) => items.extend(more),
                other => items.push(other.unwrap_or(Value::Null)),
            }
        }
        Ok(Value::Array(items))
    }

    /// One object for each item of a list bound to `$data`: none is null, one stands for itself.
    fn object(&self, object: &Object, scope: Scope<'_>) -> Result<Value, ExpandError> {
        let bound = match &object.data {
            None => None,
            Some(Data::Literal(value)) => Some(Cow::Borrowed(value)),
            Some(Data::Bound(text)) => self.text(text, scope)?,
        };
        let mut results = Vec::new();
        match bound.as_deref() {
            None => results.extend(self.fields(object, scope)?),
            Some(Value::Array(items)) => {
                for (index, data) in items.iter().enumerate() {
                    results.extend(self.fields(object, Scope { root: scope.root, data, index: Some(index) })?);
                }
            }
            Some(data) => {
                results.extend(self.fields(object, Scope { root: scope.root, data, index: scope.index })?);
            }
        }
        Ok(match results.len() {
            0 => Value::Null,
            1 => results.remove(0),
            _ => Value::Array(results),
        })
    }

    fn fields(&self, object: &Object, scope: Scope<'_>) -> Expanded {
        if object.when.as_ref().is_some_and(|when| !holds(when, scope)) {
            return Ok(None);
        }
        let mut fields = Map::new();
        for (name, node) in &object.fields {
            if let Some(value) = self.node(node, scope)? {
                fields.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(fields)))
    }

    fn text<'a>(&self, text: &'a Text, scope: Scope<'a>) -> Result<Option<Cow<'a, Value>>, ExpandError> {
        match text {
            Text::Plain(text) => Ok(Some(Cow::Owned(Value::String(text.clone())))),
            Text::Whole(expression) => {
                // `undefined` is no missing binding: a template says it to leave a property out.
                expression.evaluate(scope, self.missing).map_err(|fault| error(fault, expression))
            }
            Text::Parts(parts) => {
                let mut joined = String::new();
                for part in parts {
                    joined.push_str(&self.part(part, scope)?);
                }
                Ok(Some(Cow::Owned(Value::String(joined))))
            }
        }
    }

    fn part(&self, part: &Expression, scope: Scope<'_>) -> Result<String, ExpandError> {
        let value = match part.evaluate(scope, self.missing) {
            Err(Fault::Unfit) if self.missing == Missing::Leave => return Ok(format!("${{{part}}}")),
            value => value.map_err(|fault| error(fault, part))?,
        };
        // The reference throws here on null too: nothing sensible can be shown.
        let text = value.as_deref().and_then(to_text).ok_or_else(|| ExpandError::Unresolved(part.to_string()))?;
        if text == OBJECT && self.missing == Missing::Fail && value.is_some_and(|value| value.is_object()) {
            return Err(ExpandError::NotText(part.to_string()));
        }
        Ok(text)
    }
}

fn error(fault: Fault, expression: &Expression) -> ExpandError {
    match fault {
        Fault::Unresolved(path) => ExpandError::Unresolved(path),
        Fault::Unfit => ExpandError::Failed(expression.to_string()),
    }
}

/// Only a calculated `true` keeps the object; what cannot be calculated does not.
fn holds(when: &Text, scope: Scope<'_>) -> bool {
    match when {
        Text::Whole(expression) => {
            let value = expression.evaluate(scope, Missing::Undefined);
            value.is_ok_and(|value| value.as_deref() == Some(&Value::Bool(true)))
        }
        Text::Plain(_) | Text::Parts(_) => false,
    }
}
