-- People (by directory id) who do not want to be told when a request is done.
CREATE TABLE muted (
    id TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

-- How long a step usually takes is learned from the newest ones of its kind that are done.
CREATE INDEX steps_done ON steps (kind, number) WHERE status = 'done';
