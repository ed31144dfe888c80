"""What a command is held to: a JSON body, or one sentence that says what is wrong."""

import json


def body_of(outcome):
    """The JSON of a command that succeeded."""
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def fails(outcome, *words):
    """Exit code 2, these words, no traceback; lines may be broken anywhere."""
    assert outcome.exit_code == 2, outcome.output
    said = " ".join(outcome.output.split())
    for word in words:
        assert word in said, said
    assert "Traceback" not in said
