"""Plausible wrong solutions of the exercises of T17: the checks must refuse each one."""


def signed(word, bits):
    return word - (word >> (bits - 1) << bits)


NOTHING = {"held_valid": 0, "held_data": 0, "row_valid": 0, "spike": 0, "v_post": 0}


def unit(
    cleared=lambda now, v_init, valid, data: {**NOTHING, "v_post": v_init},
    valid=lambda now, in_valid: now["held_valid"],
    shown=lambda now, in_valid: now["held_valid"],
    data=lambda now, in_data: now["held_data"],
    sign=signed,
    fires=lambda u, theta: u >= theta,
    word=lambda v: v % 256,
    rest=lambda after: after,
    paid=lambda theta: theta,
):
    """A solution of exercise 2 with some part replaced."""

    def edge(now, clear, in_valid, in_data, theta, v_init):
        if clear:
            return cleared(now, v_init, in_valid, in_data)
        after = {
            **now,
            "held_valid": in_valid,
            "held_data": in_data,
            "row_valid": shown(now, in_valid),
        }
        if not valid(now, in_valid):
            return rest(after)
        u = signed(now["v_post"], 8) + sign(data(now, in_data), 5)
        spike = int(fires(u, theta))
        return {**after, "spike": spike, "v_post": word(u - paid(theta) * spike)}

    return {"edge": edge}


def adder(rule):
    """A solution of exercise 3: ``rule(v, data)`` gives u and whether it fires."""

    def suspect(v, data):
        u, fire = rule(v, data)
        return int(fire), (u - 8 * int(fire)) % 64

    return {"suspect": suspect}


def both(v, data):
    return signed(v, 6) + signed(data, 4)


GUILTY = [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15]
WRONG = {
    2: {
        "one stage": unit(
            valid=lambda now, v: v, shown=lambda now, v: v, data=lambda now, d: d
        ),
        "row_valid too early": unit(shown=lambda now, v: v),
        "adds what is on the wires": unit(data=lambda now, d: d),
        "looks at in_valid": unit(valid=lambda now, v: v),
        "clear leaves the first stage": unit(
            cleared=lambda now, v_init, v, d: {**now, "row_valid": 0, "spike": 0, "v_post": v_init}
        ),
        "clear lets a current in": unit(
            cleared=lambda now, v_init, v, d: {
                **NOTHING, "v_post": v_init, "held_valid": v, "held_data": d,
            }
        ),
        "clear leaves the spike": unit(
            cleared=lambda now, v_init, v, d: {**NOTHING, "v_post": v_init, "spike": now["spike"]}
        ),
        "clear to zero": unit(cleared=lambda now, v_init, v, d: dict(NOTHING)),
        "no sign on the current": unit(sign=lambda word, bits: word),
        "> for >=": unit(fires=lambda u, theta: u > theta),
        "a number for a word": unit(word=lambda v: v),
        "spike falls in a pause": unit(rest=lambda after: {**after, "spike": 0}),
        "no reset": unit(paid=lambda theta: 0),
        "gives nothing": {"edge": lambda *_: None},
    },
    3: {
        "as found": adder(lambda v, d: ((v + d) % 64, (v + d) % 64 >= 8)),
        "no sign on the current": adder(lambda v, d: (signed(v, 6) + d, signed(v, 6) + d >= 8)),
        "no sign on v": adder(lambda v, d: (v + signed(d, 4), v + signed(d, 4) >= 8)),
        "sum right, comparison without sign": adder(lambda v, d: (both(v, d), both(v, d) % 64 >= 8)),
        "extended from the wrong wire": adder(
            lambda v, d: (signed(v, 6) + signed(d, 5), signed(v, 6) + signed(d, 5) >= 8)
        ),
        "> for >=": adder(lambda v, d: (both(v, d), both(v, d) > 8)),
        "two spikes' worth never": adder(lambda v, d: (both(v, d), 8 <= both(v, d) < 16)),
        "clamped at zero": adder(lambda v, d: (max(both(v, d), 0), both(v, d) >= 8)),
        "nobody named": {"convicting": []},
        "every negative current": {"convicting": list(range(8, 16))},
        "all words": {"convicting": list(range(16))},
        "the innocent ones": {"convicting": [3, 4, 5, 6, 7]},
    },
}  # fmt: skip


def branches(now, clear, in_valid, in_data, theta, v_init):
    """The data register is loaded only where it is needed: right."""
    after = dict(now)
    if clear:
        return {**after, "held_valid": 0, "row_valid": 0, "spike": 0, "v_post": v_init}
    if in_valid:
        after["held_data"] = in_data
    after["held_valid"], after["row_valid"] = in_valid, now["held_valid"]
    if now["held_valid"]:
        u = signed(now["v_post"], 8) + signed(now["held_data"], 5)
        after["spike"], after["v_post"] = (1, (u - theta) & 255) if u >= theta else (0, u & 255)
    return after


RIGHT = {
    2: {"data held longer": {"edge": branches}},
    3: {
        "in another order": {"convicting": GUILTY[::-1]},
        "modulo": adder(lambda v, d: ((both(v, d) + 32) % 64 - 32, both(v, d) >= 8)),
    },
}
"""Other ways to be right: the checks must accept them."""
