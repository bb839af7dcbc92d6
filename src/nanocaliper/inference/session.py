"""Running a network: the only place that imports ONNX Runtime."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ModelError
from nanocaliper.inference.memory import release_freed_memory
from nanocaliper.inference.model_card import ModelCard, weights_sha256
from nanocaliper.inference.threads import thread_limit

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["Network", "open_network"]


#: What a larger image took is given back at once; for smaller ones it is kept, which saves a fifth of the time.
_KEPT_PX = 1_250_000


class Network:
    """A loaded network; call it with a grey image.

    Parameters
    ----------
    card : ModelCard
    session : onnxruntime.InferenceSession
    sha256 : str
        Digest of the weights that were loaded.
    """

    def __init__(self, card: ModelCard, session: "onnxruntime.InferenceSession", sha256: str) -> None:
        self.card = card
        self.sha256 = sha256
        self._session = session
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in session.get_outputs()]
        import onnxruntime

        self._giving_back = onnxruntime.RunOptions()
        self._giving_back.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def __call__(self, grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run a network of one output.

        Parameters
        ----------
        grey : ndarray of float32, shape (rows, cols)
            Grey values in [-1, 1]; sides are multiples of the card's ``input.multiple``.

        Returns
        -------
        ndarray of float32, shape (channels, rows / stride, cols / stride)

        Raises
        ------
        ModelError
            If the network cannot take such an image, or gives another size than its card says.
        """
        output, stride = self._run(grey)[0], self.card.output["stride"]
        expected = (len(self.card.output["channels"]), *(side // stride for side in grey.shape))
        if output.shape != expected:
            raise ModelError(
                f"The network of model '{self.card.name}' gives an output of the shape {output.shape} for "
                f"{grey.shape[0]} x {grey.shape[1]} working px; expected {expected} by its card: correct "
                "output.channels and output.stride."
            )
        return output

    def run_named(self, grey: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        """Run a network of several outputs; gives them by their names, otherwise as a call does."""
        return dict(zip(self._outputs, self._run(grey), strict=True))

    def _run(self, grey: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        options = self._giving_back if grey.size > _KEPT_PX else None
        try:
            if options is not None:
                # First what smaller images left: it would lie beside what this one takes.
                smallest = np.zeros((1, 1, *[self.card.input["multiple"]] * 2), np.float32)
                self._session.run(None, {self._input: smallest}, options)
                release_freed_memory()
            outputs = self._session.run(None, {self._input: grey[None, None]}, options)
            return [np.asarray(output[0], np.float32) for output in outputs]
        except Exception as error:  # ONNX Runtime raises its own, unexported, kinds
            raise ModelError(
                f"The network of model '{self.card.name}' cannot take an image of {grey.shape[0]} x "
                f"{grey.shape[1]} working px ({' '.join(str(error).split())[:200]}): export it anew, or correct "
                "its card."
            ) from error


def open_network(card: ModelCard) -> Network:
    """Load a network, once per process; GPU providers are used where they are installed.

    Parameters
    ----------
    card : ModelCard

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        If the weights are missing, changed or not a network.
    """
    return Network(card, _load(card.weights, weights_sha256(card)), card.sha256)


@lru_cache(maxsize=4)
def _load(weights: Path, sha256: str) -> "onnxruntime.InferenceSession":
    """Load weights; the digest is part of the cache's key, so that changed weights are loaded anew."""
    del sha256
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = thread_limit()
    # Memory patterns keep the largest size ever seen; images of one run differ in size.
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(
            str(weights), options, providers=onnxruntime.get_available_providers()
        )
    except Exception as error:  # ONNX Runtime raises its own, unexported, kinds
        raise ModelError(f"'{weights}' cannot be loaded as an ONNX network: {error}.") from error
