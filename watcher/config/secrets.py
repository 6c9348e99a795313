"""Brings in what the config file only refers to: environment variables, files, credentials.

What comes in is noted in the findings' origins, so that no message repeats it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watcher.config.findings import Findings
from watcher.config.paths import absolute_path
from watcher.config.yaml_tree import Loc

_MAIL = ("server", "from", "to", "user", "password")
SOURCES = {
    "url": ("url", "url_file", "url_credential"),
    "secret": ("secret", "secret_file", "secret_credential"),
    **{key: (key, f"{key}_file", f"{key}_credential") for key in _MAIL},
}
"""The keys of an endpoint that can give each of its secrets: exactly one may."""

_INDIRECT = {key for wanted, keys in SOURCES.items() for key in keys if key != wanted}
_SECRET_KEYS = {"headers", *(key for keys in SOURCES.values() for key in keys)}
UNSET_URL = "://secret-not-set.invalid/"
"""After a scheme: in place of a URL that cannot be read. Such a name never resolves (RFC 2606)."""
_UNSET_MAIL = {
    "server": "secret-not-set.invalid",
    "from": "unset@secret-not-set.invalid",
    "to": "unset@secret-not-set.invalid",
}
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expand_environment(
    value: Any, environ: Mapping[str, str], findings: Findings, loc: Loc = ()
) -> Any:
    """The same data with every ``${NAME}`` replaced, and ``$${`` become a literal ``${``."""
    if isinstance(value, dict):
        return {k: expand_environment(v, environ, findings, (*loc, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [expand_environment(v, environ, findings, (*loc, i)) for i, v in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    return _expand(value, environ, findings, loc)


def _expand(text: str, environ: Mapping[str, str], findings: Findings, loc: Loc) -> str | None:
    names = [m for m in _VARIABLE.finditer(text) if m[0] != "$${"]
    for found in names:
        complaint = _complaint(found)
        if complaint:
            findings.value(loc, complaint)
            return None
        if found[1] not in environ:
            complain = findings.secret if is_secret(loc) else findings.value
            complain(loc, f"the environment variable {found[1]} is not set")
            return None
    if names:
        findings.origins[loc] = ", ".join(f"${{{found[1]}}}" for found in names)
    return _VARIABLE.sub(lambda m: "${" if m[0] == "$${" else environ[m[1]], text)


def is_secret(loc: Loc) -> bool:
    """True if the value at ``loc`` is a secret, or names where one is."""
    at = loc[2:3] if loc[:1] == ("endpoints",) else loc[1:2] if loc[:1] == ("cluster",) else ()
    return not _SECRET_KEYS.isdisjoint(at)


def _complaint(found: re.Match[str]) -> str | None:
    name, closed = found.groups()
    if not closed or not _NAME.fullmatch(name):
        return "${…} must hold the name of an environment variable; write $${ for a literal ${"
    return None


def resolve_secrets(
    endpoint: dict[str, Any], loc: Loc, folder: Path, environ: Mapping[str, str], findings: Findings
) -> dict[str, Any]:
    """The endpoint with ``url`` and ``secret`` themselves, read from where its config says."""
    resolved = {key: value for key, value in endpoint.items() if key not in _INDIRECT}
    for wanted, keys in SOURCES.items():
        given = [key for key in keys if endpoint.get(key) is not None]
        if len(given) > 1:
            for surplus in given[1:]:
                findings.key(
                    (*loc, surplus), f"`{surplus}` and `{given[0]}`: give only one", "surplus_key"
                )
            findings.forget((*loc, wanted))
        elif given and given[0] != wanted:
            findings.document.move((*loc, given[0]), (*loc, wanted))
            source = _Source(loc, given[0], wanted, folder, environ, findings)
            resolved[wanted] = source.read(endpoint[given[0]])
        elif findings.has_broken and any(findings.is_broken((*loc, key)) for key in keys):
            findings.forget((*loc, wanted))
    return _without_unset(resolved, loc, findings) if findings.unset else resolved


def _without_unset(endpoint: dict[str, Any], loc: Loc, findings: Findings) -> dict[str, Any]:
    """The endpoint without secrets that cannot be read; its URL is one that leads nowhere."""
    unset = {at[2] for at in findings.unset if at[:2] == loc}
    if not unset.isdisjoint(SOURCES["url"]):
        scheme = "apprise" if endpoint.get("type") == "apprise" else "https"
        endpoint["url"] = scheme + UNSET_URL
    endpoint |= {k: v for k, v in _UNSET_MAIL.items() if not unset.isdisjoint(SOURCES[k])}
    for key in ("headers", *SOURCES):
        value = endpoint.get(key)
        if isinstance(value, list):
            endpoint[key] = [item for item in value if item is not None]
        elif isinstance(value, dict):
            endpoint[key] = {name: item for name, item in value.items() if item is not None}
    return endpoint


@dataclass(frozen=True, slots=True)
class _Source:
    """A key of an endpoint that names files or credentials, and the key that wants their text."""

    endpoint: Loc
    key: str
    wanted: str
    folder: Path
    environ: Mapping[str, str]
    findings: Findings

    def read(self, value: Any) -> Any:
        """The secret, or the list of secrets, that is named; None in place of an unusable one."""
        if isinstance(value, list) and self.wanted == "secret":
            return [self._read_one(item, (index,)) for index, item in enumerate(value)]
        return self._read_one(value, ())

    def _read_one(self, value: Any, index: Loc) -> str | None:
        loc, wanted = (*self.endpoint, self.key, *index), (*self.endpoint, self.wanted, *index)
        try:
            path = self._path(value)
            text = _read_trimmed(path)
        except ValueError as error:
            origin = self.findings.origin(loc)
            why = f"the file that {origin} names cannot be used" if origin else str(error)
            self.findings.secret(loc, f"`{self.key}`: {why}")
            self.findings.forget(wanted)
            return None
        self.findings.origins[wanted] = f"the file of `{self.key}`"
        return text

    def _path(self, value: Any) -> Path:
        if not isinstance(value, str) or not value.strip():
            raise ValueError("must be the name of a file")
        if self.key.endswith("_file"):
            return absolute_path(value, self.folder, self.environ)
        if "/" in value or value in {".", ".."}:
            raise ValueError("must be the plain name of a credential, without a slash")
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ValueError(
                "$CREDENTIALS_DIRECTORY is not set: systemd sets it for a unit with "
                f"LoadCredential={value}:PATH"
            )
        return Path(folder, value)


def _read_trimmed(path: Path) -> str:
    """Raises ValueError that names the file, never what is in it."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    if not text:
        raise ValueError(f"{path} is empty")
    return text
