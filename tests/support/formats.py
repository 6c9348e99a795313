"""One article, or several, written in each format that is read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    number: int
    paragraphs: int = 3

    @property
    def title(self) -> str:
        return f"Rain over town {self.number}, and what came of it"

    @property
    def url(self) -> str:
        return f"https://paper.example.org/2024/05/story-{self.number}"

    @property
    def summary(self) -> str:
        return f"It rained for the {self.number}th time; people stayed at home."

    @property
    def text(self) -> str:
        words = f"In street {self.number} it rained all day, and *everybody* said so. "
        return "\n\n".join([words * 4] * self.paragraphs)

    @property
    def record(self) -> dict[str, object]:
        return {
            "title": self.title, "url": self.url, "date": "2024-05-01T10:00:00Z",
            "summary": self.summary, "tags": ["rain", "town"], "author": "Jo Writer",
        }  # fmt: skip


def _yaml(one: Sample) -> str:
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in one.record.items())


def _toml(one: Sample) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in one.record.items())


def _lines(one: Sample) -> str:
    values = one.record | {"tags": "rain, town"}
    return "".join(f"{key.title()}: {value}\n" for key, value in values.items())


def _html(one: Sample) -> str:
    metas = {"description": one.summary, "author": "Jo Writer", "keywords": "rain, town"}
    head = "".join(f'<meta name="{key}" content="{escape(text)}">' for key, text in metas.items())
    text = "".join(f"<p>{part}</p>" for part in one.text.split("\n\n"))
    return (
        f"<!doctype html><html><head><title>{one.title}</title>"
        f'<link rel="canonical" href="{one.url}">{head}'
        '<meta property="article:published_time" content="2024-05-01T10:00:00Z">'
        f"</head><body><article>{text}</article></body></html>\n"
    )


SINGLE: dict[str, tuple[str, Callable[[Sample], str]]] = {
    "YAML": ("a.md", lambda one: f"---\n{_yaml(one)}---\n{one.text}\n"),
    "TOML": ("a.md", lambda one: f"+++\n{_toml(one)}+++\n{one.text}\n"),
    "TOML in a fence": ("a.md", lambda one: f"```toml\n{_toml(one)}```\n\n{one.text}\n"),
    "JSON before text": ("a.md", lambda one: f"{json.dumps(one.record)}\n\n{one.text}\n"),
    "without fences": ("a.md", lambda one: f"{_lines(one)}\n{one.text}\n"),
    "Markdown alone": ("a.md", lambda one: f"# {one.title}\n\n{one.text}\n"),
    "MDX": (
        "a.mdx",
        lambda one: f'---\n{_yaml(one)}---\nimport X from "x"\n\n<X a={{1}} />\n\n{one.text}\n',
    ),
    "HTML": ("a.html", _html),
    "JSON file": ("a.json", lambda one: json.dumps(one.record | {"body": one.text})),
    "TOML file": ("a.toml", lambda one: _toml(one) + f"body = {json.dumps(one.text)}\n"),
    "YAML file": ("a.yaml", lambda one: _yaml(one) + f"body: {json.dumps(one.text)}\n"),
}
"""The name of a file and how an article is written in it."""


def _whole(one: Sample) -> dict[str, object]:
    return one.record | {"body": one.text}


def _rss(ones: Sequence[Sample]) -> str:
    items = "".join(
        f"<item><title>{one.title}</title><link>{one.url}</link><guid>{one.url}</guid>"
        "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate><category>rain</category>"
        f"<description>{escape(one.summary)} {escape(one.text)}</description></item>\n"
        for one in ones
    )
    return f'<rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>\n'


def _atom(ones: Sequence[Sample]) -> str:
    entries = "".join(
        f"<entry><title>{one.title}</title><id>{one.url}</id><link href='{one.url}'/>"
        "<published>2024-05-01T10:00:00Z</published><updated>2024-05-01T10:00:00Z</updated>"
        f"<summary>{escape(one.summary)}</summary>"
        f"<content type='html'>{escape(one.text)}</content></entry>\n"
        for one in ones
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Paper</title>{entries}</feed>\n'


def _json_feed(ones: Sequence[Sample]) -> str:
    items = [
        {"id": one.url, "url": one.url, "title": one.title, "summary": one.summary,
         "content_text": one.text, "date_published": "2024-05-01T10:00:00Z", "tags": ["rain"]}
        for one in ones
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


MANY: dict[str, tuple[str, Callable[[Sequence[Sample]], str]]] = {
    "JSON Lines": ("a.jsonl", lambda ones: "".join(json.dumps(_whole(o)) + "\n" for o in ones)),
    "JSON list": ("a.json", lambda ones: json.dumps([_whole(one) for one in ones])),
    "YAML list": (
        "a.yaml",
        lambda ones: "".join(f"- {json.dumps(_whole(one))}\n" for one in ones),
    ),
    "YAML documents": (
        "a.yaml",
        lambda ones: "".join(f"---\n{_yaml(o)}body: {json.dumps(o.text)}\n" for o in ones),
    ),
    "RSS": ("a.xml", _rss),
    "Atom": ("a.atom", _atom),
    "JSON Feed": ("a.json", _json_feed),
}
"""The name of a file and how several articles are written in it."""
