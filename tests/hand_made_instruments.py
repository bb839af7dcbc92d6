"""Small image files as the makers of instruments write them; sizes in nm, image 64 rows x 512 columns."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

ROWS, COLS = 64, 512
GREY = np.random.default_rng(40).integers(20, 236, (ROWS, COLS), dtype=np.uint8)


def write_tiff(
    path: Path, tags: list[tuple[Any, ...]], image: npt.NDArray[Any] = GREY, **options: Any
) -> Path:
    # tifffile writes text in ASCII only; makers write UTF-8 or Latin-1.
    encoded = [(*one[:3], one[3].encode("utf-8"), one[4]) if isinstance(one[3], str) else one for one in tags]
    tifffile.imwrite(path, image, metadata=None, extratags=encoded, **options)
    return path


def thermo_text(width: object, height: object, cols: int = COLS, rows: int = ROWS, bar: int = 0) -> str:
    lines = [
        *("[User]", "Date=03/12/2019", "Time=10:22:13 AM", "[System]", "SystemType=Helios G4 UX"),
        *("[Beam]", "HV=5000", "Beam=EBeam", "Scan=EScan", "[EBeam]", "HV=5000", "WD=0.00412"),
        *("[Scan]", f"PixelWidth={width}", f"PixelHeight={height}"),
        *("[Image]", f"ResolutionX={cols}", f"ResolutionY={rows}", "[Detectors]", "Number=1", "Name=TLD"),
        *("[PrivateFei]", "TimeOfCreation=12.03.2019 10:22:13", f"DatabarHeight={bar}"),
    ]
    return "\r\n".join(lines)


def write_thermo(
    path: Path,
    width_m: object,
    height_m: object,
    cols: int = COLS,
    rows: int = ROWS,
    bar: int = 0,
    image: npt.NDArray[Any] = GREY,
) -> Path:
    text = thermo_text(width_m, height_m, cols, rows, bar)
    return write_tiff(path, [(34682, 2, 0, text, True)], image)


def zeiss_text(nm: object, named: str = "", stored: str = f"{COLS} * {ROWS}") -> str:
    table = ["0", "0", "0", f"{nm}", "50000.0", "6", "5000.0"]
    lines = [
        *("AP_MAG", "Mag = 50.00 K X", "AP_WD", "WD = 3.9 mm", "AP_ACTUALKV", "EHT = 5.00 kV"),
        *("DP_DETECTOR_CHANNEL", "Signal A = InLens", "AP_DATE", "Date :25 Sep 2018"),
        *("AP_TIME", "Time :8:20:42", "SV_SERIAL_NUMBER", "Serial No. = ULTRA 55-36-06"),
    ]
    if named:
        lines += ["AP_IMAGE_PIXEL_SIZE", f"Image Pixel Size = {named}"]
    if stored:
        lines += ["DP_IMAGE_STORE", f"Store resolution = {stored}"]
    return "\r\n".join(table + lines) + "\r\n"


def write_zeiss(
    path: Path,
    metres: object,
    named: str = "",
    stored: str = f"{COLS} * {ROWS}",
    image: npt.NDArray[Any] = GREY,
) -> Path:
    """The table's pixel size is that of an image of 1024 columns."""
    return write_tiff(path, [(34118, 2, 0, zeiss_text(metres, named, stored), True)], image)


def write_olympus(path: Path, exponent: int, width: float, height: float) -> Path:
    """A structure that points at a second one; offsets count from the start of the file."""
    write_tiff(path, [(33560, 4, 1, 0, True), (271, 2, 0, "Olympus Soft Imaging Solutions", True)])
    content = bytearray(path.read_bytes())
    start = len(content)
    head = struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 42, 19, 15, 10, 118, b"", 1)
    general = struct.pack("<hhI", 1, 1, start + 68)
    data = struct.pack("<10xhdd8xd2x34s32s", exponent, width, height, 600000.0, b"Quemesa", b"TEM")
    content += head + general + data + bytes(64)
    at = content.index(struct.pack("<HHI", 33560, 4, 1))
    content[at + 8 : at + 12] = struct.pack("<I", start)
    path.write_bytes(bytes(content))
    return path


def tescan_text(width: object, height: object, strip: int = 0) -> str:
    lines = [
        *(
            "[MAIN]",
            "AccFrames=1",
            "Company=TESCAN",
            "Date=2019-03-12",
            "Device=MIRA3",
            "DeviceModel=MIRA3 LMH",
        ),
        *(f"ImageStripSize={strip}", "Magnification=5000.0", f"PixelSizeX={width}", f"PixelSizeY={height}"),
        *("Time=10:22:13", "ViewFieldsCountX=1", "[SEM]", "Detector=SE", "HV=15000.0", "WD=0.0100"),
    ]
    return "\r\n".join(lines) + "\r\n"


def write_tescan(
    path: Path, width: object, height: object, strip: int = 0, image: npt.NDArray[Any] = GREY
) -> Path:
    """In the tag a binary head and no headings of sections."""
    keys = [line for line in tescan_text(width, height, strip).splitlines() if not line.startswith("[")]
    raw = b"\x01\0\x9c\xff\0\0" + "\n".join(keys).encode("latin-1") + b"\0"
    return write_tiff(path, [(50431, 7, len(raw), raw, True)], image)


def hitachi_text(pixel: object, name: str = "a.tif", size: str = f"{COLS}x{ROWS}") -> str:
    lines = [
        *("[SemImageFile]", "InstructName=SU8230", "SerialNumber=8230-01", f"ImageName={name}"),
        *("Date=2019/03/12", "Time=10:22:13", f"DataSize={size}", f"PixelSize={pixel}", "SignalName=SE(U)"),
        *("AcceleratingVoltage=15000 Volt", "Magnification=10000", "WorkingDistance=8100 um"),
    ]
    return "\r\n".join(lines) + "\r\n"


def jeol_keys(
    bar: object = 200, marker: str = "1um", stated: str = "", size: str = f"{COLS} {ROWS}"
) -> list[tuple[str, str]]:
    keys = [
        *(("$CM_FORMAT", "JEOL/SEM"), ("$CM_INSTRUMENT", "JSM-7800F"), ("$CM_SIGNAL", "SEI")),
        *(("$CM_MAG", "5000"), ("$CM_ACCEL_VOLT", "15.00"), ("$CM_DATE", "2019/03/12")),
        *(("$CM_TIME", "10:22:13"), ("$CM_FULL_SIZE", size), ("$$SM_WD", "10.0")),
        *(("$$SM_MICRON_BAR", str(bar)), ("$$SM_MICRON_MARKER", marker)),
    ]
    return [*keys, ("$CM_PIXEL_SIZE", stated)] if stated else keys


def jeol_text(*values: Any, **named: Any) -> str:
    return "".join(f"{key} {value}\r\n" for key, value in jeol_keys(*values, **named))


def write_jeol_sem(path: Path, *values: Any, encoding: str = "utf-8", **named: Any) -> Path:
    text = "\t".join(f"{key}={value}" for key, value in jeol_keys(*values, **named))
    raw = b"UNICODE\0" + text.encode(encoding)
    return write_tiff(path, [(37500, 7, len(raw), raw, True)])


def write_jeol_tem(path: Path, magnification: object, per_cm: tuple[int, int], mode: str = "MAG") -> Path:
    xml = (
        "<TemReporter><Eos><EosMode>eosTEM</EosMode></Eos><ElectronGun><AccelerationVoltage>200000"
        f"</AccelerationVoltage></ElectronGun><ImageFormingSystem><ModeString>{mode}</ModeString>"
        f"<SelectorValue>{magnification}</SelectorValue></ImageFormingSystem></TemReporter>\r\n\x01"
    )
    tags = [(270, 2, 0, xml, True)]
    return write_tiff(path, tags, resolution=(per_cm, per_cm), resolutionunit="CENTIMETER")


def write_digitalmicrograph(path: Path, unit: str, scale: float) -> Path:
    tags = [(65003, 2, 0, unit, True), (65004, 2, 0, unit, True), (65009, 12, 1, scale, True)]
    return write_tiff(path, [*tags, (65010, 12, 1, scale, True)])


def write_imagej(path: Path, unit: str | None, per_unit: tuple[float, float]) -> Path:
    metadata = {} if unit is None else {"unit": unit}
    tifffile.imwrite(path, GREY, imagej=True, metadata=metadata, resolution=per_unit)
    return path


def ome_xml(pixels: str, prologue: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Instrument ID="Instrument:0"><Microscope Manufacturer="Acme" Model="Scope 3"/></Instrument>'
        '<Image ID="Image:0"><AcquisitionDate>2019-03-12T10:22:13</AcquisitionDate>'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="{COLS}" SizeY="{ROWS}" SizeZ="1" '
        f'SizeC="1" SizeT="1" {pixels}><TiffData IFD="0" PlaneCount="1"/></Pixels></Image></OME>'
    )


def write_ome(path: Path, pixels: str, prologue: str = "") -> Path:
    return write_tiff(path, [(270, 2, 0, ome_xml(pixels, prologue).encode("utf-8"), True)])


def write_resolution(
    path: Path, per_unit: tuple[int, int], unit: str = "CENTIMETER", software: str | None = None
) -> Path:
    return write_tiff(path, [], resolution=(per_unit, per_unit), resolutionunit=unit, software=software)


def write_with_sidecar(path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """An image that says nothing itself, and a text file beside it."""
    Image.fromarray(GREY).save(path)
    path.with_name(name).write_bytes(text.encode(encoding))
    return path


#: Every maker: how to write a file with a pixel size in nm, and the voltage that it names.
MAKERS: dict[str, tuple[Callable[[Path, float], Path], float | None]] = {
    "thermo": (lambda folder, nm: write_thermo(folder / "a.tif", nm * 1e-9, nm * 1e-9), 5.0),
    "zeiss": (lambda folder, nm: write_zeiss(folder / "a.tif", nm * 1e-9 * COLS / 1024), 5.0),
    "zeiss_named": (lambda folder, nm: write_zeiss(folder / "a.tif", "x", f"{nm} nm"), 5.0),
    "olympus": (lambda folder, nm: write_olympus(folder / "a.tif", -9, nm, nm), None),
    "tescan": (lambda folder, nm: write_tescan(folder / "a.tif", nm * 1e-9, nm * 1e-9), 15.0),
    "tescan_hdr": (
        lambda folder, nm: write_with_sidecar(
            folder / "a.png", "a-png.hdr", tescan_text(nm * 1e-9, nm * 1e-9)
        ),
        15.0,
    ),
    "hitachi": (lambda folder, nm: write_with_sidecar(folder / "a.tif", "a.txt", hitachi_text(nm)), 15.0),
    "jeol_txt": (
        lambda folder, nm: write_with_sidecar(folder / "a.bmp", "a.txt", jeol_text(200, f"{nm * 200}nm")),
        15.0,
    ),
    "jeol_tag": (lambda folder, nm: write_jeol_sem(folder / "a.tif", stated=f"{nm}nm {nm}nm", bar=""), 15.0),
    "jeol_tem": (lambda folder, nm: write_jeol_tem(folder / "a.tif", 1e6, (10**7, round(nm * 1e6))), 200.0),
    "digitalmicrograph": (lambda folder, nm: write_digitalmicrograph(folder / "a.tif", "nm", nm), None),
    "ome": (
        lambda folder, nm: write_ome(
            folder / "a.tif",
            f'PhysicalSizeX="{nm}" PhysicalSizeXUnit="nm" PhysicalSizeY="{nm}" PhysicalSizeYUnit="nm"',
        ),
        None,
    ),
    "imagej": (lambda folder, nm: write_imagej(folder / "a.tif", "nm", (1 / nm, 1 / nm)), None),
    "resolution": (
        lambda folder, nm: write_resolution(folder / "a.tif", (10**9, round(nm * 100))),
        None,
    ),
}
