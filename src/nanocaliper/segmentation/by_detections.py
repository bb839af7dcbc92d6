"""placeholder"""
from typing import Any
import numpy.typing as npt
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.parting import PartingOptions


def find_by_detections(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    raise NotImplementedError
