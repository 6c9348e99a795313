"""Whom to trust under TLS: the certificates of a bundle, read once for all requests.

To read the usual bundle takes a good 30 ms of the processor, which urllib3 does for each request.
"""

import ssl
from functools import lru_cache
from pathlib import Path


class Trust(ssl.SSLContext):
    """A context for clients, to be shared between threads: nothing about it changes any more."""

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        """Nothing: urllib3 sets them each time, perhaps while another thread is reading them."""


def trust_in(bundle: str) -> Trust:
    """What trusts a bundle, a file or a folder, as it is now; raises OSError if it cannot be read.

    A daemon lives for months, and bundles are renewed.
    """
    status = Path(bundle).stat()
    return _read(bundle, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read(bundle: str, *_: int) -> Trust:
    trust = Trust(ssl.PROTOCOL_TLS_CLIENT)  # which verifies, and checks the host's name
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    trust.hostname_checks_common_name = False
    ssl.SSLContext.set_alpn_protocols(trust, ["http/1.1"])
    if Path(bundle).is_dir():
        trust.load_verify_locations(capath=bundle)
    else:
        trust.load_verify_locations(cafile=bundle)
    return trust
