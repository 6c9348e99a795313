"""The tables of every released version, frozen, with one article in them. Only ever added to.

A release whose ``schema.py`` is as that of the one before changes nothing here. One with another
schema joins like this, before it is released:

* ``versions.STEPS`` gets the step that leads to it, in plain SQL; nothing that was released is
  changed, neither a step nor what is here.
* Its tables come here, as ``_SQLITE_2`` and ``_POSTGRESQL_2``: what the sqlite3 shell's ``.schema``
  and ``pg_dump --schema-only`` say of a store that it made anew, without the owners.
* ``_ROWS_2`` is one article as that version writes it, and both stand in ``RELEASED`` under
  ``(2, engine)``.

``test_migrations.py`` then migrates each version to the newest and compares it with one made anew;
it fails while a version is missing.
"""

_SQLITE_1 = """
CREATE TABLE articles ( id INTEGER NOT NULL, uuid TEXT NOT NULL, state TEXT NOT NULL, known_rank
  BIGINT NOT NULL, shown_rank BIGINT NOT NULL, first_seen_at BIGINT NOT NULL, updated_at BIGINT
  NOT NULL, updates INTEGER NOT NULL, fingerprint TEXT NOT NULL, content TEXT NOT NULL, PRIMARY
  KEY (id), UNIQUE (uuid) );
CREATE INDEX articles_by_rank ON articles (state, known_rank, shown_rank, id);
CREATE TABLE endpoints ( id INTEGER NOT NULL, name TEXT NOT NULL, configured BOOLEAN NOT NULL,
  state TEXT NOT NULL, disabled_reason TEXT, next_attempt_at BIGINT, consecutive_failures
  INTEGER NOT NULL, lease_owner TEXT, lease_token BIGINT NOT NULL, lease_expires_at BIGINT,
  last_success_at BIGINT, last_error TEXT, PRIMARY KEY (id), UNIQUE (name) );
CREATE TABLE meta ( "key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key") );
CREATE TABLE roots ( id INTEGER NOT NULL, path BLOB NOT NULL, state TEXT NOT NULL, detail TEXT,
  first_seen_at BIGINT NOT NULL, baselined_at BIGINT, last_scan_at BIGINT, PRIMARY KEY (id),
  UNIQUE (path) );
CREATE TABLE topics ( id INTEGER NOT NULL, "key" BLOB NOT NULL, topic TEXT NOT NULL, live
  INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE ("key") );
CREATE TABLE aliases ( "key" BLOB NOT NULL, url TEXT NOT NULL, article_id INTEGER NOT NULL,
  PRIMARY KEY ("key"), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX aliases_by_article ON aliases (article_id);
CREATE TABLE article_topics ( topic_id INTEGER NOT NULL, state TEXT NOT NULL, known_rank BIGINT
  NOT NULL, shown_rank BIGINT NOT NULL, article_id INTEGER NOT NULL, PRIMARY KEY (topic_id,
  state, known_rank, shown_rank, article_id), FOREIGN KEY(topic_id) REFERENCES topics (id),
  FOREIGN KEY(article_id) REFERENCES articles (id) ) WITHOUT ROWID;
CREATE INDEX article_topics_by_article ON article_topics (article_id);
CREATE TABLE changes ( sequence INTEGER NOT NULL, kind TEXT NOT NULL, article_id INTEGER NOT
  NULL, fingerprint TEXT NOT NULL, at BIGINT NOT NULL, baseline BOOLEAN NOT NULL, PRIMARY KEY
  (sequence), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX changes_by_article ON changes (article_id);
CREATE TABLE deliveries ( id TEXT NOT NULL, endpoint_id INTEGER NOT NULL, state TEXT NOT NULL,
  first_member BIGINT NOT NULL, created_at BIGINT NOT NULL, first_attempt_at BIGINT, attempts
  INTEGER NOT NULL, content_type TEXT NOT NULL, members TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (id), FOREIGN KEY(endpoint_id) REFERENCES endpoints (id) );
CREATE INDEX deliveries_by_state ON deliveries (endpoint_id, state, first_member);
CREATE INDEX deliveries_by_time ON deliveries (created_at);
CREATE TABLE files ( id INTEGER NOT NULL, root_id INTEGER NOT NULL, path BLOB NOT NULL, state
  TEXT NOT NULL, signature TEXT, trusted BOOLEAN NOT NULL, digest BLOB, article_id INTEGER,
  problem TEXT, missing_since BIGINT, quarantined_at BIGINT, PRIMARY KEY (id), UNIQUE (root_id,
  path), FOREIGN KEY(root_id) REFERENCES roots (id), FOREIGN KEY(article_id) REFERENCES articles
  (id) );
CREATE INDEX files_absent ON files (root_id, state) WHERE missing_since IS NOT NULL;
CREATE INDEX files_by_article ON files (article_id);
CREATE INDEX files_in_quarantine ON files (root_id, quarantined_at) WHERE quarantined_at IS NOT
  NULL;
CREATE TABLE revisions ( article_id INTEGER NOT NULL, fingerprint TEXT NOT NULL, first_seen_at
  BIGINT NOT NULL, PRIMARY KEY (article_id, fingerprint), FOREIGN KEY(article_id) REFERENCES
  articles (id) ) WITHOUT ROWID;
CREATE TABLE attempts ( delivery_id TEXT NOT NULL, number INTEGER NOT NULL, at BIGINT NOT NULL,
  outcome TEXT, status INTEGER, error TEXT, retry_after FLOAT, elapsed FLOAT NOT NULL, PRIMARY
  KEY (delivery_id, number), FOREIGN KEY(delivery_id) REFERENCES deliveries (id) );
CREATE TABLE owed ( sequence INTEGER NOT NULL, endpoint_id INTEGER NOT NULL, due_at BIGINT NOT
  NULL, delivery_id TEXT, PRIMARY KEY (sequence, endpoint_id), FOREIGN KEY(sequence) REFERENCES
  changes (sequence), FOREIGN KEY(endpoint_id) REFERENCES endpoints (id), FOREIGN
  KEY(delivery_id) REFERENCES deliveries (id) ) WITHOUT ROWID;
CREATE INDEX owed_due ON owed (endpoint_id, due_at) WHERE delivery_id IS NULL;
CREATE INDEX owed_by_delivery ON owed (delivery_id) WHERE delivery_id IS NOT NULL;
"""

_POSTGRESQL_1 = """
CREATE TABLE articles ( id BIGINT NOT NULL, uuid TEXT COLLATE "C" NOT NULL, state TEXT NOT NULL,
  known_rank BIGINT NOT NULL, shown_rank BIGINT NOT NULL, first_seen_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL, updates INTEGER NOT NULL, fingerprint TEXT NOT NULL, content TEXT
  NOT NULL, PRIMARY KEY (id), UNIQUE (uuid) );
CREATE INDEX articles_by_rank ON articles (state, known_rank, shown_rank, id);
CREATE TABLE endpoints ( id BIGINT NOT NULL, name TEXT NOT NULL, configured BOOLEAN NOT NULL,
  state TEXT NOT NULL, disabled_reason TEXT, next_attempt_at BIGINT, consecutive_failures
  INTEGER NOT NULL, lease_owner TEXT, lease_token BIGINT NOT NULL, lease_expires_at BIGINT,
  last_success_at BIGINT, last_error TEXT, PRIMARY KEY (id), UNIQUE (name) );
CREATE TABLE meta ( key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key) );
CREATE TABLE roots ( id BIGINT NOT NULL, path BYTEA NOT NULL, state TEXT NOT NULL, detail TEXT,
  first_seen_at BIGINT NOT NULL, baselined_at BIGINT, last_scan_at BIGINT, PRIMARY KEY (id),
  UNIQUE (path) );
CREATE TABLE topics ( id BIGINT NOT NULL, key BYTEA NOT NULL, topic TEXT NOT NULL, live INTEGER
  NOT NULL, PRIMARY KEY (id), UNIQUE (key) );
CREATE TABLE aliases ( key BYTEA NOT NULL, url TEXT NOT NULL, article_id BIGINT NOT NULL,
  PRIMARY KEY (key), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX aliases_by_article ON aliases (article_id);
CREATE TABLE article_topics ( topic_id BIGINT NOT NULL, state TEXT NOT NULL, known_rank BIGINT
  NOT NULL, shown_rank BIGINT NOT NULL, article_id BIGINT NOT NULL, PRIMARY KEY (topic_id,
  state, known_rank, shown_rank, article_id), FOREIGN KEY(topic_id) REFERENCES topics (id),
  FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX article_topics_by_article ON article_topics (article_id);
CREATE TABLE changes ( sequence BIGINT NOT NULL, kind TEXT NOT NULL, article_id BIGINT NOT NULL,
  fingerprint TEXT NOT NULL, at BIGINT NOT NULL, baseline BOOLEAN NOT NULL, PRIMARY KEY
  (sequence), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX changes_by_article ON changes (article_id);
CREATE TABLE deliveries ( id TEXT NOT NULL, endpoint_id BIGINT NOT NULL, state TEXT NOT NULL,
  first_member BIGINT NOT NULL, created_at BIGINT NOT NULL, first_attempt_at BIGINT, attempts
  INTEGER NOT NULL, content_type TEXT NOT NULL, members TEXT NOT NULL, body BYTEA NOT NULL,
  PRIMARY KEY (id), FOREIGN KEY(endpoint_id) REFERENCES endpoints (id) );
CREATE INDEX deliveries_by_state ON deliveries (endpoint_id, state, first_member);
CREATE INDEX deliveries_by_time ON deliveries (created_at);
CREATE TABLE files ( id BIGINT NOT NULL, root_id BIGINT NOT NULL, path BYTEA NOT NULL, state
  TEXT NOT NULL, signature TEXT, trusted BOOLEAN NOT NULL, digest BYTEA, article_id BIGINT,
  problem TEXT, missing_since BIGINT, quarantined_at BIGINT, PRIMARY KEY (id), UNIQUE (root_id,
  path), FOREIGN KEY(root_id) REFERENCES roots (id), FOREIGN KEY(article_id) REFERENCES articles
  (id) );
CREATE INDEX files_absent ON files (root_id, state) WHERE missing_since IS NOT NULL;
CREATE INDEX files_by_article ON files (article_id);
CREATE INDEX files_in_quarantine ON files (root_id, quarantined_at) WHERE quarantined_at IS NOT
  NULL;
CREATE TABLE revisions ( article_id BIGINT NOT NULL, fingerprint TEXT NOT NULL, first_seen_at
  BIGINT NOT NULL, PRIMARY KEY (article_id, fingerprint), FOREIGN KEY(article_id) REFERENCES
  articles (id) );
CREATE TABLE attempts ( delivery_id TEXT NOT NULL, number INTEGER NOT NULL, at BIGINT NOT NULL,
  outcome TEXT, status INTEGER, error TEXT, retry_after FLOAT, elapsed FLOAT NOT NULL, PRIMARY
  KEY (delivery_id, number), FOREIGN KEY(delivery_id) REFERENCES deliveries (id) );
CREATE TABLE owed ( sequence BIGINT NOT NULL, endpoint_id BIGINT NOT NULL, due_at BIGINT NOT
  NULL, delivery_id TEXT, PRIMARY KEY (sequence, endpoint_id), FOREIGN KEY(sequence) REFERENCES
  changes (sequence), FOREIGN KEY(endpoint_id) REFERENCES endpoints (id), FOREIGN
  KEY(delivery_id) REFERENCES deliveries (id) );
CREATE INDEX owed_due ON owed (endpoint_id, due_at) WHERE delivery_id IS NULL;
CREATE INDEX owed_by_delivery ON owed (delivery_id) WHERE delivery_id IS NOT NULL;
"""

_ROWS_1 = """
INSERT INTO meta (key, value) VALUES ('schema_version', '1');
INSERT INTO roots (id, path, state, first_seen_at)
  VALUES (1, {seeds}, 'ok', 1767323045678901);
INSERT INTO articles (id, uuid, state, known_rank, shown_rank, first_seen_at, updated_at, updates,
  fingerprint, content) VALUES (1, 'urn:uuid:0f1f9fd3-35d9-5a8b-9d4a-f1a9b5a4c001', 'live',
  -1767323045678901, -1767323045678901, 1767323045678901, 1767323045678901, 0, '1:x',
  '{{"title":"Released 👍","url":"https://example.org/released","topics":["AI"]}}');
INSERT INTO files (id, root_id, path, state, signature, trusted, article_id)
  VALUES (1, 1, {cafe}, 'present', '1 2 3 4', TRUE, 1);
INSERT INTO revisions (article_id, fingerprint, first_seen_at) VALUES (1, '1:x', 1767323045678901);
INSERT INTO changes (sequence, kind, article_id, fingerprint, at, baseline)
  VALUES (1, 'new', 1, '1:x', 1767323045678901, FALSE)
"""


def _statements(tables: str, *, seeds: str, cafe: str) -> list[str]:
    return (tables + _ROWS_1.format(seeds=seeds, cafe=cafe)).split(";\n")


_SEEDS, _CAFE = b"/seeds".hex(), b"caf\xe9.md".hex()

RELEASED = {
    (1, "sqlite"): _statements(_SQLITE_1, seeds=f"x'{_SEEDS}'", cafe=f"x'{_CAFE}'"),
    (1, "postgresql"): _statements(_POSTGRESQL_1, seeds=f"'\\x{_SEEDS}'", cafe=f"'\\x{_CAFE}'"),
}
"""The statements that make a store, by schema version and engine."""
