"""Which of many seeds have an address in common, before any store knows them. For ``check``."""

from dataclasses import dataclass, field
from hashlib import blake2b

from watcher.diff.fingerprint import folded
from watcher.model.seed import Problem, Seed, SeedPath


@dataclass(slots=True)
class Addresses:
    """The addresses of the seeds that were seen, each with the first seed that has it."""

    _own: dict[bytes, tuple[SeedPath, bytes]] = field(default_factory=dict)
    _amp: dict[bytes, tuple[SeedPath, bytes]] = field(default_factory=dict)

    def add(self, seed: Seed) -> Problem | None:
        """Remember a seed's addresses. Returns what is wrong if one is another title's."""
        holder = (seed.at, _key(folded(seed.content.title)))
        problem = self._conflict(seed, holder[1])
        for url in seed.urls:
            self._own.setdefault(_key(url), holder)
        for url in seed.amp_urls:
            self._amp.setdefault(_key(url), holder)
        return problem

    def _conflict(self, seed: Seed, title: bytes) -> Problem | None:
        for url in seed.urls:
            if (other := self._own.get(_key(url))) and other[1] != title:
                return Problem(
                    message=f"{url} is also the address of {other[0]}, which has another title: "
                    "both are one article, and only the one seen first is told"
                )
            if (other := self._amp.get(_key(url))) and other[1] != title:
                return Problem(message=f"{url} is also the AMP address of {other[0]}{_APART}")
        for url in seed.amp_urls:
            if (other := self._own.get(_key(url))) and other[1] != title:
                return Problem(
                    message=f"its AMP address {url} is the address of {other[0]}{_APART}"
                )
        return None


_APART = ", which has another title: they are two articles; correct the address"


def _key(text: str) -> bytes:
    """Eight bytes for a text: there may be millions."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
