"""What the audit records of a new account, token or session: enough to see later that a record was changed."""

from __future__ import annotations

from hashlib import sha256

from setpoint.core.accounts.records import Account, Session, Token
from setpoint.core.accounts.words import shown_grants


def facts_of_account(account: Account) -> dict[str, str]:
    """Its rights, and who it is at the OpenID provider, if anybody."""
    subject = {"subject": account.subject} if account.subject else {}
    return {"rights": shown_grants(account.grants), **subject}


def facts_of_token(token: Token) -> dict[str, str]:
    """Its name, rights and expiry (Unix seconds), and the fingerprint of its secret."""
    return {
        "token": token.id,
        "program": token.name,
        "rights": shown_grants(token.grants),
        "expires": f"{token.expires_ts:.0f}",
        "fingerprint": fingerprint_of_secret(token.secret_hash),
    }


def facts_of_session(session: Session) -> dict[str, str]:
    """Its name, and the fingerprint of its secret."""
    return {"session": session.id, "sessionFingerprint": fingerprint_of_secret(session.secret_hash)}


def fingerprint_of_secret(secret_hash: str) -> str:
    """The fingerprint of the hash that the database holds of a secret, so that the audit contains neither."""
    return sha256(secret_hash.encode()).hexdigest()[:32]
