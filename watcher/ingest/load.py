"""YAML text to a mapping, by libyaml: the authority, and the way of whatever is unusual.

What PyYAML raises becomes a Refused at its place, with what to do about it.
"""

from typing import Any

import yaml
from yaml.reader import ReaderError

from watcher.ingest.compose import MAP, Refused, compose_yaml, index_of
from watcher.ingest.keys import KeyPath
from watcher.ingest.safe_yaml import Constructor
from watcher.ingest.yaml_errors import advise, is_noticed_late, may_be_in_quotes
from watcher.model.seed import Reason


def load_yaml(text: str) -> dict[Any, Any]:
    """The mapping that ``text`` is, without ``secured``; raises Refused."""
    try:
        root = compose_yaml(text)
        if not isinstance(root, yaml.MappingNode) or root.tag != MAP:
            found = "empty" if root is None else "not a mapping"
            raise Refused(
                Reason.NOT_A_MAPPING,
                f"the front matter is {found}: write it as lines of key: value",
                index_of(root) if root else 0,
            )
        return Constructor().construct_document(root)  # type: ignore[no-any-return]
    except ReaderError as error:
        raise _unreadable(text, error) from None
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(text, error) from None


def _bad_yaml(text: str, error: yaml.MarkedYAMLError) -> Refused:
    problem = error.problem or ""
    mark = error.context_mark if is_noticed_late(problem) else error.problem_mark
    index = mark.index if mark else 0
    return Refused(
        Reason.BAD_YAML,
        advise(problem, at_tab=text[index : index + 1] == "\t"),
        index,
        in_quotes=may_be_in_quotes(problem, error.context),
    )


def _unreadable(text: str, error: ReaderError) -> Refused:
    """A character that YAML does not allow; libyaml gives its place in bytes."""
    before = text.encode()[: error.position].decode("utf-8", "ignore")
    return Refused(Reason.BAD_YAML, advise(error.reason, at_tab=False), len(before))


def find_place(root: Any, path: KeyPath) -> int:
    """Where the value at ``path`` below the node ``root`` starts, or what comes nearest to it."""
    node = root
    for part in path:
        inside = None
        if isinstance(node, yaml.MappingNode):
            inside = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            inside = node.value[part] if part < len(node.value) else None
        if inside is None:
            break
        node = inside
    return index_of(node)
