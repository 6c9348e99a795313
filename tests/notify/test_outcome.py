"""What an answer means by HTTP alone."""

from datetime import UTC, datetime

import pytest

from tests.notify.making import NOW, make_endpoint
from watcher.model.delivery import Outcome
from watcher.notify.outcome import LONGEST_WAIT, Response, judge_status, retry_after
from watcher.notify.redact import Blotter

DATE = "Mon, 06 May 2024 12:00:00 GMT"


def answered(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Response:
    return Response(status=status, headers=headers or {}, body=body, complete=True, elapsed=0.1)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (204, Outcome.SENT),
        (299, Outcome.SENT),
        (301, Outcome.REJECTED),
        (400, Outcome.REJECTED),
        (401, Outcome.FAILED),
        (403, Outcome.FAILED),
        (404, Outcome.FAILED),
        (405, Outcome.REJECTED),
        (407, Outcome.FAILED),
        (408, Outcome.FAILED),
        (410, Outcome.GONE),
        (413, Outcome.REJECTED),
        (415, Outcome.REJECTED),
        (422, Outcome.REJECTED),
        (425, Outcome.FAILED),
        (429, Outcome.THROTTLED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
        (599, Outcome.FAILED),
    ],
)
def test_statuses(status: int, outcome: Outcome) -> None:
    verdict = judge_status(answered(status), now=NOW, blotter=Blotter(make_endpoint()))
    assert (verdict.outcome, verdict.status) == (outcome, status)
    assert verdict.error == (None if outcome is Outcome.SENT else f"HTTP {status}")


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_is_asked_for_is_throttling(status: int) -> None:
    answer = answered(status, {"retry-after": "7"}, b"slow\r\n  down\x07")
    verdict = judge_status(answer, now=NOW, blotter=Blotter(make_endpoint()))
    assert (verdict.outcome, verdict.retry_after) == (Outcome.THROTTLED, 7)
    assert verdict.error == f"HTTP {status}: slow down\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "9" * 400}, 1e15 - 1),
        ({"retry-after": "Mon, 06 May 2024 12:01:30 GMT"}, 90),
        ({"retry-after": "Monday, 06-May-24 12:01:30 GMT"}, 90),
        ({"retry-after": "Mon, 06 May 2024 11:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 06 May 2024 12:01:30 -0000"}, 90),
        ({"retry-after": "Tue, 07 May 2024 12:00:01 GMT"}, 86_401),
        ({"retry-after": "Mon, 99 May 2024 12:01:30 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds
    assert retry_after(headers | {"date": DATE}, NOW) == seconds


def test_a_date_counts_from_the_date_of_the_answer() -> None:
    headers = {"retry-after": "Mon, 06 May 2024 12:00:30 GMT", "date": DATE}
    wrong = datetime(2031, 1, 1, tzinfo=UTC)
    assert retry_after(headers, wrong) == 30
    assert retry_after(headers | {"date": "today"}, NOW) == 30


@pytest.mark.parametrize(
    "wait", ["86401", "99999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "1e9", "86400"]
)
def test_nobody_parks_an_endpoint_for_longer_than_a_day(wait: str) -> None:
    answer = answered(429, {"retry-after": wait, "date": DATE})
    verdict = judge_status(answer, now=NOW, blotter=Blotter(make_endpoint()))
    expected = None if wait == "1e9" else LONGEST_WAIT.total_seconds()
    assert verdict.retry_after == expected
    cut = "which is cut to 24 h" in (verdict.error or "")
    assert cut is (wait not in ("86400", "1e9")), "what is cut is said"
