"""Where secrets come from, and that no message repeats one."""

from pathlib import Path

import pytest

from tests.config.loading import MINIMAL, SECRET, complaints, endpoint, load

# ---------------------------------------------------------------- the environment


def title(tmp_path: Path, written: str, **environ: str) -> str | None:
    text = f"{MINIMAL}feeds: [{{name: f, path: f.atom, title: '{written}'}}]\n"
    return load(tmp_path, text, **environ).feeds[0].title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${NAME}", "value"),
        ("a ${NAME} b ${_X1}", "a value b other"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$${NAME} ${NAME}", "${NAME} value"),
        ("$NAME", "$NAME"),
        ("{NAME} $ 5$", "{NAME} $ 5$"),
        ("${NESTED}", "${NAME}"),
        ("${EMPTY}", ""),
    ],
)
def test_variables_are_expanded_once(tmp_path: Path, written: str, read: str) -> None:
    environ = {"NAME": "value", "_X1": "other", "NESTED": "${NAME}", "EMPTY": ""}
    assert title(tmp_path, written, **environ) == read


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    text = f"{MINIMAL}rescan: ${{NOPE}}\n"
    assert complaints(tmp_path, text) == ["3:9: error: the environment variable NOPE is not set"]


@pytest.mark.parametrize("written", ["${}", "${a b}", "${A:-b}", "${1}", "${OPEN", "x ${"])
def test_what_is_no_variable(tmp_path: Path, written: str) -> None:
    text = f'{MINIMAL}alert_endpoint: "{written}"\n'
    assert complaints(tmp_path, text) == [
        (
            "3:17: error: ${…} must hold the name of an environment variable; "
            "write $${ for a literal ${"
        )
    ]


def test_variables_work_where_numbers_and_choices_are_wanted(tmp_path: Path) -> None:
    text = (
        f"{MINIMAL}rescan: ${{R}}\nlog: {{level: '${{L}}'}}\narticles: {{max_updates: '${{N}}'}}\n"
    )
    config = load(tmp_path, text, R="7m", L="debug", N="3")
    assert (config.rescan.seconds, config.log.level, config.articles.max_updates) == (
        420,
        "debug",
        3,
    )


def test_a_duplicate_variable_is_one_problem_for_each_place(tmp_path: Path) -> None:
    text = endpoint(name="${NOPE}", url="${NOPE}")
    said = complaints(tmp_path, text)
    assert [line.partition(": ")[0] for line in said] == ["5:11", "7:10"]


# ---------------------------------------------------------------- files and credentials


def test_a_url_and_a_secret_from_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("  https://example.org/x\n", encoding="utf-8")
    (tmp_path / "private").mkdir()
    (tmp_path / "private/secret").write_text(SECRET + "\r\n", encoding="utf-8")
    text = endpoint(url="", url_file="url", secret_file="private/secret")
    hook = load(tmp_path, text).endpoints[0]
    assert hook.url.get_secret_value() == "https://example.org/x"
    assert [s.get_secret_value() for s in hook.secret] == [SECRET]


def test_secrets_rotate_in_lists(tmp_path: Path) -> None:
    (tmp_path / "old").write_text(SECRET, encoding="utf-8")
    (tmp_path / "new").write_text(SECRET[:-4], encoding="utf-8")
    hook = load(tmp_path, endpoint(secret_file="[new, old]")).endpoints[0]
    assert [s.get_secret_value() for s in hook.secret] == [SECRET[:-4], SECRET]
    hook = load(tmp_path, endpoint(secret="['${A}', '${B}']"), A=SECRET, B=SECRET[:-4]).endpoints[0]
    assert [s.get_secret_value() for s in hook.secret] == [SECRET, SECRET[:-4]]


def test_a_secret_file_in_the_home_directory(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/secret").write_text(SECRET, encoding="utf-8")
    text = endpoint(secret_file="~/secret")
    assert load(tmp_path, text, HOME=str(tmp_path / "home")).endpoints[0].secret


def test_credentials_of_systemd(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "hook-url").write_text("https://example.org/x", encoding="utf-8")
    (folder / "hook-secret").write_text(SECRET, encoding="utf-8")
    text = endpoint(url="", url_credential="hook-url", secret_credential="[hook-secret]")
    hook = load(tmp_path, text, CREDENTIALS_DIRECTORY=str(folder)).endpoints[0]
    assert hook.url.get_secret_value() == "https://example.org/x"
    assert hook.secret[0].get_secret_value() == SECRET


def test_files_that_give_no_secret_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    text = endpoint(secret_file="[none, empty, binary, ., {a: b}, '']")
    assert complaints(tmp_path, text) == [
        f"8:19: error: `secret_file`: {tmp_path}/none: No such file or directory",
        f"8:25: error: `secret_file`: {tmp_path}/empty is empty",
        f"8:32: error: `secret_file`: {tmp_path}/binary is not UTF-8 text",
        f"8:40: error: `secret_file`: {tmp_path}: Is a directory",
        "8:43: error: `secret_file`: must be the name of a file",
        "8:51: error: `secret_file`: must be the name of a file",
    ]


def test_a_url_comes_from_one_file(tmp_path: Path) -> None:
    said = complaints(tmp_path, endpoint(url="", url_file="[a, b]"))
    assert said == ["7:15: error: `url_file`: must be the name of a file"]


def test_a_credential_without_systemd(tmp_path: Path) -> None:
    assert complaints(tmp_path, endpoint(secret_credential="hook")) == [
        (
            "8:24: error: `secret_credential`: $CREDENTIALS_DIRECTORY is not set: "
            "systemd sets it for a unit with LoadCredential=hook:PATH"
        )
    ]


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", "."])
def test_a_credential_is_a_plain_name(tmp_path: Path, name: str) -> None:
    text = endpoint(secret_credential=name)
    assert complaints(tmp_path, text, CREDENTIALS_DIRECTORY=str(tmp_path)) == [
        "8:24: error: `secret_credential`: must be the plain name of a credential, without a slash"
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"url_file": "u"}, "8:5: error: `url_file` and `url`: give only one"),
        ({"url_credential": "u"}, "8:5: error: `url_credential` and `url`: give only one"),
        (
            {"secret": SECRET, "secret_file": "s"},
            "9:5: error: `secret_file` and `secret`: give only one",
        ),
        (
            {"secret_file": "s", "secret_credential": "s"},
            "9:5: error: `secret_credential` and `secret_file`: give only one",
        ),
    ],
)
def test_only_one_source_may_be_given(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    assert complaints(tmp_path, endpoint(**keys)) == [said]


def test_an_endpoint_needs_a_url_from_somewhere(tmp_path: Path) -> None:
    text = endpoint(url="")
    assert complaints(tmp_path, text) == [
        "5:5: error: `url` or `url_file` or `url_credential` is required"
    ]


def test_slack_takes_no_secret(tmp_path: Path) -> None:
    text = endpoint(type="slack", secret=SECRET)
    assert complaints(tmp_path, text) == [
        "8:13: error: `secret` has no use for type slack: only webhooks are signed"
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"type": "discord", "secret": SECRET},
            "`secret` has no use for type discord: only webhooks are signed",
        ),
        (
            {"type": "teams", "template": "t"},
            "`template` has no use for type teams: only slack and webhook have one",
        ),
        (
            {"type": "apprise", "url": "ntfy://topic", "headers": "{X: y}"},
            "`headers` has no use for type apprise: the service makes its own",
        ),
    ],
)
def test_a_key_that_a_type_has_no_use_for_is_an_error(
    tmp_path: Path, keys: dict[str, str], said: str
) -> None:
    (tmp_path / "t").write_text("{}", "utf-8")
    [complaint] = complaints(tmp_path, endpoint(**keys))
    assert complaint.endswith(said)


# ---------------------------------------------------------------- URLs of Apprise


@pytest.mark.parametrize(
    "url",
    [
        "ntfy://my-own-topic",
        "tgram://123456789:abcdef/1",
        "mailto://user:pass@example.org?to=a@b.c",
    ],
)
def test_a_url_of_apprise_is_a_secret_in_all_its_parts(tmp_path: Path, url: str) -> None:
    found = load(tmp_path, endpoint(type="apprise", url=url))
    assert found.endpoints[0].url.get_secret_value() == url
    assert url.partition("://")[2] in found.secrets()


@pytest.mark.parametrize("url", ["topic", "://x", "ntfy://", "nt fy://x", "'ntfy://a b'"])
def test_what_is_no_url_of_apprise_is_not_repeated(tmp_path: Path, url: str) -> None:
    [complaint] = complaints(tmp_path, endpoint(type="apprise", url=f"'{url.strip(chr(39))}'"))
    assert complaint.endswith(
        "`url` is not an Apprise URL, like ntfy://topic or mailto://user:password@host"
    )


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("slack://a/b/c", "slack"),
        ("https://hooks.slack.com/services/T/B/X", "webhook"),
        ("JSONS://host", "webhook"),
        ("discord://1/2", "discord"),
        ("workflows://host/1/2", "teams"),
    ],
)
def test_apprise_is_for_nothing_that_has_a_type_of_its_own(
    tmp_path: Path, url: str, kind: str
) -> None:
    [complaint] = complaints(tmp_path, endpoint(type="apprise", url=url))
    assert f"`url` is what type {kind} is for" in complaint


def test_apprise_must_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.config.endpoint.find_spec", lambda name: None)
    [complaint] = complaints(tmp_path, endpoint(type="apprise", url="ntfy://topic"))
    assert complaint.endswith(
        "`type` apprise needs a package that is not installed: pip install 'seedwatch[apprise]'"
    )


def test_apprise_cannot_be_held_to_public_addresses(tmp_path: Path) -> None:
    text = endpoint(type="apprise", url="ntfy://topic") + "egress: {allow_private: false}\n"
    [complaint] = complaints(tmp_path, text)
    assert complaint.endswith(
        "`egress` cannot forbid addresses to type apprise, which connects by itself"
    )


# ---------------------------------------------------------------- nothing is repeated

PLANTED = "hunter2-hunter2"


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL.replace("s.db", "mysql://u:${S}@h/n"),
        MINIMAL.replace("s.db", "postgresql://u:${S}@h:x/n"),
        MINIMAL.replace("s.db", "${STATE}"),
        MINIMAL.replace("seeds", "'${S}'}, {path: '${S}'}, {path: '${S}/x'").replace("}}", "}"),
        f"{MINIMAL}rescan: ${{S}}\n",
        f"{MINIMAL}rescan: [ '${{S}}' ]\n",
        f"{MINIMAL}log: {{level: '${{S}}'}}\n",
        f"{MINIMAL}log: '${{S}}'\n",
        f"{MINIMAL}alert_endpoint: ${{S}}\n",
        f"{MINIMAL}http: {{listen: '${{S}}'}}\n",
        f"{MINIMAL}feeds: [{{name: f, path: '${{S}}'}}]\n",
        f"{MINIMAL}feeds: [{{name: f, path: '{{${{S}}}}.atom'}}]\n",
        f"{MINIMAL}feeds: [{{name: '${{S}}', path: a.atom, limit: '${{S}}'}}]\n",
        f"{MINIMAL}feeds: [{{name: '${{S}}', path: a.atom}}, {{name: '${{S}}', path: a.atom}}]\n",
        f"{MINIMAL}feeds: [{{name: f, path: '${{S}}.atom'}}, {{name: g, path: '${{S}}.atom'}}]\n",
        endpoint(url="${S}"),
        endpoint(url="ftp://${S}/x"),
        endpoint(url=PLANTED),
        endpoint(url=f"[{PLANTED}]"),
        endpoint(url="", url_file="planted"),
        endpoint(url="", url_file="${S}"),
        endpoint(url="", url_file="${S}", secret_credential="${S}"),
        endpoint(secret="${S}"),
        endpoint(secret=PLANTED),
        endpoint(secret=f"[{PLANTED}, {{{PLANTED}: {PLANTED}}}]"),
        endpoint(secret_file="planted"),
        endpoint(secret_file="[planted, planted]"),
        endpoint(secret=SECRET.replace("whsec_", PLANTED)),
        endpoint(headers=f'{{"X: {PLANTED}": y}}'),
        endpoint(headers=f"{{X: [{PLANTED}]}}"),
        endpoint(headers=f'{{X: "{PLANTED}\\n"}}'),
        endpoint(headers=PLANTED),
        endpoint(headers=f"[{PLANTED}]"),
        endpoint(type="${S}"),
        endpoint(on="['${S}']"),
        endpoint(schedule="${S}"),
        endpoint(schedule="every ${S}"),
        endpoint(quiet_hours="${S}"),
        endpoint(timezone="${S}"),
        endpoint(timezone="${ZONE}"),
        endpoint(rate="${S}"),
        endpoint(timeout="${S}"),
        endpoint(max_items="${S}"),
        endpoint(enabled="${S}"),
        endpoint(template="${S}"),
        endpoint(match="{title: '(${S}'}"),
        endpoint(match="{title: '(?P=${S})'}"),
        endpoint(match="{min_quality: '${S}', not: {max_age: '${S}'}}"),
        endpoint(match="'${S}'"),
        endpoint(name="${S}", type="x") + "  - {name: '${S}', type: slack, url: 'http://x/'}\n",
    ],
)
def test_no_message_repeats_a_secret(tmp_path: Path, text: str) -> None:
    (tmp_path / "planted").write_text(PLANTED, encoding="utf-8")
    environ = {"S": PLANTED, "STATE": f"mysql://{PLANTED}", "ZONE": f"Europe/Berlin-{PLANTED}"}
    said = "\n".join(complaints(tmp_path, text, **environ))
    assert PLANTED not in said
    assert "Berlin-" not in said


def test_a_message_says_where_a_value_came_from(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("example.org", encoding="utf-8")
    text = endpoint(url="", url_file="url", timeout="${SLOW}")
    assert complaints(tmp_path, text, SLOW="1 minute") == [
        (
            "7:15: error: `url` is not an absolute http or https URL, like "
            "https://example.org/path (its value comes from the file of `url_file`)"
        ),
        (
            "8:14: error: `timeout` is not a duration: write it like 200ms, 30s, 15m, 1h30m or 3d "
            "(its value comes from ${SLOW})"
        ),
    ]


# ---------------------------------------------------------------- who we are to NATS


SHARED = "state: postgresql://user@host/name\nwatch: [{path: seeds}]\n"


def test_who_we_are_to_nats_comes_from_where_other_secrets_come_from(tmp_path: Path) -> None:
    (tmp_path / "nats").write_text("news:s3cret-word\n", "utf-8")
    text = SHARED + "cluster: {nats: 'nats://one:4222', user_credential: nats}\n"
    found = load(tmp_path, text, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert found.cluster.nats == ("nats://one:4222",)
    assert "news:s3cret-word" in found.secrets()
    assert "s3cret" not in repr(found)


def test_an_address_of_nats_with_a_password_in_it_is_refused_and_not_repeated(
    tmp_path: Path,
) -> None:
    (said,) = complaints(tmp_path, SHARED + "cluster: {nats: 'nats://me:s3cret@one:4222'}\n")
    assert "put those into user" in said
    assert "s3cret" not in said
