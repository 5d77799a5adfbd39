"""Many at a time, or one alone, for a while."""

import threading
import time

from autograder.grading.running.slots import Slots


def test_who_is_alone_is_alone():
    slots, seen, most = Slots(), [], []

    def hold(alone: bool) -> None:
        with slots.one(10.0 if alone else 0.0):
            seen.append(alone)
            most.append((alone, len(seen)))
            time.sleep(0.02)
            seen.remove(alone)

    threads = [threading.Thread(target=hold, args=(number % 4 == 0,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "somebody waits for ever"
    assert all(count == 1 for alone, count in most if alone)
    assert max(count for alone, count in most if not alone) > 1, "the others run side by side"


def test_who_was_alone_long_enough_goes_on_beside_others():
    slots, entered = Slots(), threading.Event()

    def other() -> None:
        with slots.one():
            entered.set()

    for share in (False, True):
        entered.clear()
        with slots.one(alone_for=100 if share else 0.3) as hold:
            thread = threading.Thread(target=other)
            thread.start()
            assert not entered.wait(0.1)
            if share:
                hold.share()
            assert entered.wait(10), "it waits until the slot is given back"
            thread.join()
        assert 0.1 <= hold.seconds_alone < 10
