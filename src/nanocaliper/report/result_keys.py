"""The format of ``result.json``: its name and the meaning of every key."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FREE_KEYS", "RESULT_KEYS", "SCHEMA"]

#: Name and version of the format; the number grows when a key changes its meaning or goes.
SCHEMA = "nanocaliper-result/1"

_BOX = "rows row_start to row_stop - 1, columns col_start to col_stop - 1"

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
        "image.metadata": "What the instrument wrote in the file, as found; its keys differ by instrument.",
        "calibration": "The scale; null where there is none.",
        "calibration.nm_per_px": "Size of a pixel, nm.",
        "calibration.relative_uncertainty": "Standard uncertainty of nm_per_px over nm_per_px, or null.",
        "calibration.source": "'metadata', 'scale_bar' or 'user'.",
        "reason": "Where there is no calibration: why, and what to do; else null.",
        "scale_bar": "The printed scale bar that was read, used for the calibration or not; or null.",
        "scale_bar.value": "Number on the label.",
        "scale_bar.unit": "Unit on the label: 'pm', 'A' (ångström), 'nm', 'um', 'mm', 'cm' or 'm'.",
        "scale_bar.length_nm": "The label's length, nm.",
        "scale_bar.length_px": "Distance of the bar's ends, px.",
        "scale_bar.length_uncertainty_px": "Standard uncertainty of that distance, px.",
        "scale_bar.nm_per_px": "length_nm / length_px.",
        "scale_bar.row": "Centre line of the bar, px.",
        "scale_bar.col_start": "Left end, px; pixel c covers c - 0.5 to c + 0.5.",
        "scale_bar.col_stop": "Right end, px.",
        "scale_bar.label_box": f"Where the label stands: {_BOX}.",
        "scale_bar.label_box.row_start": "First row, px.",
        "scale_bar.label_box.col_start": "First column, px.",
        "scale_bar.label_box.row_stop": "Row after the last, px.",
        "scale_bar.label_box.col_stop": "Column after the last, px.",
        "scale_bar.text": "The label as read.",
        "scale_bar.confidence": "How sure the reading is, 0 to 1.",
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
        "statistics": "Number-weighted distributions of the area-equivalent diameter of the whole particles.",
        "statistics.diameter_px": "In px.",
        "statistics.diameter_px.count": "Particles.",
        "statistics.diameter_px.mean": "Arithmetic mean; null without particles.",
        "statistics.diameter_px.sd": "Standard deviation (n - 1); null for fewer than two particles.",
        "statistics.diameter_px.d10": "Diameter below which 10 % of the particles by number lie, ISO 9276-2.",
        "statistics.diameter_px.d50": "Median.",
        "statistics.diameter_px.d90": "Diameter below which 90 % of the particles by number lie.",
        "statistics.diameter_nm": "In nm; null without a calibration.",
        "statistics.diameter_nm.count": "Particles.",
        "statistics.diameter_nm.mean": "Arithmetic mean; null without particles.",
        "statistics.diameter_nm.sd": "Standard deviation (n - 1); null for fewer than two particles.",
        "statistics.diameter_nm.d10": "Diameter below which 10 % of the particles by number lie, ISO 9276-2.",
        "statistics.diameter_nm.d50": "Median.",
        "statistics.diameter_nm.d90": "Diameter below which 90 % of the particles by number lie.",
        "warnings": "What a person should know before using the numbers; a list of sentences.",
        "provenance": "What is needed to get the same numbers again.",
        "provenance.version": "Version of nanocaliper.",
        "provenance.model": "'threshold' or the name of the network.",
        "provenance.model_sha256": "SHA-256 digest of the network's weights; null for 'threshold'.",
        "provenance.settings": "All settings as given.",
        "provenance.settings.model": "--model: name or folder of the network, or 'threshold'.",
        "provenance.settings.nm_per_px": "--nm-per-px: the user's scale, or null.",
        "provenance.settings.confidence": "--confidence, or null for the model card's value.",
        "provenance.settings.page": "--page, from 0.",
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
        "segmentation.settings",
        "segmentation.left_out",
        "counts.left_out",
        "provenance.seconds",
        "provenance.libraries",
    }
)
