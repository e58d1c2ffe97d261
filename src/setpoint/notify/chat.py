"""Chat for people, by Apprise, which knows the services. Needs the extra ``chat``."""

from __future__ import annotations

import asyncio

from setpoint.core.notify import Delivered, Outgoing, Tried
from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.notify.notice import notice_of
from setpoint.notify.settings import ChatSettings

WITHIN_S = 60.0


class Chat:
    def __init__(self, settings: ChatSettings) -> None:
        self._settings = settings

    @property
    def target(self) -> str:
        """The service only: the rest of the address is a secret."""
        return self._settings.url.partition(":")[0]

    async def send(self, message: Outgoing, now: float) -> Delivered | Tried:  # noqa: ARG002  # chats have clocks
        from apprise import Apprise  # noqa: PLC0415  # an extra

        notice = notice_of(message.body, self._settings.language)
        service = Apprise()
        service.add(self._settings.url)
        try:
            async with asyncio.timeout(WITHIN_S):
                is_taken = bool(await service.async_notify(title=notice.subject, body=notice.body))
        except TimeoutError:
            is_taken = False
        except TypeError as error:  # Apprise raises this for an address without a service
            return Tried(f"{self.target}: {error}", is_final=True)
        return Delivered("accepted") if is_taken else Tried(f"{self.target} did not take it")


def chat_sender(settings: ChatSettings, where: str) -> Chat:
    """Raises `ConfigError`."""
    try:
        from apprise import Apprise  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ConfigError(
            sentence(
                "words-needs-extra-pip-install-setpoint-chat",
                "{where} needs an extra: pip install 'setpoint[chat]'",
                where=where,
            )
        ) from error
    if not Apprise().add(settings.url):
        raise ConfigError(
            sentence(
                "words-url-no-address-apprise-knows",
                "{where}.url is no address that Apprise knows",
                where=where,
            )
        )
    return Chat(settings)
