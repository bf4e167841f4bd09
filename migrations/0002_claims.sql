-- Since when a message may be on its way: claimed between the head and the body of the call that posts it.
ALTER TABLE outbox ADD COLUMN claimed_at BIGINT;

-- The conversation of a post, as lanes are named; empty in rows of the first version.
ALTER TABLE posts ADD COLUMN lane TEXT NOT NULL DEFAULT '';

-- 1: it was posted again because nobody could tell whether it had arrived, so there may be a second copy.
ALTER TABLE posts ADD COLUMN doubted BIGINT NOT NULL DEFAULT 0;
