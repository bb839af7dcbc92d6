"""The meaning of every column of the particle table, with formula and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["COLUMNS", "Column"]


@dataclass(frozen=True)
class Column:
    """One column of the particle table.

    Parameters
    ----------
    unit : str
        ``'px'``, ``'px²'``, ``'nm'``, ``'nm²'``, ``'1'`` for a pure number, ``'deg'``, ``'grey'`` for grey values
        as recorded, or ``''`` for no number.
    meaning : str
        Definition in a sentence, with formula and source.
    power : int
        Power of nm/px that turns the ``_px`` column into its ``_nm`` twin; 0 where there is none.
    """

    unit: str
    meaning: str
    power: int = 0


#: Columns that are measured in pixels or without unit; those with a power have a twin in nm or nm².
_MEASURED: dict[str, Column] = {
    "particle": Column("", "Number of the particle, as in labels.tif."),
    "row": Column(
        "px", "Row of the centroid of the outline; pixel centres are whole numbers, the first is 0."
    ),
    "col": Column("px", "Column of the centroid of the outline."),
    "touches_border": Column("", "True where the particle reaches the edge of the image or of a data strip."),
    "score": Column("1", "How sure the segmentation is of the particle, 0 to 1."),
    "edited": Column(
        "",
        "What a person did to the particle: drawn, merged, split, repainted, class (only its class was set); empty "
        "where nothing.",
    ),
    "shape": Column(
        "",
        "Class: sphere, rod, cube, polygon, plate or irregular, from a network that knows classes, else from the "
        "outline; empty where not decided.",
    ),
    "shape_probability": Column(
        "1", "Probability of the class; where none is decided, that of the most probable one, if known."
    ),
    "area_px": Column(
        "px²", "Area A inside the sub-pixel outline, holes filled, by the shoelace formula.", 2
    ),
    "diameter_equivalent_px": Column("px", "Area-equivalent diameter √(4A/π), ISO 9276-6:2008.", 1),
    "outline_uncertainty_px": Column(
        "px",
        "Standard uncertainty of the place of the outline, from how soft the network's edge is; the diameter's is "
        "twice that. Empty where it is not known: without a network, and for outlines drawn by hand.",
        1,
    ),
    "feret_max_px": Column(
        "px", "Largest distance of two parallel tangents to the outline, ISO 9276-6:2008.", 1
    ),
    "feret_min_px": Column(
        "px", "Smallest distance of two parallel tangents to the outline, ISO 9276-6:2008.", 1
    ),
    "perimeter_px": Column("px", "Length P of the sub-pixel outline.", 1),
    "diameter_perimeter_px": Column("px", "Perimeter-equivalent diameter P/π, ISO 9276-6:2008.", 1),
    "feret_orthogonal_px": Column(
        "px", "Distance of the tangents parallel to the direction of feret_max, ISO 13322-1:2014.", 1
    ),
    "feret_horizontal_px": Column("px", "Extent along the columns: Feret diameter at 0°.", 1),
    "feret_vertical_px": Column("px", "Extent along the rows: Feret diameter at 90°.", 1),
    "feret_mean_px": Column(
        "px", "Feret diameter averaged over all directions: convex perimeter / π (Cauchy 1841).", 1
    ),
    "diameter_inscribed_px": Column("px", "Diameter of the largest circle inside, ISO 9276-6:2008.", 1),
    "diameter_enclosing_px": Column("px", "Diameter of the smallest circle around, ISO 9276-6:2008.", 1),
    "ellipse_major_px": Column(
        "px", "Long axis 4√λ₁ of the ellipse with the same second moments of area, ISO 9276-6:2008.", 1
    ),
    "ellipse_minor_px": Column("px", "Short axis 4√λ₂ of the same ellipse.", 1),
    "rectangle_length_px": Column(
        "px", "Long side of the rectangle of smallest area around the outline (Freeman and Shapira 1975).", 1
    ),
    "rectangle_width_px": Column("px", "Short side of the same rectangle.", 1),
    "rod_length_px": Column("px", "Length as a rod: extent along the long axis of the ellipse.", 1),
    "rod_width_px": Column("px", "Width as a rod: mean width over the middle half of rod_length.", 1),
    "geodesic_length_px": Column(
        "px",
        "Length x of the fibre with A = x·e and P = 2(x + e), ISO 9276-6:2008; empty where P² < 16A.",
        1,
    ),
    "geodesic_thickness_px": Column("px", "Thickness e of the same fibre; empty where P² < 16A.", 1),
    "cube_edge_px": Column("px", "Edge of a cube seen face on: √A.", 1),
    "aspect_ratio": Column(
        "1", "feret_max / feret_min, at least 1; the inverse of the aspect ratio of ISO 9276-6:2008."
    ),
    "ellipse_aspect_ratio": Column(
        "1", "ellipse_major / ellipse_minor, at least 1; the inverse of the ellipse ratio of ISO 9276-6:2008."
    ),
    "elongation": Column("1", "1 - rectangle_width / rectangle_length; 0 for a disc or a square."),
    "circularity": Column("1", "√(4πA/P²), ISO 9276-6:2008; 1 for a disc."),
    "form_factor": Column("1", "4πA/P² = circularity², ISO 9276-6:2008; ImageJ calls this circularity."),
    "roundness": Column("1", "4A/(π feret_max²), ISO 9276-6:2008."),
    "compactness": Column("1", "√(4A/π) / feret_max = √roundness, ISO 9276-6:2008."),
    "solidity": Column("1", "A divided by the area of the convex hull, ISO 9276-6:2008."),
    "convexity": Column("1", "Perimeter of the convex hull divided by P, ISO 9276-6:2008."),
    "extent": Column("1", "A / (feret_max · feret_min), ISO 9276-6:2008."),
    "box_ratio": Column("1", "A / (rectangle_length · rectangle_width), ISO 9276-6:2008."),
    "irregularity": Column("1", "diameter_inscribed / diameter_enclosing, ISO 9276-6:2008."),
    "blaschke_coefficient": Column(
        "1",
        "Area of the convex hull H divided by that of ½(H ⊕ -H): 1 with a centre of symmetry, ⅔ for a triangle "
        "(Grünbaum 1963; Heijmans and Tuzikov 1998).",
    ),
    "roughness": Column(
        "1",
        "RMS distance of the outline from its elliptic Fourier outline of order 10 (Kuhl and Giardina 1982), over "
        "diameter_equivalent; empty where P < 40 px.",
    ),
    "orientation_deg": Column(
        "deg",
        "Direction of ellipse_major, counter-clockwise on the screen from the right, over -90 to 90; empty where "
        "both axes are equal.",
    ),
    "grey_mean": Column("grey", "Mean grey value over the pixels of the label, as recorded."),
    "grey_background": Column(
        "grey",
        "Mean grey value of the free pixels 2 to 6 px away, nearest to this particle; empty below 10 pixels.",
    ),
    "contrast": Column("grey", "grey_mean - grey_background; negative where the particle is darker."),
    "neighbour_distance_px": Column(
        "px", "Distance from the centroid to the nearest other centroid; empty for a single particle.", 1
    ),
    "neighbour_gap_px": Column(
        "px",
        "Smallest distance from the outline to that of another particle; empty for a single particle.",
        1,
    ),
    "agglomerate": Column(
        "",
        "Number of the group of particles that touch, directly or through others: outlines at most 1.5 px apart.",
    ),
    "agglomerate_members": Column(
        "", "How many particles the group has; 1 for a particle that touches none."
    ),
}


def _with_nm(columns: Mapping[str, Column]) -> dict[str, Column]:
    table: dict[str, Column] = {}
    for name, column in columns.items():
        table[name] = column
        if column.power:
            unit = "nm" if column.power == 1 else "nm²"
            nm_name = name.removesuffix("_px") + ("_nm" if column.power == 1 else "_nm2")
            table[nm_name] = Column(unit, f"{name} in {unit}; empty where there is no calibration.")
    return table


#: Every column of `Particles.table`, in order.
COLUMNS: Mapping[str, Column] = MappingProxyType(_with_nm(_MEASURED))
