from collections.abc import Sequence

from tests.serve.samples import HOST_FOLDER, endpoint, root
from watcher.model.kinds import EndpointState, RootState
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.serve.attention import notices
from watcher.serve.view import Check, Health

WELL = Health(checks=(Check(name="store", ok=True, words="answers"),))


def texts(
    *,
    roots: Sequence[RootStatus] = (),
    endpoints: Sequence[EndpointStatus] = (),
    quarantined: int = 0,
) -> list[str]:
    return [notice.text for notice in notices(WELL, roots, endpoints, quarantined)]


def test_nothing_is_said_while_all_is_well() -> None:
    off = endpoint(state=EndpointState.DISABLED, disabled_reason="config", owed=3)
    waiting = endpoint(owed=5, pending=1)
    assert notices(WELL, [root()], [off, waiting], 0) == ()


def test_what_is_grave_comes_first() -> None:
    found = notices(
        Health(checks=(Check(name="observer", ok=False, words="it died"),)),
        [root(state=RootState.DEGRADED, detail="too few watches")],
        [endpoint(held=1), endpoint("other", dead=2)],
        3,
    )
    assert [(notice.grave, notice.text) for notice in found] == [
        (True, "observer: it died"),
        (True, "Endpoint other has 2 dead letters"),
        (False, "Folder seeds is degraded: too few watches"),
        (False, "Endpoint newsroom holds 1 message that may have arrived"),
        (False, "3 files cannot be used and are in quarantine"),
    ]


def test_a_disabled_endpoint_says_why() -> None:
    gone = endpoint(
        state=EndpointState.DISABLED, disabled_reason="410 Gone", consecutive_failures=1
    )
    assert texts(endpoints=[gone]) == ["Endpoint newsroom is disabled: 410 Gone"]


def test_a_failing_endpoint_says_how_often() -> None:
    failing = endpoint(consecutive_failures=1, last_error="connection refused")
    assert texts(endpoints=[failing]) == [
        "Endpoint newsroom failed 1 time in a row: connection refused"
    ]


def test_a_root_shows_no_path_of_the_host() -> None:
    lost = root(state=RootState.MISSING, detail=f"{HOST_FOLDER}/seeds is not there")
    assert texts(roots=[lost]) == ["Folder seeds is missing: seeds is not there"]


def test_one_file_is_in_the_singular() -> None:
    assert texts(quarantined=1) == ["1 file cannot be used and is in quarantine"]
