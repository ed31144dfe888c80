"""Stubs as a learner meets them."""

import pytest
from lesson_files import SHELF, learn, module

from refsnn.lessons import write_stub


@pytest.fixture
def stub(tmp_path):
    """Write the stub of a lesson as the command does, and load it."""

    def written(lesson):
        lesson = SHELF.lesson(lesson)
        assert write_stub(SHELF.solution(lesson), tmp_path / lesson.exercises)
        return module(tmp_path / lesson.exercises)

    return written


@pytest.fixture
def said_of_stub(tmp_path, monkeypatch, capsys):
    """What ``refsnn learn`` says when it is called again before anything is written."""

    def said(lesson):
        monkeypatch.chdir(tmp_path)
        learn(lesson)
        learn(lesson)
        printed = capsys.readouterr().out
        assert f"{lesson}, exercise 2: not begun" in printed
        return printed

    return said
