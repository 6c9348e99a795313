import json
import time
from pathlib import Path

import pytest
import requests

from tests.serve.samples import BROWSER, MemoryView, Site, article, endpoint, feed, root, serving
from watcher.errors import StoreUnavailable
from watcher.model.health import Check, Gravity
from watcher.model.public_json import SCHEMA_ID


def fail_with_secrets() -> None:
    raise StoreUnavailable("/srv/secret-place/db: postgresql://user:hunter2@host: refused")


def break_down() -> None:
    raise ZeroDivisionError("hunter2")


def test_pages_keep_the_browser_on_guard(site: Site) -> None:
    headers = site.get("/", accept=BROWSER).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"


def test_a_page_has_no_inline_script_or_style(site: Site) -> None:
    site.view.known = [article(1)]
    page = site.page()
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count('<script src="./static/page.js')


@pytest.mark.parametrize("path", ["/", "/feeds/all.atom", "/healthz", "/opml", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(site: Site, path: str, method: str) -> None:
    response = site.get(path, method)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path", ["/none", "/static/none.css", "/static/../app.py", "//", "/metrics/"]
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    text = site.get(path)
    assert text.status_code == 404
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    page = site.get(path, accept=BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Nothing here" in page.text


def test_a_refusal_repeats_nothing_of_the_request(site: Site) -> None:
    page = site.get("/none/%3Cscript%3Ealert(1)%3C/script%3E?x=alert(2)", accept=BROWSER)
    assert "alert" not in page.text


def test_while_the_store_is_away_pages_say_so_and_feeds_are_served(site: Site) -> None:
    path = site.folder / "all.atom"
    path.write_bytes(b"<feed/>")
    site.view.listed = (feed(path),)
    site.view.before = fail_with_secrets
    for address in ("/", "/metrics", "/readyz", "/feeds/all.atom"):
        response = site.get(address, accept=BROWSER)
        assert response.status_code == 503, address
        assert "hunter2" not in response.text
        assert "secret-place" not in response.text
    assert "Not available right now" in site.get("/", accept=BROWSER).text
    assert site.get("/feeds/all.atom").content == b"<feed/>"
    assert site.get("/healthz").status_code == 200


def test_a_mistake_of_ours_shows_no_traceback(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.view.before = break_down
    response = site.get("/", accept=BROWSER, connection="close")  # as the server will do, too
    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text
    deadline = time.monotonic() + 10
    while "ZeroDivisionError" not in caplog.text:  # it is logged after the answer is sent
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_alive_says_so(site: Site) -> None:
    response = site.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_it_is_not_alive_while_a_loop_hangs(site: Site) -> None:
    site.view.hanging = ["intake: no sign of life for 200 s"]
    response = site.get("/healthz")
    assert response.status_code == 503
    assert "intake" in response.text


def test_ready_says_each_check(site: Site) -> None:
    site.view.checks = (
        Check(name="store", ok=True, words="answers"),
        Check(name="observer", ok=True, words="alive"),
    )
    response = site.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "checks": {
            "store": {"ok": True, "detail": "answers"},
            "observer": {"ok": True, "detail": "alive"},
        },
        "feeds_waiting": 3,
        "topics_without_feed": 4,
    }


def test_not_ready_is_503_and_says_which(site: Site) -> None:
    site.view.checks = (
        Check(name="rescan", ok=False, words="none for an hour", action="look"),
        Check(name="endpoints", ok=False, words="one is dead", gravity=Gravity.TROUBLE),
    )
    response = site.get("/readyz")
    assert response.status_code == 503
    assert response.json()["ready"] is False
    assert response.json()["checks"] == {
        "rescan": {"ok": False, "detail": "none for an hour", "action": "look"}
    }


def test_trouble_with_an_endpoint_keeps_nobody_from_being_ready(site: Site) -> None:
    site.view.checks = (
        Check(name="endpoints", ok=False, words="one is dead", gravity=Gravity.TROUBLE),
        Check(name="roots", ok=False, words="one is degraded", gravity=Gravity.TROUBLE),
    )
    response = site.get("/readyz")
    assert response.status_code == 200
    assert response.json()["checks"] == {"roots": {"ok": True, "detail": "one is degraded"}}
    metrics = site.get("/metrics").text
    assert 'seedwatch_check_ok{check="roots"} 1.0' in metrics
    assert 'seedwatch_attention{gravity="trouble"} 2.0' in metrics
    assert "seedwatch_feeds_waiting 3.0" in metrics
    assert "seedwatch_topics_without_feed 4.0" in metrics


def test_metrics_are_read_from_the_view(site: Site) -> None:
    site.view.known = [article(1), article(2)]
    site.view.told = [endpoint('news"room', owed=2, pending=3, dead=1)]
    site.view.watched = [root(present=7)]
    response = site.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    lines = response.text.splitlines()
    assert "seedwatch_articles 2.0" in lines
    assert 'seedwatch_endpoint_backlog{endpoint="news\\"room"} 5.0' in lines
    assert 'seedwatch_endpoint_dead{endpoint="news\\"room"} 1.0' in lines
    assert 'seedwatch_root_seeds{root="seeds"} 7.0' in lines
    assert 'seedwatch_root_state{root="seeds",state="ok"} 1.0' in lines
    assert 'seedwatch_root_state{root="seeds",state="missing"} 0.0' in lines
    assert 'seedwatch_check_ok{check="store"} 1.0' in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)


def test_the_articles_schema_is_published(site: Site) -> None:
    response = site.get("/schema/article.json")
    assert response.headers["content-type"] == "application/schema+json"
    assert json.loads(response.text)["$id"] == SCHEMA_ID


def test_static_files_are_kept_by_their_version(site: Site) -> None:
    address = site.page().split('rel="stylesheet" href="./')[1].split('"')[0]
    response = site.get(f"/{address}")
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]
    plain = site.get("/static/seedwatch.css", if_none_match=response.headers["etag"])
    assert plain.status_code == 304
    assert plain.headers["cache-control"] == "no-cache"


def test_status_off_serves_feeds_and_health_only(tmp_path: Path) -> None:
    path = tmp_path / "all.atom"
    path.write_bytes(b"<feed/>")
    view = MemoryView(listed=(feed(path),), known=[article(1)])
    with serving(view, folder=tmp_path, status="off") as base, requests.Session() as session:
        session.trust_env = False

        def code(address: str) -> int:
            return session.get(base + address, timeout=20).status_code

        assert {code(a) for a in ("/feeds/all.atom", "/opml", "/healthz", "/readyz")} == {200}
        assert {code(a) for a in ("/", "/metrics", "/schema/article.json")} == {404}
        page = session.get(f"{base}/feeds/all.atom", headers={"Accept": BROWSER}, timeout=20).text
    assert "Article 1" in page
    assert "All articles and feeds" not in page
    assert 'class="brand" href' not in page


def test_the_icon_is_where_browsers_and_readers_look_for_it(site: Site) -> None:
    icon = site.get("/favicon.ico")
    assert icon.status_code == 200
    assert icon.headers["content-type"] == "image/x-icon"
    assert icon.content.startswith(b"\x00\x00\x01\x00")
    assert site.get("/static/icon.png").content.startswith(b"\x89PNG")
