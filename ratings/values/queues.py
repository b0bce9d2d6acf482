"""The queues that work waits in, by what it takes: no kind of work stands in front of another kind."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as staff_gettext_lazy

DEFAULT, SEND, IO, EMBED, STEER, TRAIN = "default", "send", "io", "embed", "steer", "train"
QUEUES = {  # and what their workers do
    DEFAULT: staff_gettext_lazy("learns from ratings, refills raters' queues, does what the clock asks for"),
    SEND: staff_gettext_lazy("sends messages of what happens in studies to other servers and by mail"),
    IO: staff_gettext_lazy("writes dumps, reads uploads, measures quality, computes rankings"),
    EMBED: staff_gettext_lazy("gives images their vectors and shows them to live models"),
    STEER: staff_gettext_lazy("searches pictures for raters"),
    TRAIN: staff_gettext_lazy("trains models"),
}
FORMER = "gpu"  # beside DEFAULT the only queue of former versions, which may still send to it
HEIRS = (SEND, IO, EMBED, STEER, TRAIN)


def consumed_queues(named: Iterable[str]) -> list[str]:
    """Give the queues that a worker takes messages from, of those that its command names.

    The former queue is emptied along with what took its place, so that versions can be mixed while an installation is
    upgraded: a command that still names `gpu` does all that has no other queue there, and the workers of TRAIN do
    what a former web process sends to `gpu`. Messages once waited in IO, whose workers still send them.
    """
    found = list(dict.fromkeys(named))
    if FORMER in found:
        return [*found, *(queue for queue in HEIRS if queue not in found)]
    if IO in found and SEND not in found:
        found.append(SEND)
    return [*found, FORMER] if TRAIN in found else found
