"""Tiny writers of instrument files, made from the descriptions of the formats and not from the readers' code."""

import io
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

Tag = tuple[str, Any]


@dataclass(frozen=True)
class DmImage:
    """An image of a DM file: `pixels` of shape (rows, cols) or (slices, rows, cols)."""

    pixels: npt.NDArray[Any]
    kind: int
    scales: tuple[float, float] = (1.0, 1.0)
    units: tuple[str, str] = ("", "")
    tags: list[Tag] = field(default_factory=list)
    lengths: tuple[int, ...] | None = None
    element: int | None = None


DM_ELEMENTS = {
    **{"i2": 2, "i4": 3, "u2": 4, "u4": 5, "f4": 6, "f8": 7},
    **{"i1": 9, "u1": 10, "i8": 11, "u8": 12, "c8": 6, "c16": 7},
}


class DmWriter:
    """Writes DM3 (`version` 3) and DM4 (4) files; `order` is the byte order of the data."""

    def __init__(self, version: int = 3, order: str = "<") -> None:
        self.version, self.order = version, order
        self.long = "q" if version == 4 else "i"

    def file(
        self, images: Sequence[DmImage], thumbnails: Sequence[int] = (), more: Sequence[Tag] = ()
    ) -> bytes:
        listed: list[Tag] = [("", self.image(one)) for one in images]
        root: list[Tag] = [("ApplicationBounds", [1, 2, 3, 4]), ("ImageList", listed), *more]
        if thumbnails:
            root.append(("Thumbnails", [("", [("ImageIndex", index)]) for index in thumbnails]))
        return self.header() + self.group(root) + bytes(8)

    def header(self) -> bytes:
        return struct.pack(f">i{self.long}i", self.version, 1000, 1 if self.order == "<" else 0)

    def image(self, one: DmImage) -> list[Tag]:
        lengths = one.lengths or one.pixels.shape[::-1]
        axes: list[Tag] = [
            ("", [("Origin", 0.0), ("Scale", scale), ("Units", unit)])
            for scale, unit in zip(one.scales, one.units, strict=True)
        ]
        data: list[Tag] = [
            ("Calibrations", [("Dimension", axes)]),
            ("Data", (one.pixels, one.element)),
            ("DataType", one.kind),
            ("Dimensions", [("", length) for length in lengths]),
            ("PixelDepth", one.pixels.dtype.itemsize),
        ]
        return [("ImageData", data), ("ImageTags", one.tags), ("Name", "made by hand")]

    def group(self, tags: Sequence[Tag]) -> bytes:
        return struct.pack(f">bb{self.long}", 1, 0, len(tags)) + b"".join(self.tag(*tag) for tag in tags)

    def tag(self, name: str, value: Any) -> bytes:
        is_group = isinstance(value, list) and all(isinstance(item, tuple) for item in value)
        content = self.group(value) if is_group else self.data(value)
        label = name.encode("latin-1")
        size = struct.pack(">q", len(content)) if self.version == 4 else b""
        return struct.pack(">bh", 20 if is_group else 21, len(label)) + label + size + content

    def data(self, value: Any) -> bytes:
        if isinstance(value, bool):
            return self.described([8], struct.pack("?", value))
        if isinstance(value, int):
            return self.described([5], struct.pack(self.order + "I", value))
        if isinstance(value, float):
            return self.described([7], struct.pack(self.order + "d", value))
        if isinstance(value, str):
            return self.described(
                [20, 4, len(value)], value.encode("utf-16-le" if self.order == "<" else "utf-16-be")
            )
        if isinstance(value, list):
            fields = [part for _ in value for part in (0, 3)]
            return self.described(
                [15, 0, len(value), *fields], struct.pack(f"{self.order}{len(value)}i", *value)
            )
        pixels, element = value
        swapped = pixels.astype(pixels.dtype.newbyteorder(self.order))
        kind = element or DM_ELEMENTS[f"{pixels.dtype.kind}{pixels.dtype.itemsize}"]
        count = pixels.size * (2 if pixels.dtype.kind == "c" else 1)
        return self.described([20, kind, count], swapped.tobytes())

    def described(self, types: list[int], content: bytes) -> bytes:
        return b"%%%%" + struct.pack(f">{self.long}{len(types)}{self.long}", len(types), *types) + content


SER_KINDS = {"u1": 1, "u2": 2, "u4": 3, "i1": 4, "i2": 5, "i4": 6, "f4": 7, "f8": 8, "c8": 9}


def make_ser(
    images: Sequence[npt.NDArray[Any]],
    size_m: tuple[float, float] = (2e-9, 2e-9),
    version: int = 0x0220,
    valid: int | None = None,
    kind: int = 0x4122,
    seconds: int = 1_456_167_001,
) -> bytes:
    """A ``.ser`` file of images whose first row is the top one; TIA starts at the bottom."""
    wide = "q" if version >= 0x0220 else "i"
    valid = len(images) if valid is None else valid
    label = b"Number"
    dimension = struct.pack("<iddii", len(images), 0.0, 1.0, 0, len(label)) + label + struct.pack("<i", 0)
    offsets_at = 22 + struct.calcsize(f"<{wide}") + 4 + len(dimension)
    at = offsets_at + 2 * len(images) * struct.calcsize(f"<{wide}")
    body, starts, tags = b"", [], []
    for image in images:
        rows, cols = image.shape
        starts.append(at + len(body))
        name = f"{image.dtype.kind}{image.dtype.itemsize}"
        body += struct.pack("<ddiddi", 0.0, size_m[0], 0, 0.0, size_m[1], 0)
        body += struct.pack("<hii", SER_KINDS[name], cols, rows)
        body += image[::-1].astype(image.dtype.newbyteorder("<")).tobytes()
        tags.append(at + len(body))
        body += struct.pack("<HHi", 0x4152, 0, seconds)
    head = struct.pack("<hhhiiii", 0x4949, 0x0197, version, kind, 0x4152, len(images), valid)
    places = struct.pack(f"<{2 * len(images)}{wide}", *starts, *tags)
    return head + struct.pack(f"<{wide}i", offsets_at, 1) + dimension + places + body


def make_emi_block(
    voltage: str = "200", magnification: str = "50000", mode: str = "TEM uP SA Zoom Image", extra: str = ""
) -> str:
    values = [("Microscope", "Tecnai 200 kV", ""), ("High tension", voltage, "kV")]
    values += [("Magnification", magnification, "x"), ("Mode", mode, ""), ("Stage X", "1.5", "um")]
    data = "".join(f"<Data><Label>{a}</Label><Value>{b}</Value><Unit>{c}</Unit></Data>" for a, b, c in values)
    return (
        f"<ObjectInfo>{extra}<ExperimentalConditions><MicroscopeConditions><AcceleratingVoltage>200000"
        f"</AcceleratingVoltage></MicroscopeConditions></ExperimentalConditions><ExperimentalDescription><Root>{data}"
        "</Root></ExperimentalDescription><AcquireInfo><CameraNamePath>BM-Orius</CameraNamePath></AcquireInfo>"
        "<Manufacturer>FEI Company</Manufacturer><AcquireDate>Wed Sep  9 13:08:40 2015</AcquireDate></ObjectInfo>"
    )


def make_emi(blocks: Sequence[str]) -> bytes:
    content = b"JK\0\2\0\0\0\0\4M\1\0" + bytes(range(200))
    for block in blocks:
        content += b"\x17\0\1" + block.encode() + b"\0\xff\xfe" * 5
    return content


def make_mrc(
    volume: npt.NDArray[Any],
    mode: int,
    cell: tuple[float, float, float] | None = (400.0, 300.0, 1.0),
    order: str = "<",
    axes: tuple[int, int, int] = (1, 2, 3),
    extension: bytes = b"",
    extension_kind: bytes = b"\0\0\0\0",
    value_range: tuple[float, float] = (0.0, -1.0),
    imod_flags: int | None = None,
    marked: bool = True,
    labels: Sequence[bytes] = (),
) -> bytes:
    """An MRC file of `volume`, shape (sections, rows, cols), in the order in which the rows lie in the file."""
    sections, rows, cols = volume.shape
    head = struct.pack(order + "4i", cols, rows, sections, mode) + struct.pack(order + "3i", 0, 0, 0)
    # The sampling is along x, y, z, the columns run along axes[0] and the rows along axes[1].
    grid = [0, 0, 0]
    for axis, side in zip(axes, (cols, rows, sections), strict=True):
        grid[abs(axis) - 1] = side
    head += struct.pack(order + "3i", *grid) + struct.pack(order + "3f", *(cell or (0.0, 0.0, 0.0)))
    head += struct.pack(order + "3f3i", 90, 90, 90, *axes) + struct.pack(order + "3f", *value_range, 0.0)
    head += (
        struct.pack(order + "2i", 1, len(extension))
        + bytes(8)
        + extension_kind
        + struct.pack(order + "i", 20140)
    )
    head += bytes(152 - len(head))
    head += struct.pack(order + "2i", 1146047817, imod_flags) if imod_flags is not None else bytes(8)
    head += bytes(208 - len(head))
    stamp = b"\x44\x44\0\0" if order == "<" else b"\x11\x11\0\0"
    head += b"MAP " + stamp if marked else bytes(8)
    head += bytes(4) + struct.pack(order + "i", len(labels)) + b"".join(label.ljust(80) for label in labels)
    head += bytes(1024 - len(head))
    return head + extension + volume.astype(volume.dtype.newbyteorder(order)).tobytes()


def make_fei_record(
    pixel_m: tuple[float, float] = (5e-9, 5e-9),
    instrument_mode: int = 2,
    projection: int = 1,
    length: int = 768,
) -> bytes:
    record = bytearray(length)
    struct.pack_into("<iiIQ", record, 0, length, 0, 0xFFFFFFFF, 0)
    struct.pack_into("<d", record, 12, 44900.5)
    record[20:27] = b"Spectra"
    struct.pack_into("<d", record, 84, 300_000.0)
    struct.pack_into("<dd", record, 156, *pixel_m)
    struct.pack_into("<ii", record, 244, instrument_mode, projection)
    struct.pack_into("<d", record, 289, 80_000.0)
    record[435:439] = b"Ceta"
    record[519:524] = b"HAADF"
    return bytes(record)


def velox_metadata(
    size: str | None = "5e-10", unit: str | None = "m", height: str | None = None
) -> dict[str, Any]:
    result: dict[str, Any] = {"Detector": "HAADF"}
    if size is not None:
        result["PixelSize"] = {"width": size, "height": height or size}
    if unit is not None:
        result |= {"PixelUnitX": unit, "PixelUnitY": unit}
    return {
        "Instrument": {"InstrumentModel": "Talos"},
        "Optics": {"AccelerationVoltage": "200000", "NominalMagnification": "320000"},
        "Acquisition": {"AcquisitionStartDatetime": {"DateTime": "1575540224"}},
        "BinaryResult": result,
    }


def make_velox(
    stacks: Sequence[npt.NDArray[Any]],
    metadata: Any = None,
    chunked: bool = True,
    text: bytes | None = None,
    **storage: Any,
) -> bytes:
    """A Velox file; each stack has the shape (rows, cols, frames)."""
    content = io.BytesIO()
    written = (
        text if text is not None else json.dumps(velox_metadata() if metadata is None else metadata).encode()
    )
    with h5py.File(content, "w") as file:
        for number, stack in enumerate(stacks):
            group = file.create_group(f"Data/Image/{number:032x}")
            if chunked:
                storage["chunks"] = (*stack.shape[:2], 1)
            group.create_dataset("Data", data=stack, **storage)
            column = np.frombuffer(written.ljust(max(2000, len(written) + 1), b"\0"), np.uint8)
            group.create_dataset("Metadata", data=np.repeat(column[:, None], stack.shape[2], axis=1))
    return content.getvalue()


def make_berkeley(
    data: npt.NDArray[Any], steps: Sequence[float], units: Sequence[str], first_axis: int = 1, **storage: Any
) -> bytes:
    """A file in Berkeley's layout; `steps` and `units` of each axis, slowest first."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["version_major"] = 0
        group = file.create_group("data/scan")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=data, **storage)
        for number, (side, step, unit) in enumerate(zip(data.shape, steps, units, strict=True)):
            axis = group.create_dataset(f"dim{number + first_axis}", data=np.arange(side) * step)
            axis.attrs["units"] = unit
    return content.getvalue()
