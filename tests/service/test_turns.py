"""Taking turns."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic, sleep

import pytest

from service.turns import Turns


def until(true):
    """Wait for something that other threads do."""
    deadline = monotonic() + 10
    while not true():
        assert monotonic() < deadline
        sleep(0.001)


def test_whoever_came_first_is_let_in_first_and_never_too_many():
    turns, leave, came, let_in, inside = Turns(2), [Event() for _ in range(6)], [], [], set()

    def take(number):
        came.append(number)
        with turns:
            inside.add(number)
            let_in.append((number, len(inside)))
            leave[number].wait(10)
            inside.remove(number)

    threads = []
    for number in range(6):
        threads.append(Thread(target=take, args=(number,)))
        threads[-1].start()
        until(lambda number=number: number in inside if number < 2 else len(turns._waiting) == number - 1)
    for number in range(6):
        leave[number].set()
        threads[number].join(10)
        until(lambda number=number: len(let_in) == min(6, number + 3))
    assert [number for number, _ in let_in] == came == list(range(6))
    assert max(others for _, others in let_in) == 2


def test_a_turn_is_given_back_by_who_fails():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns:
            1 / 0  # noqa: B018
