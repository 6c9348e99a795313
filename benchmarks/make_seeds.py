# ruff: noqa: RUF001 - some texts are mojibake, as seeds have it
"""Seeds of many shapes for benchmarks: as programs and people write them, all of them valid.

Deterministic: a number always gives the same seed, whatever is made beside it. As a command:
``python -m benchmarks.make_seeds FOLDER COUNT``, ``--shape real`` for one shape only.
"""

import argparse
import json
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import yaml

PER_FOLDER = 1_000
Record = dict[str, Any]

_VOCABULARY = (
    "a the of and to in for with from by on at artificial intelligence medical images study finds "
    "race patients doctors model data hospital research scientists accuracy X-ray learning machine "
    "new system can predict health care risk radiology published journal team university training "
    "people bias results shows clinical network deep human test tool software apps release wave "
    "overview power update portal users maker business process video"
)
_WORDS = _VOCABULARY.split()
_MARKED = (
    "don't", "a: b", "#1", "100%", "'quoted'", '"double"', "C# & C++", "- dash", "@home",
    "x > y", "[list]", "{map}", "back\\slash", "*star*", "`code`", "yes", "no,", "!", "| pipe",
)  # fmt: skip
_FOREIGN = (
    "Künstliche Intelligenz erkennt", "l’imagerie médicale", "искусственный интеллект", "医療画像",
    "人工知能が人種を判別", "الذكاء الاصطناعي", "ανάλυση δεδομένων", "🩻 👩‍⚕️", "naïve – café",
    "someoneâ€™s", "&nbsp;&amp;", "“so”", "ﬁnal", "e\u0301te\u0301",
)  # fmt: skip
_TOPICS = ("AI", "AI in Healthcare", "Power Apps", "Portals", "Medicine", "C# and .NET", "Ethics")
_PROVIDERS = (
    ("Interesting Engineering", "interestingengineering.com"),
    ("Medical Xpress", "medicalxpress.com"),
    ("Psychology Today", "psychologytoday.com"),
    ("Microsoft", "microsoft.com"),
    ("Die Zeit", "zeit.de"),
)


# ---------------------------------------------------------------- what a seed says


def _words(random: Random, low: int, high: int, extra: tuple[str, ...] = ()) -> str:
    chosen = random.choices(_WORDS, k=random.randint(low, high))
    for word in extra and random.sample(extra, 3):
        chosen.insert(random.randrange(1, len(chosen)), word)
    return " ".join(chosen).capitalize()


def _url(random: Random, domain: str, number: int) -> str:
    words = "-".join(random.choices(_WORDS, k=8)).lower()
    return f"https://www.{domain}/news/{words}-{number}"


def _moment(random: Random) -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**8))


def _image(random: Random, domain: str) -> Record:
    name = f"{random.getrandbits(128):032x}"
    width = random.choice((640, 1200, 1280, 2880))
    return {
        "url": f"https://images.{domain}/1200x675/2022/10/20/image/jpeg/{name}.jpg",
        "width": width,
        "height": width * 9 // 16,
        "isCached": True,
    }


def _article(random: Random, number: int, extra: tuple[str, ...] = ()) -> Record:
    """What every record has, the seed's own and a related one."""
    name, domain = random.choice(_PROVIDERS)
    url = _url(random, domain, number)
    return {
        "title": _words(random, 6, 12, extra),
        "excerpt": _words(random, 20, 45, extra),
        "publishedDateTime": _moment(random),
        "webUrl": url,
        "ampWebUrl": f"{url}?amp",
        "type": "article",
        "provider": {"name": name, "domain": domain},
        "quality": random.randint(10, 140),
        "images": [_image(random, domain)],
    }


def record(number: int, *, related: int = 1, extra: tuple[str, ...] = ()) -> Record:
    """What seed ``number`` says, under the keys of the real ones."""
    random = Random(number)
    own = _article(random, number, extra)
    ciphertext = random.randbytes(random.randint(300, 600)).hex()
    return {
        "category": "news",
        "title": own["title"],
        "excerpt": own["excerpt"],
        "publishedDateTime": own["publishedDateTime"],
        "originalUrl": own["webUrl"],
        "webUrl": own["webUrl"],
        "type": "article",
        "quality": own["quality"],
        "heat": random.choice((-1, 137)),
        "published": random.random() < 0.5,
        "provider": own["provider"],
        "topics": random.sample(_TOPICS, random.randint(1, 3)),
        "images": own["images"],
        "related": [_article(random, number + n * 10**6, extra) for n in range(1, related + 1)],
        "secured": f"{ciphertext};{random.getrandbits(128):032x}==",
    }


# ---------------------------------------------------------------- how it is written

_QUOTED = {"title", "excerpt", "originalUrl", "webUrl", "ampWebUrl", "url", "secured"}


def _scalar(key: str, value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str) and key not in _QUOTED:
        return value
    return json.dumps(value, ensure_ascii=False)


def _lines(data: Record, indent: str, quote: Callable[[str, Any], str]) -> list[str]:
    """Block style, as a template writes it: lists are indented below their key."""
    lines = list[str]()
    for key, value in data.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_lines(value, indent + "  ", quote)]
        elif isinstance(value, list):
            lines.append(f"{indent}{key}:" if value else f"{indent}{key}: []")
            for item in value:
                lines += _item(key, item, indent + "  ", quote)
        else:
            lines.append(f"{indent}{key}: {quote(key, value)}")
    return lines


def _item(key: str, item: Any, indent: str, quote: Callable[[str, Any], str]) -> list[str]:
    if not isinstance(item, dict):
        return [f"{indent}- {quote(key, item)}"]
    first, *rest = _lines(item, indent + "  ", quote)
    return [f"{indent}- {first.strip()}", *rest]


def _written(
    data: Record, *, quote: Callable[[str, Any], str] = _scalar, body: str = "", spaced: bool = True
) -> str:
    lines = list[str]()
    for key, value in data.items():
        blank = [""] if spaced and isinstance(value, dict | list) else []
        lines += blank + _lines({key: value}, "", quote)
    return "\n".join(["---", *lines, "---", body])


def _dumped(data: Record, **style: Any) -> str:
    text = yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, **style)
    return f"---\n{text}---\n"


def _without(data: Record, *keys: str) -> Record:
    return {key: value for key, value in data.items() if key not in keys}


def _real(number: int) -> str:
    return _written(record(number, related=number % 3))


def _minimal(number: int) -> str:
    data = record(number)
    return f"---\ntitle: {json.dumps(data['title'])}\nwebUrl: {data['webUrl']}\n---\n"


def _no_images(number: int) -> str:
    return _written(record(number) | {"images": [], "related": []})


def _many_related(number: int) -> str:
    return _written(record(number, related=20))


def _long(number: int) -> str:
    random = Random(-number)
    return _written(record(number) | {"excerpt": _words(random, 1_500, 2_000)})


def _body(number: int) -> str:
    random = Random(-number)
    paragraphs = [f"{_words(random, 40, 80)}." for _ in range(6)]
    paragraphs[1] = f"## {_words(random, 3, 6)}"
    paragraphs[2] = "\n".join(f"* **{_words(random, 2, 4)}**: a point" for _ in range(4))
    paragraphs[4] = f"> {_words(random, 10, 20)} [source](https://example.org/{number})"
    return _written(record(number), body="\n" + "\n\n".join(paragraphs) + "\n")


def _pyyaml(number: int) -> str:
    return _dumped(record(number), allow_unicode=True)


def _pyyaml_ascii(number: int) -> str:
    return _dumped(record(number, extra=_FOREIGN))


def _json(number: int) -> str:
    data = record(number)
    return f"---\n{json.dumps(data, default=lambda value: value.isoformat(), indent=2)}\n---\n"


def _foreign(number: int) -> str:
    return _written(record(number, extra=_FOREIGN))


def _single_quoted(number: int) -> str:
    def quote(key: str, value: Any) -> str:
        doubled = value.replace("'", "''") if isinstance(value, str) else ""
        return f"'{doubled}'" if doubled else _scalar(key, value)

    return _written(record(number, extra=_MARKED), quote=quote, spaced=False)


def _escaped(number: int) -> str:
    """As JSON escapes; of the emoji it would make surrogates, which YAML does not take."""
    marked = _MARKED + tuple(text for text in _FOREIGN if max(text) <= "\uffff")
    return _written(
        record(number, extra=marked),
        quote=lambda _, value: json.dumps(value, default=lambda moment: moment.isoformat()),
    )


def _folded(number: int) -> str:
    data = record(number)
    text = textwrap.wrap(data["excerpt"], 70)
    literal = textwrap.wrap(_words(Random(-number), 20, 40), 60)
    lines = ["summary: >-", *(f"  {line}" for line in text)]
    lines += ["note: |", *(f"  {line}" for line in literal)]
    lines += ["title: >", f"  {data['title']}", ""]
    front = _written(_without(data, "title", "excerpt"))
    return front.replace("---\n", "---\n" + "\n".join(lines) + "\n", 1)


def _blogger(number: int) -> str:
    """As people write for site generators."""
    random, data = Random(-number), record(number)
    lines = [
        "# written by hand",
        f"title: {data['title']} # the title",
        f"date: {_moment(random):%Y-%m-%d %H:%M:%S} +0100",
        f"link: {data['webUrl']}",
        f"tags: [{', '.join(data['topics'])}]",
        f"description: '{data['excerpt']}'",
        "draft: no",
        "layout: post",
        "author:",
        "  name: A. Writer",
        "weight: 0.5",
    ]
    return "\n".join(["---", *lines, "---", f"\n{_words(random, 40, 80)}.\n"])


def _windows(number: int) -> str:
    return _real(number).replace("\n", "\r\n")


def _tagged(number: int) -> str:
    return _real(number).replace("type: article", "type: !!str article", 1)


# A shape and how many of 32 seeds have it.
_SHARES: tuple[tuple[Callable[[int], str], int], ...] = (
    (_real, 12), (_pyyaml, 3), (_foreign, 2), (_body, 2), (_folded, 2), (_minimal, 1),
    (_no_images, 1), (_many_related, 1), (_long, 1), (_pyyaml_ascii, 1), (_json, 1),
    (_single_quoted, 1), (_escaped, 1), (_blogger, 1), (_windows, 1), (_tagged, 1),
)  # fmt: skip
SHAPES = {shape.__name__.strip("_"): shape for shape, _ in _SHARES}
_WHEEL = [shape for shape, share in _SHARES for _ in range(share)]


def seed_text(number: int, *, shape: str | None = None) -> str:
    """The text of seed ``number``; by default the shapes take turns."""
    write = SHAPES[shape] if shape else _WHEEL[number % len(_WHEEL)]
    return write(number)


def seed_path(number: int) -> str:
    """The path of seed ``number`` in its root, a thousand to a folder."""
    digest = sha256(str(number).encode()).hexdigest()[:16]
    return f"{number // PER_FOLDER:03d}/{number:06d}_{digest}.md"


def make_seeds(folder: Path, count: int, *, first: int = 0, shape: str | None = None) -> None:
    """Write the seeds ``first`` to ``first + count - 1`` below ``folder``."""
    for number in range(first, first + count):
        path = folder / seed_path(number)
        if number == first or number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seed_text(number, shape=shape), encoding="utf-8", newline="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0, help="the first seed's number")
    parser.add_argument("--shape", choices=SHAPES)
    asked = parser.parse_args()
    make_seeds(asked.folder, asked.count, first=asked.first, shape=asked.shape)


if __name__ == "__main__":
    main()
