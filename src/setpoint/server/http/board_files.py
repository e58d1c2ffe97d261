"""Serves the built board from memory. It is read once at start, so that a path can only name a built file.

Files under ``/assets/`` have a hash in their name and may be cached for ever. Browsers ask for the page itself each
time, which costs a 304. If the build made ``.br`` and ``.gz`` files, clients that accept them get those.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from litestar import Response

from setpoint.server.http.request import HttpRequest

BOARD = Path(__file__).parents[1] / "board"
PAGE = "index.html"
_ENCODINGS = {".br": "br", ".gz": "gzip"}
"""By preference."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


_REFUSED = re.compile(r"q=0(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class BoardFile:
    content: bytes
    media_type: str
    etag: str
    is_hashed: bool
    encoded: Mapping[str, bytes] = field(default_factory=dict)


def read_board(directory: Path = BOARD) -> dict[str, BoardFile]:
    """Every file of the build, by its path without the leading slash; empty if nothing was built."""
    files: dict[str, BoardFile] = {}
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.suffix in _ENCODINGS:
            continue
        name, content = path.relative_to(directory).as_posix(), path.read_bytes()
        beside = {
            encoding: twin.read_bytes()
            for suffix, encoding in _ENCODINGS.items()
            if (twin := path.with_name(path.name + suffix)).is_file()
        }
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        files[name] = BoardFile(content, _media_type(path), etag, name.startswith("assets/"), beside)
    return files


def respond(file: BoardFile, request: HttpRequest) -> Response[bytes]:
    """The file in the smallest encoding that the browser accepts, or a 304 if the browser has it."""
    headers = {
        "ETag": file.etag,
        "Cache-Control": _FOR_EVER if file.is_hashed else _ASK_AGAIN,
        "Vary": "Accept-Encoding",
    }
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    taken = _accepted(request.headers.get("accept-encoding", ""))
    for encoding, content in file.encoded.items():
        if encoding in taken:
            return Response(
                content, headers={**headers, "Content-Encoding": encoding}, media_type=file.media_type
            )
    return Response(file.content, headers=headers, media_type=file.media_type)


def _accepted(header: str) -> set[str]:
    """The encodings that ``Accept-Encoding`` names, without those that it refuses (``br;q=0``)."""
    parts = (part.partition(";") for part in header.lower().split(","))
    return {name.strip() for name, _, rest in parts if not _REFUSED.fullmatch(rest.strip())}


def _media_type(path: Path) -> str:
    """Litestar adds the charset to texts by itself."""
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
