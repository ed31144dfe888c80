"""Exercises 2 and 3 of lesson T14. Try them: refsnn learn T14"""

# --- Exercise 2: half_even with shifts only --------------------------------------------------


def half_even(a, n):
    """a / 2^n to the nearest whole number, in a tie to the even neighbour; n >= 1.

    Use ``>>``, ``<<``, ``&``, ``|``, ``+``, ``-`` and comparisons: what a circuit has for nothing.
    ``a`` is a number that refuses ``/``, ``//``, ``%``, ``*``, ``round`` and ``float``.
    """
    # exercise: begin
    f = a >> n
    r = a & ((1 << n) - 1)
    half = 1 << (n - 1)
    return f + int(r > half or (r == half and f & 1 == 1))
    # exercise: end


# --- Exercise 3: the cast that fits ----------------------------------------------------------


def suspect(a, n, width):
    """Said to be a cast: drop n bits by half_up, then saturate to ``width`` bits, signed."""
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    # exercise: begin
    # stub: a = min(max(a, low << n), (high << n) + (1 << n) - 1)
    # stub: return (a + (1 << (n - 1))) >> n
    rounded = (a + (1 << (n - 1))) >> n
    return min(max(rounded, low), high)
    # exercise: end


def author_test(cast):
    """Its author was content: right for every code below 120, which is 7.5, and no limit missed."""
    for a in range(-500, 120):
        assert cast(a, 4, 4) == max((a + 8) // 16, -8)


# Which of the codes a = -128 ... 127 convict the suspect (n = 4, width = 4) *as you found it*:
# for which is its result not the cast's?
# exercise: begin
# stub: convicting = []
convicting = [120, 121, 122, 123, 124, 125, 126, 127]
# exercise: end
