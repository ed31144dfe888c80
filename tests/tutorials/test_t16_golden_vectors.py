"""T16: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t16_golden_vectors.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def checksum(words):
    """The words as one long number, remainder of a division by 97."""
    return sum(word * 10 ** (len(words) - 1 - n) for n, word in enumerate(words)) % 97


def by_hand():
    """order, code, word, hex, h of every row."""
    for order, codes in (("C", (-1, 2, 5, -32)), ("F", (-1, 5, 2, -32))):
        words = [c if c >= 0 else 64 + c for c in codes]
        for n, (code, word) in enumerate(zip(codes, words, strict=True), 1):
            yield [order, code, word, f"{word:02x}", checksum(words[:n])]


_, _, WORDS, _, SUMS = map(list, zip(*by_hand(), strict=True))
FULL = {"my_words": WORDS[:4], "my_h_in_C": SUMS[:4], "my_h_in_F": SUMS[4:]}
MISTAKE = (  # the reader who extends the sign into the second digit
    FULL | {"my_words": [63, 2, 5, 224]},
    [
        f"{name}: 0 holes left, wrong at {at}"
        for name, at in (("words", [4]), ("h in C", []), ("h in F", []))
    ],
)
HARM = {
    "masks what does not fit": ("return [c % 2**bits", "return [abs(c) % 2**bits"),
    "a sum for a checksum": ("(10 * h[-1] + word)", "(h[-1] + word)"),
    "another order": ('for order in "CF"', 'for order in "FC"'),
    "a device that fires late": (
        "int(self.fires(u, self.theta[0]))",
        "int(self.fires(v, self.theta[0]))",
    ),
    "no sign extension": ("w - (w >>", "w - 0 * (w >>"),
    "a comparison that is right": ("lambda u, h: u > h)", "lambda u, h: u >= h)"),
    "an undamaged file": ('.replace("1", "0", 1)', '.replace("1", "1", 1)'),
    "no flip": ("flip=(2, 4, 7, 4)), axis=2)", "flip=None), axis=2)"),
    "a second fault": ("s = (u >= theta)", "s = (u >= theta + (t > 9))"),
    "random trains that meet the tie": ("-1000, 1000, 30 * 8)", "-10, 10, 30 * 8)"),
}


def test_exercise_1_is_answered_by_one_division():
    text = re.search(r"the array \[\[(.*?)\]\] in (\d)-bit words, C order", SOURCE)
    codes, bits = [int(c) for c in re.findall(r"-?\d+", text[1])], int(text[2])
    assert check_number("t16", 1, checksum([c % 2**bits for c in codes]))
    columns = [codes[i] for i in (0, 3, 1, 4, 2, 5)]
    extended = [c % 2 ** (bits + 3) for c in codes]
    others = [checksum([c % 2**bits for c in columns]), checksum(extended), sum(codes) % 97]
    assert not any(check_number("t16", 1, wrong) for wrong in others)


def test_what_convicts_the_suspect_as_it_was_found(stub):
    work = stub("t16")
    expected = [list(work.golden(train)) for train in work.STIMULI]
    through = [n for n, d in work.DEVICES.items() if work.suspect(d, work.STIMULI, expected)]
    assert set(through) == {"right", "silent", "short", "chatty"}


def test_the_map_of_differences(tmp_path):
    """Another count is another picture."""
    import numpy as np

    from refsnn.plots import divergence

    counts = np.zeros((2, 3), int)
    divergence(counts, 4, tmp_path / "a.png", "none", fault=(0, 0))
    counts[1, 2] = 3
    divergence(counts, 4, tmp_path / "b.png", "none", fault=(0, 0))
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
