"""What root writes into a data directory belongs to the owner of the directory, who is the server's user.

That user may have put links there that lead to other files; nothing here follows them.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from setpoint.errors import StorageError
from setpoint.message import sentence


def give_to_owner(file: Path) -> None:
    """Gives a new file to the owner of its folder, if this process is root and may do so. POSIX only."""
    if os.name == "posix" and os.geteuid() == 0:
        owner = file.parent.stat()
        # A container may lack this right, and root may be nobody on a network drive.
        with suppress(PermissionError):
            os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)


def write_whole(file: Path, content: bytes) -> None:
    """Writes a small file for the owner of its folder: all of it or, on a full disk, nothing. A file that has this
    content already is left unchanged. Only its owner can read it. Raises `StorageError`.
    """
    try:
        if file.is_file() and file.read_bytes() == content:
            return
        number, name = mkstemp(dir=file.parent, prefix=f".{file.name}-")
        written = Path(name)
        try:
            with os.fdopen(number, "wb") as out:
                out.write(content)
            give_to_owner(written)
            written.replace(file)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            sentence(
                "words-file-cannot-be-written",
                "{file} cannot be written: {why}; check the free space and the permissions there",
                file=file,
                why=error.strerror,
            )
        ) from error
