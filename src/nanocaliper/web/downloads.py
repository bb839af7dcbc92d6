"""Files that go out."""

import re
from collections.abc import Iterator
from pathlib import Path

from flask import Response
from werkzeug.http import dump_options_header

__all__ = ["name_attachment", "send_once"]

_CHUNK = 2**18


def send_once(path: Path, stem: str, suffix: str, kind: str) -> Response:
    """Send a file as an attachment and remove it afterwards, also where the other side went away."""
    size = path.stat().st_size
    stream = path.open("rb")

    def read() -> Iterator[bytes]:
        while chunk := stream.read(_CHUNK):
            yield chunk

    def end() -> None:
        stream.close()
        path.unlink(missing_ok=True)

    response = Response(read(), mimetype=kind)
    response.call_on_close(end)
    response.content_length = size
    return name_attachment(response, f"{stem}.{suffix}")


def name_attachment(response: Response, name: str) -> Response:
    """Have the browser save an answer under a name, and never show it."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name).strip(". ") or "download"
    ascii_only = plain.encode("ascii", "replace").decode().replace("?", "_")
    options: dict[str, str] = {"filename": ascii_only}
    if ascii_only != plain:
        # RFC 6266; werkzeug encodes it.
        options["filename*"] = plain
    response.headers["Content-Disposition"] = dump_options_header("attachment", options)
    return response
