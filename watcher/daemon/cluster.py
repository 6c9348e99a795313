"""Divides endpoints among nodes by NATS JetStream: who works on which partition, now.

    something is due ─▶ hint for its partition ─▶ one node gets it: takes the partition in
    PostgreSQL, works on it, says each 3 s that it does, gives it back ─▶ the hint is gone

NATS carries hints only, and has them in memory: if it stops, or loses everything, what is due is
found in the store again, and whoever writes about a partition is fenced by its epoch there. One
node, the timekeeper, looks for what fell due and of which no hint is left.
"""

import asyncio
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Any

from nats.aio.client import Client, RawCredentials
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from watcher.config.schema import ClusterConfig
from watcher.daemon.ownership import ACK_WAIT, Ownership
from watcher.errors import SeedwatchError
from watcher.log import Ongoing
from watcher.model.node import PARTITIONS, partition_of
from watcher.store.partitions import Partitions

TIMEKEEPER = PARTITIONS
"""One more partition, without endpoints: who has it looks for what fell due."""

PROGRESS = 3.0
LOOK = 0.25
"""Seconds between looks at whether there is still work on a partition."""

CONNECT = 5.0
PULL = 6.0
"""Seconds for which a hint is asked for: a process that freezes takes none for longer than that. It
is less than PostgreSQL takes to end what such a process had begun, so that both do not add up."""

PAUSE = 1.0
STALL = 3.0
"""Seconds without a tick after which this process was frozen: what it is given then is old."""

MOST_TIMES = 20
"""How often a hint is passed on between nodes whose configs do not name its endpoints."""

_REPLICAS = 3

log = logging.getLogger(__name__)


class Cluster:
    """One node's part, in a thread of its own.

    ``on_taken`` is called with endpoints that may have something to do, and are ours now; ``due``
    says which of some endpoints have something to do now.
    """

    def __init__(
        self,
        config: ClusterConfig,
        partitions: Partitions,
        endpoints: Sequence[str],
        *,
        node: str,
        on_taken: Callable[[Sequence[str]], None],
        due: Callable[[Sequence[str]], list[str]],
    ) -> None:
        self._config = config
        self._partitions = partitions
        self._node = node
        self._on_taken = on_taken
        self._due = due
        self._names = defaultdict[int, list[str]](list)
        for name in endpoints:
            self._names[partition_of(name)].append(name)
        self.ownership = Ownership(self._want)
        self.is_timekeeper = False
        self.trouble: str | None = "not connected yet"
        self._ongoing = Ongoing(log, began="no deliveries: NATS", over="deliveries go on: NATS")
        self._stopping = threading.Event()
        self._stopped = asyncio.Event()  # the same, for the thread's own loop
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="cluster-store")
        self._client: Client | None = None
        self._subject = ""
        self._fetching: set[asyncio.Task[list[Msg]]] = set()
        self._ticked_at = self._stalled_at = monotonic()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Give everything back at once, so that others need not wait for it. Twice does no harm."""
        self._stopping.set()
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._stopped.set)
        if self._thread.is_alive():
            self._thread.join(timeout)

    # ------------------------------------------------------------ any thread

    def _want(self, wanted: Mapping[int, list[str]]) -> None:
        """Ask for partitions: publish a hint for each. What is lost is found by the timekeeper."""
        with suppress(RuntimeError):  # the loop is closed: we stop
            asyncio.run_coroutine_threadsafe(self._hint(dict(wanted)), self._loop)

    async def _hint(self, wanted: Mapping[int, list[str]]) -> None:
        client = self._client
        if client is None or not client.is_connected:
            return
        with suppress(NatsError):
            for partition, names in wanted.items():
                await client.publish(f"{self._subject}.{partition}", json.dumps(names).encode())

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._main())
        self._workers.shutdown(wait=False)

    async def _main(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._session()
            except (NatsError, SeedwatchError, OSError, TimeoutError) as error:
                self._complain(error)
            except Exception as error:
                log.exception("cluster failed")
                self._complain(error)
            await self._pause(PAUSE)

    def _complain(self, error: BaseException | str) -> None:
        self.trouble = str(error) or type(error).__name__
        self._ongoing.say(self.trouble)

    async def _session(self) -> None:
        """From a connection to its end, which is ours to choose: it is made again by itself."""
        cluster = await self._in_thread(self._partitions.prepare)
        self._subject = f"seedwatch.{cluster}.hint"
        client = self._client = Client()
        connecting = client.connect(
            list(self._config.nats),
            name=f"seedwatch {self._node}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=10,
            error_cb=_ignore,
            reconnected_cb=self._renew_fetches,
            **_login(self._config),
        )
        try:
            await asyncio.wait_for(connecting, CONNECT)
        except TimeoutError:
            await client.close()
            raise SeedwatchError("no NATS server answers") from None
        tasks: list[asyncio.Task[None]] = []
        try:
            stream = JetStreamContext(client, timeout=2)
            await self._ensure(stream)
            await client.subscribe(f"{self._subject}.*", cb=self._heard)
            self._ticked_at = monotonic()
            tasks += [
                asyncio.create_task(self._serve(stream, partition))
                for partition in range(PARTITIONS + 1)
            ]
            await self._watch(client, stream)
            await self._renew_fetches()
            await asyncio.wait(tasks, timeout=5)
        finally:
            self._client = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(NatsError, TimeoutError):
                await client.flush(1)
            await client.close()

    async def _watch(self, client: Client, stream: JetStreamContext) -> None:
        """Until the stop: see that the stream is there, and that somebody keeps the time."""
        looked_at = 0.0
        while not self._stopping.is_set():
            self._tick()
            if client.is_closed:
                raise SeedwatchError("NATS closed the connection")
            if monotonic() - looked_at > PROGRESS:
                looked_at = monotonic()
                try:
                    await self._ensure(stream)
                    await client.publish(f"{self._subject}.{TIMEKEEPER}", b"[]")
                    self.trouble = None
                    self._ongoing.end()
                except (NatsError, TimeoutError) as error:
                    self._complain(error)
            await self._pause(LOOK)

    def _tick(self) -> None:
        now = monotonic()
        if now - self._ticked_at > STALL:
            self._stalled_at = now
        self._ticked_at = now

    def _was_frozen(self) -> bool:
        return monotonic() - self._ticked_at > STALL or monotonic() - self._stalled_at < PAUSE

    async def _ensure(self, stream: JetStreamContext) -> None:
        """Make the stream and its consumers, unless they are there."""
        name = self._stream
        try:
            found = await stream.stream_info(name)
            if (found.state.consumer_count or 0) > TIMEKEEPER:
                return
        except NotFoundError:
            servers = len(self._client.servers) if self._client else 1
            await stream.add_stream(
                StreamConfig(
                    name=name,
                    subjects=[f"{self._subject}.*"],
                    retention=RetentionPolicy.WORK_QUEUE,
                    storage=StorageType.MEMORY,  # hints only: what is lost is found again
                    num_replicas=_REPLICAS if servers >= _REPLICAS else 1,
                    max_msgs_per_subject=1,  # one hint for a partition is enough
                    discard=DiscardPolicy.NEW,
                    discard_new_per_subject=True,
                )
            )
        for partition in range(PARTITIONS + 1):
            await stream.add_consumer(
                name,
                ConsumerConfig(
                    durable_name=f"p{partition}",
                    filter_subject=f"{self._subject}.{partition}",
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=ACK_WAIT,
                    max_ack_pending=1,
                ),
            )
        await self._renew_fetches()

    @property
    def _stream(self) -> str:
        return self._subject.replace(".", "-")

    async def _renew_fetches(self) -> None:
        """What was asked for before the connection broke will not be answered: ask again."""
        for task in list(self._fetching):
            task.cancel()

    async def _heard(self, msg: Msg) -> None:
        """A hint was published: for a partition that is ours it is news."""
        partition = int(msg.subject.rpartition(".")[2])
        if self.ownership.has(partition):
            self._on_taken(json.loads(msg.data))

    # ------------------------------------------------------------ one partition

    async def _serve(self, stream: JetStreamContext, partition: int) -> None:
        while not self._stopping.is_set():
            try:
                subscription = await stream.pull_subscribe_bind(f"p{partition}", self._stream)
                while (msg := await self._fetch(subscription)) is not None:
                    await self._work(partition, msg)
                await subscription.unsubscribe()
            except (NatsError, SeedwatchError, TimeoutError) as error:
                self.ownership.give_back(partition)
                log.debug("partition %s: %s", partition, error)
                await self._pause(PAUSE)

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> Msg | None:
        """The next hint; None if there was none for long, or it may be an old one."""
        task = asyncio.create_task(subscription.fetch(1, timeout=PULL))
        self._fetching.add(task)
        try:
            (msg,) = await task
        except asyncio.CancelledError:
            if (me := asyncio.current_task()) is not None and me.cancelling():
                raise
            return None  # only the fetch was: see _renew_fetches
        except TimeoutError:
            return None
        finally:
            self._fetching.discard(task)
        return None if self._was_frozen() else msg

    async def _work(self, partition: int, msg: Msg) -> None:
        """Work on a partition until nothing is left to do now, then give it back."""
        received_at = monotonic()
        if partition == TIMEKEEPER:
            await self._keep_time(msg)
            return
        names = self._names[partition]
        if not names and msg.metadata.num_delivered < MOST_TIMES:
            await msg.nak(delay=PAUSE)  # of another node's config
            return
        taking = asyncio.ensure_future(self._in_thread(self._partitions.take, partition))
        while not (await asyncio.wait({taking}, timeout=PROGRESS))[0]:
            # Who had it froze in a transaction: PostgreSQL soon ends that.
            await msg.in_progress()
            received_at = monotonic()
        epoch = await taking
        if monotonic() - received_at > ACK_WAIT / 2:
            return  # by now it may be another's: the hint comes again
        self.ownership.take(partition, epoch, received_at)
        self._on_taken(names)
        is_ours = await self._hold(msg, lambda: self.ownership.renew(partition), partition)
        self.ownership.give_back(partition)
        if not is_ours:
            return
        await msg.ack_sync(timeout=5)
        # A hint that came until now was refused, as one too many: what was it about?
        due = await self._in_thread(self._due, names)
        if due:
            await self._hint({partition: due})

    async def _hold(self, msg: Msg, renew: Callable[[], bool], partition: int) -> bool:
        """Keep a hint from others while it is worked on. Returns False if it was lost."""
        said_at = monotonic()
        while not (self._stopping.is_set() or self.ownership.is_over(partition)):
            await asyncio.sleep(LOOK)
            client = self._client
            if monotonic() - said_at > PROGRESS and client is not None and client.is_connected:
                if not renew():
                    return False
                await msg.in_progress()
                said_at = monotonic()
        return self.ownership.has(partition)

    async def _keep_time(self, msg: Msg) -> None:
        self.is_timekeeper = True
        said_at = monotonic()
        try:
            while not self._stopping.is_set() and monotonic() - said_at < ACK_WAIT:
                await asyncio.sleep(LOOK)
                client = self._client
                if monotonic() - said_at > PROGRESS and client is not None and client.is_connected:
                    await msg.in_progress()
                    said_at = monotonic()
        finally:
            self.is_timekeeper = False
        await msg.nak()

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        return await self._loop.run_in_executor(self._workers, call, *arguments)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)


async def _ignore(error: Exception) -> None:
    log.debug("NATS: %s", error)


def _login(config: ClusterConfig) -> dict[str, Any]:
    """NAME:PASSWORD, a token, or the text of a file of credentials."""
    if config.user is None:
        return {}
    user = config.user.get_secret_value()
    if user.startswith("-----BEGIN"):
        return {"user_credentials": RawCredentials(user)}
    name, colon, password = user.partition(":")
    return {"user": name, "password": password} if colon else {"token": user}
