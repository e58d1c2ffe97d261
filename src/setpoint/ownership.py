"""What root writes into a data directory belongs to the owner of the directory, who is the server's user.

That user may have put links there that lead to other files; nothing here follows them.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def give_to_owner(file: Path) -> None:
    """Gives a new file to the owner of its folder, if this process is root and may do so. POSIX only."""
    if os.name == "posix" and os.geteuid() == 0:
        owner = file.parent.stat()
        with suppress(
            PermissionError
        ):  # a container without this right; a network drive on which root is nobody
            os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)


def write_new(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Creates a file for the owner of its folder. Raises `FileExistsError` if there is one, or a link."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        give_to_owner(file)
        out.write(content)
