//! A plan in words: every value by name, and what a human is asked to do in a portal.

use crate::domain::Sentence;
use crate::view::{ByHand, Item, Shown};

/// What a human is asked to do in a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worksheet {
    /// What is to be done, as a heading.
    pub title: Sentence,
    /// Step by step, with the exact buttons of the portal.
    pub instructions: Vec<Sentence>,
    /// Values to look for or to enter.
    pub items: Vec<Item>,
    /// Deep link into the portal: title and address.
    pub link: Option<(Sentence, String)>,
    /// Another way to the same end.
    pub by_hand: Option<ByHand>,
}

pub(super) fn text(label: &str, value: impl ToString) -> Item {
    Item { label: label.to_owned(), value: Shown::Text(value.to_string()) }
}

pub(super) fn said(label: &str, id: &str) -> Item {
    Item { label: label.to_owned(), value: Shown::Said(Sentence::new(id)) }
}
