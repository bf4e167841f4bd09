//! Conversations and people that the bot has met.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Journal, JournalError, Tx, from_json, ms, to_json};
use crate::domain::{Person, Place, PlaceKind, Surface};

/// Somebody the bot has met, and where to reach them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Where they were met.
    pub surface: Surface,
    /// The chat's id of them.
    pub chat_id: String,
    /// Display name.
    pub name: String,
    /// Their personal chat with the bot.
    pub place: Option<Place>,
}

impl Journal {
    /// What each surface knows of the person with this directory id.
    pub async fn contacts(&self, id: &str) -> Result<Vec<Contact>, JournalError> {
        let query = sqlx::query("SELECT surface, chat_id, name, place FROM contacts WHERE id = $1 ORDER BY surface");
        let rows = query.bind(id).fetch_all(&self.pool).await?;
        let contact = |row: &AnyRow| {
            let surface = from_json("contacts", &format!("\"{}\"", row.try_get::<String, _>(0)?))?;
            let place: Option<String> = row.try_get(3)?;
            let place = place.map(|text| from_json("contacts", &text)).transpose()?;
            Ok(Contact { surface, chat_id: row.try_get(1)?, name: row.try_get(2)?, place })
        };
        rows.iter().map(contact).collect()
    }

    /// What this surface knows of the person with this directory id.
    pub async fn contact(&self, id: &str, surface: Surface) -> Result<Option<Contact>, JournalError> {
        Ok(self.contacts(id).await?.into_iter().find(|contact| contact.surface == surface))
    }

    /// The conversation with this name, without a thread, where the bot was met and is still.
    pub async fn place(&self, base: &str) -> Result<Option<Place>, JournalError> {
        let query = sqlx::query("SELECT body FROM places WHERE conversation = $1 AND gone_at IS NULL").bind(base);
        let row = query.fetch_optional(&self.pool).await?;
        let known: Option<Place> = row.map(|row| from_json("places", row.try_get(0)?)).transpose()?;
        Ok(known.map(|place| whole(&place)))
    }

    /// False for a conversation that the bot was removed from.
    pub async fn is_reachable(&self, place: &Place) -> Result<bool, JournalError> {
        let query = sqlx::query("SELECT gone_at FROM places WHERE conversation = $1").bind(place.base());
        let row = query.fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get::<Option<i64>, _>(0)).transpose()?.flatten().is_none())
    }
}

/// As stored.
fn surface(place: &Place) -> &'static str {
    match place.surface {
        Surface::Teams => "teams",
        Surface::Slack => "slack",
    }
}

/// The conversation without its thread.
fn whole(place: &Place) -> Place {
    Place { conversation: place.base().to_owned(), ..place.clone() }
}

impl Tx {
    /// Remembers who was met and where; the newest address counts.
    ///
    /// Looks before it writes: everybody in a channel meets the bot in the same place, and on PostgreSQL a written row keeps
    /// all others waiting until the end of the transaction.
    pub async fn meet(&mut self, who: &Person, place: &Place) -> Result<(), JournalError> {
        self.meet_place(place).await?;
        if !who.id.is_empty() && !self.knows_person(who, place).await? {
            self.remember_person(who, place).await?;
        }
        Ok(())
    }

    /// Remembers where somebody was met, without whom.
    pub async fn meet_place(&mut self, place: &Place) -> Result<(), JournalError> {
        if !self.knows_place(place).await? {
            self.remember_place(place).await?;
        }
        Ok(())
    }

    /// Those of these people (by directory id) who have opened the bot's page in Slack: their ids there, and the page.
    pub async fn homes_of(&mut self, ids: &[&str]) -> Result<Vec<(String, Place)>, JournalError> {
        let marks = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
        let sql = format!(
            "SELECT contacts.chat_id, places.body FROM contacts JOIN places ON places.conversation = contacts.chat_id \
             WHERE contacts.surface = 'slack' AND places.gone_at IS NULL AND contacts.id IN ({marks})"
        );
        let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind((*id).to_owned()));
        let rows = query.fetch_all(&mut *self.inner).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, from_json("places", row.try_get(1)?)?))).collect()
    }

    async fn knows_place(&mut self, place: &Place) -> Result<bool, JournalError> {
        let sql = "SELECT body FROM places WHERE conversation = $1 AND gone_at IS NULL";
        let row = sqlx::query(sql).bind(place.base()).fetch_optional(&mut *self.inner).await?;
        let Some(row) = row else { return Ok(false) };
        // Threads of one channel are one membership and differ in nothing but their name.
        let known: Place = from_json("places", row.try_get(0)?)?;
        Ok(Place { conversation: place.conversation.clone(), ..known } == *place)
    }

    async fn knows_person(&mut self, who: &Person, place: &Place) -> Result<bool, JournalError> {
        let sql = "SELECT chat_id, name, place FROM contacts WHERE id = $1 AND surface = $2";
        let row = sqlx::query(sql).bind(&who.id).bind(surface(place)).fetch_optional(&mut *self.inner).await?;
        let Some(row) = row else { return Ok(false) };
        let (chat_id, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let alone: Option<String> = row.try_get(2)?;
        let reached = place.kind != PlaceKind::Personal || alone == Some(to_json("contacts", &whole(place))?);
        Ok(chat_id == who.chat_id && (who.name.is_empty() || name == who.name) && reached)
    }

    async fn remember_place(&mut self, place: &Place) -> Result<(), JournalError> {
        let sql = "INSERT INTO places (conversation, body) VALUES ($1, $2) \
            ON CONFLICT (conversation) DO UPDATE SET body = $2, gone_at = NULL";
        let query = sqlx::query(sql).bind(place.base()).bind(to_json("places", place)?);
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    async fn remember_person(&mut self, who: &Person, place: &Place) -> Result<(), JournalError> {
        let alone = (place.kind == PlaceKind::Personal).then(|| to_json("contacts", &whole(place))).transpose()?;
        let sql = "INSERT INTO contacts (id, surface, chat_id, name, place) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (id, surface) DO UPDATE SET chat_id = $3, \
            name = CASE WHEN $4 = '' THEN contacts.name ELSE $4 END, place = COALESCE($5, contacts.place)";
        let query = sqlx::query(sql).bind(&who.id).bind(surface(place)).bind(&who.chat_id).bind(&who.name).bind(alone);
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// True the first time: the bot may greet. Being added is told in several events.
    pub async fn may_greet(&mut self, place: &Place, now: Timestamp) -> Result<bool, JournalError> {
        let sql = "UPDATE places SET greeted_at = $1 WHERE conversation = $2 AND greeted_at IS NULL";
        let query = sqlx::query(sql).bind(ms(now)).bind(place.base());
        Ok(query.execute(&mut *self.inner).await?.rows_affected() == 1)
    }

    /// The bot was removed: nothing can be posted there, and a new start is greeted again.
    pub async fn forget(&mut self, place: &Place, now: Timestamp) -> Result<(), JournalError> {
        let sql = "UPDATE places SET gone_at = $1, greeted_at = NULL WHERE conversation = $2";
        sqlx::query(sql).bind(ms(now)).bind(place.base()).execute(&mut *self.inner).await?;
        Ok(())
    }
}
