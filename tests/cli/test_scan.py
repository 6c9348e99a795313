"""How ``scan`` finds its config."""

import subprocess
import sys

import yaml

from tests.support.site import Site


def test_a_config_that_can_be_read_only_once_is_read_once(site: Site) -> None:
    site.add_real_seeds()
    site.config |= {"state": str(site.folder / "s.db"), "feeds": []}
    site.config["watch"] = [{"path": str(site.seeds)}]
    for known in ("0 unchanged, 5 parsed", "5 unchanged, 0 parsed"):
        result = subprocess.run(
            [sys.executable, "-m", "watcher.cli", "--config", "/dev/stdin", "scan"],
            input=yaml.safe_dump(site.config),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert known in result.stdout
