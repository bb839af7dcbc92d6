"""What networks that say particles, not pixels, share in training: their scores."""

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.average_precision import set_of_labels
from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.training.network_module import NetworkModule
from nanocaliper.training.sample_sets import HeldOut

__all__ = ["ParticleModule"]

#: Particles of a score under this do not enter average precision.
_LEAST_SCORE = 0.05


class ParticleModule(NetworkModule):
    """A network of particles with their classes and scores."""

    logged = {  # noqa: RUF012 - read only
        "val_map_50_95": "map_50_95",
        "val_map_50": "map_50",
        "val_precision": "precision",
        "val_recall": "recall",
        "val_f1": "f1",
        "val_iou": "semantic_iou",
    }

    @property
    def least_score(self) -> float:
        """Score from which on particles are compared."""
        return min(_LEAST_SCORE, self.settings.confidence)

    def compare(
        self,
        one: HeldOut,
        labels: npt.NDArray[np.int32],
        scores: npt.NDArray[np.floating],
        kinds: npt.NDArray[np.integer],
    ) -> ImageScores:
        """Bring particles back to the image, and compare them with the truth.

        Parameters
        ----------
        one : HeldOut
        labels : ndarray of int32, shape (side, side)
            0 background, 1..n; particles of any score from `least_score` on. Those of less than the settings'
            confidence enter average precision alone.
        scores : ndarray, shape (n,)
        kinds : ndarray of int, shape (n,)
            Index of the class.

        Returns
        -------
        ImageScores
        """
        truth = one.whole
        whole = one.box.take_labels(labels)
        score_of = np.concatenate([[0.0], scores])
        class_of = np.concatenate([[0], kinds]).astype(np.int64)
        sure = np.where(score_of >= self.settings.confidence, np.arange(len(score_of)), 0)[whole]
        return score_image(
            truth.name,
            truth.labels,
            sure,
            classes=self.classes,
            truth_class_of=truth.class_of,
            found_class_of=class_of,
            truth=set_of_labels(truth.labels, truth.class_of),
            found=set_of_labels(whole, class_of, score_of),
        )
