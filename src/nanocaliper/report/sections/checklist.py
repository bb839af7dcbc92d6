"""What a report on particle sizes is expected to hold, where it stands here, and what the laboratory adds."""

from nanocaliper.report.report_content import Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial
from nanocaliper.report.report_text import Cell, Ref, Strong

__all__ = ["make_checklist"]


def make_checklist(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the checklist.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    details = material.details
    counted = [sample for sample in material.samples if sample.analysis.pooled.selection.sizes.size]
    agreement = any(sample.analysis.agreement for sample in counted)
    acquired = any(image.result["image"].get("acquisition") for image in material.images)
    overlays = Ref("section:overlays")

    def stated(group: str, *names: str) -> tuple[Cell, str]:
        given = getattr(details, group)
        if group == "sample":
            given = {
                name: ""
                for name in names
                if all(name in details.find_sample(one.name) for one in material.samples)
            }
        missing = [name for name in names if name not in given]
        place: Cell = (
            "front page"
            if group == "report"
            else (
                Ref(
                    {
                        "sample": "section:sample",
                        "instrument": "table:instrument",
                        "method": "table:procedure",
                    }[group]
                ),
            )
        )
        return (place, "given") if not missing else (place, "to be completed")

    def made(*keys: str, there: bool = True) -> tuple[Cell, str]:
        if not there:
            return "–", "not applicable"
        text: list[Ref | str] = []
        for key in keys:
            text += [", ", Ref(key)] if text else [Ref(key)]
        return tuple(text), "given"

    any_counted = bool(counted)
    first = str(material.samples.index(counted[0])) if counted else "0"
    rows: list[tuple[str, tuple[Cell, str]]] = [
        ("Laboratory, report number, date", stated("report", "laboratory", "number", "date")),
        ("Customer", stated("report", "customer")),
        ("Person who measured, person who approved", stated("report", "operator", "approved_by")),
        ("Standard or procedure followed; deviations from it", stated("method", "procedure", "deviations")),
        (
            "Sample: material, identification, supplier, date received",
            stated("sample", "material", "identification", "supplier", "received"),
        ),
        ("Preparation of the specimen", stated("sample", "preparation")),
        ("Instrument: maker, model", stated("instrument", "maker", "model")),
        (
            "Imaging: voltage, magnification, detector or mode",
            stated("instrument", "voltage", "magnification", "detector"),
        ),
        ("Acquisition as recorded in the image files", made("table:acquisition", there=acquired)),
        (
            "Magnification calibration: standard, certificate, date (traceability)",
            stated("instrument", "calibration_standard", "calibration_certificate", "calibration_date"),
        ),
        ("Image resolution and how it was checked", stated("instrument", "resolution")),
        ("How fields of view were chosen", stated("method", "fields")),
        ("Validation of the procedure", stated("method", "validation")),
        ("Images, pixel size, source of the scale", made("table:images")),
        ("Representative images with outlines and scale bar", made(overlays.key)),
        ("Software, version, all settings", made("section:settings", "section:software")),
        ("How particles are found and outlined; edits by hand", made("section:method", "section:edits")),
        ("Measurand and its definition", made("section:method")),
        ("Number of particles; those left out, with reasons", made("section:counts")),
        (
            "Size and shape statistics, with confidence intervals",
            made(f"table:statistics:{first}", f"table:shapes:{first}", there=any_counted),
        ),
        (
            "Size distribution: histogram and cumulative",
            made(f"chart:histogram:{first}", f"chart:cumulative:{first}", there=any_counted),
        ),
        ("Fits to model distributions, with goodness", made(f"section:models:{first}", there=any_counted)),
        ("Correction for the border", made("section:edges", there=any_counted)),
        (
            "Agreement between images (analysis of variance)",
            made(f"section:agreement:{first}", there=agreement),
        ),
        ("Enough particles for the precision wanted", made(f"section:statistics:{first}", there=any_counted)),
        (
            "Measurement uncertainty, with budget and coverage factor",
            made("section:uncertainty", there=any_counted),
        ),
        ("Data of every particle", ("workbook (xlsx) that belongs to this report", "given")),
    ]
    table = Table(
        "table:checklist",
        "What a report on particle size by electron microscopy holds",
        (Column("Item", 2.6), Column("Where", 1.5), Column("State", 1.0)),
        tuple(
            (item, place, (Strong(state),) if state == "to be completed" else state)
            for item, (place, state) in rows
        ),
    )
    note = Paragraph(
        "The items follow, in our words, what ISO 21363 (TEM), ISO 19749 (SEM) and ISO 13322-1 ask to be "
        "reported, and what "
        "ISO/IEC 17025 asks of every test report. The list replaces none of them: check it against the "
        "edition that you "
        "work to. What is to be completed stands as a marked field in the text.",
        "note",
    )
    return (Section("Checklist", (table, note), key="section:checklist"),)
