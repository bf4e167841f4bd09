-- The vendor's id of the first message that the bot posted in a conversation: some conversations are threads under it.
ALTER TABLE lanes ADD COLUMN root TEXT;

-- One person may be met in several products.
CREATE TABLE contacts (
    id TEXT NOT NULL,
    surface TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    name TEXT NOT NULL,
    place TEXT,
    PRIMARY KEY (id, surface)
);
INSERT INTO contacts (id, surface, chat_id, name, place) SELECT id, 'teams', chat_id, name, place FROM people;
-- The table people stays for replicas of the version before, which run on until they are replaced.
