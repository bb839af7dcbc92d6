"""Zip files that are the same for the same content."""

import io
import zipfile

__all__ = ["fix_zip"]

#: The earliest date that a zip file can hold.
_DATE = (1980, 1, 1, 0, 0, 0)


def fix_zip(content: bytes) -> bytes:
    """Write a zip file anew without the times at which its parts were written.

    Parameters
    ----------
    content : bytes
        A zip file, such as a Word document.

    Returns
    -------
    bytes
        The same parts in the same order.
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            entry = zipfile.ZipInfo(part.filename, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # As on Windows, so that the system that wrote the file does not show either.
            entry.create_system = 0
            target.writestr(entry, source.read(part))
    return buffer.getvalue()
