"""A description of a study that cannot be is refused in one sentence and makes no study."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ratings.models import Study

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.toml", "title = \n", "is not valid TOML"),
        ("a.json", "[1]", "has to hold a table"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"title": ' + "1" * 5000 + "}", "a number too long"),
        ("a.json", '{"title": "a\\u0000b"}', "title: it holds characters that are no text"),
        ("a.json", '{"title": "\\ud800"}', "title: it holds characters that are no text"),
        ("a.json", '{"title": "t", "nonsense": 1}', "has no 'nonsense'"),
        ("a.json", '{"title": "t", "target": 99999999999}', "target: Ensure"),
        ("a.json", '{"title": "t", "profile_questions": 5}', "profile_questions: give a list; each question needs"),
        ("a.json", '{"title": "t", "profile_questions": null}', "profile_questions: null is no value"),
        (
            "a.json",
            '{"title": "t", "profile_questions": [{"key": "k", "label": "l", "options": []}]}',
            "question 1 needs",
        ),
        ("a.json", '{"title": "t", "scale_labels": [1]}', "scale_labels: give words by value"),
    ],
)
def test_a_description_that_cannot_be_is_refused(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CommandError, match=sentence) as caught:
        call_command("create_study", "new", "--from", str(tmp_path / name))
    assert caught.value.returncode == 2
    assert not Study.objects.exists()
