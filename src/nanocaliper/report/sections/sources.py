"""References, software and licences."""

from importlib.metadata import PackageNotFoundError, version

from nanocaliper.inference.catalogue import shipped_models
from nanocaliper.report.report_content import Bullets, Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial

__all__ = ["make_sources"]

_REFERENCES = (
    "ISO 21363:2020, Nanotechnologies – Measurements of particle size and shape distributions by "
    "transmission electron microscopy.",
    "ISO 19749:2021, Nanotechnologies – Measurements of particle size and shape distributions by scanning "
    "electron microscopy.",
    "ISO 13322-1:2014, Particle size analysis – Image analysis methods – Part 1: Static image analysis "
    "methods.",
    "ISO 9276-1:1998, ISO 9276-2:2014, ISO 9276-5:2005, Representation of results of particle size analysis.",
    "JCGM 100:2008, Evaluation of measurement data – Guide to the expression of uncertainty in measurement "
    "(GUM).",
    "ASTM E766-14(2019), Standard practice for calibrating the magnification of a scanning electron "
    "microscope.",
    "Commission Recommendation of 10 June 2022 on the definition of nanomaterial, 2022/C 229/01, OJ C 229, "
    "14.6.2022, p. 1.",
    "R. E. Miles, in Stochastic Geometry, Wiley, 1974; C. Lantuéjoul, Microscope 1980, 28, 33 (correction "
    "for the border).",
    "H. Masuda and K. Iinoya, J. Chem. Eng. Jpn. 1971, 4, 60 (number of particles).",
)
_LICENCES = (
    ("nanocaliper", "Apache-2.0"),
    ("numpy", "BSD-3-Clause"),
    ("pandas", "BSD-3-Clause"),
    ("matplotlib", "PSF-based"),
    ("contourpy", "BSD-3-Clause"),
    ("opencv-python-headless", "Apache-2.0"),
    ("onnxruntime", "MIT"),
    ("rapidocr", "Apache-2.0"),
)


def make_sources(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections on references and software.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    versions = sorted({str(image.result["provenance"]["version"]) for image in material.images})
    models = sorted({str(image.result["provenance"]["model"]) for image in material.images})
    cite = (
        f"Particles were outlined and measured with nanocaliper {', '.join(versions)} (model "
        f"{', '.join(models)}), and "
        f"statistics, uncertainties and this report were made with nanocaliper {material.version}."
    )
    measured_by: dict[str, set[str]] = {}
    for image in material.images:
        for name, one in image.result["provenance"]["libraries"].items():
            measured_by.setdefault(name, set()).add(one or "not known")
    rows = tuple(
        (name, ", ".join(sorted(measured_by.get(name, ()))) or _find_version(name, material), licence)
        for name, licence in _LICENCES
    )
    columns = (Column("Software", 1.4), Column("Version", 1.2), Column("Licence", 1.4))
    return (
        Section("References", (Bullets(_REFERENCES, numbered=True),)),
        Section(
            "Software and licences",
            (
                Paragraph(("Text to cite: ", cite)),
                Table(
                    "table:software",
                    "Software that the numbers depend on: versions as when the images were measured",
                    columns,
                    rows,
                ),
                *_credit_training(models),
            ),
            key="section:software",
        ),
    )


def _credit_training(models: list[str]) -> tuple[Paragraph, ...]:
    """Say what the shipped networks that were used learned from, as their licences ask for."""
    shipped = shipped_models()
    return tuple(
        Paragraph(f"The weights of {name} were trained {shipped[name].training['credit']}.", "note")
        for name in models
        if name in shipped
    )


def _find_version(name: str, material: ReportMaterial) -> str:
    if name == "nanocaliper":
        return material.version
    try:
        return version(name)
    except PackageNotFoundError:
        return "not known"
