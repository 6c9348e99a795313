"""The store's knowledge as one batch changes it: later seeds see earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from watcher.model.kinds import ArticleState, ChangeKind, FileState
from watcher.model.known import (
    ArticleWrite,
    ChangeWrite,
    Decision,
    FileWrite,
    Known,
    KnownArticle,
    KnownFile,
    Plan,
    RevisionWrite,
)
from watcher.model.seed import Content, Reading, Seed, SeedPath

MOST_HINTS = 8
"""Each new seed is compared with all articles that its addresses hint at: let them be few."""


@dataclass(slots=True, kw_only=True)
class ArticleDraft:
    """One article as it will be after the batch. ``files`` are its paths by first sight."""

    id: str
    state: ArticleState
    content: Content
    fingerprint: str
    fingerprints: set[str]
    updates: int
    files: dict[SeedPath, FileState]
    is_new: bool = False
    is_revised: bool = False
    is_touched: bool = False

    @classmethod
    def of(cls, known: KnownArticle) -> "ArticleDraft":
        return cls(
            id=known.id,
            state=known.state,
            content=known.content,
            fingerprint=known.fingerprint,
            fingerprints=set(known.fingerprints),
            updates=known.updates,
            files={file.at: file.state for file in known.files},
        )

    def speaker(self) -> SeedPath | None:
        """The path that speaks: the first one seen of those that are present."""
        return next((at for at, state in self.files.items() if state is FileState.PRESENT), None)

    def write(self) -> ArticleWrite:
        return ArticleWrite(
            id=self.id,
            state=self.state,
            content=self.content,
            fingerprint=self.fingerprint,
            updates=self.updates,
            is_new=self.is_new,
            revised=self.is_revised,
        )


@dataclass(slots=True)
class Drafts:
    """The store's knowledge, the batch's readings, and the decisions so far."""

    known: Known
    aliases: dict[str, str]
    similar: dict[str, tuple[str, ...]]
    decisions: list[Decision] = field(default_factory=list)
    _articles: dict[str, ArticleDraft] = field(default_factory=dict)
    _files: dict[SeedPath, FileWrite] = field(default_factory=dict)
    _new_aliases: dict[str, str] = field(default_factory=dict)
    _new_similar: dict[tuple[str, str], None] = field(default_factory=dict)
    _revisions: list[RevisionWrite] = field(default_factory=list)
    _changes: list[ChangeWrite] = field(default_factory=list)
    _bereft: dict[str, None] = field(default_factory=dict)
    _reread: dict[SeedPath, None] = field(default_factory=dict)
    _read: dict[bytes, list[SeedPath]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Known, readings: Sequence[Reading] = ()) -> "Drafts":
        drafts = cls(known, dict(known.aliases), dict(known.similar))
        for reading in readings:
            if isinstance(reading, Seed):
                drafts._read.setdefault(reading.digest, []).append(reading.at)
        return drafts

    def file(self, at: SeedPath) -> KnownFile | None:
        return self.known.files.get(at)

    def article(self, identifier: str) -> ArticleDraft:
        if identifier not in self._articles:
            self._articles[identifier] = ArticleDraft.of(self.known.articles[identifier])
        return self._articles[identifier]

    def known_files_of(self, identifier: str) -> tuple[KnownFile, ...]:
        """The paths of an article as they were before this batch."""
        known = self.known.articles.get(identifier)
        return known.files if known else ()

    def is_elsewhere(self, digest: bytes, *, but: SeedPath, article: str | None) -> bool:
        """True if another path has these bytes: read there just now, or of the same article."""
        if any(at != but for at in self._read.get(digest, ())):
            return True
        others = self.known_files_of(article) if article else ()
        now = (self._files.get(other.at, other) for other in others if other.at != but)
        return any(row.digest == digest and row.state is FileState.PRESENT for row in now)

    def add(self, draft: ArticleDraft) -> None:
        self._articles[draft.id] = draft

    def add_aliases(self, urls: Sequence[str], identifier: str) -> None:
        """Give an article the URLs that are still free; the first owner keeps a URL for good."""
        for url in urls:
            if url not in self.aliases:
                self.aliases[url] = self._new_aliases[url] = identifier

    def add_similar(self, texts: Sequence[str], identifier: str) -> None:
        """Let texts hint at an article, beside the others that they hint at, up to MOST_HINTS."""
        for text in texts:
            before = self.similar.get(text, ())
            if identifier not in before and len(before) < MOST_HINTS:
                self.similar[text] = (*before, identifier)
                self._new_similar[text, identifier] = None

    def is_taken(self, identifier: str) -> bool:
        """True if an article has this id already."""
        return (
            identifier in self.known.ids
            or identifier in self.known.articles
            or identifier in self._articles
        )

    def add_revision(self, draft: ArticleDraft, fingerprint: str) -> None:
        if fingerprint not in draft.fingerprints:
            draft.fingerprints.add(fingerprint)
            self._revisions.append(RevisionWrite(article=draft.id, fingerprint=fingerprint))

    def add_change(self, kind: ChangeKind, draft: ArticleDraft) -> None:
        change = ChangeWrite(kind=kind, article=draft.id, fingerprint=draft.fingerprint)
        self._changes.append(change)

    def write_file(self, write: FileWrite) -> None:
        """Set a path's row, and tell its article, and the one it leaves, where they now are."""
        before = self.file(write.at)
        if before and before.article and before.article != write.article:
            self.article(before.article).files.pop(write.at, None)
            self._bereft[before.article] = None
        if write.article:
            files = self.article(write.article).files
            if write.forget:
                files.pop(write.at, None)
            else:
                files[write.at] = write.state
        self._files[write.at] = write

    def reread(self, at: SeedPath, article: str) -> None:
        """Have a path of an article read again: its row forgets its bytes, lest a crash does."""
        write = self._files.get(at)
        if write is None:
            write = next(as_known(f) for f in self.known_files_of(article) if f.at == at)
        self.write_file(replace(write, trusted=False, digest=None))
        self._reread[at] = None

    def hand_over(self, draft: ArticleDraft, leaving: SeedPath) -> None:
        """Let the next path speak, if the one that leaves was the first that is not gone."""
        held = self.known_files_of(draft.id)
        first = next((file.at for file in held if file.state is not FileState.GONE), None)
        heir = draft.speaker()
        if first == leaving and heir is not None:
            self.reread(heir, draft.id)

    def remove(self, draft: ArticleDraft) -> None:
        draft.state = ArticleState.REMOVED
        draft.is_touched = True
        self.add_change(ChangeKind.REMOVED, draft)

    def settle_bereft(self) -> None:
        """Articles that lost a file to another article: the next path speaks, or they go."""
        for draft in map(self.article, self._bereft):
            is_left = all(state is FileState.GONE for state in draft.files.values())
            if is_left and draft.state is ArticleState.LIVE:
                self.remove(draft)
            for file in self.known_files_of(draft.id):
                if file.at not in draft.files:
                    self.hand_over(draft, file.at)

    def plan(self) -> Plan:
        return Plan(
            decisions=tuple(self.decisions),
            files=tuple(self._files.values()),
            articles=tuple(d.write() for d in self._articles.values() if d.is_new or d.is_touched),
            aliases=tuple(self._new_aliases.items()),
            similar=tuple(self._new_similar),
            revisions=tuple(self._revisions),
            changes=tuple(self._changes),
            reread=tuple(self._reread),
        )


def as_known(file: KnownFile) -> FileWrite:
    """The row of a path, unchanged."""
    return FileWrite(
        at=file.at,
        state=file.state,
        signature=file.signature,
        trusted=file.trusted,
        digest=file.digest,
        article=file.article,
        problem=file.problem,
        shared_url=file.shared_url,
        draft=file.draft,
        due_at=file.due_at,
    )
