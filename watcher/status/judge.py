"""The only judge of health: makes the checks that everything else just shows. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model.health import Check, Gravity, Health
from watcher.model.kinds import EndpointState, RootState
from watcher.model.node import Node
from watcher.model.standing import OFF_IN_CONFIG, EndpointStatus, RootStatus
from watcher.model.wording import count
from watcher.serve.wording import relative

MANY_FAILURES = 5
"""So many failures in a row are not a passing trouble: with the default retries, an hour of them.
"""

RESCAN_SLACK = timedelta(seconds=60)
"""Time beyond twice its interval before a rescan counts as late."""

MANY_FEEDS = 100
"""If more feed files than this wait to be written, say so."""

_ROOT_GRAVITY = {
    RootState.SUSPICIOUS: Gravity.DOWN,
    RootState.MISSING: Gravity.DOWN,
    RootState.DEGRADED: Gravity.TROUBLE,
}
_ROOT_ACTION = {
    RootState.SUSPICIOUS: "mount the disk again; or, if they are meant to be gone, "
    "seedwatch scan --accept-removals",
    RootState.MISSING: "make the folder, mount its disk, or take it out of the config",
    RootState.DEGRADED: "it is rescanned every minute meanwhile; see the log",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the store knows. ``never_scanned`` are paths of roots that only the config knows.

    ``removed`` are endpoints that no config names any more, each with a backlog.
    """

    roots: tuple[RootStatus, ...]
    never_scanned: tuple[str, ...]
    endpoints: tuple[EndpointStatus, ...]
    quarantined: int
    removed: tuple[EndpointStatus, ...] = ()
    sharing: int = 0
    refusal: str | None = None
    overflow: str | None = None
    clock_step: timedelta | None = None
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a running daemon knows of itself.

    ``store_trouble`` is why nothing can be taken in; ``cluster_trouble`` why no work can be divided
    among nodes; ``failed_feeds`` are names with reasons.
    """

    observer_alive: bool
    store_trouble: str | None
    failed_feeds: tuple[tuple[str, str], ...]
    waiting_feeds: int
    topics_without_feed: int = 0
    scanning: tuple[str, str] | None = None
    cluster_trouble: str | None = None


def judge(
    stored: Stored | None,
    running: Running | None,
    *,
    rescan: timedelta,
    now: datetime,
) -> Health:
    """Make the checks.

    ``stored`` is None while the store does not answer; ``running`` is None if no daemon was asked:
    a late rescan may then be intended. ``rescan`` is the interval between two.
    """
    checks: list[Check] = []
    if running:
        checks += [_store(running), _observer(running, stored)]
    if stored:
        checks += _rescans(stored, running, rescan, now)
        checks += _roots(stored.roots)
    elif running:
        words = "not known: the store does not answer"
        checks.append(Check(name="rescan", ok=False, words=words))
    if running:
        checks += [*_feeds(running), *_cluster(running)]
    if stored:
        checks += [*_config(stored), *map(_endpoint, stored.endpoints), _quarantine(stored)]
        checks += map(_removed, stored.removed)
        checks += _sharing(stored)
        checks += _passing(stored, running)
        checks += _nodes(stored.nodes, now)
    return Health(checks=tuple(checks))


def _store(running: Running) -> Check:
    if running.store_trouble is None:
        return Check(name="store", ok=True, words="answers")
    action = "make room on its disk, or start the database; it then catches up by itself"
    return Check(name="store", ok=False, words=running.store_trouble, action=action)


def _observer(running: Running, stored: Stored | None) -> Check:
    alive = running.observer_alive
    words = ["alive" if alive else "dead: it is being replaced, and rescans continue"]
    if stored and stored.overflow:
        words.append(stored.overflow)
    action = "if it stays like that, restart Seedwatch"
    return Check(name="observer", ok=alive, words="; ".join(words), action=action)


def _rescans(
    stored: Stored,
    running: Running | None,
    rescan: timedelta,
    now: datetime,
) -> Iterator[Check]:
    """A late rescan means that the daemon is not working, unless only ``scan`` is used."""
    there = [root for root in stored.roots if root.state is not RootState.MISSING]
    late = [
        f"{root.path} was last rescanned {relative(root.last_scan_at, now)}"
        for root in there
        if root.last_scan_at and now - root.last_scan_at > 2 * rescan + RESCAN_SLACK
    ]
    never = [root.path for root in there if root.last_scan_at is None]
    never += stored.never_scanned
    if running is None:
        said = [f"root {words}: does the daemon run?" for words in late]
        said += [f"root {path} was never scanned" for path in sorted(never)]
        action = "start the daemon, or run seedwatch scan"
        for words in said:
            yield Check(name="rescan", ok=False, words=words, gravity=Gravity.NOTE, action=action)
        return
    if never:
        late.append(f"{count(len(never), 'root')} never rescanned yet")
    said = late or ["every root that is there was rescanned lately"]
    if running.scanning:
        root, progress = running.scanning
        said = [*said, f"{root} is being scanned: {progress}"]
    action = "a folder is missing or very slow: see the log"
    yield Check(name="rescan", ok=not late, words="; ".join(said), action=action)


def _roots(roots: tuple[RootStatus, ...]) -> Iterator[Check]:
    bad = [root for root in roots if root.state in _ROOT_GRAVITY]
    for root in sorted(bad, key=lambda root: list(_ROOT_GRAVITY).index(root.state)):
        yield Check(
            name="roots",
            subject=root.path,
            ok=False,
            words=f"root {root.path} is {root.state}: {root.detail or 'see the log'}",
            gravity=_ROOT_GRAVITY[root.state],
            action=_ROOT_ACTION[root.state],
        )
    if not bad:
        yield Check(name="roots", ok=True, words="every root is there")
    for root in roots:
        no_article = find_no_article(root)
        if no_article is not None:
            yield no_article
        if root.left_out.too_long:
            words = f"root {root.path}: {root.left_out.words()[-1]}, and left out"
            action = "shorten the names of the folders above"
            yield Check(name="content", ok=False, words=words, gravity=Gravity.NOTE, action=action)


def find_no_article(root: RootStatus) -> Check | None:
    """If a root has files but not a single article: the likely reason, and what to do about it."""
    files = root.present + root.left_out.files
    if not files or not root.last_scan_at or root.has_articles:
        return None
    words = f"root {root.path} has {count(files, 'file')} but not a single article"
    action = "; ".join(root.left_out.words()) or "seedwatch check says what each of them is"
    if root.left_out.looks_like:
        words, _, action = f"{words}: {root.left_out.looks_like}".partition("; ")
    elif root.quarantined:
        action = "seedwatch check says what is wrong with each"
    gravity = Gravity.TROUBLE if root.quarantined else Gravity.NOTE
    return Check(
        name="content", subject=root.path, ok=False, words=words, gravity=gravity, action=action
    )


def _feeds(running: Running) -> Iterator[Check]:
    waiting = running.waiting_feeds
    if running.failed_feeds:
        first, why = running.failed_feeds[0]
        failed = count(len(running.failed_feeds), "feed")
        yield Check(
            name="feeds",
            ok=False,
            words=f"{failed} cannot be written, first {first}: {why}",
            action="make its folder writable, or make room on its disk",
        )
    else:
        words = _waiting(waiting) if waiting else "every feed is up to date on disk"
        yield Check(name="feeds", ok=True, words=words)
    if waiting > MANY_FEEDS:
        yield many_feeds_waiting(waiting)

    if running.topics_without_feed:
        yield topics_without_feed(running.topics_without_feed)


def _cluster(running: Running) -> Iterator[Check]:
    if running.cluster_trouble:
        yield Check(
            name="cluster",
            ok=False,
            words=f"nothing is sent while NATS is away: {running.cluster_trouble}",
            gravity=Gravity.TROUBLE,
            action="start NATS, or take it out of the config; everything is caught up with then",
        )


def _waiting(number: int) -> str:
    return f"{count(number, 'feed file waits', 'feed files wait')} to be written"


def many_feeds_waiting(number: int) -> Check:
    """Report that more feed files than usual wait to be written."""
    action = "they are written as fast as the disk allows"
    words = _waiting(number)
    return Check(name="feeds", ok=False, words=words, gravity=Gravity.NOTE, action=action)


def topics_without_feed(number: int) -> Check:
    """Report topics for which a ``per: topic`` feed has no room."""
    has = "has" if number == 1 else "have"
    return Check(
        name="topics",
        ok=False,
        words=f"{count(number, 'topic')} {has} no feed of their own: max_feeds allows no more",
        gravity=Gravity.NOTE,
        action="raise max_feeds of the feed, or give it a match",
    )


def _config(stored: Stored) -> Iterator[Check]:
    if stored.refusal:
        yield Check(
            name="config",
            ok=False,
            words=f"the config was not reloaded, the old one stays in use: {stored.refusal}",
            gravity=Gravity.TROUBLE,
            action="correct it, then reload: seedwatch check says what is wrong",
        )


def _endpoint(e: EndpointStatus) -> Check:
    """One check, and so one line, for an endpoint, whatever is wrong with it."""
    words, actions, gravity = [], [], Gravity.NOTE
    is_off = e.state is EndpointState.DISABLED
    waiting = e.owed + e.pending
    if is_off and e.disabled_reason != OFF_IN_CONFIG:
        wait = f", {count(waiting, 'message waits', 'messages wait')}"
        words.append(f"is disabled: {e.disabled_reason or 'see the log'}{wait if waiting else ''}")
        actions.append(f"seedwatch enable {e.name}")
        gravity = Gravity.TROUBLE
    if not is_off and e.consecutive_failures:
        times = count(e.consecutive_failures, "time")
        words.append(f"failed {times} in a row: {e.last_error or 'see the log'}")
        actions.append(f"it is tried again by itself; seedwatch test {e.name} shows the answer")
        if e.consecutive_failures >= MANY_FAILURES:
            gravity = Gravity.TROUBLE
    if e.dead:
        words.append(f"has {count(e.dead, 'dead delivery', 'dead deliveries')}")
        actions.append(f"seedwatch retry --dead --endpoint {e.name}")
        gravity = Gravity.TROUBLE
    if e.held:
        words.append(f"holds {count(e.held, 'delivery', 'deliveries')} that may have arrived")
        actions.append(f"seedwatch retry --endpoint {e.name}")
        gravity = Gravity.TROUBLE
    return Check(
        name="endpoints",
        subject=e.name,
        ok=not words,
        words=f"endpoint {e.name} {', and '.join(words) or 'is well'}",
        gravity=gravity,
        action="; ".join(actions),
    )


def _removed(e: EndpointStatus) -> Check:
    waiting = count(e.owed + e.pending + e.held + e.dead, "message is", "messages are")
    return Check(
        name="endpoints",
        subject=e.name,
        ok=False,
        words=f"endpoint {e.name} is no longer in the config, and {waiting} kept for it",
        gravity=Gravity.NOTE,
        action="put it back, and they are sent; under another name it begins anew",
    )


def _quarantine(stored: Stored) -> Check:
    bad = stored.quarantined
    words = f"{count(bad, 'seed is', 'seeds are')} in quarantine"
    return Check(
        name="quarantine",
        ok=not bad,
        words=words if bad else "every file can be used",
        gravity=Gravity.NOTE,
        action="seedwatch quarantine lists them with the reason",
    )


def _sharing(stored: Stored) -> Iterator[Check]:
    if stored.sharing:
        have = "seed has" if stored.sharing == 1 else "seeds have"
        yield Check(
            name="addresses",
            ok=False,
            words=f"{stored.sharing} {have} an address that is another article's",
            gravity=Gravity.NOTE,
            action="seedwatch check names them: correct the address",
        )


def _passing(stored: Stored, running: Running | None) -> Iterator[Check]:
    """Report what is over already, but explains oddities."""
    if stored.overflow and running is None:
        yield Check(name="events", ok=False, words=stored.overflow, gravity=Gravity.NOTE)
    if stored.clock_step:
        words = f"the clock was set back by {stored.clock_step}"
        words += ": what waited then is due that much earlier"
        yield Check(name="clock", ok=False, words=words, gravity=Gravity.NOTE)


def _nodes(nodes: tuple[Node, ...], now: datetime) -> Iterator[Check]:
    """Report which nodes share the store, and which differ from the others."""
    silent = [node for node in nodes if node.is_silent(now)]
    for node in silent:
        yield Check(
            name="nodes",
            subject=node.name,
            ok=False,
            words=f"node {node.name} on {node.host} was last heard of "
            f"{relative(node.seen_at, now)}",
            gravity=Gravity.TROUBLE,
            action="look at its machine: nobody sees what is new in its folders; what it sent, "
            "others send",
        )
    there = [node for node in nodes if node not in silent]
    if len(there) > 1:
        yield Check(name="nodes", ok=True, words=f"{count(len(there), 'node')} share the store")
    for what, values in (
        ("config", {node.id: node.config for node in there}),
        ("version", {node.id: node.version for node in there}),
    ):
        if len(set(values.values())) > 1:
            said = ", ".join(f"{node.name} has {values[node.id]}" for node in there)
            yield Check(
                name="nodes",
                ok=False,
                words=f"nodes differ in their {what}: {said}",
                gravity=Gravity.NOTE,
                action="give all of them the same one; endpoints that one of them names stay on",
            )
