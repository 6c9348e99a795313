"""``permalink`` of a root: how the address of an article without a URL of its own is made.

Only its forms are read here. Which placeholders there are, ingest knows; any key of the front
matter is one, so an unknown placeholder is no error of the config.
"""

from dataclasses import dataclass
from typing import Any

from watcher.config.wording import BadValue

_ADVICE = (
    "write a text like /:year/:month/:slug/, a mapping from section to text, or a list of texts "
    "and {when: {KEY: VALUE}, is: TEXT}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermalinkRule:
    """One template, and when it counts: in this section (first folder), with these keys' values."""

    template: str
    section: str | None = None
    when: tuple[tuple[str, str], ...] = ()

    def as_written(self) -> Any:
        """The rule as an item of a list in the config."""
        return {"when": dict(self.when), "is": self.template} if self.when else self.template


Permalink = tuple[PermalinkRule, ...]
"""The first rule that fits an article counts."""


def parse_permalink(value: Any) -> Permalink:
    """The rules of a ``permalink``; raises ValueError with the forms that it may have."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, dict) and isinstance(value.get("page"), dict):
        return parse_permalink(value["page"])  # as Hugo has it, beside those of its own pages
    if isinstance(value, dict) and value:
        return tuple(_rule(value, text, section=str(key)) for key, text in value.items())
    if isinstance(value, list) and value:
        return tuple(_item(value, item) for item in value)
    return (_rule(value, value),)


def write_permalink(rules: Permalink) -> Any:
    """The inverse of :func:`parse_permalink`."""
    if all(rule.section is not None for rule in rules):
        return {rule.section: rule.template for rule in rules}
    if len(rules) == 1 and not rules[0].when:
        return rules[0].template
    return [rule.as_written() for rule in rules]


def _item(whole: Any, item: Any) -> PermalinkRule:
    if not isinstance(item, dict):
        return _rule(whole, item)
    when = item.get("when")
    if item.keys() != {"when", "is"} or not isinstance(when, dict) or not when:
        raise _bad(whole)
    if not all(isinstance(wanted, str | int | float) for wanted in when.values()):
        raise _bad(whole)
    wants = tuple((str(key), _as_text(wanted)) for key, wanted in when.items())
    return _rule(whole, item["is"], when=wants)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rule(whole: Any, template: Any, **rest: Any) -> PermalinkRule:
    if not isinstance(template, str) or not template.strip():
        raise _bad(whole)
    return PermalinkRule(template=template.strip(), **rest)


def _bad(value: Any) -> BadValue:
    return BadValue(value, "a permalink", _ADVICE)
