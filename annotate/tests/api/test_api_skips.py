"""A skip is learned from where study and reason say so, and queues nothing anywhere else."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from annotate.tests.api.test_api import make_script

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("learns", "reason", "queued"),
    [(True, "uncomfortable", 1), (True, "cannot-judge", 0), (False, "uncomfortable", 0)],
)
def test_a_skip_queues_what_is_to_be_learned(
    learns: Any,
    reason: str,
    queued: int,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[Callable[[], Any]]]],
) -> None:
    script = make_script(images=2, learns_from_skips=learns)
    (item,) = script.lease()
    with django_capture_on_commit_callbacks() as callbacks:
        status, _ = script.call("post", f"assignments/{item['assignment']}/skip", {"reason": reason})
    assert status == 200
    assert len(callbacks) == queued
