"""The certificate of a server that speaks TLS, and its key: two PEM files, which are read again when they change.

Certificates are valid for weeks, and servers run for months. Connections that are open keep the certificate with which
they began.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
from pathlib import Path

import structlog

from setpoint.errors import ConfigError
from setpoint.message import sentence

LOOK_EVERY_S = 30.0

log = structlog.get_logger("setpoint.serving")


class Certificate:
    """``context`` is for connections to come. Raises `ConfigError` if the files cannot be used."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._seen = self._stamps()
        self.context = self._loaded()
        if os.name == "posix" and key.stat().st_mode & stat.S_IROTH:
            log.warning("others_can_read", path=str(key), remedy=f"chmod o-rwx {key}")

    def look(self) -> None:
        """Takes over files that have changed. If they cannot be used, the former ones stay, and the log says why."""
        seen = self._stamps()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._loaded()
            self.context.load_cert_chain(*self._files, _no_passphrase)
        except (ConfigError, OSError) as error:
            reason = error.message if isinstance(error, ConfigError) else str(error)
            log.error("certificate_not_renewed", path=str(self._files[0]), reason=reason)
        else:
            log.info("certificate_renewed", path=str(self._files[0]))

    async def watch(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        """What changes when the files change. They may be links that lead to other files after each renewal."""
        return [_stamp(each) for each in self._files]

    def _loaded(self) -> ssl.SSLContext:
        """The certificate and its key. Raises `ConfigError` that says which file and why; uvicorn would fail with a
        traceback."""
        certificate, key = self._files
        for path in self._files:
            if not path.is_file():
                raise ConfigError(
                    sentence(
                        "words-there-no-file-tls-cert-tls",
                        "there is no file {path}; --tls-cert and --tls-key are PEM files",
                        path=path,
                    )
                )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(certificate, key, _no_passphrase)
        except OSError as error:
            raise ConfigError(
                sentence(
                    "words-are-no-certificate-key-belong-together",
                    "{certificate} and {key} are no certificate and key that belong together ({why}); both are PEM "
                    "files",
                    certificate=certificate,
                    key=key,
                    why=error,
                )
            ) from error
        return context


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _no_passphrase() -> str:
    """Raises `ConfigError`, because a server cannot ask anybody for a passphrase."""
    raise ConfigError(
        sentence(
            "words-tls-key-has-passphrase",
            "the key of --tls-key is protected by a passphrase, and nobody is there to type it; store it without one, "
            "readable only for the server's user: openssl pkey -in KEY -out PLAIN_KEY",
        )
    )
