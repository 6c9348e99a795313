"""The how-to about git, as a job would do it: each run is a fresh checkout with a kept cache."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.receiver import Receiver
from watcher.cli import program

HOW_TO = (Path(__file__).parents[2] / "docs/how-to/git.md").read_text("utf-8")
(CONFIG,) = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
(SCRIPT,) = re.findall(r"```sh\n(.*?)```", HOW_TO, re.DOTALL)
POST = "---\ntitle: {0}\ndate: 2024-01-{1:02}\n---\nText of {0}.\n"


class Job:
    """A repository, and runs over checkouts of it; ``cache`` is what is kept between them."""

    def __init__(self, home: Path, receiver: Receiver) -> None:
        self.repository, self.home = home / "repository", home
        self.cache = home / "kept"
        self.cache.mkdir()
        self._receiver = receiver
        self._runs = 0
        config = yaml.safe_load(CONFIG)
        config["endpoints"][0] |= {"type": "webhook", "url": receiver.url}
        self.config = config | {"http": {"listen": "off"}}
        self.git("init", "--quiet", "--initial-branch=main", str(self.repository), at=home)

    def git(self, *words: str, at: Path | None = None) -> None:
        who = ["-c", "user.name=Jo", "-c", "user.email=jo@example.org"]
        subprocess.run(["git", *who, *words], check=True, cwd=at or self.repository)

    def write(self, name: str, title: str, day: int) -> None:
        file = self.repository / "content/posts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(POST.format(title, day), "utf-8")

    def commit(self, *words: str) -> None:
        config = json.dumps(self.config)
        (self.repository / "seedwatch.yaml").write_text(config, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=posts", *words)

    def run(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """One run of the job. Returns the titles that were announced."""
        self._runs += 1
        checkout = self.home / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        self.git("clone", "--quiet", str(self.repository), str(checkout), at=self.home)
        shutil.copytree(self.cache, checkout / "cache")
        before = len(self._receiver.accepted)
        command = SCRIPT.split()
        assert command[0] == "seedwatch"
        monkeypatch.chdir(checkout)
        assert program.main(command[1:], standalone_mode=False) in (None, 0)
        shutil.rmtree(self.cache)
        shutil.copytree(checkout / "cache", self.cache)
        bodies = [json.loads(one.body) for one in self._receiver.accepted[before:]]
        changes = [change for body in bodies for change in body["data"]["changes"]]
        return sorted(change["article"]["title"] for change in changes)

    def lose_state(self) -> None:
        for file in self.cache.iterdir():
            if file.name != "all.atom":
                file.unlink() if file.is_file() else shutil.rmtree(file)


@pytest.fixture
def job(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "unused")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    made = Job(tmp_path, receiver)
    for day in (1, 2, 3):
        made.write(f"{day}.md", f"Post {day}", day)
    made.commit()
    return made


def test_a_job_announces_each_post_once_whatever_became_of_branch_and_cache(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Callable[[], list[str]] = lambda: job.run(monkeypatch)  # noqa: E731
    assert run() == [], "the first run is silent"
    job.write("4.md", "Post 4", 4)
    job.commit()
    assert run() == ["Post 4"]
    assert run() == []
    job.write("4.md", "Post 4", 4)
    job.commit("--amend", "--allow-empty", "--reset-author")
    assert run() == [], "a force push"
    posts = job.repository / "content/posts"
    (posts / "1.md").rename(posts / "first.md")
    job.commit()
    assert run() == [], "a renamed file"
    job.lose_state()
    assert run() == [], "a lost state"
    job.lose_state()
    job.write("5.md", "Post 5", 5)
    job.write("old.md", "An old one that lay about", 1)
    job.commit()
    assert run() == ["Post 5"], "a lost state, and a new post with it"
    assert run() == []


def test_what_a_feed_holds_is_not_announced_again_whoever_wants_all(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.config["endpoints"][0]["first_run"] = "announce"
    job.commit("--allow-empty")
    assert job.run(monkeypatch) == ["Post 1", "Post 2", "Post 3"]
    job.lose_state()
    job.write("0.md", "Post 0", 1)
    job.commit()
    assert job.run(monkeypatch) == ["Post 0"]


@pytest.mark.parametrize("suffix", ["rss", "json"])
def test_every_format_of_feed_says_what_was_known(
    job: Job, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    job.config["feeds"][0]["path"] = f"cache/all.{suffix}"
    job.commit("--allow-empty")
    assert job.run(monkeypatch) == []
    for file in job.cache.glob("seedwatch.db*"):
        file.unlink()
    job.write("4.md", "Post 4", 4)
    job.commit()
    assert job.run(monkeypatch) == ["Post 4"]
