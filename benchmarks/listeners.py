"""What a thousand listeners to the change log cost a daemon, and when they hear a change.

    python -m benchmarks.listeners [LISTENERS]

A real daemon with one webhook endpoint; listeners are bare sockets in this process. It prints how
much its memory grew by, when the first, the middle and the last listener heard a change after its
seed's rename, and when the endpoint was told, with the listeners and without them.
"""

import resource
import selectors
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.support.ports import kept_address
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site

ROUNDS = 15
REQUEST = (
    b"GET /changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
    b"Connection: keep-alive\r\n\r\n"
)


def main() -> None:
    listeners = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * listeners + 100), hard))
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        site = Site(Path(folder) / "site")
        site.config["http"]["listen"] = kept_address()
        site.add_endpoint("hook", receiver.url)
        with site.running() as running:
            pid = running.process.pid
            alone = [told_after(site, receiver, n, []) for n in range(1, ROUNDS + 1)]
            before = resident(pid)
            clients = [connect(site.config["http"]["listen"]) for _ in range(listeners)]
            time.sleep(2)
            grown = resident(pid) - before
            rounds = [told_after(site, receiver, n, clients) for n in range(101, 101 + ROUNDS)]
            print(
                f"{listeners} listeners: {grown / 1e6:.1f} MB more resident, then "
                f"{(resident(pid) - before) / 1e6:.1f} MB after {ROUNDS} changes"
            )
            for name, place in (("first", 0), ("middle", listeners // 2), ("last", -1)):
                heard = [sorted(times)[place] * 1000 for _, times in rounds]
                middle = statistics.median(heard)
                print(f"{name} listener: {middle:.1f} ms, {max(heard):.1f} ms at most")
            for name, found in (("alone", alone), ("with listeners", rounds)):
                told = [at * 1000 for at, _ in found]
                print(f"endpoint {name}: {statistics.median(told):.1f} ms, {max(told):.1f} at most")


def connect(address: str) -> socket.socket:
    host, port = address.split(":")
    client = socket.create_connection((host, int(port)), timeout=30)
    client.sendall(REQUEST)
    head = b""
    while b"retry:" not in head:
        head += client.recv(4096)
    client.setblocking(False)
    return client


def told_after(
    site: Site, receiver: Receiver, number: int, clients: list[socket.socket]
) -> tuple[float, list[float]]:
    """Seconds from a seed's rename to the endpoint's request, and to each listener's event."""
    time.sleep(0.3)
    known = len(receiver.accepted)
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client, selectors.EVENT_READ)
    begin = time.time()
    write_seed(site.seeds, number)
    heard: list[float] = []
    while len(heard) < len(clients):
        for key, _ in selector.select(10):
            data = key.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket
            if b"data:" in data:
                heard.append(time.time() - begin)
    selector.close()
    receiver.wait_for(known + 1, timeout=20)
    return receiver.accepted[known].at - begin, heard


def resident(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in text.splitlines() if "VmRSS" in line) * 1024


if __name__ == "__main__":
    main()
