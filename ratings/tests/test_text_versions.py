"""What a rater agreed to and saw is kept in the version they saw, for ever."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from ratings.choices import StudyState
from ratings.exceptions import ConflictError, ConsentChangedError, RecordError, TextsRefusedError
from ratings.models import Participation, Rating, Study, TextSighting, TextVersion
from ratings.selectors.participations import stored_about
from ratings.selectors.studies import locked_fields
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.enrol import Enrolment, enrol_rater
from ratings.services.lease import lease_items
from ratings.services.studies import change_study, create_study, open_study
from ratings.services.texts import digest_of, keep_texts, save_translations
from ratings.tests.factories import make_images, make_rating, make_study
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db

CONSENT = "Your answers are stored under a random name."
DESCRIPTION: dict[str, Any] = {
    "slug": "harbour",
    "title": "Harbours",
    "instructions": "Look at the whole picture.",
    "consent_text": CONSENT,
    "scale_labels": {"1": "bad", "5": "excellent"},
    "practice_count": 0,
    "quota": 5,
}


def opened(**fields: Any) -> Study:
    """Describe a study with pictures, and open it."""
    study = create_study(description={**DESCRIPTION, **fields})
    make_images(study=study, count=6)
    return open_study(study=study, actor=None)


def edited(study: Study, **fields: Any) -> TextVersion:
    """Change texts as the admin does: save the row, then keep the texts."""
    Study.objects.filter(pk=study.pk).update(**fields)
    return keep_texts(study=study, actor=None)


def joined(study: Study, *, consent: str = "1", **enrolment: Any) -> Participation:
    """Let somebody new take part, or somebody known agree again."""
    study.refresh_from_db()
    return enrol_rater(study=study, enrolment=Enrolment(consent_version=consent, **enrolment))


def numbers(study: Study) -> list[tuple[int, str, bool]]:
    """Give the versions of a study: number, consent, and whether raters may have seen it."""
    rows = study.text_versions.order_by("number")
    return [(row.number, row.consent_version, row.sealed_at is not None) for row in rows]


def test_texts_that_nobody_can_have_seen_are_edited_in_place() -> None:
    study = create_study(description=DESCRIPTION)
    assert numbers(study) == [(1, "1", False)]
    version = edited(study, instructions="Look twice.")
    assert numbers(study) == [(1, "1", False)]
    assert version.content["texts"]["en"]["instructions"] == "Look twice."


def test_texts_that_somebody_may_have_seen_become_a_new_version_beside_the_old_one() -> None:
    study = opened()
    assert numbers(study) == [(1, "1", True)]
    joined(study)
    new = edited(study, instructions="Look twice.")
    assert numbers(study) == [(1, "1", True), (2, "1", True)]
    old = study.text_versions.get(number=1)
    assert old.content["texts"]["en"]["instructions"] == "Look at the whole picture."
    assert keep_texts(study=study, actor=None).pk == new.pk


def test_the_digest_of_a_version_is_that_of_its_content_as_sorted_json_without_spaces() -> None:
    study = opened(scale_labels={}, instructions="")
    content = study.text_versions.get().content
    canonical = (
        '{"consent_version":"1","languages":["en"],"scale":{"kind":"likert","max":5.0,"min":1.0,"step":1.0},'
        '"show_prompt":false,"texts":{"en":{"consent_text":"Your answers are stored under a random name.",'
        '"title":"Harbours"}}}'
    )
    assert digest_of(content) == hashlib.sha256(canonical.encode()).hexdigest() == study.text_versions.get().digest


def test_the_database_keeps_a_version_that_raters_may_have_seen() -> None:
    opened()
    for forbidden in (
        "UPDATE ratings_textversion SET content = '{}', digest = ''",
        "UPDATE ratings_textversion SET sealed_at = NULL",
        "DELETE FROM ratings_textversion",
    ):
        with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
            connection.cursor().execute(forbidden)


def test_a_draft_can_be_deleted_with_its_texts() -> None:
    create_study(description=DESCRIPTION).delete()
    assert not TextVersion.objects.exists()


def test_a_study_without_a_consent_text_is_not_opened() -> None:
    study = create_study(description={**DESCRIPTION, "consent_text": " "})
    make_images(study=study, count=6)
    with pytest.raises(ConflictError, match="has no consent text: write what raters agree to"):
        open_study(study=study, actor=None)
    study.refresh_from_db()
    assert study.state == StudyState.DRAFT


def test_an_answer_names_the_version_under_which_it_was_given() -> None:
    study = opened()
    participation = joined(study)
    for instructions in ("", "Look twice."):
        edited(study, instructions=instructions)
        (assignment,) = lease_items(participation_id=participation.pk, count=1).assignments
        click = Submission(nonce=uuid4(), assignment_id=assignment.pk, value=3)
        record_answer(rater_id=participation.rater_id, submission=click)
    assert list(Rating.objects.order_by("pk").values_list("texts__number", flat=True)) == [2, 3]
    seen = TextSighting.objects.filter(participation=participation)
    assert [(one.texts.number, one.agreed_at is not None) for one in seen] == [(1, True), (2, False), (3, False)]


def test_a_new_consent_is_asked_of_everybody_before_the_next_picture() -> None:
    study = opened()
    first, second = joined(study), joined(study)
    lease_items(participation_id=first.pk, count=1)
    edited(study, consent_version="2", consent_text="Your answers are published.")
    for one in (first, second):
        with pytest.raises(ConsentChangedError, match="agree again"):
            lease_items(participation_id=one.pk, count=1)
    again = joined(study, consent="2", rater_id=first.rater_id)
    assert again.pk == first.pk
    assert lease_items(participation_id=first.pk, count=1).assignments
    with pytest.raises(ConsentChangedError):
        lease_items(participation_id=second.pk, count=1)


def test_a_rater_reads_every_consent_they_gave_with_its_words_and_time() -> None:
    study = opened()
    part = joined(study)
    edited(study, consent_version="2", consent_text="Your answers are published.")
    joined(study, consent="2", rater_id=part.rater_id)
    (stored,) = stored_about(rater=part.rater)["participations"]
    assert [(one["texts_version"], one["consent_version"], one["consent_text"]) for one in stored["texts"]] == [
        (1, "1", CONSENT),
        (2, "2", "Your answers are published."),
    ]
    assert all(isinstance(one["agreed_at"], datetime) for one in stored["texts"])


def test_who_was_shown_an_earlier_correction_of_the_consent_agreed_to_that_one() -> None:
    study = opened()
    edited(study, consent_text="Your answers are stored under a random name. ")
    assert joined(study, texts_number=1).texts_id == study.text_versions.get(number=1).pk
    assert joined(study).texts_id == study.text_versions.get(number=2).pk


def test_a_consent_does_not_go_back_to_a_number_that_had_other_words() -> None:
    study = opened()
    edited(study, consent_version="2", consent_text="Your answers are published.")
    with pytest.raises(TextsRefusedError, match="'1' was used before"):
        edited(study, consent_version="1")


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"1": "excellent", "5": "bad"}, "“excellent” stands at 5 and would stand at 1"),
        ({"1": "awful", "5": "excellent"}, "“bad” at 1 would become “awful”"),
        ({"5": "excellent"}, "“bad” would be missing at 1"),
        ({"1": "bad", "3": "fair", "5": "excellent"}, "“fair” would be new at 3"),
        ({"1": "not bad", "5": "excellent"}, "“bad” at 1 would become “not bad”"),
    ],
)
def test_anchors_keep_their_meaning_once_there_are_answers(labels: dict[str, str], sentence: str) -> None:
    study = opened()
    edited(study, scale_labels={"1": "worst", "5": "best"})  # nobody has answered: any words will do
    edited(study, scale_labels={"1": "bad", "5": "excellent"})
    make_rating(participation=joined(study), study_image=study.study_images.first())
    with pytest.raises(TextsRefusedError, match=sentence):
        edited(study, scale_labels=labels)


TURNED = "“gut” stands at 5 and would stand at 1"
GERMAN = {"1": "schlecht", "5": "gut"}


def german(labels: dict[str, str] | None) -> dict[str, Any]:
    """Give the translations of a study by the names of its texts, with the words of its scale or without them."""
    texts = {"title": "Häfen", "instructions": "Alles ansehen.", "consent_text": "Antworten werden gespeichert."}
    return {"de": {**texts, **{f"scale_labels.{value}": word for value, word in (labels or {}).items()}}}


@pytest.mark.parametrize("taken_back", [{"translations": german(None)}, {"languages": ["en"], "translations": {}}])
def test_words_of_a_scale_that_were_taken_back_do_not_return_turned_round(taken_back: dict[str, Any]) -> None:
    labels = {"1": "bad", "5": "excellent"}
    study = opened(scale_labels=labels, languages=["en", "de"], texts=german(GERMAN))
    make_rating(participation=joined(study), study_image=study.study_images.first())
    edited(study, **taken_back)
    joined(study)
    turned = {"languages": ["en", "de"], "translations": german({"1": "gut", "5": "schlecht"})}
    with pytest.raises(TextsRefusedError, match=TURNED):
        edited(study, **turned)
    edited(study, languages=["en", "de"], translations=german(GERMAN))


def test_no_way_of_editing_a_study_turns_its_scale_round() -> None:
    labels = {"1": "bad", "5": "excellent"}
    study = opened(scale_labels=labels, languages=["en", "de"], texts=german(GERMAN))
    make_rating(participation=joined(study), study_image=study.study_images.first())
    turned = {"1": "excellent", "5": "bad"}
    for changes in (
        {"scale_labels": turned},
        {"texts": german({"1": "gut", "5": "schlecht"})},
        {"languages": ["de", "en"], "texts": {}},
    ):
        with pytest.raises(RecordError):
            change_study(study=study, changes=changes, actor=None)
    with pytest.raises(TextsRefusedError, match=TURNED):
        save_translations(study=study, language="de", texts=german({"1": "gut", "5": "schlecht"})["de"], actor=None)
    for name in ("scale_min", "scale_max", "scale_step", "scale_kind", "scales"):
        assert name in locked_fields(study=study)
    study.refresh_from_db()
    assert (study.scale_labels, study.translations) == (labels, german(GERMAN))


def test_a_slip_in_an_anchor_is_corrected_in_a_new_version() -> None:
    study = opened(scale_labels={"1": "bad", "5": "excelent"})
    make_rating(participation=joined(study), study_image=study.study_images.first())
    assert edited(study, scale_labels={"1": "Bad", "5": "excellent"}).number == 2


def test_a_study_that_was_made_without_keeping_texts_keeps_them_when_the_first_rater_joins() -> None:
    study = make_study()
    assert joined(study).texts_id == study.text_versions.get().pk
    assert numbers(study) == [(1, "1", True)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_database_from_before_gets_versions_of_what_is_known_and_says_what_is_not() -> None:
    with former_database(("ratings", "0029_what_a_study_shows")) as database:
        apps = database.migrate(("ratings", "0029_what_a_study_shows"))
        make = {
            name: apps.get_model("ratings", name).objects.using(database.alias)
            for name in ("Study", "Rater", "Participation")
        }
        study = make["Study"].create(
            slug="old", title="Old", state="open", consent_version="3", consent_text=CONSENT, languages=["de"]
        )
        make["Study"].create(slug="draft", title="Draft")
        for consent, day in (("3", 3), ("1", 1), ("2", 2), ("3", 4)):
            make["Participation"].create(
                study=study,
                rater=make["Rater"].create(),
                consent_version=consent,
                consented_at=datetime(2026, 1, day, tzinfo=UTC),
                quota=5,
            )
        database.migrate(("ratings", "0031_former_texts"))
        rows = database.rows(
            "SELECT slug, number, kept.consent_version, digest = '', note, sealed_at IS NOT NULL"
            " FROM ratings_textversion AS kept JOIN ratings_study AS study ON study.id = kept.study_id ORDER BY 1, 2"
        )
        unknown = "The words of this version are not known: they were replaced before versions were kept."
        found = "As the study had them when versions began to be kept; what was edited before that is not known."
        assert rows == [
            ("draft", 1, "1", False, "", False),
            ("old", 1, "1", True, unknown, True),
            ("old", 2, "2", True, unknown, True),
            ("old", 3, "3", False, found, True),
        ]
        assert database.rows(
            "SELECT number, content -> 'texts' -> 'de' ->> 'consent_text' FROM ratings_textversion"
            " WHERE content ? 'texts' ORDER BY number"
        ) == [(1, None), (3, CONSENT)]
        seen = database.rows(
            "SELECT kept.number, agreed_at, part.texts_id = kept.id FROM ratings_textsighting AS seen"
            " JOIN ratings_textversion AS kept ON kept.id = seen.texts_id"
            " JOIN ratings_participation AS part ON part.id = seen.participation_id ORDER BY agreed_at"
        )
        days = [(number, datetime(2026, 1, day, tzinfo=UTC), True) for number, day in ((1, 1), (2, 2), (3, 3), (3, 4))]
        assert seen == days
