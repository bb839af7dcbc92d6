"""Whether an image still has the size that its metadata record, so that their pixel size holds for it."""

from collections.abc import Sequence

from nanocaliper.micrograph.acquisition import Acquisition

__all__ = ["check_recorded_size"]

# How far the height of a data bar that was found in the pixels may be from the recorded one, px and relative.
_BAR_PX, _BAR = 3, 0.1


def check_recorded_size(
    nm_per_px: float | None,
    acquisition: Acquisition | None,
    rows: int,
    cols: int,
    strip_rows: Sequence[int] = (),
) -> tuple[float | None, tuple[str, ...]]:
    """Decide whether the pixel size of the metadata holds for the image as it is.

    Cropping keeps the pixel size and resampling changes it, and nothing tells which was done; so a pixel size is
    not used where the image has other columns than the metadata record, or a data bar of another height. Where
    only rows are missing or added it holds, as nobody stretches an image in one direction.

    Parameters
    ----------
    nm_per_px : float or None
        Pixel size of the metadata, nm.
    acquisition : Acquisition or None
        The recorded size.
    rows, cols : int
        Size of the image as stored in the file, px.
    strip_rows : sequence of int
        Heights of the data strips found in the image, px.

    Returns
    -------
    nm_per_px : float or None
        None where it does not hold.
    warnings : tuple of str
        What does not fit, with both sizes.
    """
    if nm_per_px is None or acquisition is None:
        return nm_per_px, ()
    recorded_rows, recorded_cols, bar = acquisition.rows, acquisition.cols, acquisition.data_bar_rows
    size = f"{recorded_cols or 'unknown'} x {recorded_rows or 'unknown'} px"
    if recorded_cols is not None and recorded_cols != cols:
        return None, (
            f"The metadata give {nm_per_px:.6g} nm per pixel for an image of {size}, but this one has {cols} x "
            f"{rows} px: it was cropped or resampled after it was taken, so that value was not used; pass the "
            "scale with --nm-per-px.",
        )
    found = max(strip_rows, default=0)
    if recorded_cols is None and bar is not None and found and abs(found - bar) > max(_BAR_PX, _BAR * bar):
        return None, (
            f"The metadata give {nm_per_px:.6g} nm per pixel and a data bar of {bar} rows, but the bar in the "
            f"image has {found}: it was resampled after it was taken, so that value was not used; pass the scale "
            "with --nm-per-px.",
        )
    if recorded_rows is None or rows == recorded_rows or rows == recorded_rows + (bar or 0):
        return nm_per_px, ()
    if abs(rows - sum(strip_rows) - recorded_rows) <= _BAR_PX:
        return nm_per_px, ()
    return nm_per_px, (
        f"The image has {rows} rows, but had {recorded_rows} when it was taken ({size}); rows were cut off or "
        "added, which does not change the scale.",
    )
