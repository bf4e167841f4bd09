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

-- Forms that somebody has open in Slack and that wait for a request's card. Any replica may fill them.
CREATE TABLE forms (
    number BIGINT PRIMARY KEY,
    view TEXT NOT NULL,
    team TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    conversation TEXT NOT NULL,
    opened_at BIGINT NOT NULL
);
