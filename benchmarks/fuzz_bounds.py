"""The costliest seeds and patterns that can be found: time, memory and size of what comes out.

``python -m benchmarks.fuzz_bounds --minutes 10`` puts together bodies, fields of HTML, titles and
summaries of up to 1 MiB from pieces that mean something to some parser, and patterns that are
searched for in the longest titles. The costliest of each kind are changed further. Each is read in
a process of its own, so that one that dies is found, too: then it ends with 1, and says the text.
"""

import argparse
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.ingest.seeds_as_read import FRONT, parse
from watcher.config.patterns import LONGEST_TITLE, check_pattern, compile_pattern
from watcher.config.wording import BadValue
from watcher.model.seed import Seed
from watcher.store.columns import content_bytes

MIB = 2**20
MARKS = (
    "*", "**", "_", "~~", "`", "``", "[", "]", "![", "](", ")", "<", ">", "&", "|", "\\", "#",
    "- ", "+ ", "1. ", "> ", "    ", "\t", "\n", "\n\n", "---\n", "===\n", "```\n", ":-|", "[^1]",
    "[^1]: ", "[a]: b\n", "[a]", "- [x] ", "&amp;", "&#65;", "&nbsp;", "<!--", "-->", "<![CDATA[",
    "<?", "</", "{%", "%}", "{{", "}}", "{{<", "{% highlight %}", "{: ", "[[", "]]", "a", " ",
    "word ", "x" * 50, "é", "e\u0301", "\u0301", "日", "â€™", "Ã", "\xa0", "\u202e", "\u2067",
    "\u200b", "https://a.org/", "<https://a.org>", '"', "'", "=", "/", "0", "$",
)  # fmt: skip
_NAMES = (
    "a b i em p div ul ol li table tr td th tbody thead caption col h1 h2 dl dt dd blockquote "
    "pre code br hr img ruby rt rp span details summary select option svg math template form "
    "button nobr font textarea title script style iframe noscript input center q del ins "
)
NAMES = _NAMES.split()
TAGS = (
    *(f"<{name}>" for name in NAMES), *(f"</{name}>" for name in NAMES),
    '<a href="b">', "<img src=a>",
    "<b title=1>", "<i title='2'>", "<font color=3>", "<p class=x>", '<a href="', "<b a='", "<i ",
)  # fmt: skip
PATTERNS = (
    "a", ".", "(", ")", "|", "*", "+", "?", "{2,5}", "{1000}", "[a-z]", "[^x]", r"\w", r"\b", "^",
    "$", "(?i)", "(?:", ".*", "x*", "(a|a)", "(a+)+", "日", r"\d", "health", "{,3}", "(?P<n>",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one input: seconds of processor, kB resident more than before, characters put out."""

    seconds: float = 0.0
    memory: int = 0
    size: int = 0


@dataclass(slots=True)
class Worst:
    """The costliest inputs of one kind so far, as the pieces they were made of."""

    kept: list[tuple[float, list[str]]] = field(default_factory=list)
    most: Cost = Cost()
    slowest: list[str] = field(default_factory=list)
    tried: int = 0

    def add(self, pieces: list[str], cost: Cost) -> None:
        self.tried += 1
        if cost.seconds > self.most.seconds:
            self.slowest = pieces
        self.most = Cost(
            seconds=max(cost.seconds, self.most.seconds),
            memory=max(cost.memory, self.most.memory),
            size=max(cost.size, self.most.size),
        )
        score = cost.seconds + cost.size / MIB + cost.memory / 400_000
        self.kept = sorted([*self.kept, (score, pieces)], reverse=True, key=lambda one: one[0])[:12]


def next_pieces(worst: Worst, random: Random, of: tuple[str, ...]) -> list[str]:
    """A few pieces, new ones or those of a costly input changed."""
    if not worst.kept or random.random() < 0.3:
        return random.choices(of, k=random.randint(1, 6))
    pieces = list(random.choice(worst.kept)[1])
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(pieces) + 1)
        change = random.random()
        if change < 0.4:
            pieces.insert(place, random.choice(of))
        elif change < 0.7 and len(pieces) > 1:
            del pieces[min(place, len(pieces) - 1)]
        else:
            pieces[min(place, len(pieces) - 1)] = random.choice(of)
    return pieces[:12]


def long_text(pieces: list[str], random: Random) -> str:
    """The pieces again and again, together or each by itself, numbered or not: 1 MiB of them."""
    way = random.random()
    if way < 0.5:
        unit = "".join(pieces)
        text = unit * (MIB // len(unit.encode()))
    elif way < 0.8:
        share = MIB // len(pieces)
        text = "".join(piece * (share // len(piece.encode())) for piece in pieces)
    else:
        unit = "".join(pieces)
        count = min(MIB // (len(unit.encode()) + 8), 60_000)
        text = "".join(unit.replace("a", f"a{n}").replace("1", str(n)) for n in range(count))
    return text.encode()[: MIB - 300].decode("utf-8", "ignore")


def seed_of_body(text: str) -> str:
    return f"---\n{FRONT}---\n{text}"


def seed_of_field(key: str, text: str) -> str:
    quoted = text.replace("'", "''").replace("\n", " ").replace("\t", " ")
    others = FRONT.replace("title", "ignored") if key == "title" else FRONT
    return f"---\n{others}{key}: '{quoted}'\n---\n"


def seed_of_related(text: str) -> str:
    """The text in fifty parts, each in a related record."""
    quoted = text.replace("'", "''").replace("\n", " ").replace("\t", " ")
    step = len(quoted) // 50 + 1
    parts = [quoted[at : at + step].strip("'") for at in range(0, len(quoted), step)]
    records = [f"- {{title: R, link: 'http://r/', featuredContent: '{part}'}}\n" for part in parts]
    return f"---\n{FRONT}related:\n{''.join(records)}---\n"


def read(seed: str) -> int:
    found = parse(seed)
    return len(content_bytes(found.content)) if isinstance(found, Seed) else 0


def search(pattern: str) -> int:
    """The pattern in a title of the greatest length, and in one that nearly fits it."""
    try:
        find = compile_pattern(check_pattern(pattern)).search
    except BadValue:
        return 0
    half = LONGEST_TITLE // 2
    return sum(bool(find(text)) for text in ("a" * LONGEST_TITLE, "ab" * half, "日x" * half))


def cost_of(run: Callable[[], int]) -> Cost | None:
    """What ``run`` costs in a process of its own; None if that dies."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        size = run()
        seconds = time.process_time() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(into, pickle.dumps(Cost(seconds=seconds, memory=memory, size=size)))
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as answer:
        data = answer.read()
    _, status = os.waitpid(pid, 0)
    return None if status else pickle.loads(data)  # of our own process


HTML = (*TAGS, "a", "x", " ", "&", "<!--", '"')
TEXT = (*MARKS, *TAGS)
KINDS: dict[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
    "body": (TEXT, seed_of_body),
    "featuredContent": (HTML, partial(seed_of_field, "featuredContent")),
    "related featuredContent": (HTML, seed_of_related),
    "title": (TEXT, partial(seed_of_field, "title")),
    "summary": (TEXT, partial(seed_of_field, "excerpt")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    asked = parser.parse_args()
    random = Random(asked.seed)
    print("| what | tried | slowest | most memory | largest output | the slowest is made of |")
    print("|---|---:|---:|---:|---:|---|")
    for name in (*KINDS, "pattern"):
        ends_at = time.monotonic() + asked.minutes * 60 / (len(KINDS) + 1)
        worst = Worst()
        while time.monotonic() < ends_at:
            pieces = next_pieces(worst, random, KINDS[name][0] if name in KINDS else PATTERNS)
            if name in KINDS:
                cost = cost_of(partial(read, KINDS[name][1](long_text(pieces, random))))
            else:
                cost = cost_of(partial(search, "".join(pieces)))
            if cost is None:
                sys.exit(f"seed {asked.seed}: the process died of {name} {pieces!r}")
            worst.add(pieces, cost)
        most = worst.most
        shown = " ".join(worst.slowest).replace("\n", "↵").replace("|", "\\|")
        print(
            f"| {name} | {worst.tried:,} | {most.seconds:.3f} s | {most.memory / 1000:,.0f} MB "
            f"| {most.size:,} | `{shown}` |",
            flush=True,
        )


if __name__ == "__main__":
    main()
