"""Notices soon that another process wrote to the store; not what it wrote.

PostgreSQL tells: every transaction that owes, changes or enables something notifies the others.
SQLite does not; there the number of its version is looked at each second, and what this process
writes is heard too.
"""

import logging
import select
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

from watcher.errors import StoreUnavailable
from watcher.log import fields
from watcher.store.database import CHANNEL, Database

LOOK_EVERY = 1.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds before reaching again for a server that went away; each time twice as many."""

log = logging.getLogger(__name__)


class Listener:
    """Calls ``on_write`` in its own thread: once at first, and after every possible write.

    ``on_write`` must be quick, and raise nothing.
    """

    def __init__(self, database: Database, on_write: Callable[[], None]) -> None:
        self._database = database
        self._on_write = on_write
        self._bell, self._cord = socket.socketpair()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Stop, started or not. Returns False if it did not end within ``timeout`` seconds."""
        self._stopping.set()
        self._cord.close()  # which the other end notices
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._bell.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        attend = self._look if self._database.is_sqlite else self._listen
        failures = 0
        while not self._stopping.is_set():
            try:
                with self._database.session() as connection:
                    failures = self._recover(failures)
                    attend(connection)
            except StoreUnavailable as error:
                failures += 1
                log.warning("hears nothing of others", extra=fields(why=error, failures=failures))
                self._stopping.wait(min(FIRST_PAUSE * 2 ** min(failures, 9), LONGEST_PAUSE))

    def _recover(self, failures: int) -> int:
        if failures:
            log.info("hears of others again")
        return 0

    def _look(self, connection: Any) -> None:
        """Look at the number that every commit of another connection changes, until the stop."""
        last, bell = None, select.poll()
        bell.register(self._bell, select.POLLIN)
        while not self._stopping.is_set():
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != last:
                self._on_write()
            last = version
            bell.poll(LOOK_EVERY * 1000)  # an Event would make and take locks for each second

    def _listen(self, connection: Any) -> None:
        """Hear what other processes notify, until the stop."""
        connection.execute(f"LISTEN {CHANNEL}")
        self._on_write()
        with selectors.DefaultSelector() as selector:
            for source in (connection.pgconn.socket, self._bell):
                selector.register(source, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                if self._was_notified(connection.pgconn):
                    self._on_write()

    def _was_notified(self, libpq: Any) -> bool:
        """True if another process notified since the last call."""
        libpq.consume_input()
        notified = False
        while notice := libpq.notifies():
            notified |= notice.extra.decode() != self._database.token
        return notified
