"""The format of ``result.json``: its name and the meaning of every key."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FREE_KEYS", "RESULT_KEYS", "SCHEMA"]

#: Name and version of the format; the number grows when a key changes its meaning or goes.
SCHEMA = "nanocaliper-result/2"

_BOX = "rows row_start to row_stop - 1, columns col_start to col_stop - 1"

_BAR_KEYS = {
    "value": "Number on the label.",
    "unit": "Unit on the label: 'pm', 'A' (ångström), 'nm', 'um', 'mm', 'cm' or 'm'.",
    "length_nm": "The label's length, nm.",
    "length_px": "Distance of the bar's ends, px.",
    "length_uncertainty_px": "Standard uncertainty of that distance, px.",
    "nm_per_px": "length_nm / length_px.",
    "row": "Centre line of the bar, px.",
    "col_start": "Left end, px; pixel c covers c - 0.5 to c + 0.5.",
    "col_stop": "Right end, px.",
    "label_box": f"Where the label stands: {_BOX}.",
    "label_box.row_start": "First row, px.",
    "label_box.col_start": "First column, px.",
    "label_box.row_stop": "Row after the last, px.",
    "label_box.col_stop": "Column after the last, px.",
    "text": "The label as read.",
    "confidence": "How sure the reading is, 0 to 1; null where the method gives none (tao2025).",
}

#: Meaning of every key; ``a.b`` is key ``b`` inside ``a``, ``a[]`` an element of the list ``a``.
RESULT_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "schema": f"Always '{SCHEMA}'.",
        "image": "The input.",
        "image.path": "Path of the file as given, or 'array'.",
        "image.name": "Name of the file without folders.",
        "image.format": "File format, for example 'TIFF'.",
        "image.rows": "Rows of the whole image, px.",
        "image.cols": "Columns of the whole image, px.",
        "image.page": "Page of the file that was measured, from 0.",
        "image.pages": "Pages the file has.",
        "image.data_strips": f"Bands drawn by the instrument, not measured: {_BOX}.",
        "image.data_strips[].row_start": "First row, px.",
        "image.data_strips[].col_start": "First column, px.",
        "image.data_strips[].row_stop": "Row after the last, px.",
        "image.data_strips[].col_stop": "Column after the last, px.",
        "image.sha256": "SHA-256 digest of the file's bytes.",
        "image.acquisition": "How the image was taken, as its metadata say; null where they say nothing of it.",
        "image.acquisition.maker": "Maker of the instrument, or the program that wrote the metadata.",
        "image.acquisition.instrument": "Model of the instrument; null where unknown, like all that follow.",
        "image.acquisition.voltage_kv": "Accelerating voltage, kV.",
        "image.acquisition.magnification": "Magnification as the instrument defines it; never used for the scale.",
        "image.acquisition.working_distance_mm": "Working distance, mm.",
        "image.acquisition.detector": "Detector or signal.",
        "image.acquisition.acquired_at": "Local date and time, ISO 8601 where unambiguous, else as written.",
        "image.acquisition.rows": "Rows of the image when it was taken, px.",
        "image.acquisition.cols": "Columns of the image when it was taken, px.",
        "image.acquisition.data_bar_rows": "Height of the data bar that the instrument added, px.",
        "image.metadata": "What the instrument wrote in the file, as found; its keys differ by instrument.",
        "calibration": "The scale; null where there is none, or where two disagree and nobody settled it.",
        "calibration.nm_per_px": "Size of a pixel, nm.",
        "calibration.relative_uncertainty": "Standard uncertainty of nm_per_px over nm_per_px, of the reading "
        "alone: 0 for metadata with all their digits, null for a user's scale without one.",
        "calibration.source": "'metadata', 'scale_bar' or 'user'.",
        "conflict": "Where metadata and printed bar disagree: both, also where the user settled it; else null.",
        "conflict.metadata_nm_per_px": "What the file's metadata say, nm.",
        "conflict.scale_bar_nm_per_px": "What the printed bar says, nm.",
        "conflict.scale_bar_relative_uncertainty": "Relative standard uncertainty of the latter.",
        "conflict.relative_difference": "Scale of the bar over that of the metadata, minus 1.",
        "conflict.limit": "Relative difference up to which they would have agreed.",
        "conflict.settled_by": "What the user decided for: 'metadata', 'scale_bar' or 'user' (--nm-per-px); "
        "null while nobody did.",
        "reason": "Where there is no calibration: why, and what to do; else null.",
        "scale_bar": "The printed scale bar that was read, used for the calibration or not; or null.",
        **{f"scale_bar.{key}": meaning for key, meaning in _BAR_KEYS.items()},
        "scale_bar_guess": "Where no bar was read surely: the surest doubtful reading, never used; or null.",
        **{f"scale_bar_guess.{key}": meaning for key, meaning in _BAR_KEYS.items()},
        "annotations": f"Burned-in text and bars, never particles: {_BOX}.",
        "annotations[].row_start": "First row, px.",
        "annotations[].col_start": "First column, px.",
        "annotations[].row_stop": "Row after the last, px.",
        "annotations[].col_stop": "Column after the last, px.",
        "segmentation": "How the particles were found.",
        "segmentation.method": "'threshold' or the name of the network.",
        "segmentation.settings": "Every setting that influenced the segmentation; its keys differ by method.",
        "segmentation.left_out": "Candidates the segmentation did not keep, by reason.",
        "counts": "How many particles.",
        "counts.found": "Outlined: rows of particles.csv and labels of labels.tif.",
        "counts.measured": "Whole: in the statistics. found = measured + left_out.touches_border.",
        "counts.left_out": "Not in the statistics, by reason, from all stages.",
        "statistics": "Statistics of the whole particles.",
        "statistics.field": "The part of the image that shows the sample, whose edges cut particles.",
        "statistics.field.rows": "Its rows, px.",
        "statistics.field.cols": "Its columns, px.",
        "statistics.diameter_px": "Area-equivalent diameter in px, by number.",
        "statistics.diameter_px.count": "Particles.",
        "statistics.diameter_px.mean": "Arithmetic mean; null without particles.",
        "statistics.diameter_px.sd": "Standard deviation (n - 1); null for fewer than two particles.",
        "statistics.diameter_px.d10": "Diameter below which 10 % of the particles by number lie, ISO 9276-2.",
        "statistics.diameter_px.d50": "Median.",
        "statistics.diameter_px.d90": "Diameter below which 90 % of the particles by number lie.",
        "statistics.diameter_nm": "The same in nm; null without a calibration.",
        "statistics.diameter_nm.count": "Particles.",
        "statistics.diameter_nm.mean": "Arithmetic mean; null without particles.",
        "statistics.diameter_nm.sd": "Standard deviation (n - 1); null for fewer than two particles.",
        "statistics.diameter_nm.d10": "Diameter below which 10 % of the particles by number lie, ISO 9276-2.",
        "statistics.diameter_nm.d50": "Median.",
        "statistics.diameter_nm.d90": "Diameter below which 90 % of the particles by number lie.",
        "statistics.analysis": "Distributions, intervals, precision, edge correction, budgets and verdict of "
        "the area-equivalent diameter: see 'An analysis'.",
        "warnings": "What a person should know before using the numbers; a list of sentences.",
        "provenance": "What is needed to get the same numbers again.",
        "provenance.version": "Version of nanocaliper.",
        "provenance.model": "'threshold' or the name of the network.",
        "provenance.model_sha256": "SHA-256 digest of the network's weights; null for 'threshold'.",
        "provenance.settings": "All settings as given.",
        "provenance.settings.model": "--model: name or folder of the network, or 'threshold'.",
        "provenance.settings.nm_per_px": "--nm-per-px: the user's scale, or null.",
        "provenance.settings.scale_uncertainty": "--scale-uncertainty, or null.",
        "provenance.settings.scale_source": "--scale-source: 'auto', 'metadata' or 'bar'.",
        "provenance.settings.scale_method": "--scale-method: how the printed bar was read.",
        "provenance.settings.confidence": "--confidence, or null for the model card's value.",
        "provenance.settings.page": "--page, from 0.",
        "provenance.settings.repeatability": "--repeatability, or null.",
        "provenance.settings.budget": "--budget: the rows that were edited, or null.",
        "provenance.input_sha256": "The same as image.sha256.",
        "provenance.seconds": "Wall time of every stage and in total.",
        "provenance.libraries": "Versions of Python and of the libraries that numbers depend on.",
        "provenance.platform": "Operating system and processor.",
        "provenance.written_at": "When this file was written, UTC, ISO 8601.",
    }
)

#: Keys whose content depends on instrument, method or image and is not listed in `RESULT_KEYS`.
FREE_KEYS = frozenset(
    {
        "image.metadata",
        "provenance.settings.budget",
        "segmentation.settings",
        "segmentation.left_out",
        "counts.left_out",
        "statistics.analysis",
        "provenance.seconds",
        "provenance.libraries",
    }
)
