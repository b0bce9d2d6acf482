"""Who takes part is written as a table for the pay, by the rule that approves submissions; lost people are counted."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ratings.choices import AssignmentKind, End, FlagReason, FlagState, ParticipationState
from ratings.models import AuditEntry, Participation, QualityFlag, Study
from ratings.tests.factories import make_images, make_participation, make_rating, make_study, make_study_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    """Two pictures; four who finished, of whom one missed a check and two have flags, and three who did not."""
    made = make_study(slug="harbour", quota=2, target=9)
    images = make_images(study=made, count=2)
    check = make_study_image(study=made, is_practice=True, attention_value=5.0)
    practice = make_study_image(study=made, is_practice=True)
    finished: dict[str, Any] = {"state": ParticipationState.COMPLETE, "done": 2, "served": 3}
    for name in ("paid", "inattentive", "flagged", "cleared"):
        part = make_participation(study=made, external_id=name, external_session=f"s-{name}", **finished)
        for image in images:
            make_rating(participation=part, study_image=image)
        value = 1.0 if name == "inattentive" else 5.0
        make_rating(participation=part, study_image=check, value=value, assignment={"kind": AssignmentKind.ATTENTION})
        Participation.objects.filter(pk=part.pk).update(done=2, completed_at=part.created_at + timedelta(seconds=450))
    for name, state in (("flagged", FlagState.CONFIRMED), ("cleared", FlagState.DISMISSED)):
        part = made.participations.get(external_id=name)
        QualityFlag.objects.create(participation=part, reason=FlagReason.FAST, state=state, finding="fast")
    part = make_participation(study=made, external_id="half", done=1, served=1)
    make_rating(participation=part, study_image=practice, assignment={"kind": AssignmentKind.PRACTICE})
    make_participation(study=made, external_id="=1+1")
    make_participation(study=made, external_id="young", end=End.SCREENED_OUT, state=ParticipationState.LEFT)
    return made


def written(out: Path) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Run the command; give the rows by external id, and what it says."""
    said = StringIO()
    call_command("export_participants", "harbour", "--out", str(out), stdout=said)
    with out.open(encoding="utf-8", newline="") as stream:
        return {row["external_id"]: row for row in csv.DictReader(stream)}, said.getvalue().splitlines()


def test_the_table_pays_who_finished_attentively_and_unflagged_and_lets_a_person_look_at_the_rest(
    study: Study, tmp_path: Path
) -> None:
    rows, _ = written(tmp_path / "pay.csv")
    assert {name: (row["pay"], row["reason"]) for name, row in rows.items()} == {
        "paid": ("pay", "complete"),
        "cleared": ("pay", "complete"),
        "inattentive": ("look", "1 attention check missed"),
        "flagged": ("look", "flags: fast (confirmed)"),
        "half": ("unfinished", "still taking part"),
        "'=1+1": ("unfinished", "still taking part"),  # no formula of a spreadsheet
        "young": ("unfinished", "Screened out"),
    }
    paid = rows["paid"]
    names = ("external_session", "state", "end", "minutes", "done", "quota", "checks", "checks_passed", "flags")
    assert [paid[name] for name in names] == ["s-paid", "complete", "complete", "7.5", "2", "2", "1", "1", ""]
    assert [rows["inattentive"][name] for name in ("checks", "checks_passed")] == ["1", "0"]
    assert AuditEntry.objects.get(action="export-participants").detail == {"participants": 7}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_of_the_table_is_a_formula_of_a_spreadsheet(study: Study, start: str, tmp_path: Path) -> None:
    """The characters are those that OWASP names under CSV Injection."""
    study.participations.filter(external_id="paid").update(external_id=f"{start}cmd")
    rows, _ = written(tmp_path / "pay.csv")
    assert f"'{start}cmd" in rows


def test_the_command_counts_where_people_were_lost(study: Study, tmp_path: Path) -> None:
    _, said = written(tmp_path / "pay.csv")
    assert said[1:] == [
        "visited: 0",
        "consented: 7",
        "practised: 1",
        "began: 5",
        "finished: 4",
        "excluded by a confirmed flag: 1",
        "ended: screened out: 1",
    ]


def test_a_file_that_cannot_be_written_is_named(study: Study, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        written(tmp_path / "nowhere" / "pay.csv")
