"""Several clicks of one rater are one message, and nobody is left out."""

import threading

import pytest

from annotate.batching import MOST_PER_MESSAGE, MessageBatcher


def test_several_clicks_of_one_rater_are_one_message() -> None:
    sent: list[list[str]] = []
    batcher = MessageBatcher(send=sent.append, every=3600)  # its own thread never comes to send
    for key in ("a", "b", "a", "a", "b"):
        batcher.add(key)
    batcher.send_waiting()
    batcher.send_waiting()
    assert sent == [["a", "b"]]


def test_a_crowd_is_spread_over_several_messages_and_nobody_is_left_out() -> None:
    sent: list[list[str]] = []
    batcher = MessageBatcher(send=sent.append, every=3600)
    keys = [str(number) for number in range(2 * MOST_PER_MESSAGE + 1)]
    for key in keys:
        batcher.add(key)
    batcher.send_waiting()
    assert [key for message in sent for key in message] == keys
    assert max(len(message) for message in sent) == MOST_PER_MESSAGE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_messages_leave_by_themselves_even_after_one_that_failed() -> None:
    arrived = threading.Event()

    def send(keys: list[str]) -> None:
        if keys == ["bad"]:
            raise SystemExit
        arrived.set()

    batcher = MessageBatcher(send=send, every=0)
    batcher.add("bad")
    assert batcher.sender is not None
    batcher.sender.join(timeout=30)
    batcher.add("good")
    assert arrived.wait(timeout=30)
