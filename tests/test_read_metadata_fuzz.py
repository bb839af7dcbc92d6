"""Damaged, hostile and arbitrary metadata: an image or an error of ours, a finite size above zero or none."""

import json
import math
import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hand_made_instruments import (
    GREY,
    MAKERS,
    hitachi_text,
    jeol_text,
    ome_xml,
    tescan_text,
    thermo_text,
    write_tiff,
    write_with_sidecar,
    zeiss_text,
)
from nanocaliper.errors import NanocaliperError
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.sidecars import SIDECARS
from nanocaliper.micrograph.read import read
from nanocaliper.micrograph.recorded_size import check_recorded_size

#: Kinds of TIFF values: byte, text, short, long, rational, undefined, double, and one that does not exist.
DTYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "2I", 7: "B", 12: "d", 200: "B"}
TAGS = [270, 282, 283, 296, 305, 33560, 34118, 34680, 34682, 37500, 50431, 65003, 65004, 65009, 65010]

numbers = st.sampled_from(
    [
        "0",
        "-1",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e-9",
        "5e-9",
        "1e999",
        "1e-999",
        "9" * 400,
        "1,5",
        "٣",
        "",
        "x",
        "0x5",
    ]
) | st.floats(allow_nan=True, allow_infinity=True).map(str)
units = st.sampled_from(["nm", "um", "µm", "мкм", "微米", "ｎｍ", "", "1/nm", "px", "Å", "\0nm"]) | st.text(
    max_size=6
)
bare_settings = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def check(path: Path) -> None:
    """The property: nothing but our errors; no invented size; results that can be written."""
    try:
        micrograph = read(path)
    except NanocaliperError:
        return
    size = micrograph.nm_per_px
    assert size is None or (math.isfinite(size) and 1e-5 <= size <= 1e6)
    json.dumps(dict(micrograph.metadata), allow_nan=False).encode("utf-8", "backslashreplace")
    for warning in micrograph.warnings:
        assert len(warning) < 500
        assert "\n" not in warning
    record = micrograph.acquisition
    # Readers judge types themselves; what is caught around them is a fault of ours or of tifffile's decoding.
    assert not any("argument must be" in one or "not supported between" in one for one in micrograph.warnings)
    if record is not None:
        for value in (record.voltage_kv, record.magnification, record.working_distance_mm):
            assert value is None or (math.isfinite(value) and value > 0)


#: Name of the image, and of every file its content and where its pixels are not.
Written = tuple[str, dict[str, tuple[bytes, list[int]]]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    """The files that each maker's writer leaves in a folder."""
    found = {}
    for maker, (write, _) in MAKERS.items():
        folder = tmp_path_factory.mktemp(maker)
        path = write(folder, 5.0)
        contents = {}
        for one in folder.iterdir():
            content = one.read_bytes()
            # The pixels, which fill the file's greater part, are left alone; headers and tags are not.
            pixels = content.find(GREY.tobytes())
            contents[one.name] = (
                content,
                [at for at in range(len(content)) if not 0 <= pixels <= at < pixels + GREY.size],
            )
        found[maker] = (path.name, contents)
    return found


@settings(bare_settings, max_examples=200)
@given(maker=st.sampled_from(sorted(MAKERS)), data=st.data())
def test_changed_bytes(tmp_path: Path, files: dict[str, Written], maker: str, data: st.DataObject) -> None:
    image, contents = files[maker]
    for old in tmp_path.iterdir():
        old.unlink()
    for name, (content, places) in contents.items():
        changed = bytearray(content)
        for _ in range(data.draw(st.integers(1, 5), label="changes")):
            changed[data.draw(st.sampled_from(places))] = data.draw(st.integers(0, 255))
        (tmp_path / name).write_bytes(bytes(changed))
    check(tmp_path / image)


@settings(bare_settings, max_examples=200)
@given(
    tags=st.lists(
        st.tuples(st.sampled_from(TAGS), st.sampled_from(sorted(DTYPES)), st.binary(min_size=1, max_size=80)),
        max_size=6,
        unique_by=lambda one: one[0],
    )
)
@example(tags=[(34682, 12, b"\0" * 8)])
@example(tags=[(33560, 4, b"\xff" * 4)])
@example(tags=[(282, 5, b"\1\0\0\0" * 2), (283, 5, b"\1\0\0\0" * 2), (296, 3, b"\2\0\3\0")])
@example(tags=[(65003, 7, b"nm\0"), (65004, 7, b"nm\0"), (65009, 2, b"1.0"), (65010, 2, b"1.0")])
def test_tags_of_the_wrong_type(tmp_path: Path, tags: list[tuple[int, int, bytes]]) -> None:
    """Tags written into a TIFF by hand, with any type and any count."""
    check(write_raw_tiff(tmp_path / "a.tif", tags))


def write_raw_tiff(path: Path, tags: list[tuple[int, int, bytes]]) -> Path:
    rows, cols = GREY.shape
    entries = [
        *((256, 4, 1, struct.pack("<I", cols)), (257, 4, 1, struct.pack("<I", rows))),
        *((258, 3, 1, struct.pack("<HH", 8, 0)), (259, 3, 1, struct.pack("<HH", 1, 0))),
        *((262, 3, 1, struct.pack("<HH", 1, 0)), (273, 4, 1, struct.pack("<I", 8))),
        *((278, 4, 1, struct.pack("<I", rows)), (279, 4, 1, struct.pack("<I", rows * cols))),
    ]
    for code, dtype, value in tags:
        entries.append((code, dtype, max(1, len(value) // struct.calcsize("<" + DTYPES[dtype])), value))
    entries.sort(key=lambda one: one[0])
    start = 8 + GREY.size
    tail = start + 2 + 12 * len(entries) + 4
    directory, values = struct.pack("<H", len(entries)), b""
    for code, dtype, count, value in entries:
        if len(value) <= 4:
            stored = value.ljust(4, b"\0")
        else:
            stored = struct.pack("<I", tail + len(values))
            values += value
        directory += struct.pack("<HHI", code, dtype, count) + stored
    path.write_bytes(
        struct.pack("<2sHI", b"II", 42, start) + GREY.tobytes() + directory + struct.pack("<I", 0) + values
    )
    return path


@settings(bare_settings, max_examples=80)
@given(width=numbers, height=numbers, unit=units)
@example(width="1e-9", height="1e-9", unit="")
@example(width="9" * 400, height="9" * 400, unit="nm")
def test_values_of_every_kind(tmp_path: Path, width: str, height: str, unit: str) -> None:
    for number, (code, text) in enumerate(
        (
            (34682, thermo_text(width, height)),
            (34118, zeiss_text(width, f"{height} {unit}")),
            (50431, tescan_text(width, height)),
            (270, "ImageJ=1.53\nunit=" + unit + "\n"),
        )
    ):
        check(write_tiff(tmp_path / f"{number}.tif", [(code, 2, 0, text.encode("utf-8", "replace"), True)]))
    escaped = [
        one.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;") for one in (width, height, unit)
    ]
    xml = ome_xml(
        f'PhysicalSizeX="{escaped[0]}" PhysicalSizeY="{escaped[1]}" PhysicalSizeXUnit="{escaped[2]}"'
    )
    check(write_tiff(tmp_path / "ome.tif", [(270, 2, 0, xml.encode("utf-8", "replace"), True)]))


@settings(bare_settings, max_examples=100)
@given(bar=numbers, marker=numbers, unit=units, encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-be"]))
@example(bar="1e-999", marker="1", unit="nm", encoding="utf-8")
def test_sidecars_of_every_kind(tmp_path: Path, bar: str, marker: str, unit: str, encoding: str) -> None:
    texts = {
        "h.txt": hitachi_text(marker + unit, "h.tif"),
        "j.txt": jeol_text(bar, marker + unit, stated=f"{marker}{unit} {bar}{unit}"),
        "t.hdr": tescan_text(bar, marker),
    }
    for name, text in texts.items():
        encodable = text.encode("utf-8", "replace").decode("utf-8")
        check(write_with_sidecar(tmp_path / f"{name[0]}.tif", name, encodable, encoding))


@settings(bare_settings, max_examples=300)
@given(
    text=st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                *(
                    "[SemImageFile]",
                    "PixelSize=",
                    "PixelSizeX=",
                    "PixelSizeY=",
                    "[MAIN]",
                    "$CM_MAG ",
                    "\r\n",
                    "=",
                ),
                *(
                    "$$SM_MICRON_BAR ",
                    "$$SM_MICRON_MARKER ",
                    "$CM_PIXEL_SIZE ",
                    "5",
                    "nm",
                    "1e999",
                    "-",
                    " ",
                    "\0",
                ),
                *(
                    "DataSize=",
                    "512x64",
                    "$CM_FULL_SIZE 512 64",
                    "Date=",
                    "2019/02/30",
                    "[",
                    "]",
                    "µm",
                    "AccFrames=1",
                ),
            ]
        ),
        max_size=40,
    ).map("".join)
)
@example(text="[SemImageFile]")
@example(text="$CM_PIXEL_SIZE " + "1 " * 900)
def test_any_text_is_read_or_passed_over(text: str) -> None:
    for sidecar in SIDECARS:
        reading = sidecar.read_text(text)
        if reading is not None:
            assert reading.nm_per_px is None or 1e-5 <= reading.nm_per_px <= 1e6
            # No size is made of nothing.
            assert reading.nm_per_px is None or any(character.isdigit() for character in text)


anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.binary(max_size=5)
)


@settings(bare_settings, max_examples=300)
@given(width=anything, height=anything)
@example(width=10**400, height=10**400)
@example(width=5.0, height=5.0000001)
@example(width=True, height=True)
def test_settled_size_is_the_width_or_none(width: object, height: object) -> None:
    size, warnings = settle_pixel_size(width, height)
    assert len(warnings) <= 1
    if size is not None:
        assert size == width
        assert not warnings
        assert abs(size - height) <= 1e-3 * size  # type: ignore[operator]


@pytest.mark.parametrize("filler", ["a", "1", "a ", "=", "nm", "[", "<a>", "$CM_", "1nm "])
def test_endless_texts_take_no_time(tmp_path: Path, filler: str) -> None:
    """A pattern that backtracks would need minutes for these."""
    endless = filler * (400_000 // len(filler))
    started = time.perf_counter()
    for sidecar in SIDECARS:
        for head in (
            "",
            "[SemImageFile]\nPixelSize=",
            "$CM_MAG 1\n$CM_PIXEL_SIZE ",
            "AccFrames=1\nPixelSizeX=",
        ):
            for text in (endless, endless[:1900], endless[:79]):
                sidecar.read_text(head + text)
    check(write_tiff(tmp_path / "a.tif", [(270, 2, 0, "<OME>" + endless, True)]))
    check(write_tiff(tmp_path / "b.tif", [(34118, 2, 0, zeiss_text("5e-9", endless), True)]))
    assert time.perf_counter() - started < 10


def test_recorded_size_without_a_record() -> None:
    assert check_recorded_size(5.0, None, 10, 10) == (5.0, ())
    assert check_recorded_size(None, None, 10, 10) == (None, ())
