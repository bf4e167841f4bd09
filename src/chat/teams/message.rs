//! What the bot writes: a text or a card, never both. Teams splits an activity with both into two messages and gives no usable id
//! (<https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability>), so that none can be built here.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::Surface;
use crate::view::Mention;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words as they are; anybody's, nothing in them is markup.
    Words(&'a str),
    /// Somebody to be notified.
    Mention(&'a Mention),
}

/// One outgoing message.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Activity(Content);

#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
enum Content {
    #[serde(rename = "message")]
    Text(Text),
    #[serde(rename = "message")]
    Card(Card),
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    text: String,
    text_format: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entities: Vec<MentionEntity>,
}

#[derive(Clone, PartialEq, Serialize)]
struct MentionEntity {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    mentioned: Value,
}

#[derive(Clone, PartialEq, Serialize)]
struct Card {
    attachments: [Attachment; 1],
    summary: String,
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    content_type: &'static str,
    content: Value,
}

impl Activity {
    /// Words and mentions. Without mentions it travels as plain text, with them as XML in which the words are escaped.
    pub fn text(parts: &[Part<'_>]) -> Self {
        let mut entities = Vec::new();
        let marked_up = parts.iter().any(|part| matches!(part, Part::Mention(_)));
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Words(words) if marked_up => text.push_str(&escape_xml(words)),
                Part::Words(words) => text.push_str(words),
                Part::Mention(mention) => {
                    let id = mention.id_on(Surface::Teams).unwrap_or_default();
                    let mentioned = json!({ "id": id, "name": mention.name });
                    let tag = format!("<at>{}</at>", escape_xml(&mention.name));
                    text.push_str(&tag);
                    entities.push(MentionEntity { kind: "mention", text: tag, mentioned });
                }
            }
        }
        let text_format = if marked_up { "xml" } else { "plain" };
        Self(Content::Text(Text { text, text_format, entities }))
    }

    /// Text that is Markdown already; whoever made it has escaped what people wrote with [`escape_markdown`].
    pub fn markdown(text: impl Into<String>) -> Self {
        Self(Content::Text(Text { text: text.into(), text_format: "markdown", entities: Vec::new() }))
    }

    /// An Adaptive Card; `summary` is what the notification shows.
    pub fn card(content: Value, summary: impl Into<String>) -> Self {
        let attachment = Attachment { content_type: "application/vnd.microsoft.card.adaptive", content };
        Self(Content::Card(Card { attachments: [attachment], summary: summary.into() }))
    }
}

/// Only the kind: what is said is not for logs.
impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Content::Text(_) => "Activity(text)",
            Content::Card(_) => "Activity(card)",
        })
    }
}

fn escape_xml(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("<br/>"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Makes somebody's words show as they are in a Markdown text.
pub fn escape_markdown(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '*' | '_' | '~' | '`' | '[' | ']' | '(' | ')' | '#' | '|' | '!' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Mention {
        let (surface, id, directory_id) = (Surface::Teams, "29:ada".to_owned(), String::new());
        Mention { surface, id, directory_id, name: "Ada <Admin>".to_owned() }
    }

    #[test]
    fn a_mention_is_a_tag_and_an_entity_and_words_cannot_forge_one() {
        let text = Activity::text(&[Part::Mention(&ada()), Part::Words(" <at>Bob</at> & co\nsays hi")]);
        assert_eq!(
            serde_json::to_value(&text).unwrap(),
            json!({
                "type": "message",
                "text": "<at>Ada &lt;Admin&gt;</at> &lt;at&gt;Bob&lt;/at&gt; &amp; co<br/>says hi",
                "textFormat": "xml",
                "entities": [{
                    "type": "mention",
                    "text": "<at>Ada &lt;Admin&gt;</at>",
                    "mentioned": {"id": "29:ada", "name": "Ada <Admin>"},
                }],
            })
        );
    }

    #[test]
    fn words_alone_are_plain_text() {
        let text = Activity::text(&[Part::Words("alice_b@contoso.com has *no* licence & <nothing>")]);
        let text = serde_json::to_value(&text).unwrap();
        assert_eq!(
            text,
            json!({"type": "message", "text": "alice_b@contoso.com has *no* licence & <nothing>", "textFormat": "plain"})
        );
        assert_eq!(escape_markdown("*a_b* <x> [l](u)"), r"\*a\_b\* &lt;x&gt; \[l\]\(u\)");
    }

    #[test]
    fn a_card_carries_a_summary_and_no_text() {
        let card = Activity::card(json!({"type": "AdaptiveCard", "version": "1.5", "body": []}), "ONB-1");
        assert_eq!(format!("{card:?}"), "Activity(card)");
        let card = serde_json::to_value(&card).unwrap();
        assert_eq!(card["type"], "message");
        assert_eq!(card["summary"], "ONB-1");
        assert_eq!(card["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
        assert_eq!(card["attachments"][0]["content"]["version"], "1.5");
        assert!(card.get("text").is_none());
    }
}
