"""E-mail for people, over SMTP. Needs the extra ``email``."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from setpoint.core.notify import Delivered, Outgoing, Tried
from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.notify.notice import notice_of
from setpoint.notify.settings import EmailSettings, Tls

WITHIN_S = 30.0
_PERMANENT = range(500, 600)


class Email:
    def __init__(self, settings: EmailSettings, host: str, port: int) -> None:
        self._settings = settings
        self._host = host
        self._port = port

    @property
    def target(self) -> str:
        return f"{', '.join(self._settings.to)} by {self._host}:{self._port}"

    async def send(self, message: Outgoing, now: float) -> Delivered | Tried:
        import aiosmtplib  # noqa: PLC0415  # an extra

        settings = self._settings
        try:
            await aiosmtplib.send(
                self._letter(message, now),
                hostname=self._host,
                port=self._port,
                username=settings.username or None,
                password=settings.password or None,
                use_tls=settings.tls is Tls.TLS,
                start_tls=settings.tls is Tls.STARTTLS,
                timeout=WITHIN_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
            refusals = "; ".join(f"{each.recipient}: SMTP {each.code} {each.message}" for each in refused)
            return Tried(refusals, is_final=all(each.code in _PERMANENT for each in refused))
        except aiosmtplib.SMTPResponseException as error:
            # People can correct a wrong password, so the message waits.
            is_final = error.code in _PERMANENT and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            return Tried(f"SMTP {error.code}: {error.message}", is_final=is_final)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Tried(f"{self._host} did not take it ({type(error).__name__}: {error})")
        return Delivered("accepted")

    def _letter(self, message: Outgoing, now: float) -> EmailMessage:
        notice = notice_of(message.body, self._settings.language)
        letter = EmailMessage()
        letter["Subject"] = notice.subject
        letter["From"] = self._settings.sender
        letter["To"] = ", ".join(self._settings.to)
        letter["Date"] = formatdate(now)
        letter["Message-ID"] = f"<{message.message}@{make_msgid().rpartition('@')[2]}"
        letter.set_content(notice.body)
        return letter


def email_sender(settings: EmailSettings, where: str) -> Email:
    """Raises `ConfigError`."""
    try:
        import aiosmtplib  # noqa: F401, PLC0415  # an extra
    except ImportError as error:
        raise ConfigError(
            sentence(
                "words-needs-extra-pip-install-setpoint-email",
                "{where} needs an extra: pip install 'setpoint[email]'",
                where=where,
            )
        ) from error
    host, _, port = settings.server.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError(
            sentence(
                "words-server-give-host-port-smtp-example",
                '{where}.server is {server}; give host and port: "smtp.example:587"',
                where=where,
                server=repr(settings.server),
            )
        )
    if not all(text.isprintable() for text in (settings.sender, *settings.to)):
        raise ConfigError(
            sentence(
                "words-sender-are-e-mail-addresses-one",
                "{where}: sender and to are e-mail addresses in one line",
                where=where,
            )
        )
    return Email(settings, host.strip("[]"), int(port))
