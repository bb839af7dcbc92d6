"""Logistic regression, for the few numbers of a card that are fitted to answers."""

import numpy as np
import numpy.typing as npt

__all__ = ["fit_logistic"]

Array = npt.NDArray[np.float64]


def fit_logistic(
    features: Array, answer: npt.NDArray[np.bool_], weights: Array, ridge: float = 1e-3
) -> Array:
    """Weighted logistic regression by Newton's method, with a slight ridge.

    Parameters
    ----------
    features : ndarray, shape (n, k)
    answer : ndarray of bool, shape (n,)
    weights : ndarray, shape (n,)
        0 or more each.
    ridge : float
        Above 0; keeps the numbers finite where the answers can be parted without an error.

    Returns
    -------
    ndarray, shape (k + 1,)
        Constant first; the probability is 1 / (1 + exp(-(constant + features @ others))).
    """
    design = np.column_stack([np.ones(len(features)), features])
    target = answer.astype(np.float64)
    w = np.zeros(design.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ w, -50, 50)))
        gradient = design.T @ (weights * (target - p)) - ridge * w
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + ridge * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w += step
        if np.abs(step).max() < 1e-8:
            break
    return w
