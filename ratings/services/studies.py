"""Create studies and move them through their states."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from ratings.choices import StudyState
from ratings.exceptions import InvalidInputError
from ratings.files.text_files import without_strays
from ratings.models import Study
from ratings.registry import design_of
from ratings.services.audit import log_action

QUESTION = ("key", "label")
OPTION = ("value", "label")


@transaction.atomic
def create_study(*, description: dict[str, Any], actor: User | None = None) -> Study:
    """Make a draft study from a description whose keys are the study's fields."""
    known = {field.name for field in Study._meta.concrete_fields} - {"id", "created_at", "state"}
    unknown = sorted(set(description) - known)
    if unknown:
        raise InvalidInputError(
            f"A study has no {unknown[0]!r}: the fields are {', '.join(sorted(known))}.",
            fields=dict.fromkeys(unknown, "unknown"),
        )
    reject_strays(description)
    reject_bad_questions(description.get("profile_questions", []))
    reject_bad_labels(description.get("scale_labels", {}))
    study = Study(**description)
    try:
        study.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
        name, sentence = next(iter(fields.items()))
        raise InvalidInputError(f"{name}: {sentence}", fields=fields) from error
    design_of(study).check_description(study)
    study.save()
    log_action(action="create-study", target=study.slug, actor=actor)
    return study


def reject_strays(description: dict[str, Any]) -> None:
    """Refuse characters that a database cannot hold."""
    for name, value in description.items():
        text = json.dumps(value, ensure_ascii=False, default=str)
        if without_strays(text) != text or "\\u0000" in text:
            raise InvalidInputError(f"{name}: it holds characters that are no text.", fields={name: "Mend the text."})


def reject_bad_questions(questions: Any) -> None:
    """Refuse profile questions that no page could ask."""
    for number, question in enumerate(questions if isinstance(questions, list) else [None], start=1):
        options = question.get("options") if isinstance(question, dict) else None
        is_whole = (
            has_words(question, QUESTION)
            and isinstance(options, list)
            and bool(options)
            and all(has_words(option, OPTION) for option in options)
        )
        if not is_whole:
            raise InvalidInputError(
                f"profile_questions: question {number} needs “key”, “label” and “options”, each with “value” and "
                "“label”.",
                fields={"profile_questions": f"Mend question {number}."},
            )


def has_words(found: Any, names: tuple[str, ...]) -> bool:
    """Tell whether something is a table that has a text under each of these names."""
    return isinstance(found, dict) and all(isinstance(found.get(name), str) and found[name] for name in names)


def reject_bad_labels(labels: Any) -> None:
    """Refuse labels of a scale that are no words by value."""
    if not isinstance(labels, dict) or not all(isinstance(word, str) for word in labels.values()):
        raise InvalidInputError(
            "scale_labels: give words by value, such as 1 = “not at all”.", fields={"scale_labels": "Mend the labels."}
        )


@transaction.atomic
def open_study(*, study: Study, actor: User | None) -> Study:
    """Let raters in, once the study is prepared as its design wants."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    design_of(study).prepare(study)
    return change_state(study=study, state=StudyState.OPEN, actor=actor)


@transaction.atomic
def pause_study(*, study: Study, actor: User | None) -> Study:
    """Hand out nothing more for now; what is out may still be answered."""
    return change_state(study=study, state=StudyState.PAUSED, actor=actor)


@transaction.atomic
def close_study(*, study: Study, actor: User | None) -> Study:
    """Take no more answers."""
    return change_state(study=study, state=StudyState.CLOSED, actor=actor)


def change_state(*, study: Study, state: StudyState, actor: User | None) -> Study:
    """Change the state and write down who did."""
    study.state = state
    study.save(update_fields=["state"])
    log_action(action=f"{state}-study", target=study.slug, actor=actor)
    return study
