"""A short trial by fire: thirty raters while web, workers, broker and database are killed one after the other."""

import pytest

from annotate.benchmarks.faults import PARTS, FaultTrial, run_trial
from annotate.benchmarks.installation import new_installation

pytestmark = [pytest.mark.xdist_group("installation")]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_any_part_of_the_service_is_killed() -> None:
    said: list[str] = []
    with new_installation() as installation:
        report = run_trial(installation, FaultTrial(raters=30, seconds=20, parts=tuple(PARTS)), say=said.append)
        log = installation.log[-3000:]
    assert report.audit.acknowledged > 100, log
    assert report.audit.faults == {}, (report.audit, report.counts.statuses, log)
    assert set(report.outages) == set(PARTS)
    assert {name: bool(seconds) for name, seconds in report.learning.items()} == {"taste": True, "queue": True}
