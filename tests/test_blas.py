"""BLAS at one thread: nested, and entered by several threads that leave in any order."""

from itertools import permutations
from threading import Event, Thread

import pytest

from refsnn import blas

THREADS = 4


class FakeBlas:
    """The one limit of a process, as OpenBLAS keeps it."""

    def __init__(self, limit=THREADS):
        self.limit = limit

    def get(self):
        return self.limit

    def put(self, limit):
        self.limit = limit


class SlowBlas(FakeBlas):
    """Holds the one who changes the limit until another has read it, or for a moment."""

    def __init__(self):
        super().__init__()
        self.changed, self.read_again = Event(), Event()

    def get(self):
        if self.changed.is_set():
            self.read_again.set()
        return self.limit

    def put(self, limit):
        self.limit = limit
        self.changed.set()
        self.read_again.wait(0.05)


@pytest.fixture
def use(monkeypatch):
    def use(fake):
        monkeypatch.setattr(blas, "_functions", lambda: (fake.get, fake.put))
        return fake

    return use


def test_the_blas_of_numpy_is_put_back():
    found = blas._functions()
    if found is None:
        pytest.skip("NumPy with another BLAS")
    before = found[0]()
    with blas.single_threaded() as alone:
        assert alone
        assert found[0]() == 1
        with blas.single_threaded():
            assert found[0]() == 1
        assert found[0]() == 1
    assert found[0]() == before


def test_another_blas_is_left_alone(monkeypatch):
    monkeypatch.setattr(blas, "_functions", lambda: None)
    with blas.single_threaded() as alone:
        assert not alone


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_the_limit_is_put_back_by_the_last_one_out(use, order):
    """The first out must not free those who stay, nor the last one keep the limit at 1."""
    fake, inside = use(FakeBlas()), [blas.single_threaded() for _ in range(3)]
    for one in inside:
        one.__enter__()
        assert fake.limit == 1
    for left, i in enumerate(order, 1):
        inside[i].__exit__(None, None, None)
        assert fake.limit == (1 if left < 3 else THREADS)


def test_an_error_inside_puts_the_limit_back(use):
    fake = use(FakeBlas())
    with pytest.raises(ZeroDivisionError), blas.single_threaded():
        _ = 1 / 0
    assert fake.limit == THREADS


def test_who_comes_while_the_limit_is_changed_waits(use):
    """Without the lock the second thread would take the 1 of the first for what was before."""
    fake = use(SlowBlas())

    def inside():
        with blas.single_threaded():
            seen.append(fake.limit)

    seen, first, second = [], Thread(target=inside), Thread(target=inside)
    first.start()
    assert fake.changed.wait(5)
    second.start()
    first.join()
    second.join()
    assert seen == [1, 1]
    assert fake.limit == THREADS
