-- Slack: workspaces (or organisations) that installed the app. Tokens are encrypted; each writing of one gives another text.
CREATE TABLE installations (
    id TEXT PRIMARY KEY,
    team TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    app TEXT NOT NULL,
    bot_user TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token TEXT NOT NULL,
    next_token TEXT,
    expires_at BIGINT,
    installed_at BIGINT NOT NULL,
    doubted_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);

-- Installing that somebody has begun in a browser. Only hashes: whoever reads the table can finish nothing.
CREATE TABLE install_attempts (
    state TEXT PRIMARY KEY,
    browser TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
