"""The next work of endpoints, and the results of it: for many endpoints at once.

Each statement is about all of them, so a message costs the store a fraction of a transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select

from watcher.errors import StoreError
from watcher.model.delivery import Attempt, Head, Outcome, Turn, Waiting
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.store.alerts import add_alert
from watcher.store.columns import Moment
from watcher.store.database import chunks
from watcher.store.deliveries import delivery_row
from watcher.store.rows import DELIVERIES, delivery
from watcher.store.schema import attempts, deliveries, endpoints, owed
from watcher.store.statements import Prepared

MOST_HEADS = 200
"""Pending deliveries of an endpoint that are looked at: as many as are begun at once."""


# ---------------------------------------------------------------- looking


def look(
    connection: Connection,
    names: Sequence[str],
    *,
    owner: str,
    now: datetime,
    most_due: int,
    is_dead: Callable[[str], bool],
) -> list[Waiting]:
    """The work that waits for each of these endpoints, without disabled ones."""
    rows = [row for chunk in chunks(names) for row in _ENDPOINTS.rows(connection, names=chunk)]
    by_id = {row.id: row for row in rows if _is_enabled(row)}
    heads = _heads(connection, by_id)
    due: dict[int, list[int]] = defaultdict(list)
    due_at: dict[int, datetime] = {}
    for chunk in chunks(sorted(by_id)):
        for row in _OWED.rows(connection, endpoints=chunk, most=most_due):
            if row.due_at <= now:
                due[row.endpoint_id].append(row.sequence)
            else:
                due_at.setdefault(row.endpoint_id, row.due_at)
    return [
        Waiting(
            endpoint=row.name,
            token=row.lease_token,
            consecutive_failures=row.consecutive_failures,
            next_attempt_at=row.next_attempt_at,
            leased_until=_leased_until(row, owner, now, is_dead),
            heads=tuple(heads[row.id]),
            due=tuple(sorted(due[row.id])),
            due_at=due_at.get(row.id),
        )
        for row in by_id.values()
    ]


def _is_enabled(row: Any) -> bool:
    return bool(row.configured) and row.state is EndpointState.ENABLED


def _leased_until(
    row: Any, owner: str, now: datetime, is_dead: Callable[[str], bool]
) -> datetime | None:
    """When another owner's lease ends; None if the endpoint is free."""
    is_free = row.lease_owner in (None, owner) or row.lease_expires_at <= now
    return None if is_free or is_dead(row.lease_owner) else row.lease_expires_at


def _heads(connection: Connection, ids: Iterable[int]) -> dict[int, list[Head]]:
    found: dict[int, list[Head]] = defaultdict(list)
    for chunk in chunks(sorted(ids)):
        for row in _HEADS.rows(connection, endpoints=chunk):
            head = Head(
                delivery=delivery(row),
                last_attempt=row.last_attempt or 0,
                interrupted=row.unfinished is not None,
            )
            found[row.endpoint_id].append(head)
    return found


_ENDPOINTS = Prepared(
    lambda: select(endpoints).where(endpoints.c.name.in_(bindparam("names", expanding=True)))
)


def _owed_in_order() -> Any:
    numbered = (
        select(
            owed.c.endpoint_id,
            owed.c.sequence,
            owed.c.due_at,
            func.row_number()
            .over(partition_by=owed.c.endpoint_id, order_by=(owed.c.due_at, owed.c.sequence))
            .label("place"),
        )
        .where(
            owed.c.endpoint_id.in_(bindparam("endpoints", expanding=True)),
            owed.c.delivery_id.is_(None),
        )
        .subquery()
    )
    return (
        select(numbered.c.endpoint_id, numbered.c.sequence, numbered.c.due_at)
        .where(numbered.c.place <= bindparam("most"))
        .order_by(numbered.c.endpoint_id, numbered.c.place)
    )


def _first_pending() -> Any:
    numbered = (
        select(
            deliveries.c.id,
            func.row_number()
            .over(
                partition_by=deliveries.c.endpoint_id,
                order_by=(deliveries.c.first_member, deliveries.c.created_at, deliveries.c.id),
            )
            .label("place"),
        )
        .where(
            deliveries.c.endpoint_id.in_(bindparam("endpoints", expanding=True)),
            deliveries.c.state == DeliveryState.PENDING,
        )
        .subquery()
    )
    of_this = attempts.c.delivery_id == deliveries.c.id
    last = select(func.max(attempts.c.number)).where(of_this).scalar_subquery()
    unfinished = (
        select(func.min(attempts.c.number))
        .where(of_this, attempts.c.outcome.is_(None))
        .scalar_subquery()
    )
    return (
        DELIVERIES.add_columns(last.label("last_attempt"), unfinished.label("unfinished"))
        .join(numbered, numbered.c.id == deliveries.c.id)
        .where(numbered.c.place <= MOST_HEADS)
        .order_by(deliveries.c.endpoint_id, numbered.c.place)
    )


_OWED = Prepared(_owed_in_order)
_HEADS = Prepared(_first_pending)


# ---------------------------------------------------------------- writing


def write_turns(connection: Connection, turns: Sequence[Turn], owner: str) -> set[str]:
    """Write what these say. Returns the endpoints whose lease was lost: nothing about those."""
    if not turns:
        return set()
    names = [turn.endpoint for turn in turns]
    rows = {row.name: row for chunk in chunks(names) for row in _lock(connection, chunk)}
    held = [turn for turn in turns if _holds(turn, rows.get(turn.endpoint), owner)]
    ids = {turn.endpoint: rows[turn.endpoint].id for turn in held}
    _write_finished(connection, held)
    _take_back(connection, held)
    _store(connection, held, ids)
    _begin(connection, held)
    for turn in held:
        for words in turn.alerts:
            add_alert(connection, words, at=turn.finished[-1].attempt.at)
    _WRITE.run_many(connection, [_progress(turn, rows[turn.endpoint], owner) for turn in held])
    return set(names) - ids.keys()


def _lock(connection: Connection, names: Sequence[str]) -> list[Any]:
    return _LOCKED.rows(connection, names=names)


_LOCKED = Prepared(
    lambda: (
        select(endpoints)
        .where(endpoints.c.name.in_(bindparam("names", expanding=True)))
        .order_by(endpoints.c.id)  # always in this order: so no two wait for each other
        .with_for_update(key_share=True)
    )
)


def _holds(turn: Turn, row: Any | None, owner: str) -> bool:
    """True if no other owner had a lease since, and the endpoint may still be sent to."""
    if row is None or row.lease_token != turn.token:
        return False
    if turn.takes:
        return _is_enabled(row)
    is_about_a_lease = bool(turn.finished or turn.untried) or turn.lease_until is not None
    return row.lease_owner == owner if is_about_a_lease else True


def _write_finished(connection: Connection, turns: Sequence[Turn]) -> None:
    finished = [each for turn in turns for each in turn.finished]
    _FINISH.run_many(connection, [_outcome(each.attempt) for each in finished])
    by_state: dict[DeliveryState, list[str]] = defaultdict(list)
    for each in finished:
        if each.state is not DeliveryState.PENDING:
            by_state[each.state].append(each.attempt.delivery)
    for state, ids in by_state.items():
        for chunk in chunks(ids):
            _BECOME.run(connection, ids=chunk, is_now=state)


def _outcome(attempt: Attempt) -> dict[str, Any]:
    return {
        "delivery": attempt.delivery,
        "this": attempt.number,
        "was": attempt.outcome,
        "answer": attempt.status,
        "why": attempt.error,
        "wait": attempt.retry_after,
        "took": attempt.elapsed,
    }


def _take_back(connection: Connection, turns: Sequence[Turn]) -> None:
    """Forget attempts that were begun and never sent."""
    untried = [
        {"delivery": each.delivery.id, "this": each.number}
        for turn in turns
        for each in turn.untried
    ]
    _FORGET.run_many(connection, untried)
    _UNTRIED.run_many(connection, [{"delivery": each["delivery"]} for each in untried])


def _store(connection: Connection, turns: Sequence[Turn], ids: dict[str, int]) -> None:
    """Store new deliveries, and mark their members as being in them."""
    begun = {each.delivery.id: each for turn in turns for each in turn.begun}
    rows, marks, moves = [], [], []
    for turn in turns:
        replaced = {new for _, new in turn.replaces}
        endpoint = ids[turn.endpoint]
        for each in turn.stored:
            first = begun.get(each.id)
            tried = replace(each, attempts=1, first_attempt_at=first.at) if first else each
            rows.append(delivery_row(tried, endpoint))
            if each.id not in replaced:
                marks += [
                    {"endpoint": endpoint, "member": member, "into": each.id}
                    for member in each.members
                ]
        moves += [{"out_of": old, "into": new} for old, new in turn.replaces]
    _INSERT.run_many(connection, rows)
    _MOVE.run_many(connection, moves)
    if _MARK.run_many(connection, marks) != len(marks):
        named = ", ".join(sorted({turn.endpoint for turn in turns if turn.stored}))
        raise StoreError(f"some changes are not waiting to be told to {named}")


def _begin(connection: Connection, turns: Sequence[Turn]) -> None:
    begun = [each for turn in turns for each in turn.begun]
    new = {delivery.id for turn in turns for delivery in turn.stored}
    _ATTEMPT.run_many(
        connection,
        [
            {"delivery": each.delivery.id, "number": each.number, "began_at": each.at}
            for each in begun
        ],
    )
    again = [
        {"delivery": each.delivery.id, "began_at": each.at}
        for each in begun
        if each.delivery.id not in new
    ]
    _TRIED.run_many(connection, again)


def _progress(turn: Turn, row: Any, owner: str) -> dict[str, Any]:
    """The endpoint's row after this."""
    last = turn.finished[-1].attempt if turn.finished else None
    sent = [each.attempt.at for each in turn.finished if each.attempt.outcome is Outcome.SENT]
    is_disabled = turn.disabled_reason is not None
    return {
        "this": row.id,
        "owner": owner if turn.lease_until else None,
        "token": row.lease_token + turn.takes,
        "until": turn.lease_until,
        "attempt_at": None if is_disabled else turn.next_attempt_at,
        "failures": turn.consecutive_failures,
        "error": _error(last) if last else row.last_error,
        "success_at": sent[-1] if sent else row.last_success_at,
        "is_now": EndpointState.DISABLED if is_disabled else row.state,
        "reason": turn.disabled_reason or row.disabled_reason,
    }


def _error(attempt: Attempt) -> str | None:
    if attempt.outcome is Outcome.SENT:
        return None
    answered = f"HTTP status {attempt.status}" if attempt.status is not None else None
    return attempt.error or answered or attempt.outcome.value


_OF_DELIVERY = attempts.c.delivery_id == bindparam("delivery")
_DELIVERY = deliveries.update().where(deliveries.c.id == bindparam("delivery"))
_FINISH = Prepared(
    lambda: (
        attempts.update()
        .where(_OF_DELIVERY, attempts.c.number == bindparam("this"))
        .values(
            outcome=bindparam("was"),
            status=bindparam("answer"),
            error=bindparam("why"),
            retry_after=bindparam("wait"),
            elapsed=bindparam("took"),
        )
    )
)
_BECOME = Prepared(
    lambda: (
        deliveries.update()
        .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
        .values(state=bindparam("is_now"))
    )
)
_FORGET = Prepared(
    lambda: attempts.delete().where(_OF_DELIVERY, attempts.c.number == bindparam("this"))
)
_UNTRIED = Prepared(
    lambda: _DELIVERY.values(
        attempts=deliveries.c.attempts - 1,
        first_attempt_at=case(
            (deliveries.c.attempts > 1, deliveries.c.first_attempt_at), else_=None
        ),
    )
)
_INSERT = Prepared(
    lambda: deliveries.insert().values(
        {column.name: bindparam(column.name) for column in deliveries.c}
    )
)
_MARK = Prepared(
    lambda: (
        owed.update()
        .where(
            owed.c.endpoint_id == bindparam("endpoint"),
            owed.c.sequence == bindparam("member"),
            owed.c.delivery_id.is_(None),
        )
        .values(delivery_id=bindparam("into"))
    )
)
_MOVE = Prepared(
    lambda: (
        owed.update()
        .where(owed.c.delivery_id == bindparam("out_of"))
        .values(delivery_id=bindparam("into"))
    )
)
_ATTEMPT = Prepared(
    lambda: attempts.insert().values(
        delivery_id=bindparam("delivery"),
        number=bindparam("number"),
        at=bindparam("began_at"),
        elapsed=0.0,
    )
)
_TRIED = Prepared(
    lambda: _DELIVERY.values(
        attempts=deliveries.c.attempts + 1,
        first_attempt_at=func.coalesce(
            deliveries.c.first_attempt_at, bindparam("began_at", type_=Moment)
        ),
    )
)
_WRITE = Prepared(
    lambda: (
        endpoints.update()
        .where(endpoints.c.id == bindparam("this"))
        .values(
            lease_owner=bindparam("owner"),
            lease_token=bindparam("token"),
            lease_expires_at=bindparam("until"),
            next_attempt_at=bindparam("attempt_at"),
            consecutive_failures=bindparam("failures"),
            last_error=bindparam("error"),
            last_success_at=bindparam("success_at"),
            state=bindparam("is_now"),
            disabled_reason=bindparam("reason"),
        )
    )
)
