CREATE TABLE IF NOT EXISTS applications (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    lifecycle TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    updated REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS versions (
    application TEXT NOT NULL REFERENCES applications (name),
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    bundle TEXT NOT NULL,
    status TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    PRIMARY KEY (application, label)
);
CREATE TABLE IF NOT EXISTS environments (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    application TEXT NOT NULL REFERENCES applications (name),
    description TEXT NOT NULL,
    label TEXT NOT NULL,
    target TEXT,
    stack TEXT NOT NULL DEFAULT '64bit Amazon Linux 2023 v4.6.0 running Docker',
    cname_prefix TEXT NOT NULL,
    status TEXT NOT NULL,
    operation TEXT NOT NULL DEFAULT '',
    port INTEGER,
    balancer TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    deployment INTEGER NOT NULL,
    deployments INTEGER NOT NULL,
    instance_group TEXT NOT NULL DEFAULT '',
    abortable INTEGER NOT NULL DEFAULT 0,
    former TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    updated REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS living_names ON environments (name) WHERE status != 'Terminated';
CREATE TABLE IF NOT EXISTS options (
    environment TEXT NOT NULL REFERENCES environments (id),
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (environment, namespace, name)
);
CREATE TABLE IF NOT EXISTS events (
    at INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    environment TEXT,
    label TEXT,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    request TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_a_request ON events (request);
CREATE TABLE IF NOT EXISTS tags (
    resource TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (resource, key)
);
