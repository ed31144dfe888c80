"""Exercises 2 and 3 of lesson T17. Try them: refsnn learn T17"""


def signed(word, bits):
    """The number that a word of so many wires stands for."""
    return word - (word >> (bits - 1) << bits)


# --- Exercise 2: two stages ------------------------------------------------------------------

POWER_UP = {"held_valid": 0, "held_data": 0, "row_valid": 0, "spike": 0, "v_post": 0}


def edge(now, clear, in_valid, in_data, theta, v_init):
    """One rising edge: give the registers after it.

    The first stage keeps ``in_valid`` and ``in_data`` in ``held_valid`` and ``held_data``. The
    second adds what was held *before* this edge: so ``row_valid`` comes one clock later than in
    the lesson, and with it ``spike`` and ``v_post``, which otherwise stay. ``clear`` wins over
    everything and leaves nothing in the first stage.

    Parameters
    ----------
    now : dict
        The registers before the edge, with the keys of `POWER_UP`.
    in_data : word of 5 wires, two's complement; ``v_post`` is a word of 8.
    theta, v_init : int
        Threshold, and the membrane after clear; positive.
    """
    # exercise: begin
    if clear:
        return {**POWER_UP, "v_post": v_init}
    after = {**now, "held_valid": in_valid, "held_data": in_data, "row_valid": now["held_valid"]}
    if now["held_valid"]:
        u = signed(now["v_post"], 8) + signed(now["held_data"], 5)
        after["spike"] = int(u >= theta)
        after["v_post"] = (u - theta * after["spike"]) % 256
    return after
    # exercise: end


# --- Exercise 3: no sign ---------------------------------------------------------------------


def suspect(v, data):
    """Said to be the adder and comparator of the lesson's unit: spike, and the next word of v.

    ``v`` is a word of 6 wires, ``data`` one of 4; theta is 8.
    """
    # exercise: begin
    # stub: u = (v + data) % 64
    # stub: spike = int(u >= 8)
    u = signed(v, 6) + signed(data, 4)
    spike = int(u >= 8)
    # exercise: end
    return spike, (u - 8 * spike) % 64


def author_test(unit):
    """Its author was content: right for every membrane from 0 up and every current from 0 up."""
    for v in range(8):
        for data in range(8):
            u = v + data
            assert unit(v, data) == (int(u >= 8), u - 8 * int(u >= 8))


# From v = 61 (that is -3): which words data = 0 ... 15 convict the suspect *as you found it*?
# exercise: begin
# stub: convicting = []
convicting = [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15]
# exercise: end
