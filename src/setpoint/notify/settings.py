"""``notify.toml`` in the data directory: channels, with their secrets. Only its owner may read the file.

    [webhook.mes]
    url = "https://mes.plant.example/hooks/setpoint"
    secret = "whsec_…"                     # or two, the newer first, while one is replaced
    allow = ["10.20.0.0/16"]               # private networks that the URL may lead to

    [email.shift-lead]
    server = "smtp.plant.example:587"
    username = "setpoint"
    password = "…"
    sender = "setpoint@plant.example"
    to = ["lead@plant.example"]

    [chat.team]
    url = "slack://…"                      # an address of Apprise

Every channel takes ``events`` (kinds of `EventKind`), ``lines`` and, for people, ``language``.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from setpoint.contract.http.machines import EventKind
from setpoint.core.notify import DEFAULT_KINDS, Subscription
from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.notify.addresses import Network
from setpoint.notify.base import Channel
from setpoint.notify.signature import read_secret
from setpoint.notify.webhook import Webhook
from setpoint.texts import ENGLISH, LANGUAGES

MAX_CHANNELS = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class Tls(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class _Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: tuple[EventKind, ...] = DEFAULT_KINDS
    lines: tuple[str, ...] = ()

    @property
    def subscription(self) -> Subscription:
        return Subscription(self.events, self.lines)


class WebhookSettings(_Common, frozen=True, forbid_unknown_fields=True, kw_only=True):
    url: _Text
    secret: _Text | Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1, max_length=2)]
    allow: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret,) if isinstance(self.secret, str) else self.secret


class EmailSettings(_Common, frozen=True, forbid_unknown_fields=True, kw_only=True):
    server: _Text
    sender: _Text
    to: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1, max_length=50)]
    username: str = ""
    password: str = ""
    tls: Tls = Tls.STARTTLS
    language: str = ENGLISH


class ChatSettings(_Common, frozen=True, forbid_unknown_fields=True, kw_only=True):
    url: _Text
    language: str = ENGLISH


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    webhook: dict[str, WebhookSettings] = {}
    email: dict[str, EmailSettings] = {}
    chat: dict[str, ChatSettings] = {}


def read_channels(path: Path) -> list[Channel]:
    """The channels of a file, none if there is no file. Raises `ConfigError` for any mistake in it."""
    if not path.exists():
        return []
    found = [*_channels(_read(path), str(path))]
    names = [each.name for each in found]
    if wrong := sorted({name for name in names if names.count(name) > 1 or not _NAME.fullmatch(name)}):
        raise ConfigError(
            sentence(
                "words-no-name-name-two-channels-use",
                "{path}: {value} is no name, or the name of two channels; use letters, digits and -",
                path=path,
                value=repr(wrong[0]),
            )
        )
    if len(found) > MAX_CHANNELS:
        raise ConfigError(
            sentence(
                "words-at-most-channels-are-there",
                "{path}: at most {most} channels, {value} are there",
                path=path,
                most=MAX_CHANNELS,
                value=len(found),
            )
        )
    return found


def _read(path: Path) -> _File:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(
                sentence(
                    "words-holds-secrets-can-be-read-by",
                    "{path} holds secrets and can be read by others; make it private: chmod 600 {path}",
                    path=path,
                )
            )
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigError(
            sentence(
                "words-cannot-be-read-check-its-permissions",
                "{path} cannot be read ({why}); check its permissions",
                path=path,
                why=error.strerror,
            )
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise ConfigError(
            sentence(
                "words-cannot-be-used-docs-howto-notify",
                "{path} cannot be used: {why}; docs/howto/notify.md shows every key",
                path=path,
                why=error,
            )
        ) from error


def _channels(file: _File, path: str) -> Iterator[Channel]:
    for name, webhook in file.webhook.items():
        yield Channel(name, webhook.subscription, _webhook(webhook, f"{path}: webhook.{name}"))
    for name, email in file.email.items():
        from setpoint.notify.email import email_sender  # noqa: PLC0415  # needs an extra

        _check_language(email.language, f"{path}: email.{name}")
        yield Channel(name, email.subscription, email_sender(email, f"{path}: email.{name}"))
    for name, chat in file.chat.items():
        from setpoint.notify.chat import chat_sender  # noqa: PLC0415  # needs an extra

        _check_language(chat.language, f"{path}: chat.{name}")
        yield Channel(name, chat.subscription, chat_sender(chat, f"{path}: chat.{name}"))


def _webhook(settings: WebhookSettings, where: str) -> Webhook:
    try:
        keys = [read_secret(each) for each in settings.secrets]
    except ValueError as error:
        raise ConfigError(
            sentence(
                "words-secret-cannot-be-used", "{where}.secret cannot be used: {why}", where=where, why=error
            )
        ) from error
    allow: list[Network] = []
    for each in settings.allow:
        try:
            allow.append(ipaddress.ip_network(each))
        except ValueError as error:
            raise ConfigError(
                sentence(
                    "words-allow-has-give-networks-such",
                    '{where}.allow has {value}; give networks such as "10.20.0.0/16"',
                    where=where,
                    value=repr(each),
                )
            ) from error
    _check_url(settings.url, where, is_plain_allowed=bool(allow))
    return Webhook(settings.url, keys, allow)


def _check_url(url: str, where: str, *, is_plain_allowed: bool) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or "@" in parts.netloc or parts.fragment or not url.isascii() or not url.isprintable():
        raise ConfigError(
            sentence(
                "words-url-no-address-can-be-used",
                "{where}.url is no address that can be used; give https://host/path, without a password",
                where=where,
            )
        )
    if parts.scheme == "http" and not is_plain_allowed:
        raise ConfigError(
            sentence(
                "words-url-has-no-tls-give-https",
                "{where}.url has no TLS; give https, or allow the private network that it leads to",
                where=where,
            )
        )


def _check_language(language: str, where: str) -> None:
    if language not in LANGUAGES:
        raise ConfigError(
            sentence(
                "words-language-give-one",
                "{where}.language is {language}; give one of {known}",
                where=where,
                language=repr(language),
                known=", ".join(LANGUAGES),
            )
        )
