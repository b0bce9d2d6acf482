"""Any two versions are measured on one slice that neither learned from, with the same known of each rater."""

import pytest

from ratings.choices import JobState
from ratings.services.jobs.work import do_job
from ratings.tests.factories import make_study
from scoring.exceptions import ModelConflictError
from scoring.models import ModelVersion, VersionComparison
from scoring.pipeline.training.compare import compare_versions
from scoring.selectors.training import study_ratings
from scoring.selectors.version_comparisons import comparison_of
from scoring.services.version_comparisons import request_comparison
from scoring.tests.factories import make_version
from scoring.tests.learning import make_world, trained_version

pytestmark = pytest.mark.django_db


def compared(newer: ModelVersion, older: ModelVersion) -> VersionComparison:
    """Measure two versions here and now."""
    row = request_comparison(version=newer, other=older, requested_by=None)
    found = do_job(kind=VersionComparison, job_id=row.pk, runner=compare_versions)
    assert found is not None
    return found


@pytest.mark.slow
def test_two_versions_are_measured_on_all_ratings_of_the_test_slice_that_both_can_predict() -> None:
    """A version against a copy of itself differs by nothing at all; a later one learned more, and has its interval."""
    world = make_world(raters=6, each=24)
    first = trained_version(world.study)
    for _ in range(3):
        world.add_rater().rate_some(world.rows[:24])
    second = trained_version(world.study)
    comparison = compared(second, first)
    assert comparison.state == JobState.READY, comparison.error
    found = comparison.found
    test = study_ratings(study=world.study).test
    assert (found.ratings, found.raters) == (len(test), len({row.participation_id for row in test}))
    assert found.newer is not None
    assert found.older is not None
    ahead, now, before = found.differences["srocc"], found.newer.srocc, found.older.srocc
    assert now is not None
    assert before is not None
    assert ahead.value == pytest.approx((now.value or 0) - (before.value or 0), abs=1e-4)
    assert (ahead.low or 0) <= (ahead.value or 0) <= (ahead.high or 0)
    assert comparison_of(version=first, other=second).ended == comparison
    again = compared(first, second)  # in whichever order they are named, the newer is the newer
    assert again.newer == second
    assert again.found == found
    assert VersionComparison.objects.count() == 1  # in place of the former


def test_two_versions_of_two_studies_are_not_compared_nor_one_with_itself() -> None:
    version = make_version(study=make_study())
    for other in (version, make_version(study=make_study())):
        with pytest.raises(ModelConflictError, match="two different versions of one study"):
            request_comparison(version=version, other=other, requested_by=None)


def test_the_same_two_are_measured_once_at_a_time() -> None:
    study = make_study()
    older, newer = make_version(study=study), make_version(study=study)
    request_comparison(version=newer, other=older, requested_by=None)
    with pytest.raises(ModelConflictError, match="being measured already"):
        request_comparison(version=older, other=newer, requested_by=None)
    assert comparison_of(version=older, other=newer).is_running
