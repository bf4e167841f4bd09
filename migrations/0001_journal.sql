-- One folder for SQLite and PostgreSQL: TEXT and BIGINT only, times are milliseconds since 1970 (UTC).

-- What came in, once per sender's event id. Kept before it is answered.
CREATE TABLE inbox (
    event_key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    answer TEXT
);
CREATE INDEX inbox_due ON inbox (run_at) WHERE status = 'new';

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE requests (
    number BIGINT PRIMARY KEY,
    customer TEXT NOT NULL,
    subject TEXT NOT NULL,
    extension TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    requester TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX requests_subject ON requests (customer, subject);
CREATE INDEX requests_state ON requests (state);

-- Everything that happened to a request, in order.
CREATE TABLE events (
    number BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    actor TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (number, seq)
);

CREATE TABLE steps (
    number BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (number, idx)
);

-- The one task that a request has to have done, with the lease of whoever does it.
CREATE TABLE work (
    number BIGINT PRIMARY KEY,
    task TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);
CREATE INDEX work_due ON work (run_at) WHERE status = 'due';

CREATE TABLE timers (
    number BIGINT PRIMARY KEY,
    due_at BIGINT NOT NULL
);
CREATE INDEX timers_due ON timers (due_at);

-- Extensions that a request holds or has given away.
CREATE TABLE holds (
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    number BIGINT NOT NULL,
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (customer, kind, value)
);

-- Messages that the bot sent and may rewrite.
CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    card TEXT NOT NULL,
    audience TEXT NOT NULL,
    place TEXT NOT NULL,
    vendor_id TEXT,
    rewritten_at BIGINT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX posts_card ON posts (number, card);

-- What is to be sent, in order of id within a lane (one lane per conversation).
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    lane TEXT NOT NULL,
    post_id TEXT,
    body TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (run_at) WHERE status = 'new';
CREATE INDEX outbox_post ON outbox (post_id);

CREATE TABLE lanes (
    lane TEXT PRIMARY KEY,
    sent TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);

-- Conversations the bot knows; gone ones are not written to.
CREATE TABLE places (
    conversation TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    greeted_at BIGINT,
    gone_at BIGINT
);

-- People the bot has met, and where to reach them alone.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    chat_id TEXT NOT NULL,
    name TEXT NOT NULL,
    place TEXT
);
