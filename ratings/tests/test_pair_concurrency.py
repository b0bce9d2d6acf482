"""Many raters at once on one pairwise study, each with a connection of their own, against real Postgres."""

import random
import uuid
from collections import Counter
from uuid import UUID

import pytest

from ratings.choices import Answer, AssignmentState, Design, Side, SkipReason
from ratings.exceptions import RecordError
from ratings.models import Choice, Pair, PairAssignment, Participation
from ratings.registry import SEVERAL_IMAGES
from ratings.services.collect import record_answer, undo_answer
from ratings.services.collection import ChoiceSubmission
from ratings.services.give_back import leave, skip_item
from ratings.services.pairs.lease import lease_pairs
from ratings.tests.factories import make_pair, make_participation, make_study
from ratings.tests.test_concurrency import RATERS, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

HOLDING = (AssignmentState.LEASED, AssignmentState.RATED)


def skip(participation: Participation, assignment: PairAssignment, reason: SkipReason) -> None:
    skip_item(family=SEVERAL_IMAGES, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=reason)


def choose_until_done(participation: Participation, sent: list[UUID], seed: int) -> None:
    """Choose from what is handed out, now and then skipping, undoing, repeating a request or leaving."""
    rng = random.Random(seed)
    for _ in range(60):
        held = lease_pairs(participation_id=participation.pk, count=3, rng=rng).assignments
        if not held:
            return
        for assignment in held:
            act_on(participation, assignment, sent, rng)


def act_on(participation: Participation, assignment: PairAssignment, sent: list[UUID], rng: random.Random) -> None:
    dice = rng.random()
    if dice < 0.1:
        skip_item(
            family=SEVERAL_IMAGES, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=SkipReason.OTHER
        )
        return
    if dice < 0.15:
        leave(family=SEVERAL_IMAGES, participation_id=participation.pk)
    submission = ChoiceSubmission(
        nonce=uuid.uuid4(), assignment_id=assignment.pk, answer=rng.choice([Answer.LEFT, Answer.RIGHT])
    )
    try:
        record_answer(rater_id=participation.rater_id, submission=submission)
    except RecordError as error:
        if error.code in {"lease_expired", "not_leased"}:
            return
        raise
    if dice > 0.9:
        undo_answer(family=SEVERAL_IMAGES, participation_id=participation.pk, nonce=submission.nonce)
        submission = ChoiceSubmission(nonce=uuid.uuid4(), assignment_id=assignment.pk, answer=Answer.LEFT)
        record_answer(rater_id=participation.rater_id, submission=submission)
    if dice > 0.8:
        assert not record_answer(rater_id=participation.rater_id, submission=submission).is_new
    sent.append(submission.nonce)


def assert_books_balance() -> None:
    """Count places and sides from the assignments and compare: none over target, none lost, none twice."""
    holding = PairAssignment.objects.filter(state__in=HOLDING)
    held = Counter(holding.values_list("pair_id", flat=True))
    left = Counter(holding.filter(left=Side.A).values_list("pair_id", flat=True))
    for pair in Pair.objects.all():
        assert (pair.taken, pair.a_left) == (held[pair.pk], left[pair.pk])
        assert pair.taken <= pair.target
    assert set(Counter(holding.values_list("participation_id", "pair_id")).values()) <= {1}


def test_twenty_raters_at_once_never_pass_a_target_share_an_assignment_or_lose_a_choice() -> None:
    study = make_study(design=Design.PAIRWISE, target=3, quota=12)
    for _ in range(40):
        make_pair(study=study)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    sent: list[UUID] = []
    raised = run_at_once(
        [
            lambda participation=participation, seed=seed: choose_until_done(participation, sent, seed)  # type: ignore[misc]
            for seed, participation in enumerate(participations)
        ]
    )
    assert raised == []
    assert_books_balance()
    current = set(Choice.objects.current().values_list("nonce", flat=True))
    assert current == set(sent)
    assert sum(participation.done for participation in Participation.objects.all()) == len(current)


def test_the_last_place_of_a_pair_goes_to_exactly_one_of_many() -> None:
    study = make_study(design=Design.PAIRWISE, target=1)
    make_pair(study=study)
    got: list[int] = []
    raised = run_at_once(
        [
            lambda participation=participation: got.append(  # type: ignore[misc]
                len(lease_pairs(participation_id=participation.pk, count=5).assignments)
            )
            for participation in [make_participation(study=study) for _ in range(RATERS)]
        ]
    )
    assert raised == []
    assert sorted(got) == [0] * (RATERS - 1) + [1]
    assert_books_balance()
