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

import re

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


_SQLITE_2 = """
CREATE TABLE meta ( "key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key") );
CREATE TABLE roots ( id INTEGER NOT NULL, path BLOB NOT NULL, state TEXT NOT NULL, detail TEXT,
  first_seen_at BIGINT NOT NULL, baselined_at BIGINT, last_scan_at BIGINT, PRIMARY KEY (id),
  UNIQUE (path) );
CREATE TABLE articles ( id INTEGER NOT NULL, uuid TEXT NOT NULL, state TEXT NOT NULL, known_rank
  BIGINT NOT NULL, shown_rank BIGINT NOT NULL, first_seen_at BIGINT NOT NULL, updated_at BIGINT
  NOT NULL, updates INTEGER NOT NULL, fingerprint TEXT NOT NULL, content TEXT NOT NULL, PRIMARY
  KEY (id), UNIQUE (uuid) );
CREATE INDEX articles_by_rank ON articles (state, known_rank, shown_rank, id);
CREATE TABLE topics ( id INTEGER NOT NULL, "key" BLOB NOT NULL, topic TEXT NOT NULL, live
  INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE ("key") );
CREATE TABLE endpoints ( id INTEGER NOT NULL, name TEXT NOT NULL, configured BOOLEAN NOT NULL,
  state TEXT NOT NULL, disabled_reason TEXT, next_attempt_at BIGINT, consecutive_failures
  INTEGER NOT NULL, lease_owner TEXT, lease_token BIGINT NOT NULL, lease_expires_at BIGINT,
  last_success_at BIGINT, last_error TEXT, PRIMARY KEY (id), UNIQUE (name) );
CREATE TABLE mutes ( what TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY
  KEY (what) );
CREATE TABLE subscribers ( topic TEXT NOT NULL, callback TEXT NOT NULL, secret TEXT, since
  BIGINT NOT NULL, expires_at BIGINT NOT NULL, sent TEXT, next_attempt_at BIGINT, failures
  INTEGER NOT NULL, last_error TEXT, PRIMARY KEY (topic, callback) );
CREATE TABLE nodes ( id TEXT NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT
  NULL, version TEXT NOT NULL, config TEXT NOT NULL, roots TEXT NOT NULL, endpoints TEXT NOT
  NULL, partitions TEXT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY
  KEY (id) );
CREATE TABLE partitions ( partition INTEGER NOT NULL, epoch BIGINT NOT NULL, PRIMARY KEY
  (partition) );
CREATE TABLE files ( id INTEGER NOT NULL, root_id INTEGER NOT NULL, path BLOB NOT NULL, state
  TEXT NOT NULL, signature TEXT, trusted BOOLEAN NOT NULL, digest BLOB, article_id INTEGER,
  problem TEXT, missing_since BIGINT, quarantined_at BIGINT, shared_url TEXT, held TEXT, held_id
  TEXT, held_content TEXT, held_since BIGINT, due_at BIGINT, is_member BOOLEAN NOT NULL, PRIMARY
  KEY (id), UNIQUE (root_id, path), FOREIGN KEY(root_id) REFERENCES roots (id), FOREIGN
  KEY(article_id) REFERENCES articles (id) );
CREATE INDEX files_of_many ON files (root_id) WHERE is_member;
CREATE INDEX files_in_quarantine ON files (root_id, quarantined_at) WHERE quarantined_at IS NOT
  NULL;
CREATE INDEX files_by_article ON files (article_id);
CREATE INDEX files_due ON files (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX files_held ON files (held_since) WHERE held_since IS NOT NULL;
CREATE INDEX files_sharing_an_address ON files (id) WHERE shared_url IS NOT NULL;
CREATE INDEX files_absent ON files (root_id, state) WHERE missing_since IS NOT NULL;
CREATE TABLE aliases ( "key" BLOB NOT NULL, url TEXT NOT NULL, article_id INTEGER NOT NULL,
  PRIMARY KEY ("key"), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX aliases_by_article ON aliases (article_id);
CREATE TABLE similar_urls ( "key" BLOB NOT NULL, article_id INTEGER NOT NULL, url TEXT NOT NULL,
  PRIMARY KEY ("key", article_id), FOREIGN KEY(article_id) REFERENCES articles (id) ) WITHOUT
  ROWID;
CREATE INDEX similar_urls_by_article ON similar_urls (article_id);
CREATE TABLE revisions ( article_id INTEGER NOT NULL, fingerprint TEXT NOT NULL, first_seen_at
  BIGINT NOT NULL, PRIMARY KEY (article_id, fingerprint), FOREIGN KEY(article_id) REFERENCES
  articles (id) ) WITHOUT ROWID;
CREATE TABLE story_places ( article_id INTEGER NOT NULL, story TEXT NOT NULL, outlet TEXT NOT
  NULL, at BIGINT NOT NULL, started_at BIGINT NOT NULL, norm BIGINT NOT NULL, reprint_of TEXT,
  reason TEXT, PRIMARY KEY (article_id), FOREIGN KEY(article_id) REFERENCES articles (id) );
CREATE INDEX story_places_by_story ON story_places (story);
CREATE INDEX story_places_by_time ON story_places (at);
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
CREATE INDEX deliveries_by_time ON deliveries (created_at);
CREATE INDEX deliveries_by_state ON deliveries (endpoint_id, state, first_member);
CREATE TABLE owed ( sequence INTEGER NOT NULL, endpoint_id INTEGER NOT NULL, due_at BIGINT NOT
  NULL, delivery_id TEXT, late_at BIGINT, PRIMARY KEY (sequence, endpoint_id), FOREIGN
  KEY(sequence) REFERENCES changes (sequence), FOREIGN KEY(endpoint_id) REFERENCES endpoints
  (id), FOREIGN KEY(delivery_id) REFERENCES deliveries (id) ) WITHOUT ROWID;
CREATE INDEX owed_by_delivery ON owed (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX owed_due ON owed (endpoint_id, due_at) WHERE delivery_id IS NULL;
CREATE TABLE withheld ( sequence INTEGER NOT NULL, endpoint_id INTEGER NOT NULL, reason TEXT NOT
  NULL, PRIMARY KEY (sequence, endpoint_id), FOREIGN KEY(sequence) REFERENCES changes
  (sequence), FOREIGN KEY(endpoint_id) REFERENCES endpoints (id) ) WITHOUT ROWID;
CREATE TABLE attempts ( delivery_id TEXT NOT NULL, number INTEGER NOT NULL, at BIGINT NOT NULL,
  outcome TEXT, status INTEGER, error TEXT, retry_after FLOAT, elapsed FLOAT NOT NULL, PRIMARY
  KEY (delivery_id, number), FOREIGN KEY(delivery_id) REFERENCES deliveries (id) );
CREATE VIRTUAL TABLE article_search USING fts5(title, text,
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'");
"""

_POSTGRESQL_2 = """
CREATE TABLE aliases ( key bytea NOT NULL, url text NOT NULL, article_id bigint NOT NULL );
CREATE TABLE article_search ( article_id bigint NOT NULL, words tsvector NOT NULL );
CREATE TABLE article_topics ( topic_id bigint NOT NULL, state text NOT NULL, known_rank bigint
  NOT NULL, shown_rank bigint NOT NULL, article_id bigint NOT NULL );
CREATE TABLE articles ( id bigint NOT NULL, uuid text NOT NULL COLLATE pg_catalog."C", state
  text NOT NULL, known_rank bigint NOT NULL, shown_rank bigint NOT NULL, first_seen_at bigint
  NOT NULL, updated_at bigint NOT NULL, updates integer NOT NULL, fingerprint text NOT NULL,
  content text NOT NULL );
CREATE TABLE attempts ( delivery_id text NOT NULL, number integer NOT NULL, at bigint NOT NULL,
  outcome text, status integer, error text, retry_after double precision, elapsed double
  precision NOT NULL );
CREATE TABLE changes ( sequence bigint NOT NULL, kind text NOT NULL, article_id bigint NOT NULL,
  fingerprint text NOT NULL, at bigint NOT NULL, baseline boolean NOT NULL );
CREATE TABLE deliveries ( id text NOT NULL, endpoint_id bigint NOT NULL, state text NOT NULL,
  first_member bigint NOT NULL, created_at bigint NOT NULL, first_attempt_at bigint, attempts
  integer NOT NULL, content_type text NOT NULL, members text NOT NULL, body bytea NOT NULL );
CREATE TABLE endpoints ( id bigint NOT NULL, name text NOT NULL, configured boolean NOT NULL,
  state text NOT NULL, disabled_reason text, next_attempt_at bigint, consecutive_failures
  integer NOT NULL, lease_owner text, lease_token bigint NOT NULL, lease_expires_at bigint,
  last_success_at bigint, last_error text );
CREATE TABLE files ( id bigint NOT NULL, root_id bigint NOT NULL, path bytea NOT NULL, state
  text NOT NULL, signature text, trusted boolean NOT NULL, digest bytea, article_id bigint,
  problem text, missing_since bigint, quarantined_at bigint, shared_url text, held text, held_id
  text COLLATE pg_catalog."C", held_content text, held_since bigint, due_at bigint, is_member
  boolean NOT NULL );
CREATE TABLE meta ( key text NOT NULL, value text NOT NULL );
CREATE TABLE mutes ( what text NOT NULL, since bigint NOT NULL, until bigint NOT NULL );
CREATE TABLE nodes ( id text NOT NULL, name text NOT NULL, host text NOT NULL, pid bigint NOT
  NULL, version text NOT NULL, config text NOT NULL, roots text NOT NULL, endpoints text NOT
  NULL, partitions text NOT NULL, started_at bigint NOT NULL, seen_at bigint NOT NULL );
CREATE TABLE owed ( sequence bigint NOT NULL, endpoint_id bigint NOT NULL, due_at bigint NOT
  NULL, delivery_id text, late_at bigint );
CREATE TABLE partitions ( partition integer NOT NULL, epoch bigint NOT NULL );
CREATE TABLE revisions ( article_id bigint NOT NULL, fingerprint text NOT NULL, first_seen_at
  bigint NOT NULL );
CREATE TABLE roots ( id bigint NOT NULL, path bytea NOT NULL, state text NOT NULL, detail text,
  first_seen_at bigint NOT NULL, baselined_at bigint, last_scan_at bigint );
CREATE TABLE similar_urls ( key bytea NOT NULL, article_id bigint NOT NULL, url text NOT NULL );
CREATE TABLE story_places ( article_id bigint NOT NULL, story text NOT NULL COLLATE
  pg_catalog."C", outlet text NOT NULL COLLATE pg_catalog."C", at bigint NOT NULL, started_at
  bigint NOT NULL, norm bigint NOT NULL, reprint_of text COLLATE pg_catalog."C", reason text );
CREATE TABLE subscribers ( topic text NOT NULL COLLATE pg_catalog."C", callback text NOT NULL
  COLLATE pg_catalog."C", secret text, since bigint NOT NULL, expires_at bigint NOT NULL, sent
  text, next_attempt_at bigint, failures integer NOT NULL, last_error text );
CREATE TABLE topics ( id bigint NOT NULL, key bytea NOT NULL, topic text NOT NULL, live integer
  NOT NULL );
CREATE TABLE withheld ( sequence bigint NOT NULL, endpoint_id bigint NOT NULL, reason text NOT
  NULL );
ALTER TABLE ONLY aliases ADD CONSTRAINT aliases_pkey PRIMARY KEY (key);
ALTER TABLE ONLY article_search ADD CONSTRAINT article_search_pkey PRIMARY KEY (article_id);
ALTER TABLE ONLY article_topics ADD CONSTRAINT article_topics_pkey PRIMARY KEY (topic_id, state,
  known_rank, shown_rank, article_id);
ALTER TABLE ONLY articles ADD CONSTRAINT articles_pkey PRIMARY KEY (id);
ALTER TABLE ONLY articles ADD CONSTRAINT articles_uuid_key UNIQUE (uuid);
ALTER TABLE ONLY attempts ADD CONSTRAINT attempts_pkey PRIMARY KEY (delivery_id, number);
ALTER TABLE ONLY changes ADD CONSTRAINT changes_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY deliveries ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY endpoints ADD CONSTRAINT endpoints_name_key UNIQUE (name);
ALTER TABLE ONLY endpoints ADD CONSTRAINT endpoints_pkey PRIMARY KEY (id);
ALTER TABLE ONLY files ADD CONSTRAINT files_pkey PRIMARY KEY (id);
ALTER TABLE ONLY files ADD CONSTRAINT files_root_id_path_key UNIQUE (root_id, path);
ALTER TABLE ONLY meta ADD CONSTRAINT meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY mutes ADD CONSTRAINT mutes_pkey PRIMARY KEY (what);
ALTER TABLE ONLY nodes ADD CONSTRAINT nodes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY owed ADD CONSTRAINT owed_pkey PRIMARY KEY (sequence, endpoint_id);
ALTER TABLE ONLY partitions ADD CONSTRAINT partitions_pkey PRIMARY KEY (partition);
ALTER TABLE ONLY revisions ADD CONSTRAINT revisions_pkey PRIMARY KEY (article_id, fingerprint);
ALTER TABLE ONLY roots ADD CONSTRAINT roots_path_key UNIQUE (path);
ALTER TABLE ONLY roots ADD CONSTRAINT roots_pkey PRIMARY KEY (id);
ALTER TABLE ONLY similar_urls ADD CONSTRAINT similar_urls_pkey PRIMARY KEY (key, article_id);
ALTER TABLE ONLY story_places ADD CONSTRAINT story_places_pkey PRIMARY KEY (article_id);
ALTER TABLE ONLY subscribers ADD CONSTRAINT subscribers_pkey PRIMARY KEY (topic, callback);
ALTER TABLE ONLY topics ADD CONSTRAINT topics_key_key UNIQUE (key);
ALTER TABLE ONLY topics ADD CONSTRAINT topics_pkey PRIMARY KEY (id);
ALTER TABLE ONLY withheld ADD CONSTRAINT withheld_pkey PRIMARY KEY (sequence, endpoint_id);
CREATE INDEX aliases_by_article ON aliases USING btree (article_id);
CREATE INDEX article_search_words ON article_search USING gin (words);
CREATE INDEX article_topics_by_article ON article_topics USING btree (article_id);
CREATE INDEX articles_by_rank ON articles USING btree (state, known_rank, shown_rank, id);
CREATE INDEX changes_by_article ON changes USING btree (article_id);
CREATE INDEX deliveries_by_state ON deliveries USING btree (endpoint_id, state, first_member);
CREATE INDEX deliveries_by_time ON deliveries USING btree (created_at);
CREATE INDEX files_absent ON files USING btree (root_id, state) WHERE (missing_since IS NOT
  NULL);
CREATE INDEX files_by_article ON files USING btree (article_id);
CREATE INDEX files_due ON files USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX files_held ON files USING btree (held_since) WHERE (held_since IS NOT NULL);
CREATE INDEX files_in_quarantine ON files USING btree (root_id, quarantined_at) WHERE
  (quarantined_at IS NOT NULL);
CREATE INDEX files_of_many ON files USING btree (root_id) WHERE is_member;
CREATE INDEX files_sharing_an_address ON files USING btree (id) WHERE (shared_url IS NOT NULL);
CREATE INDEX owed_by_delivery ON owed USING btree (delivery_id) WHERE (delivery_id IS NOT NULL);
CREATE INDEX owed_due ON owed USING btree (endpoint_id, due_at) WHERE (delivery_id IS NULL);
CREATE INDEX similar_urls_by_article ON similar_urls USING btree (article_id);
CREATE INDEX story_places_by_story ON story_places USING btree (story);
CREATE INDEX story_places_by_time ON story_places USING btree (at);
ALTER TABLE ONLY aliases ADD CONSTRAINT aliases_article_id_fkey FOREIGN KEY (article_id)
  REFERENCES articles(id);
ALTER TABLE ONLY article_topics ADD CONSTRAINT article_topics_article_id_fkey FOREIGN KEY
  (article_id) REFERENCES articles(id);
ALTER TABLE ONLY article_topics ADD CONSTRAINT article_topics_topic_id_fkey FOREIGN KEY
  (topic_id) REFERENCES topics(id);
ALTER TABLE ONLY attempts ADD CONSTRAINT attempts_delivery_id_fkey FOREIGN KEY (delivery_id)
  REFERENCES deliveries(id);
ALTER TABLE ONLY changes ADD CONSTRAINT changes_article_id_fkey FOREIGN KEY (article_id)
  REFERENCES articles(id);
ALTER TABLE ONLY deliveries ADD CONSTRAINT deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id)
  REFERENCES endpoints(id);
ALTER TABLE ONLY files ADD CONSTRAINT files_article_id_fkey FOREIGN KEY (article_id) REFERENCES
  articles(id);
ALTER TABLE ONLY files ADD CONSTRAINT files_root_id_fkey FOREIGN KEY (root_id) REFERENCES
  roots(id);
ALTER TABLE ONLY owed ADD CONSTRAINT owed_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES
  deliveries(id);
ALTER TABLE ONLY owed ADD CONSTRAINT owed_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES
  endpoints(id);
ALTER TABLE ONLY owed ADD CONSTRAINT owed_sequence_fkey FOREIGN KEY (sequence) REFERENCES
  changes(sequence);
ALTER TABLE ONLY revisions ADD CONSTRAINT revisions_article_id_fkey FOREIGN KEY (article_id)
  REFERENCES articles(id);
ALTER TABLE ONLY similar_urls ADD CONSTRAINT similar_urls_article_id_fkey FOREIGN KEY
  (article_id) REFERENCES articles(id);
ALTER TABLE ONLY story_places ADD CONSTRAINT story_places_article_id_fkey FOREIGN KEY
  (article_id) REFERENCES articles(id);
ALTER TABLE ONLY withheld ADD CONSTRAINT withheld_endpoint_id_fkey FOREIGN KEY (endpoint_id)
  REFERENCES endpoints(id);
ALTER TABLE ONLY withheld ADD CONSTRAINT withheld_sequence_fkey FOREIGN KEY (sequence)
  REFERENCES changes(sequence);
"""

_ROWS_2 = """
INSERT INTO meta (key, value) VALUES ('schema_version', '2');
INSERT INTO meta (key, value) VALUES ('rules of root 1', '657ad4361fbaaf0d 1796135101206168');
INSERT INTO meta (key, value) VALUES ('device of root 1', '65024');
INSERT INTO roots (id, path, state, first_seen_at, baselined_at, last_scan_at)
  VALUES (1, X'2f7365656473', 'ok', 1796135100621020, 1796135100635696, 1796135101458496);
INSERT INTO articles (id, uuid, state, known_rank, shown_rank, first_seen_at, updated_at, updates,
  fingerprint, content) VALUES (1, 'urn:uuid:6685ff63-2fb6-58ae-ad9b-e9d6795972d2', 'live',
  -1796135101398820, -1796135101398820, 1796135101398820, 1796135101398820, 0,
  '2bst:86958061f990e500b971e3d00fea2503',
  '{"title":"Released 👍","url":"https://example.org/released","topics":["AI"]}');
INSERT INTO topics (id, key, topic, live) VALUES (1, X'8b9def18fad15843faa2c5b959540842', 'AI', 1);
INSERT INTO files (id, root_id, path, state, signature, trusted, digest, article_id, is_member)
  VALUES (1, 1, X'636166e92e6d64', 'present', '84 1796135100684261797 1796135100684261797 2146318',
  FALSE, X'1fadf8d2f985697c56248195b1fe9abc', 1, FALSE);
INSERT INTO aliases (key, url, article_id)
  VALUES (X'0b5bd6dc988b86bc9dbcff23751fe511', 'https://example.org/released', 1);
INSERT INTO revisions (article_id, fingerprint, first_seen_at)
  VALUES (1, '2bst:86958061f990e500b971e3d00fea2503', 1796135101398820);
INSERT INTO story_places (article_id, story, outlet, at, started_at, norm)
  VALUES (1, '3bb966091fec574b', 'example.org', 1796135101398820, 1796135101000000, 13585408);
INSERT INTO article_topics (topic_id, state, known_rank, shown_rank, article_id)
  VALUES (1, 'live', -1796135101398820, -1796135101398820, 1);
INSERT INTO changes (sequence, kind, article_id, fingerprint, at, baseline)
  VALUES (1, 'new', 1, '2bst:86958061f990e500b971e3d00fea2503', 1796135101398820, FALSE);
"""

_SEARCH_2 = {
    "sqlite": "INSERT INTO article_search (rowid, title, text) VALUES (1, 'released', 'a text ai')",
    "postgresql": """INSERT INTO article_search (article_id, words)
  VALUES (1, '''a'':2 ''ai'':4 ''released'':1A ''text'':3')""",
}


def _statements_1(tables: str, *, seeds: str, cafe: str) -> list[str]:
    return (tables + _ROWS_1.format(seeds=seeds, cafe=cafe)).split(";\n")


def _statements_2(tables: str, engine: str) -> list[str]:
    rows = _ROWS_2 if engine == "sqlite" else re.sub(r"X'(\w+)'", r"'\\x\1'", _ROWS_2)
    return (tables + rows + _SEARCH_2[engine]).split(";\n")


_SEEDS, _CAFE = b"/seeds".hex(), b"caf\xe9.md".hex()

RELEASED = {
    (1, "sqlite"): _statements_1(_SQLITE_1, seeds=f"x'{_SEEDS}'", cafe=f"x'{_CAFE}'"),
    (1, "postgresql"): _statements_1(_POSTGRESQL_1, seeds=f"'\\x{_SEEDS}'", cafe=f"'\\x{_CAFE}'"),
    (2, "sqlite"): _statements_2(_SQLITE_2, "sqlite"),
    (2, "postgresql"): _statements_2(_POSTGRESQL_2, "postgresql"),
}
"""The statements that make a store, by schema version and engine."""
