"""What packaging/ holds fits the program: configs load, manifests agree, scripts are shell."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.nats import NATS_SERVER
from watcher.config.load import load_config

PROJECT = Path(__file__).parents[2]
PACKAGING = PROJECT / "packaging"
CONTAINERFILE = (PACKAGING / "Containerfile").read_text("utf-8")
MANIFEST = list(yaml.safe_load_all((PACKAGING / "kubernetes.yaml").read_text("utf-8")))
SCRIPTS = [
    path
    for path in sorted(PACKAGING.rglob("*"))
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")
]


def instruction(name: str) -> str:
    """The arguments of the last instruction of this name."""
    found = re.findall(rf"^{name} (.*?)(?<!\\)$", CONTAINERFILE, re.MULTILINE | re.DOTALL)
    return str(found[-1])


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [item for item in MANIFEST if item["kind"] == kind]


@pytest.mark.parametrize("name", ["container/seedwatch.yaml", "debian/seedwatch.yaml"])
def test_the_config_of_each_package_loads_also_with_its_endpoint(tmp_path: Path, name: str) -> None:
    text = (PACKAGING / name).read_text("utf-8")
    load_config(PACKAGING / name, environ={})
    before, marker, endpoints = text.partition("# endpoints:\n")
    file = tmp_path / "seedwatch.yaml"
    file.write_text(before + (marker + endpoints).replace("\n# ", "\n").removeprefix("# "))
    (tmp_path / "slack-url").write_text("https://hooks.slack.com/services/T/B/x")
    environ = {
        "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x",
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }
    assert [one.name for one in load_config(file, environ=environ).endpoints] == ["newsroom"]


def test_the_config_in_the_manifest_is_that_of_the_image_and_loads(tmp_path: Path) -> None:
    (config,) = (item["data"]["seedwatch.yaml"] for item in of_kind("ConfigMap")
                 if "seedwatch.yaml" in item["data"])  # fmt: skip
    (tmp_path / "seedwatch.yaml").write_text(config)
    loaded = load_config(tmp_path / "seedwatch.yaml", environ={})
    image = load_config(PACKAGING / "container/seedwatch.yaml", environ={})
    assert (loaded.state, loaded.watch, loaded.http.listen) == (
        image.state, image.watch, image.http.listen,
    )  # fmt: skip
    assert image.http.operations == "off"


def test_image_compose_and_manifest_agree(tmp_path: Path) -> None:
    (deployment,) = of_kind("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (service,) = yaml.safe_load((PACKAGING / "compose.yaml").read_text())["services"].values()
    user = pod["securityContext"]
    assert instruction("USER") == f"{user['runAsUser']}:{user['runAsGroup']}"
    assert user["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert [port["containerPort"] for port in container["ports"]] == [int(instruction("EXPOSE"))]
    assert service["ports"] == ["127.0.0.1:8765:8765"]
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts.keys() == {"/etc/seedwatch", "/seeds", "/data", "/tmp"}
    assert mounts["/seeds"]["readOnly"]
    assert "../seeds:/seeds:ro" in service["volumes"]
    assert instruction("VOLUME") == '["/data"]'
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in mounts.values()} == volumes
    unit = (PROJECT / "systemd/seedwatch.service").read_text("utf-8")
    seconds = pod["terminationGracePeriodSeconds"]
    assert f"TimeoutStopSec={seconds}s" in unit
    assert service["stop_grace_period"] == f"{seconds}s"


def test_every_file_that_the_image_copies_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE):
        *sources, _ = line.split()
        assert all((PROJECT / source).exists() for source in sources), line


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_is_one(script: Path) -> None:
    assert script.parent.name == "debian" or script.stat().st_mode & 0o111
    checked = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
    assert checked.stderr == ""
    assert re.search(r"^set -e", script.read_text(), re.MULTILINE)


def test_there_are_scripts() -> None:
    assert {"build-deb", "try-deb", "try-image", "run-in-root", "postinst", "prerm", "postrm"} == {
        script.name for script in SCRIPTS
    }


def test_the_package_has_the_units_very_text_for_its_own_place() -> None:
    build = (PACKAGING / "build-deb").read_text("utf-8")
    unit = (PROJECT / "systemd/seedwatch.service").read_text("utf-8")
    old, new = re.findall(r's\|(/\S+)\|(/\S+)\|" \\\n', build)[0]
    assert f"ExecStart={old} --config /etc/seedwatch/seedwatch.yaml run" in unit
    assert new == "/usr/bin/seedwatch"


CLUSTER = PACKAGING / "cluster"


def test_the_cluster_s_files_name_one_another_and_its_config_loads() -> None:
    compose = yaml.safe_load((CLUSTER / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    nodes = {name for name, each in services.items() if each["image"] == "seedwatch"}
    assert nodes == {"news-1", "news-2", "news-3"}
    for name in nodes:
        assert services[name]["hostname"] == name
        assert {"read_only", "cap_drop", "stop_grace_period"} <= services[name].keys()
    mounted = [v.split(":")[0] for each in services.values() for v in each.get("volumes", ())]
    assert all((CLUSTER / path).exists() for path in mounted if path.startswith("."))
    config = load_config(CLUSTER / "seedwatch.yaml", environ={"DATABASE_PASSWORD": "x"})
    assert {url.split("/")[2].split(":")[0] for url in config.cluster.nats} < services.keys()
    assert "@postgres/" in config.state
    upstream = set(re.findall(r"server ([a-z0-9-]+):8765", (CLUSTER / "nginx.conf").read_text()))
    assert upstream == nodes
    routes = set(re.findall(r"nats://([a-z0-9-]+):6222", (CLUSTER / "nats.conf").read_text()))
    assert routes == services.keys() - nodes - {"postgres", "proxy"}


def test_nats_takes_the_cluster_s_config() -> None:
    done = subprocess.run(
        [NATS_SERVER, "-t", "-c", str(CLUSTER / "nats.conf")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
def test_systemd_takes_the_cluster_s_unit(tmp_path: Path) -> None:
    text = (CLUSTER / "nats.service").read_text("utf-8")
    unit = tmp_path / "nats.service"
    unit.write_text(text.replace("/usr/bin/nats-server", str(NATS_SERVER)), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nats.service" not in done.stderr
