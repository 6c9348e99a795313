"""The tables, the same for SQLite and PostgreSQL. Only declarations; no queries.

Integer keys are given by the program under the write lock. ``known_rank`` and ``shown_rank`` are
times negated, so that "newest first" is ascending in every column of a key and a page of it is
one seek in an index: ``known_rank`` of when the article became known, ``shown_rank`` of the
earlier of that and its publication (one published in the future sorts as now).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from watcher.model.delivery import Outcome
from watcher.model.kinds import (
    ArticleState,
    ChangeKind,
    DeliveryState,
    EndpointState,
    FileState,
    RootState,
)
from watcher.store.columns import (
    BareText,
    FilePath,
    Members,
    Moment,
    Prose,
    RootPath,
    StoredContent,
    StoredProblem,
    StoredSignature,
    Word,
)

metadata = MetaData()


def _id() -> Column[int]:
    # SQLite makes only a column of type INTEGER its row id; PostgreSQL needs eight bytes.
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=False)


meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Prose, nullable=False),
)

roots = Table(
    "roots",
    metadata,
    _id(),
    Column("path", RootPath, nullable=False, unique=True),
    Column("state", Word(RootState), nullable=False),
    Column("detail", Prose),
    Column("first_seen_at", Moment, nullable=False),
    Column("baselined_at", Moment),
    Column("last_scan_at", Moment),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    Column("uuid", BareText, nullable=False, unique=True),
    Column("state", Word(ArticleState), nullable=False),
    Column("known_rank", BigInteger, nullable=False),
    Column("shown_rank", BigInteger, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("updates", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("content", StoredContent, nullable=False),
    Index("articles_by_rank", "state", "known_rank", "shown_rank", "id"),
)

files = Table(
    "files",
    metadata,
    _id(),  # grows with first sight as its article: the lowest of an article's files speaks
    Column("root_id", ForeignKey("roots.id"), nullable=False),
    Column("path", FilePath, nullable=False),
    Column("state", Word(FileState), nullable=False),
    Column("signature", StoredSignature),
    Column("trusted", Boolean, nullable=False),
    Column("digest", LargeBinary),
    Column("article_id", ForeignKey("articles.id")),
    Column("problem", StoredProblem),
    Column("missing_since", Moment),  # null exactly while the file is present
    Column("quarantined_at", Moment),  # null exactly while there is no problem
    Column("shared_url", Text),  # an address of the seed that is another article's
    Column("held", Prose),  # why a draft is no article yet; null if it is none
    Column("held_id", BareText),
    Column("held_content", StoredContent),
    Column("held_since", Moment),
    Column("due_at", Moment),  # when the same bytes will mean something else
    Column("is_member", Boolean, nullable=False),  # one of many seeds in a file, path#name
    UniqueConstraint("root_id", "path"),
    Index("files_by_article", "article_id"),
)
Index(
    "files_of_many",
    files.c.root_id,
    sqlite_where=files.c.is_member,
)
Index(
    "files_absent",
    files.c.root_id,
    files.c.state,
    sqlite_where=files.c.missing_since.is_not(None),
)
Index(
    "files_in_quarantine",
    files.c.root_id,
    files.c.quarantined_at,
    sqlite_where=files.c.quarantined_at.is_not(None),
)

Index(
    "files_sharing_an_address",
    files.c.id,
    sqlite_where=files.c.shared_url.is_not(None),
)

Index("files_due", files.c.due_at, sqlite_where=files.c.due_at.is_not(None))
Index("files_held", files.c.held_since, sqlite_where=files.c.held_since.is_not(None))

aliases = Table(
    "aliases",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # key_of(url): URLs may outgrow an index
    Column("url", Text, nullable=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Index("aliases_by_article", "article_id"),
)

similar_urls = Table(  # what hints at articles, and may at several: see diff.identity
    "similar_urls",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # key_of(url)
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Index("similar_urls_by_article", "article_id"),
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("first_seen_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

story_places = Table(  # which story each article belongs to, from when stories are found on
    "story_places",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("story", BareText, nullable=False),
    Column("outlet", BareText, nullable=False),  # empty if unknown
    Column("at", Moment, nullable=False),  # what it is compared by: publication, or first sight
    Column("started_at", Moment, nullable=False),  # of the story
    Column("norm", BigInteger, nullable=False),  # in millionths; to rebuild the index equal
    Column("reprint_of", BareText),  # the uuid of an article
    Column("reason", Prose),  # why, as JSON; null for a story's first with nothing near
    Index("story_places_by_story", "story"),
    Index("story_places_by_time", "at"),
)

topics = Table(
    "topics",
    metadata,
    _id(),
    Column("key", LargeBinary, nullable=False, unique=True),  # key_of(its case-folded text)
    Column("topic", Prose, nullable=False),  # as it was first written
    Column("live", Integer, nullable=False),  # how many live articles are about it
)

article_topics = Table(
    "article_topics",
    metadata,
    Column("topic_id", ForeignKey("topics.id"), primary_key=True),
    Column("state", Word(ArticleState), primary_key=True),
    Column("known_rank", BigInteger, primary_key=True),
    Column("shown_rank", BigInteger, primary_key=True),
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Index("article_topics_by_article", "article_id"),
    sqlite_with_rowid=False,
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", _id().type, primary_key=True, autoincrement=False),
    Column("kind", Word(ChangeKind), nullable=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Index("changes_by_article", "article_id"),
)

endpoints = Table(
    "endpoints",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("configured", Boolean, nullable=False),
    Column("state", Word(EndpointState), nullable=False),
    Column("disabled_reason", Prose),
    Column("next_attempt_at", Moment),
    Column("consecutive_failures", Integer, nullable=False, default=0),
    Column("lease_owner", Text),  # null while nobody holds the lease
    Column("lease_token", BigInteger, nullable=False, default=0),  # grows with every lease
    Column("lease_expires_at", Moment),
    Column("last_success_at", Moment),
    Column("last_error", Prose),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id"), nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("first_member", BigInteger, nullable=False),  # the lowest; 0 if it has none
    Column("created_at", Moment, nullable=False),
    Column("first_attempt_at", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("content_type", Text, nullable=False),
    Column("members", Members, nullable=False),
    Column("body", LargeBinary, nullable=False),  # empty once upkeep has pruned it
    Index("deliveries_by_state", "endpoint_id", "state", "first_member"),
    Index("deliveries_by_time", "created_at"),
)

owed = Table(
    "owed",
    metadata,
    # In this order: an endpoint's backlog must be found in owed_due, not in all its history.
    Column("sequence", ForeignKey("changes.sequence"), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id"), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("delivery_id", ForeignKey("deliveries.id")),  # null until it is in a delivery
    Column("late_at", Moment),  # when a later version made it match; else null
    sqlite_with_rowid=False,
)
Index(
    "owed_due",
    owed.c.endpoint_id,
    owed.c.due_at,
    sqlite_where=owed.c.delivery_id.is_(None),
)
Index(  # without it, each delivery that is deleted would be looked for in all that was ever owed
    "owed_by_delivery",
    owed.c.delivery_id,
    sqlite_where=owed.c.delivery_id.is_not(None),
)

mutes = Table(
    "mutes",
    metadata,
    Column("what", Text, primary_key=True),  # kind:value, as the operator wrote it
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)

subscribers = Table(  # who asked our WebSub hub to be sent a feed
    "subscribers",
    metadata,
    Column("topic", BareText, primary_key=True),  # the feed's URL
    Column("callback", BareText, primary_key=True),
    Column("secret", Prose),  # the subscriber's own; null if it wants no signature
    Column("since", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("sent", Text),  # the digest of the bytes that it has
    Column("next_attempt_at", Moment),  # null unless it failed, or is in somebody's hands
    Column("failures", Integer, nullable=False),
    Column("last_error", Prose),
)

nodes = Table(  # the daemons that share the store, while they run
    "nodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Prose, nullable=False),
    Column("host", Prose, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("roots", Text, nullable=False),  # JSON, in ASCII: paths may be no text
    Column("endpoints", Text, nullable=False),  # JSON: whether the config enables each
    Column("partitions", Text, nullable=False),  # JSON
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    info={"passing": True},  # not part of backups
)

partitions = Table(  # of endpoints: who works on them, and by which epoch that is fenced
    "partitions",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),  # grows with each node that takes it
    info={"passing": True},
)

withheld = Table(  # what an endpoint's match wanted, and was not told for another reason
    "withheld",
    metadata,
    Column("sequence", ForeignKey("changes.sequence"), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id"), primary_key=True),
    Column("reason", Prose, nullable=False),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Word(Outcome)),  # null until it is finished
    Column("status", Integer),
    Column("error", Prose),
    Column("retry_after", Float),
    Column("elapsed", Float, nullable=False, default=0.0),
)
