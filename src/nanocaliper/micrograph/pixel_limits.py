"""How small and how large a pixel can be; imports nothing."""

__all__ = ["LARGEST_PIXEL_NM", "SMALLEST_PIXEL_NM"]

#: A TEM at its highest magnification samples some pm, a stereo camera in the chamber some 100 um.
SMALLEST_PIXEL_NM, LARGEST_PIXEL_NM = 1e-5, 1e6
