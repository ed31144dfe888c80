"""What is wrong with a figure, as far as a program can tell."""

import re

from refsnn.plots import LEAST

NUMBER = re.compile(r"[-\N{MINUS SIGN}+]?[\d.]+(/\d+)?%?")


def faults(canvas):
    """Letters too small to be read at half size, and axes with numbers but no label."""
    from matplotlib.text import Text

    canvas.draw_without_rendering()
    texts = [t for t in canvas.findobj(Text) if t.get_visible() and t.get_text().strip()]
    small = {t.get_text()[:30] for t in texts if t.get_fontsize() < LEAST}
    found = [f"letters of less than {LEAST} points: {sorted(small)}"] if small else []
    for axes in canvas.axes:
        for side in "xy":
            if axes.axison and counts(axes, side) and not labelled(axes, side):
                found.append(f"numbers but no label: {side} of {axes.get_title()!r}")
    return found


def counts(axes, side):
    """Whether the ticks of an axis show numbers."""
    ticks = getattr(axes, f"get_{side}ticklabels")()
    return any(NUMBER.fullmatch(t.get_text()) for t in ticks if t.get_visible())


def labelled(axes, side):
    """Whether an axis has a label, or shares that of another one."""
    family = getattr(axes, f"get_shared_{side}_axes")().get_siblings(axes)
    return any(getattr(one, f"get_{side}label")().strip() for one in family)
