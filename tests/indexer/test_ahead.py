from threading import Event, current_thread

import pytest

from indexer.ahead import ahead, behind


def test_all_come_in_their_order():
    assert list(ahead(range(100))) == list(range(100))


def test_the_next_one_is_made_while_the_last_is_used():
    begun = [Event() for _ in range(3)]

    def items():
        for number, event in enumerate(begun):
            event.set()
            yield number

    coming = ahead(items())
    assert next(coming) == 0
    assert begun[1].wait(10)  # without having been asked for
    assert not begun[2].wait(0.05)


def test_an_item_does_not_wait_for_the_one_after_it():
    later = Event()

    def items():
        yield "now"
        later.wait()
        yield "later"

    coming = ahead(items())
    assert next(coming) == "now"
    later.set()
    assert list(coming) == ["later"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_is_raised_in_its_place(error):
    def items():
        yield 1
        yield 2
        raise error("here")

    coming = ahead(items())
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(error, match="here"):
        next(coming)


def test_nothing_is_made_once_nobody_asks():
    threads, made = [], []

    def items():
        for number in range(1000):
            threads.append(current_thread())
            made.append(number)
            yield number

    for number in ahead(items()):
        if number == 3:
            break
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert len(made) <= 5


def test_an_item_is_used_while_the_next_one_is_made():
    begun, may_end = Event(), Event()

    def items():
        yield 1
        assert begun.wait(10)
        may_end.set()
        yield 2

    def use(number):
        begun.set()
        assert may_end.wait(10)
        return 10 * number

    assert list(behind(use, items())) == [10, 20]


def test_one_item_is_used_at_a_time_and_in_order():
    used, threads = [], set()

    def use(number):
        threads.add(current_thread())
        used.append(number)
        return number

    assert list(behind(use, range(50))) == used == list(range(50))
    assert len(threads) == 1


def test_what_has_been_begun_is_finished_when_the_next_item_fails():
    used = []

    def items():
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(behind(used.append, items()))
    assert used == [1]


def test_nothing_more_is_used_after_a_failure():
    used = []

    def use(number):
        used.append(number)
        raise OSError("The disk is full.")

    with pytest.raises(OSError, match="full"):
        list(behind(use, range(10)))
    assert used == [0]
