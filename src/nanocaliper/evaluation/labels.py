"""Facts about label images that scores and training share."""

import numpy as np
import numpy.typing as npt

__all__ = ["border_labels", "particle_sizes"]


def particle_sizes(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Area-equivalent diameter of every label.

    d = sqrt(4 A / pi), ISO 9276-6:2008, A the pixel count.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background.

    Returns
    -------
    ndarray, shape (max label + 1,)
        Diameters in px; 0 for the background and for numbers not in use.
    """
    areas = np.bincount(np.asarray(labels).ravel()).astype(np.float64)
    areas[0] = 0
    return np.sqrt(4 * areas / np.pi)


def border_labels(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Which labels touch the image border.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)

    Returns
    -------
    ndarray of bool, shape (max label + 1,)
    """
    touches = np.zeros(int(labels.max(initial=0)) + 1, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[edge] = True
    touches[0] = False
    return touches
