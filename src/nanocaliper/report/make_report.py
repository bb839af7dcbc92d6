"""The report of samples: its content made once, then written as Word, HTML, Excel or JSON."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nanocaliper import __version__
from nanocaliper.errors import UsageError
from nanocaliper.report.report_content import ReportContent
from nanocaliper.report.report_details import ReportDetails
from nanocaliper.report.report_material import ReportImage, ReportMaterial, gather_material, name_folders
from nanocaliper.report.report_sheets import make_sheets
from nanocaliper.report.result_folder import write_atomically
from nanocaliper.report.result_json import encode_json
from nanocaliper.report.sections.cautions import make_cautions
from nanocaliper.report.sections.checklist import make_checklist
from nanocaliper.report.sections.comparison import make_comparison
from nanocaliper.report.sections.images import make_images
from nanocaliper.report.sections.method import make_method
from nanocaliper.report.sections.sample_and_instrument import make_sample_and_instrument
from nanocaliper.report.sections.screening import make_screening
from nanocaliper.report.sections.sizes import make_sizes
from nanocaliper.report.sections.sources import make_sources
from nanocaliper.report.sections.summary import make_front, make_summary
from nanocaliper.report.sections.uncertainty import make_uncertainty
from nanocaliper.report.statistics_folder import describe_statistics
from nanocaliper.statistics.analysis_options import AnalysisOptions

__all__ = ["REPORT_FORMATS", "encode_report", "make_content", "make_report", "write_encoded", "write_report"]

_TITLE = "Particle size by electron microscopy"
_SETTINGS = (
    "measurand",
    "basis",
    "precision",
    "repeatability",
    "include_border",
    "shape",
    "detection_limit",
    "seed",
)


def make_report(
    samples: Mapping[str, Sequence[ReportImage] | Sequence[Path] | Mapping[str, Path]],
    details: ReportDetails | None = None,
    *,
    options: AnalysisOptions | None = None,
    failed: Mapping[str, str] = MappingProxyType({}),
) -> ReportContent:
    """Make the report of samples from stored results.

    Parameters
    ----------
    samples : mapping
        By name of sample its images: folders with ``result.json`` and ``particles.csv``, as a sequence (images are
        then named as their files) or by name of image; or images read already.
    details : ReportDetails, optional
        What the laboratory says; what it does not say is marked to be filled in.
    options : AnalysisOptions, optional
    failed : mapping of str to str
        Images that could not be measured, with the reason.

    Returns
    -------
    ReportContent
        The same for the same results, details and version.

    Raises
    ------
    ReadError
        If results are missing, damaged or of another format.
    StatisticsError
        If no sample can be analysed.
    """
    read: dict[str, Sequence[ReportImage] | Mapping[str, Path]] = {}
    for name, given in samples.items():
        if isinstance(given, Mapping):
            read[name] = given
            continue
        images = [one for one in given if isinstance(one, ReportImage)]
        read[name] = images or name_folders([Path(one) for one in given if not isinstance(one, ReportImage)])
    material = gather_material(
        read, details or ReportDetails(), options or AnalysisOptions(), version=__version__, failed=failed
    )
    return make_content(material)


def make_content(material: ReportMaterial) -> ReportContent:
    """Put what was gathered into words, tables, figures and charts.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    ReportContent
    """
    given = material.details.report
    sections = (
        make_summary(material),
        *make_sample_and_instrument(material),
        *make_images(material),
        *make_method(material),
        *make_sizes(material),
        *make_uncertainty(material),
        *make_screening(material),
        *make_comparison(material),
        *make_cautions(material),
        *make_checklist(material),
        *make_sources(material),
    )
    # The newest result dates the statistics: the same results give the same file on any day.
    newest = max((str(image.result["provenance"]["written_at"]) for image in material.images), default="")
    statistics = describe_statistics(
        "compare" if material.comparisons else "stats",
        sorted({image.folder.name for image in material.images}),
        {name: getattr(material.options, name) for name in _SETTINGS},
        [sample.analysis for sample in material.samples],
        {sample.name: [image.particles for image in sample.images] for sample in material.samples},
        material.comparisons,
        version=material.version,
        written_at=newest,
    )
    return ReportContent(
        title=given.get("title", _TITLE),
        number=given.get("number", ""),
        date=given.get("date", ""),
        made_by=f"nanocaliper {material.version}",
        front=make_front(material),
        sections=sections,
        sheets=make_sheets(material),
        statistics=statistics,
    )


def _encode_docx(content: ReportContent) -> bytes:
    from nanocaliper.report.word.document import encode_docx

    return encode_docx(content)


def _encode_html(content: ReportContent) -> bytes:
    from nanocaliper.report.html_report import encode_html

    return encode_html(content)


def _encode_xlsx(content: ReportContent) -> bytes:
    from nanocaliper.report.excel import encode_xlsx

    return encode_xlsx(content)


def _encode_json(content: ReportContent) -> bytes:
    return encode_json(content.statistics)


#: How a report is written, by suffix without its dot.
REPORT_FORMATS: Final[Mapping[str, Callable[[ReportContent], bytes]]] = MappingProxyType(
    {"docx": _encode_docx, "html": _encode_html, "xlsx": _encode_xlsx, "json": _encode_json}
)


def encode_report(content: ReportContent, kind: str) -> bytes:
    """Write a report as the bytes of a file.

    Parameters
    ----------
    content : ReportContent
    kind : str
        A name of `REPORT_FORMATS`.

    Returns
    -------
    bytes
        The same for the same content.

    Raises
    ------
    UsageError
        If the format is unknown, or needs the extra ``workbench``.
    """
    if kind not in REPORT_FORMATS:
        raise UsageError(f"A report cannot be '{kind}'; expected one of {', '.join(REPORT_FORMATS)}.")
    try:
        return REPORT_FORMATS[kind](content)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("docx", "pptx", "xlsxwriter", "lxml"):
            raise
        raise UsageError(
            f"A report as {kind} needs the package '{error.name}', which is not installed: run "
            'pip install "nanocaliper[workbench]".'
        ) from None


def write_report(content: ReportContent, path: Path) -> None:
    """Write a report in the format that the path's suffix says.

    Parameters
    ----------
    content : ReportContent
    path : Path
        With the suffix of one of `REPORT_FORMATS`.

    Raises
    ------
    UsageError
        As `encode_report`.
    OutputError
        If the file cannot be written.
    """
    write_encoded(encode_report(content, path.suffix.lower().lstrip(".")), path)


def write_encoded(encoded: bytes, path: Path) -> None:
    """Write what `encode_report` made, whole or not at all.

    Parameters
    ----------
    encoded : bytes
    path : Path
        Its folder is made.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_atomically(path, lambda file: file.write(encoded))
