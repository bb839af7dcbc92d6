"""Which class was taken for which, as a matrix of shares and counts."""

from nanocaliper.evaluation.confusion import ConfusionMatrix
from nanocaliper.report.figures.figure_data import Drawing
from nanocaliper.report.figures.style import BLACK, make_page

__all__ = ["draw_confusion"]

_CELL_MM = 14.0
_MARGIN_MM = 14.0


def draw_confusion(matrix: ConfusionMatrix, name: str, what: str) -> Drawing:
    """Draw a confusion matrix: true classes downwards, found ones to the right.

    Must run in `nanocaliper.report.figures.style.apply_style`.

    Parameters
    ----------
    matrix : ConfusionMatrix
    name : str
        Of the file, without suffix.
    what : str
        What is counted, for example ``'particles'``.

    Returns
    -------
    Drawing
    """
    size = len(matrix.classes)
    caption = f"Share of each true class, and number of {what}."
    page = make_page("", caption, _CELL_MM * size + _MARGIN_MM)
    axes = page.axes[0]
    shares = matrix.shares()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row in range(size):
        for col in range(size):
            share, count = shares[row, col], int(matrix.counts[row, col])
            text = f"{count}" if share != share else f"{share:.3f}\n{count}"
            axes.text(
                col, row, text, ha="center", va="center", color="white" if share > 0.6 else BLACK
            )  # NaN is not above anything
    axes.set_xticks(range(size), matrix.classes, rotation=30 if size > 4 else 0)
    axes.set_yticks(range(size), matrix.classes)
    axes.set_xlabel("found")
    axes.set_ylabel("true")
    axes.tick_params(length=0)
    lines = [
        f"of {int(matrix.counts[k].sum())} true {true}: "
        + ", ".join(f"{int(n)} {found}" for found, n in zip(matrix.classes, matrix.counts[k], strict=True))
        for k, true in enumerate(matrix.classes)
    ]
    return Drawing(name, page.figure, f"Confusion matrix of {what}: {'; '.join(lines)}.")
