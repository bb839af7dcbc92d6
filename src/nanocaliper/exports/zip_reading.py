"""Reading zip files that may be damaged or hostile: in memory, bounded, nothing is ever unpacked to a folder."""

import io
import zipfile
import zlib

from nanocaliper.errors import ReadError

__all__ = ["read_members"]

_MOST_MEMBERS = 200_000
_MOST_BYTES_EACH = 32 * 2**20
_MOST_BYTES = 512 * 2**20
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
)


def read_members(content: bytes, suffix: str, what: str) -> dict[str, bytes]:
    """Read the members of a zip file with a certain suffix.

    Parameters
    ----------
    content : bytes
    suffix : str
        In lower case.
    what : str
        The file, to begin a sentence.

    Returns
    -------
    dict of str to bytes
        By name, in the order of the zip.

    Raises
    ------
    ReadError
        If the zip is damaged, encrypted, would unpack to too much, has names that lead out of a folder, or a name
        twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            _check(members, what)
            wanted = [one for one in members if one.filename.lower().endswith(suffix)]
            if members and not wanted:
                raise ReadError(
                    f"{what} holds no file that ends in {suffix}; choose the zip of the outlines."
                )
            return {one.filename: _unpack(archive, one) for one in wanted}
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:100]
        raise ReadError(f"{what} is a damaged zip ({reason}); save or copy it again.") from None


def _check(members: list[zipfile.ZipInfo], what: str) -> None:
    names = [one.filename for one in members]
    if len(set(names)) < len(names):
        raise ReadError(f"{what} holds a name twice; save it anew.")
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise ReadError(
                f"{what} holds the name {name[:60]!r}, which leads out of its folder: it may be an attack."
            )
    size = sum(one.file_size for one in members)
    largest = max((one.file_size for one in members), default=0)
    if len(members) > _MOST_MEMBERS or size > _MOST_BYTES or largest > _MOST_BYTES_EACH:
        raise ReadError(
            f"{what} would unpack to {len(members):,} files of {size // 2**20:,} MB, more than {_MOST_MEMBERS:,} "
            f"of {_MOST_BYTES // 2**20} MB: it may be an attack."
        )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    # The size in the list may lie: no more is unpacked than it says.
    with archive.open(member) as file:
        content = file.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise ValueError(f"{member.filename[:60]!r} is not as long as the list says")
    return content
