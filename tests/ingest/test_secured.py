"""``secured`` is somebody's ciphertext: no value of it gets past the front matter."""

import pytest

from tests.ingest.seeds_as_read import FRONT, problem_of, read_front_matter
from watcher.ingest.front_matter import FrontMatter

SECRET = "CIPHER-do-not-tell"


@pytest.mark.parametrize(
    "front_matter",
    [
        f"secured: {SECRET}",
        f"SECURED: {SECRET}",
        f"' Secured ': {SECRET}",
        f"a: {{secured: {SECRET}}}",
        f"a: [[{{b: 1, secured: {{x: {SECRET}}}}}]]",
        f"<<: {{secured: {SECRET}, a: 1}}",
        f"<<: [{{secured: {SECRET}}}]",
        f"a: !!pairs [secured: {SECRET}]",
        f"a: !!omap [secured: {SECRET}]",
        f"secured: {{{SECRET}: 1, {SECRET}: 2}}",
        f"secured: !!int {SECRET}",
    ],
)
def test_secured_is_left_out_at_every_depth(front_matter: str) -> None:
    found = read_front_matter(f"---\n{FRONT}{front_matter}\n---\n".encode(), is_yaml=False)
    assert isinstance(found, FrontMatter), found
    assert SECRET not in repr(found)
    assert "secured" not in repr(found.data).lower()


@pytest.mark.parametrize(
    "front_matter",
    [
        f"secured: '{SECRET}",
        f"secured: {SECRET}: {SECRET}",
        f"secured: @{SECRET}",
        f"secured: !{SECRET} x",
        f"secured: !<{SECRET}> x",
        f"secured: *{SECRET}",
        f"secured:\n{SECRET}",
        f'secured: "{SECRET}\\q"',
        f"secured: [{SECRET}",
        f"secured: {SECRET}\x01",
        f"secured: [\n\t{SECRET}",
        f"secured: {SECRET}\nsecured: {SECRET}",
        f"secured: !!map {SECRET}\ntitle: again",
    ],
)
def test_no_problem_quotes_secured(front_matter: str) -> None:
    problem = problem_of(f"---\n{FRONT}{front_matter}\n---\n")
    assert SECRET not in repr(problem)
