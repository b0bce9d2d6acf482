"""Pictures that were taken off a study are shown to nobody; what was said of them stays, and says so."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ratings.choices import Answer, AssignmentKind, AssignmentState, Design, OffReason
from ratings.exceptions import InvalidInputError, PictureTakenOffError
from ratings.models import Assignment, AuditEntry, Pair, PairAssignment, Participation, Study, StudyImage
from ratings.registry import ONE_IMAGE
from ratings.selectors.availability import free_places, number_of_items
from ratings.selectors.candidates import repeatable
from ratings.selectors.favourites import favourites_of
from ratings.services.collect import record_answer, undo_answer
from ratings.services.collection import ChoiceSubmission, Submission
from ratings.services.give_back import release_expired
from ratings.services.lease import lease_items
from ratings.services.taking_off import put_back, take_off
from ratings.tests.factories import (
    make_assignment,
    make_images,
    make_pair,
    make_participation,
    make_rating,
    make_staff,
    make_study,
)

pytestmark = pytest.mark.django_db
OFF: dict[str, Any] = {"reason": OffReason.HARMFUL, "words": "blood"}


def off(row: StudyImage, **why: str) -> None:
    """Take one picture off its study."""
    take_off(study=row.study, images=[row.image_id], **{**OFF, **why})


def leased(participation: Participation, count: int = 5) -> list[Any]:
    """Lease, and give the assignments."""
    return lease_items(participation_id=participation.pk, count=count).assignments


def rate(assignment: Assignment) -> Any:
    """Rate what was handed out."""
    submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=3)
    return record_answer(rater_id=assignment.participation.rater_id, submission=submission).answer


def test_a_picture_taken_off_is_handed_out_to_nobody_and_counted_nowhere() -> None:
    study = make_study(target=2, quota=5)
    first, second = make_images(study=study, count=2)
    assert (free_places(study=study), number_of_items(study=study)) == (2, 2)
    off(first)
    assert (free_places(study=study), number_of_items(study=study)) == (1, 1)
    assert [one.study_image_id for one in leased(make_participation(study=study))] == [second.pk]


def test_what_raters_hold_of_it_ends_and_its_places_are_free_again() -> None:
    study = make_study()
    row, other = make_images(study=study, count=2)
    held = make_assignment(study_image=row, state=AssignmentState.LEASED, participation=make_participation(study=study))
    waiting = make_assignment(study_image=row, participation=make_participation(study=study))
    kept = make_assignment(study_image=other, participation=held.participation, state=AssignmentState.LEASED)
    assert take_off(study=study, images=[row.image_id], **OFF).leases == 1
    held.refresh_from_db()
    row.refresh_from_db()
    kept.refresh_from_db()
    assert (held.state, kept.state, row.taken) == (AssignmentState.RELEASED, AssignmentState.LEASED, 0)
    assert not Assignment.objects.filter(pk=waiting.pk).exists()


@pytest.mark.parametrize("kind", [AssignmentKind.FRESH, AssignmentKind.REPEAT, AssignmentKind.PRACTICE])
def test_a_click_on_a_picture_that_was_on_screen_is_refused_by_a_name_of_its_own(kind: AssignmentKind) -> None:
    (row,) = make_images(study=make_study(), count=1)
    held = make_assignment(study_image=row, state=AssignmentState.LEASED, kind=kind)
    off(row)
    with pytest.raises(PictureTakenOffError, match="no longer part of the study: go on with the next one"):
        rate(held)
    held.participation.refresh_from_db()
    assert held.participation.done == 0


def test_a_click_that_was_stored_stays_and_is_neither_changed_nor_taken_back() -> None:
    (row,) = make_images(study=make_study(), count=1)
    rating = make_rating(study_image=row, value=4)
    off(row)
    with pytest.raises(PictureTakenOffError):
        rate(rating.assignment)
    with pytest.raises(PictureTakenOffError):
        undo_answer(family=ONE_IMAGE, participation_id=rating.participation_id, nonce=rating.nonce)
    rating.refresh_from_db()
    assert (rating.value, rating.replaced_at) == (4, None)


def test_a_lease_that_slipped_through_is_ended_by_the_sweep_of_expired_ones() -> None:
    (row,) = make_images(study=make_study(), count=1)
    off(row)
    late = make_assignment(study_image=row, state=AssignmentState.LEASED, kind=AssignmentKind.REPEAT)
    assert release_expired() == 1
    late.refresh_from_db()
    assert late.state == AssignmentState.RELEASED


def test_it_does_not_come_again_as_a_repeat_nor_among_a_raters_favourites() -> None:
    study = make_study(repeat_gap=1)
    liked, other = make_images(study=study, count=2)
    participation = make_participation(study=study)
    for row in (liked, other):
        make_rating(participation=participation, study_image=row, value=study.scale_max)
    participation.served = 10
    participation.save()
    off(liked)
    assert [one.study_image_id for one in repeatable(participation=participation, gap=1)] == [other.pk]
    assert favourites_of(participation=participation) == [other.image]


def test_put_back_it_is_handed_out_as_before_and_the_log_tells_both() -> None:
    study = make_study()
    (row,) = make_images(study=study, count=1)
    ann = make_staff("ann", group="researcher")
    participation = make_participation(study=study)
    (held,) = leased(participation)
    take_off(study=study, images=[row.image_id], actor=ann, **OFF)
    row.refresh_from_db()
    assert (row.is_active, row.off_reason, row.off_words, row.off_by) == (False, "harmful", "blood", ann)
    assert take_off(study=study, images=[row.image_id], reason="damaged").images == 0  # it is off already
    put_back(study=study, images=[row.image_id], actor=ann)
    row.refresh_from_db()
    assert (row.is_active, row.off_at, row.off_reason, row.off_words, row.off_by) == (True, None, "", "", None)
    (again,) = leased(participation)
    assert (again.pk != held.pk, again.study_image_id) == (True, row.pk)
    entries = AuditEntry.objects.order_by("pk").values_list("action", "target", "actor", "detail__names__0")
    assert list(entries) == [(act, study.slug, ann.pk, row.name) for act in ("take-off-images", "put-back-images")]


def test_what_was_set_aside_stays_set_aside_when_it_comes_back() -> None:
    study = make_study()
    (row,) = make_images(study=study, count=1)
    StudyImage.objects.update(is_active=False, is_practice=True)
    off(row)
    put_back(study=study, images=[row.image_id])
    row.refresh_from_db()
    assert (row.is_active, row.is_practice) == (False, True)


def test_a_pair_is_off_while_any_of_its_pictures_is() -> None:
    study = make_study(design=Design.PAIRWISE)
    pair, other = make_pair(study=study), make_pair(study=study)
    participation = make_participation(study=study)
    held = {one.pair_id: one for one in leased(participation)}[pair.pk]
    report = take_off(study=study, images=[pair.image_a_id, pair.image_b_id], **OFF)
    assert (report.images, report.comparisons, report.leases) == (2, 1, 1)
    choice = ChoiceSubmission(nonce=uuid.uuid4(), assignment_id=held.pk, answer=Answer.LEFT)
    with pytest.raises(PictureTakenOffError, match="One of these pictures"):
        record_answer(rater_id=participation.rater_id, submission=choice)
    assert [one.pair_id for one in leased(make_participation(study=study))] == [other.pk]
    assert put_back(study=study, images=[pair.image_a_id]).comparisons == 0
    assert put_back(study=study, images=[pair.image_b_id]).comparisons == 1
    assert Pair.objects.get(pk=pair.pk).is_active
    assert PairAssignment.objects.get(pk=held.pk).state == AssignmentState.RELEASED


def test_a_reason_is_one_of_those_there_are_and_another_one_is_said_in_words() -> None:
    (row,) = make_images(study=make_study(), count=1)
    with pytest.raises(InvalidInputError, match="'ugly' is no reason; give one of not-as-described, damaged"):
        off(row, reason="ugly")
    with pytest.raises(InvalidInputError, match="Say in words what the other reason is"):
        off(row, reason="other", words=" ")


def run(study: Study, *arguments: str) -> str:
    """Run the command, and give what it says."""
    out = StringIO()
    call_command("take_off_images", *arguments, "--study", study.slug, stdout=out)
    return out.getvalue().strip()


def test_the_command_names_pictures_by_file_name_id_digest_or_its_beginning() -> None:
    study = make_study(slug="harbour")
    rows = make_images(study=study, count=4)
    names = [rows[0].name, str(rows[1].image_id), rows[2].image.sha256, rows[3].image.sha256[:12]]
    said = run(study, *names, "--reason", "damaged")
    assert said == "harbour: 4 images taken off, and 0 comparisons that show them; 0 leases ended."
    assert run(study, *names, "--put-back").startswith("harbour: 4 images put back")


def test_a_name_that_means_nothing_changes_nothing() -> None:
    study = make_study(slug="harbour")
    (row,) = make_images(study=study, count=1)
    with pytest.raises(CommandError, match=r"harbour has no picture 'none.png'; give its file name there, its id or"):
        run(study, row.name, "none.png", "--reason", "damaged")
    row.refresh_from_db()
    assert row.is_active
