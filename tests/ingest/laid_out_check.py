"""Whether the way by the layout reads a seed as the ordinary way does."""

from tests.ingest.seeds_as_read import KNOWN_AFTER, raw_seed
from watcher.config.schema import ArticlesConfig
from watcher.ingest.front_matter import find_front_matter
from watcher.ingest.keys import field_keys
from watcher.ingest.laid_out import read_laid_out
from watcher.ingest.parse import parse_ordinarily
from watcher.model.seed import Content, Problem, Seed
from watcher.store.content_json import EncodedContent, content_bytes, decode_content


def read_by_layout(text: str, articles: ArticlesConfig | None = None) -> Content | None:
    """What a seed says by its layout, which has been seen often enough; None if it is declined."""
    keys = field_keys(articles or ArticlesConfig())
    blocks = find_front_matter(text.encode(errors="ignore"), is_yaml=False)
    if isinstance(blocks, Problem):
        return None
    block = next(blocks)
    for _ in range(KNOWN_AFTER):
        read_laid_out(block, keys)
    return read_laid_out(block, keys)


def disagreement(text: str, articles: ArticlesConfig | None = None) -> str | None:
    """How a seed is misread by its layout; None if it is not, or declined."""
    fast = read_by_layout(text, articles)
    if fast is None:
        return None
    raw = raw_seed(text.encode(errors="ignore"))
    slow = parse_ordinarily(raw, articles=articles or ArticlesConfig())
    if not isinstance(slow, Seed) or slow.warnings:
        return f"taken as {fast!r}, though there is something wrong: {slow!r}"
    assert isinstance(fast, EncodedContent)
    is_same = fast.encoded == content_bytes(slow.content) and fast == slow.content
    is_ready = repr(fast) == repr(EncodedContent.of(fast.encoded, {}))
    is_stored = repr(decode_content(fast.encoded)) == repr(slow.content)
    return None if is_same and is_ready and is_stored else f"{fast!r} is not {slow.content!r}"
