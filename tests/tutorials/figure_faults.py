"""What is wrong with a figure, as far as a program can tell."""

import re
from itertools import combinations

from refsnn.plots import LEAST

NUMBER = re.compile(r"[-\N{MINUS SIGN}+]?[\d.]+(/\d+)?%?")


def faults(canvas):
    """Letters too small to be read at half size or on one another, and numbers without a label."""
    from matplotlib.text import Text

    canvas.draw_without_rendering()
    texts = [t for t in canvas.findobj(Text) if t.get_visible() and t.get_text().strip()]
    small = {t.get_text()[:30] for t in texts if t.get_fontsize() < LEAST}
    found = [f"letters of less than {LEAST} points: {sorted(small)}"] if small else []
    for axes in canvas.axes:
        for side in "xy":
            if axes.axison and counts(axes, side) and not labelled(axes, side):
                found.append(f"numbers but no label: {side} of {axes.get_title()!r}")
    hidden = out_of_view(canvas)
    return found + overlaps([t for t in texts if t not in hidden])


def counts(axes, side):
    """Whether the ticks of an axis show numbers."""
    ticks = getattr(axes, f"get_{side}ticklabels")()
    return any(NUMBER.fullmatch(t.get_text()) for t in ticks if t.get_visible())


def labelled(axes, side):
    """Whether an axis has a label, or shares that of another one."""
    family = getattr(axes, f"get_shared_{side}_axes")().get_siblings(axes)
    return any(getattr(one, f"get_{side}label")().strip() for one in family)


def overlaps(texts):
    """Pairs of texts that stand on one another by more than a pixel each way."""
    boxes = [(t.get_text()[:30], t.get_window_extent().padded(-0.5)) for t in texts]
    pairs = combinations([box for box in boxes if min(box[1].size) > 0], 2)
    return [f"{one!r} stands on {two!r}" for (one, a), (two, b) in pairs if a.overlaps(b)]


def out_of_view(canvas):
    """Labels of ticks beyond the limits of their axis: they are not drawn."""
    hidden = []
    for axis in (axis for axes in canvas.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = axis.get_major_ticks() + axis.get_minor_ticks()
        hidden += [tick.label1 for tick in ticks if not low <= tick.get_loc() <= high]
    return hidden
