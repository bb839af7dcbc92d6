"""Images with printed scale bars of every look, and without, whose right answer is known.

One call makes one image from a generator's state and a pool of grounds. Most show one bar that a person can
read; the others show several bars, or none that can be read, and the right answer is a refusal.
"""

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.bar_cases import CASES, CONTRADICTING
from nanocaliper.synthesis.bar_drafts import Draft, Maker, NoRoomError
from nanocaliper.synthesis.bar_drawings import BAR_DRAWINGS
from nanocaliper.synthesis.bar_truth import BarImage, Expectation
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.readability import follow_bar, why_unreadable
from nanocaliper.synthesis.reproduction import reproduce

__all__ = ["CASE_NAMES", "make_bar_image"]

#: What images can be made to show.
CASE_NAMES = tuple(CASES)
_TRIES = 200


def make_bar_image(
    rng: np.random.Generator, pool: GroundPool, case: str | None = None, style: str | None = None
) -> BarImage:
    """Make one image.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all chance; the same state and pool give the same image.
    pool : GroundPool
        Micrographs to print on.
    case : str or None
        One of `CASE_NAMES`; None: drawn by their usual shares.
    style : str or None
        Style of the first bar, one of `nanocaliper.synthesis.bar_drawings.BAR_DRAWINGS`; None: drawn.

    Returns
    -------
    BarImage

    Raises
    ------
    UsageError
        If there is no such case or style.
    """
    if case is None:
        shares = np.array([share for share, _ in CASES.values()])
        case = str(rng.choice(list(CASES), p=shares / shares.sum()))
    if case not in CASES:
        raise UsageError(f"Case is {case!r}; expected one of {', '.join(CASES)}.")
    if style is not None and style not in BAR_DRAWINGS:
        raise UsageError(f"Bar style is {style!r}; expected one of {', '.join(BAR_DRAWINGS)}.")
    for _ in range(_TRIES):
        draft = _print_until_it_fits(CASES[case][1], rng, pool, style)
        pixels, move = reproduce(draft.canvas, draft.reproduction, rng)
        followed = [
            follow_bar(printed, move, pixels, draft.reproduction.full_scale) for printed in draft.bars
        ]
        # The surest bar first; bars that are to contradict each other must all be readable.
        judged = sorted(((why_unreadable(bar), bar) for bar in followed), key=lambda item: len(item[0]))
        if case not in CONTRADICTING or not any(why for why, _ in judged):
            break
    bars = tuple(bar for _, bar in judged)
    expected: Expectation = "none" if draft.reason else "scale"
    reason = draft.reason
    if expected == "scale" and judged[0][0]:
        expected, reason = "either", judged[0][0]
    how = draft.reproduction
    return BarImage(
        pixels=pixels,
        case=case,
        expected=expected,
        nm_per_px=None if expected == "none" else bars[0].nm_per_px,
        reason=reason,
        bars=bars,
        sharp=how.sharp,
        scale=how.scale,
        jpeg_quality=how.jpeg_quality,
        settings={
            "kind": draft.kind,
            "distractors": draft.distractors,
            "blur_px": how.blur_px,
            "noise": how.noise,
            "bits": how.bits,
            "rescaled_by": how.method if how.scale != 1 else None,
            "printed_shape": draft.canvas.pixels.shape[:2],
        },
    )


def _print_until_it_fits(make: Maker, rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    for _ in range(_TRIES):
        try:
            return make(rng, pool, style)
        except NoRoomError:
            continue
    raise UsageError(
        f"Nothing that fits came out of {_TRIES} draws with style {style!r}; take another style."
    )
