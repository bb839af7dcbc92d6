"""From intensities to grey levels: blur, drift, noise, grey curve, depth, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.scene import DetectorOptions

__all__ = ["blur_optics", "compress_jpeg", "detect", "quantise"]

Field = NDArray[np.float32]


def blur_optics(image: Field, options: DetectorOptions) -> Field:
    """Blur by beam, focus and drift; symmetric, so that nothing moves.

    Parameters
    ----------
    image : ndarray of float32
        Intensities.
    options : DetectorOptions
        `blur_px`, `drift_px`, `drift_angle`.

    Returns
    -------
    ndarray of float32
        Same size.
    """
    if options.blur_px > 0:
        blurred = cv2.GaussianBlur(image, (0, 0), options.blur_px, borderType=cv2.BORDER_REFLECT_101)
        image = np.asarray(blurred, dtype=np.float32)
    if options.drift_px > 0:
        half = int(np.ceil(options.drift_px / 2)) + 1
        grid = np.arange(-half, half + 1)
        along = grid[:, None] * np.sin(options.drift_angle) + grid[None, :] * np.cos(options.drift_angle)
        across = grid[:, None] * np.cos(options.drift_angle) - grid[None, :] * np.sin(options.drift_angle)
        # Soft ends make a short line at any angle that is even in both directions.
        kernel = np.clip(options.drift_px / 2 + 0.5 - np.abs(along), 0, 1) * np.exp(-2.0 * across**2)
        kernel /= kernel.sum()
        smeared = cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)
        image = np.asarray(smeared, dtype=np.float32)
    return np.asarray(image, dtype=np.float32)


def detect(image: Field, options: DetectorOptions, rng: np.random.Generator) -> Field:
    """Blur, noise and grey curve.

    Parameters
    ----------
    image : ndarray of float32
        Intensities, 0 black to 1 white.
    options : DetectorOptions
        All but the depth and the compression.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray of float32
        Grey values, 0 to 1.
    """
    image = np.maximum(blur_optics(image, options), np.float32(0.0))
    rows, cols = image.shape
    if options.vignetting > 0:
        r = np.linspace(-1, 1, rows, dtype=np.float32)[:, None] ** 2
        c = np.linspace(-1, 1, cols, dtype=np.float32)[None, :] ** 2
        image = image * (1.0 - np.float32(0.5 * options.vignetting) * (r + c))
    if options.dose < 30:
        noise = (rng.poisson(image * options.dose) / options.dose - image).astype(np.float32)
    else:
        # From about 30 electrons on, a Gaussian of the same variance is the Poisson distribution to the eye.
        noise = rng.standard_normal(image.shape, dtype=np.float32) * np.sqrt(image / np.float32(options.dose))
    if options.read_noise > 0:
        noise += np.float32(options.read_noise) * rng.standard_normal(image.shape, dtype=np.float32)
    if options.noise_blur_px > 0:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), options.noise_blur_px), dtype=np.float32)
    image = image + noise
    if options.scan_lines > 0:
        image += np.float32(options.scan_lines) * rng.standard_normal((rows, 1), dtype=np.float32)
    # Contrast turns around the mean, as an operator sets it: neither side is lost to black or white.
    mean = np.float32(image.mean(dtype=np.float64))
    image = np.float32(options.contrast) * (image - mean) + mean + np.float32(options.brightness)
    image = np.clip(image, 0.0, 1.0)
    return np.asarray(image ** np.float32(options.gamma) if options.gamma != 1 else image, dtype=np.float32)


def quantise(image: Field, bits: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Round grey values to whole levels.

    Parameters
    ----------
    image : ndarray of float32
        0 to 1.
    bits : {8, 16}
        Depth.

    Returns
    -------
    ndarray of uint8 or uint16
        0 to 255 or 0 to 65535.
    """
    if bits == 8:
        return np.asarray(np.rint(image * 255.0), dtype=np.uint8)
    return np.asarray(np.rint(image.astype(np.float64) * 65535.0), dtype=np.uint16)


def compress_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Pass an image through JPEG.

    Parameters
    ----------
    pixels : ndarray of uint8
        The image.
    quality : int
        1 to 100.

    Returns
    -------
    ndarray of uint8
        The image with the traces of the compression.
    """
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
