"""A dump says under which licence it stands, how to cite it, and in numbers how it was collected."""

import json
from typing import Any

import mlcroissant
import pytest
from django.db import IntegrityError, transaction

from ratings.choices import AssignmentKind, End, ParticipationState, Policy
from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.services.studies import create_study
from ratings.tests.dumping import dumped, folder_of, make_birds
from ratings.tests.factories import make_participation, make_rater, make_rating, make_study, make_study_image
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
BIBTEX = "@misc{birds, title={Birds}, year={2026}}"
BEFORE = ("ratings", "0049_participation_has_moved")


def described(**fields: Any) -> Study:
    """Make seven raters of three images, with these fields of the study."""
    study = make_birds()
    Study.objects.filter(pk=study.pk).update(**fields)
    study.refresh_from_db()
    return study


def card_of(study: Study, **filters: Any) -> tuple[str, dict[str, Any]]:
    """Give the data card of a new dump, and its methods section."""
    dump = dumped(study, **filters)
    return (folder_of(dump) / "README.md").read_text(), dump.manifest["methods"]


@pytest.mark.parametrize(
    ("licence", "header", "address"),
    [
        ("CC-BY-4.0", ["license: cc-by-4.0"], "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("ODbL-1.0", ["license: odbl"], "https://spdx.org/licenses/ODbL-1.0.html"),
        (
            "CECILL-2.1",
            ["license: other", 'license_name: "cecill-2.1"', "license_link: https://spdx.org/licenses/CECILL-2.1.html"],
            "https://spdx.org/licenses/CECILL-2.1.html",
        ),
        (
            "https://lab.example.org/terms",
            ["license: other", 'license_name: "custom"', "license_link: https://lab.example.org/terms"],
            "https://lab.example.org/terms",
        ),
    ],
)
def test_card_manifest_and_croissant_name_licence_and_citation(licence: str, header: list[str], address: str) -> None:
    dump = dumped(described(licence=licence, citation=BIBTEX))
    folder = folder_of(dump)
    card = (folder / "README.md").read_text()
    front, words = card.split("\n---\n", maxsplit=1)
    assert [line for line in front.splitlines() if line.startswith("license")] == header
    assert address in words
    assert f"```bibtex\n{BIBTEX}\n```" in words
    assert (dump.manifest["study"]["licence"], dump.manifest["study"]["citation"]) == (licence, BIBTEX)
    croissant: Any = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not croissant.metadata.issues.errors
    assert not croissant.metadata.issues.warnings
    facts = json.loads((folder / "croissant.json").read_text())
    assert (facts["license"], facts["citeAs"]) == (address, BIBTEX)


def test_a_study_that_names_neither_says_so() -> None:
    card, _ = card_of(make_birds())
    assert "license" not in card.split("\n---\n", maxsplit=1)[0]
    assert "No licence is named: ask who made the study" in card
    assert "Birds, version 1, written 20" in card


def test_the_methods_section_counts_raters_policies_checks_and_models() -> None:
    """By hand: 7 raters of 3 images, one of whom rates a fourth; of 22 ratings 7 random, 14 active, 1 a repeat."""
    study = described(
        attention_every=10, attention_limit=2, pay_amount=9.5, pay_currency="EUR", pay_basis="hour",
        scale_labels={"1": "bad", "5": "good"}, ethics_body="Board of Birds", ethics_number="7/26",
    )  # fmt: skip
    first, second = study.participations.order_by("pk")[:2]
    make_rating(
        participation=first,
        study_image=study.study_images.first(),
        assignment={"kind": AssignmentKind.REPEAT, "policy": Policy.REPEAT},
    )
    check = make_study_image(study=study, is_practice=True, attention_value=5.0)
    for participation, value in ((first, 5.0), (second, 4.0)):
        facts = {"kind": AssignmentKind.ATTENTION, "policy": Policy.ATTENTION}
        make_rating(participation=participation, study_image=check, value=value, assignment=facts)
    study.participations.filter(pk=first.pk).update(state=ParticipationState.COMPLETE)
    study.participations.filter(pk=second.pk).update(end=End.FAILED_ATTENTION)
    make_participation(study=study)  # joined, and gave nothing
    make_participation(study=study, rater=make_rater(is_simulated=True))
    card, methods = card_of(study)
    assert methods["figures"] == {
        "consented": 8, "finished": 1, "failed_attention": 1, "raters": 7, "answers": 22,
        "fewest": 3, "median": 3, "most": 4, "minutes": None, "checks": 2, "checks_passed": 1,
        "kinds": {"fresh": 21, "repeat": 1}, "policies": {"active": 14, "random": 7, "repeat": 1},
        "model_versions": {"v3": 14},
    }  # fmt: skip
    for sentence in (
        "8 people consented and joined, 1 of them finished; 7 have answers in this dump: 22 ratings, ",
        "between 3 and 4 of one rater (median 3).",
        "They were paid 9.50 EUR an hour. The study was approved by Board of Birds, number 7/26.",
        "Values from 1 to 5 in steps of 1 (1 = bad; 5 = good).",
        "Answers by policy: active 14 (63.6%), random (test slice) 7 (31.8%), repeat 1 (4.5%).",
        "Setting: one in 10 showings asked for a given value; 1 of 2 were answered as asked; ",
        "2 missed ones end a rater's part, which they did for 1.",
        "Chosen by a trained model, of all answers: v3 14 (63.6%).",
        "**Left out.** practice; simulated raters. Raters who withdrew are in no dump.",
    ):
        assert sentence in card


def test_an_empty_dump_has_a_methods_section_without_shares() -> None:
    _, methods = card_of(make_study())
    assert (methods["figures"]["raters"], methods["figures"]["median"]) == (0, 0)
    assert "Answers by policy" not in methods["text"]["Sampling"]


@pytest.mark.parametrize("licence", ["any of them", "ftp://lab.example.org/terms", "-"])
def test_a_licence_that_is_no_name_is_refused_by_name_and_by_the_database(licence: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^licence: Write an SPDX identifier"):
        create_study(description={"slug": "odd", "title": "Odd", "licence": licence})
    study = make_study()
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(licence=licence)


@pytest.mark.slow
def test_a_study_from_before_names_no_licence() -> None:
    with former_database(BEFORE) as database:
        apps: Any = database.migrate(BEFORE)
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0050_publication"))
        assert database.rows("SELECT licence, citation FROM ratings_study") == [("", "")]
