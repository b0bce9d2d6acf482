"""Pairwise studies: who gets which pair on which side, what a choice does, how a pair comes back."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from ratings.choices import Answer, AssignmentState, Design, ParticipationState, SkipReason, StudyState
from ratings.exceptions import RecordError
from ratings.models import Choice, Pair, PairAssignment, Participation, Study
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES
from ratings.selectors.overview import studies_with_figures
from ratings.services.collect import record_answer, undo_answer
from ratings.services.collection import ChoiceSubmission
from ratings.services.give_back import leave, release_expired, skip_item
from ratings.services.lease import lease_items
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_choice, make_images, make_pair, make_participation, make_study

pytestmark = pytest.mark.django_db


def skip(participation: Participation, assignment: PairAssignment, reason: SkipReason) -> None:
    skip_item(family=SEVERAL_IMAGES, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=reason)


def pairwise(pairs: int = 3, **fields: object) -> Participation:
    study = make_study(design=Design.PAIRWISE, **{"target": 2, **fields})
    for _ in range(pairs):
        make_pair(study=study)
    return make_participation(study=study)


def only_lease(participation: Participation) -> PairAssignment:
    assignment: PairAssignment
    (assignment,) = lease_items(participation_id=participation.pk, count=1).assignments
    return assignment


def choose(assignment: PairAssignment, answer: Answer = Answer.LEFT, nonce: uuid.UUID | None = None) -> Choice:
    submission = ChoiceSubmission(nonce=nonce or uuid.uuid4(), assignment_id=assignment.pk, answer=answer)
    choice: Choice = record_answer(rater_id=assignment.participation.rater_id, submission=submission).answer
    return choice


def test_each_pair_comes_once_until_the_quota_is_met() -> None:
    participation = pairwise(pairs=5, quota=3)
    shown = []
    while held := lease_items(participation_id=participation.pk, count=1).assignments:
        shown.append(held[0].pair_id)
        choose(held[0])
    participation.refresh_from_db()
    assert len(set(shown)) == len(shown) == 3
    assert (participation.done, participation.state) == (3, ParticipationState.COMPLETE)


def test_what_is_held_comes_first_and_again() -> None:
    participation = pairwise()
    first = only_lease(participation)
    again = lease_items(participation_id=participation.pk, count=3).assignments
    assert again[0].pk == first.pk
    assert len(again) == 3
    assert [assignment.position for assignment in again] == [1, 2, 3]


def test_both_pictures_of_a_pair_stand_on_the_left_equally_often() -> None:
    study = make_study(design=Design.PAIRWISE, target=8)
    pairs = [make_pair(study=study) for _ in range(5)]
    for number in range(1, 9):
        lease_items(participation_id=make_participation(study=study).pk, count=5)
        if number % 2 == 0:
            left = Counter(PairAssignment.objects.filter(left="a").values_list("pair_id", flat=True))
            assert left == Counter({pair.pk: number // 2 for pair in pairs})
    sides = Counter(PairAssignment.objects.values_list("pair_id", "left"))
    assert sides == Counter({(pair.pk, side): 4 for pair in pairs for side in "ab"})


def test_a_side_given_back_is_drawn_again() -> None:
    study = make_study(design=Design.PAIRWISE, target=2)
    make_pair(study=study)
    one, other = make_participation(study=study), make_participation(study=study)
    first = only_lease(one)
    leave(family=SEVERAL_IMAGES, participation_id=one.pk)
    assert Pair.objects.get().taken == 0
    sides = {only_lease(other).left, only_lease(one).left}
    assert sides == {"a", "b"}
    assert first.pk not in PairAssignment.objects.filter(state=AssignmentState.LEASED).values_list("pk", flat=True)


def test_a_personal_pair_goes_to_its_rater_only() -> None:
    participation = pairwise(pairs=0)
    other = make_participation(study=participation.study)
    mine = make_pair(study=participation.study, participation=participation, target=1)
    assert lease_items(participation_id=other.pk, count=5).assignments == []
    assert only_lease(participation).pair_id == mine.pk


def test_a_pair_set_inactive_is_handed_out_no_more() -> None:
    participation = pairwise(pairs=1)
    Pair.objects.update(is_active=False)
    assert lease_items(participation_id=participation.pk, count=5).assignments == []


def test_the_same_nonce_gives_the_same_choice_and_another_body_an_error() -> None:
    assignment = only_lease(pairwise())
    nonce = uuid.uuid4()
    first = choose(assignment, Answer.LEFT, nonce)
    assert choose(assignment, Answer.LEFT, nonce).pk == first.pk
    with pytest.raises(RecordError) as raised:
        choose(assignment, Answer.RIGHT, nonce)
    assert raised.value.code == "nonce_reused"
    assert Choice.objects.count() == 1


def test_a_changed_mind_replaces_the_earlier_choice() -> None:
    assignment = only_lease(pairwise())
    first = choose(assignment, Answer.LEFT)
    second = choose(assignment, Answer.RIGHT)
    assert list(Choice.objects.current()) == [second]
    assert second.replaces == first
    assert Participation.objects.get().done == 1


def test_undo_hands_the_pair_out_again_with_the_same_sides() -> None:
    participation = pairwise()
    assignment = only_lease(participation)
    choice = choose(assignment)
    for _ in range(2):
        undone = undo_answer(family=SEVERAL_IMAGES, participation_id=participation.pk, nonce=choice.nonce)
    assert (undone.pk, undone.left) == (assignment.pk, assignment.left)
    assert Participation.objects.get().done == 0
    assert not Choice.objects.current().exists()
    assert Choice.objects.count() == 2
    assert only_lease(participation).pk == assignment.pk


def test_a_tie_counts_only_where_the_study_allows_it() -> None:
    with pytest.raises(RecordError) as raised:
        choose(only_lease(pairwise()), Answer.TIE)
    assert raised.value.code == "tie_not_allowed"
    assert choose(only_lease(pairwise(ties_allowed=True)), Answer.TIE).answer == "tie"


def refusal(participation: Participation, assignment: PairAssignment) -> str:
    submission = ChoiceSubmission(nonce=uuid.uuid4(), assignment_id=assignment.pk, answer=Answer.LEFT)
    with pytest.raises(RecordError) as raised:
        record_answer(rater_id=participation.rater_id, submission=submission)
    return raised.value.code


def test_refusals_have_the_codes_that_ratings_have() -> None:
    participation = pairwise()
    assignment = only_lease(participation)
    assert refusal(make_participation(), assignment) == "foreign_assignment"
    skip_item(
        family=SEVERAL_IMAGES, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=SkipReason.OTHER
    )
    assert refusal(participation, assignment) == "not_leased"
    held = only_lease(participation)
    participation.study.state = StudyState.CLOSED
    participation.study.save()
    assert refusal(participation, held) == "study_closed"
    withdraw_rater(rater=participation.rater, actor=None)
    assert refusal(participation, held) == "assignment_not_found"


def test_a_lease_that_ran_out_is_taken_up_again_only_while_a_place_is_left() -> None:
    participation = pairwise(pairs=1, target=1)
    assignment = only_lease(participation)
    PairAssignment.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    assert release_expired() == 1
    assert choose(assignment).answer == "left"
    other = make_participation(study=participation.study)
    assert lease_items(participation_id=other.pk, count=1).assignments == []


def test_a_lease_that_ran_out_and_went_to_somebody_else_is_refused() -> None:
    participation = pairwise(pairs=1, target=1)
    assignment = only_lease(participation)
    PairAssignment.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    release_expired()
    only_lease(make_participation(study=participation.study))
    assert refusal(participation, assignment) == "lease_expired"


def test_a_skipped_pair_goes_to_others_and_never_back() -> None:
    participation = pairwise(pairs=1, target=1)
    assignment = only_lease(participation)
    skip_item(
        family=SEVERAL_IMAGES,
        rater_id=participation.rater_id,
        assignment_id=assignment.pk,
        reason=SkipReason.NOT_LOADING,
    )
    assert lease_items(participation_id=participation.pk, count=1).assignments == []
    assert only_lease(make_participation(study=participation.study)).pair_id == assignment.pair_id


def test_a_withdrawal_frees_the_places_and_leaves_no_choice() -> None:
    participation = pairwise(pairs=2)
    make_pair(study=participation.study, participation=participation, target=1)
    for assignment in lease_items(participation_id=participation.pk, count=2).assignments:
        choose(assignment)
    withdraw_rater(rater=participation.rater, actor=None)
    assert not Choice.objects.exists()
    assert not Pair.objects.filter(participation__isnull=False).exists()
    assert set(Pair.objects.values_list("taken", flat=True)) == {0}


def test_a_study_hands_out_what_it_asks_for() -> None:
    with pytest.raises(RecordError) as raised:
        lease_items(family=ONE_IMAGE, participation_id=pairwise().pk, count=1)
    assert raised.value.code == "other_design"
    with pytest.raises(RecordError) as raised:
        lease_items(family=SEVERAL_IMAGES, participation_id=make_participation().pk, count=1)
    assert raised.value.code == "other_design"


def test_the_database_itself_refuses_a_pair_over_target_or_twice_in_either_order() -> None:
    pair = make_pair()
    with pytest.raises(IntegrityError, match="pair_not_over_target"), transaction.atomic():
        Pair.objects.update(taken=F("target") + 1)
    with pytest.raises(IntegrityError, match="pair_once"), transaction.atomic():
        make_pair(study=pair.study, group=pair.group, condition_a="steered", condition_b="plain")


def test_the_list_of_studies_counts_pairs_and_choices_of_a_pairwise_study() -> None:
    study = make_study(design=Design.PAIRWISE, target=3)
    make_images(study=study, count=5)  # as uploaded into it, to be compared
    participation = make_participation(study=study)
    for place in range(2):
        pair = make_pair(study=study, group=f"prompt {place}")
        make_choice(participation=participation, pair=pair)
    row = studies_with_figures(studies=Study.objects.filter(pk=study.pk)).get()
    assert (row.item_count, row.rater_count, row.answer_count) == (2, 1, 2)  # type: ignore[attr-defined]
