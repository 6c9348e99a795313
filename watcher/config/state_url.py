"""Where the store is, as the config says it: a path, or a PostgreSQL URL that may hold a password.

No message from here repeats any part of it.
"""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

STARS = "***"
_POSTGRESQL = re.compile(r"(?:postgres|postgresql|postgresql\+psycopg)://")
_SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


def normalise_state(text: str) -> tuple[str, bool]:
    """What ``state`` means, and whether it is a path; raises ValueError if it is neither.

    The second is True for ``sqlite:///PATH`` too; the URL's prefix is gone then.
    """
    if text.startswith("sqlite:"):
        path = text.removeprefix("sqlite:///")
        if path == text or path in {"", ":memory:"} or "?" in path:
            raise ValueError("must name a file: write just its path, or sqlite:///PATH")
        return path, True
    if _POSTGRESQL.match(text):
        _check_postgresql(text)
        return _POSTGRESQL.sub("postgresql://", text, count=1), False
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise ValueError("must be a path, sqlite:///PATH or postgresql://user@host/name")
    return text, True


def _check_postgresql(text: str) -> None:
    """A password with a bare / or @ would be taken for something else, and shown."""
    try:
        parts = urlsplit(text)
        named = len(parts.path) > 1 and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.netloc.count("@") > 1 or "@" in "".join(parts[2:]):
        raise ValueError(
            "must be like postgresql://user@host/name; in a password, / @ : # ? % are written "
            "%2F %40 %3A %23 %3F %25"
        )


def passwords_in(state: str) -> list[str]:
    """Every password in a state's URL, as it is and as the URL spells it."""
    if "://" not in state:
        return []
    parts = urlsplit(state)
    spelt = [parts.password or ""]
    spelt += [v for k, v in _parameters(parts.query, keep=True) if k in _SECRET_PARAMETERS]
    return [form for password in spelt if password for form in {password, unquote(password)}]


def redact_state(state: str) -> str:
    """A state as people may see it: a URL's passwords are stars."""
    if "://" not in state:
        return state
    parts = urlsplit(state)
    user, colon, _ = parts.netloc.rpartition("@")[0].partition(":")
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{user}:{STARS}@{host}" if colon else parts.netloc
    shown = [
        (key, STARS if key in _SECRET_PARAMETERS else value)
        for key, value in _parameters(parts.query, keep=False)
    ]
    query = f"?{urlencode(shown, safe='*/')}" if shown else ""
    return f"{parts.scheme}://{netloc}{parts.path}{query}"


def _parameters(query: str, *, keep: bool) -> list[tuple[str, str]]:
    """The parameters of a query; ``keep`` leaves their values as the URL spells them."""
    if not keep:
        return parse_qsl(query, keep_blank_values=True)
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(key), value) for key, _, value in pairs]
