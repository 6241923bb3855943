from threading import Event, current_thread

import pytest

from indexer.ahead import ahead


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
