"""The dependency rules of DESIGN §3: stages side by side, floors one way, one home a library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "watcher"

FLOORS = [
    {"", "errors", "log", "clock", "liveness", "beneath"},
    {"model", "schedule"},
    {"config"},
    {"watch", "ingest", "diff", "store", "feed", "notify", "serve"},
    {"pipeline", "publish"},
    {"scan"},
    {"status"},
    {"daemon"},
    {"cli"},
]
STAGES = {"watch", "ingest", "diff", "store", "feed", "notify", "serve"}
PURE = {"diff", "model"}
IMPURE_MODULES = {
    "os", "io", "pathlib", "shutil", "tempfile", "socket", "time", "random", "secrets", "logging",
    "threading", "subprocess", "sqlite3", "urllib.request", "http",
}  # fmt: skip
HOMES = {
    "watchdog": {"watch"},
    "yaml": {"config", "ingest"},
    "sqlalchemy": {"store"},
    "psycopg": {"store"},
    "feedgen": {"feed"},
    "requests": {"notify"},
    "nats": {"daemon"},
    "urllib3": {"notify"},
    "apscheduler": {"schedule"},
    "pydantic": {"config"},
    "cronsim": {"config"},
    "re2": {"config"},
    "click": {"cli"},
    "rich": {"cli"},
    "starlette": {"serve"},
    "uvicorn": {"serve"},
    "jinja2": {"serve", "notify"},
    "apprise": {"notify"},
    "prometheus_client": {"serve"},
    "ftfy": {"ingest"},
    "markdown_it": {"ingest"},
    "mdit_py_plugins": {"ingest"},
    "nh3": {"ingest"},
    "lxml": {"feed"},
    "feedparser": {"ingest"},
    "snowballstemmer": {"diff"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: Path) -> str:
    """The part of the package that a module belongs to: its folder, or its own name."""
    relative = module.relative_to(PACKAGE)
    name = relative.parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imports_of(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            yield str(node.module)


def floor_of(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


def own_parts(module: Path) -> set[str]:
    """The parts of the package that a module imports, its own left out."""
    names = {name for name in imports_of(module) if name.split(".")[0] == "watcher"}
    return {name.partition(".")[2].partition(".")[0] for name in names} - {part_of(module)}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_no_import_runs_back_up(module: Path) -> None:
    mine = floor_of(part_of(module))
    for other in own_parts(module):
        assert floor_of(other) < mine, f"imports {other}, which is not below it"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_each_library_has_one_home(module: Path) -> None:
    for name in imports_of(module):
        home = HOMES.get(name.split(".")[0])
        assert home is None or part_of(module) in home, f"{name} is not at home here"


@pytest.mark.parametrize(
    "module", [m for m in MODULES if part_of(m) in PURE], ids=lambda m: str(m.relative_to(PACKAGE))
)
def test_what_is_pure_imports_nothing_that_acts(module: Path) -> None:
    names = set(imports_of(module))
    homes = {name: HOMES.get(name.split(".")[0]) for name in names}
    assert not names & IMPURE_MODULES
    assert not [name for name, home in homes.items() if home and part_of(module) not in home]


def test_diff_calls_no_clock() -> None:
    for module in (PACKAGE / "diff").glob("*.py"):
        assert ".now(" not in module.read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_modules_are_short(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= 400


def test_every_stage_says_what_it_takes_gives_and_may_not_do() -> None:
    for stage in STAGES:
        text = ast.get_docstring(ast.parse((PACKAGE / stage / "__init__.py").read_text("utf-8")))
        assert text is not None
        assert "In: " in text or "In:" in text, stage
        assert "Out: " in text, stage
        assert "may not" in " ".join(text.split()), stage
