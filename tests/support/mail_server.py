"""A real mail server on loopback, which says of a recipient or a message what a test wants."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.ports import kept_port


@dataclass
class MailServer:
    """What arrived. ``answers`` are given to the next messages, ``refused`` to a recipient."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    drops: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's hook
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if answer := self.refused.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's hook
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        self.received.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        assert isinstance(server.transport, asyncio.WriteTransport)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.drops:
            self.drops -= 1
            server.transport.abort()
            await asyncio.sleep(0.05)
        return self.answers.pop(0) if self.answers else "250 OK"

    def authenticate(self, *arguments: Any) -> AuthResult:
        given = arguments[-1]
        assert isinstance(given, LoginPassword)
        pair = (given.login.decode(), given.password.decode())
        return AuthResult(success=pair == self.login, handled=False)


@contextmanager
def mail_server(
    *, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None, wraps: bool = False
) -> Iterator[MailServer]:
    """A server that speaks STARTTLS, or TLS from the start, if it has a certificate."""
    server = MailServer(login=login)
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=kept_port(),
        ssl_context=tls if wraps else None,
        tls_context=None if wraps else tls,
        require_starttls=bool(tls and not wraps),
        authenticator=server.authenticate if login else None,
        auth_required=login is not None,
        auth_require_tls=not wraps,
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()
