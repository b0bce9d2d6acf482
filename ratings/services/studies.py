"""Create studies and move them through their states."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ratings.choices import StudyState, StudyTemplate
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.files.study_templates import study_template
from ratings.files.text_files import without_strays
from ratings.models import Study
from ratings.registry import design_of
from ratings.selectors.arena import arena_faults
from ratings.selectors.studies import COLUMNS, DESCRIBED, locked_fields, study_description
from ratings.selectors.study_access import studies_of
from ratings.selectors.texts import base_texts
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action, log_change
from ratings.services.consent_templates import start_from_template
from ratings.services.opening import require_filled_consent, require_taste_consent, require_translations
from ratings.services.texts import keep_texts, require_consent_text
from ratings.values.shapes import ShapeError
from ratings.values.translations import checked_translations

CONSENT_TEMPLATE, TEMPLATE = "consent_template", "template"  # the keys of a description that are no fields


@transaction.atomic
def create_study(*, description: dict[str, Any], actor: User | None = None) -> Study:
    """Make a draft study from a description whose keys are the study's fields, `template` or `consent_template`.

    A template gives the fields that the description leaves out; a template of the consent the texts of the consent
    that are still missing then, in each of the study's languages.
    """
    given = {name: value for name, value in description.items() if name not in {CONSENT_TEMPLATE, TEMPLATE}}
    fields = {**template_fields(description), **given}
    reject_bad_description(fields)
    study = Study(**{COLUMNS[name]: value for name, value in fields.items()})
    save_described(study=study, actor=actor)
    if CONSENT_TEMPLATE in description:
        start_from_template(study=study, kind=description[CONSENT_TEMPLATE], actor=actor)
    log_action(action="create-study", target=study.slug, actor=actor)
    return study


def template_fields(description: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of the template that a description names; none where it names none."""
    if TEMPLATE not in description:
        return {}
    kind = description[TEMPLATE]
    if kind not in StudyTemplate.values:
        raise InvalidInputError(
            staff_gettext("template: there is no {kind}; the templates are {templates}.").format(
                kind=f"{kind!r}", templates=", ".join(StudyTemplate.values)
            ),
            fields={TEMPLATE: "unknown"},
        )
    return study_template(StudyTemplate(kind))


@transaction.atomic
def change_study(*, study: Study, changes: dict[str, Any], actor: User | None) -> dict[str, tuple[Any, Any]]:
    """Change fields of a study, as its form does; give the former and the present value of each that differs.

    Raises `ConflictError` for a field that answers already given depend on, and `InvalidInputError` for a wrong value.
    """
    reject_bad_description(changes)
    study = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    former = study_description(study=study)
    fixed = [name for name in locked_fields(study=study) if name in changes and changes[name] != former[name]]
    if fixed:
        raise ConflictError(
            staff_gettext(
                "{name}: this stays as it is, because answers already given or a shared address depend on it."
            ).format(name=fixed[0]),
            fields=dict.fromkeys(fixed, "fixed"),
        )
    for name, value in changes.items():
        setattr(study, COLUMNS[name], value)
    if study.taste_from_id != former["taste_from"]:
        require_visible_source(study=study, actor=actor)
    save_described(study=study, actor=actor)
    study.refresh_from_db()
    present = study_description(study=study)
    changed = {name: (former[name], present[name]) for name in changes if former[name] != present[name]}
    if changed:
        log_change(target=study.slug, actor=actor, fields=changed)
    return changed


def require_visible_source(*, study: Study, actor: User | None) -> None:
    """Raise `InvalidInputError` where a study would use the tastes of one that the person may not see."""
    source = study.taste_from_id
    if actor is not None and source is not None and not studies_of(person=actor).filter(pk=source).exists():
        raise InvalidInputError(staff_gettext("taste_from: there is no such study."), fields={"taste_from": "unknown"})


def reject_bad_description(description: dict[str, Any]) -> None:
    """Refuse what no study can be described by: unknown fields, and values that no column holds."""
    unknown = sorted(set(description) - set(DESCRIBED))
    if unknown:
        raise InvalidInputError(
            staff_gettext("A study has no {name}: the fields are {described}.").format(
                name=f"{unknown[0]!r}", described=", ".join(sorted(DESCRIBED))
            ),
            fields=dict.fromkeys(unknown, "unknown"),
        )
    reject_strays(description)
    reject_nulls(description)
    reject_times_of_no_zone(description)


def save_described(*, study: Study, actor: User | None) -> None:
    """Save a study whose description holds together, with its texts."""
    try:
        study.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
        name, sentence = next(iter(fields.items()))
        raise InvalidInputError(f"{name}: {sentence}", fields=fields) from error
    design_of(study).check_description(study)
    require_no_fault(arena_faults(study))
    set_translations(study=study)
    study.save()
    keep_texts(study=study, actor=actor)


def require_no_fault(faults: dict[str, str]) -> None:
    """Raise where a field is at fault, with the sentence of the first."""
    if faults:
        name, sentence = next(iter(faults.items()))
        raise InvalidInputError(f"{name}: {sentence}", fields=faults)


def set_translations(*, study: Study) -> None:
    """Name a study's new texts in further languages; raise for one that it does not offer or does not have."""
    if study.translations == Study.objects.filter(pk=study.pk).values_list("translations", flat=True).first():
        return
    try:
        study.translations = checked_translations(
            study.translations, languages=study.languages, known=base_texts(study)
        )
    except ShapeError as error:
        raise InvalidInputError(f"texts: {error}", fields={"texts": str(error)}) from error


def reject_strays(description: dict[str, Any]) -> None:
    """Refuse characters that a database cannot hold."""
    for name, value in description.items():
        text = json.dumps(value, ensure_ascii=False, default=str)
        if without_strays(text) != text or "\\u0000" in text:
            raise InvalidInputError(
                staff_gettext("{name}: it holds characters that are no text.").format(name=name),
                fields={name: staff_gettext("Remove these characters.")},
            )


def reject_nulls(description: dict[str, Any]) -> None:
    """Refuse a null where a study has a value always."""
    columns = {name: Study._meta.get_field(COLUMNS[name]) for name in description}
    nulls = [name for name, value in description.items() if value is None and not columns[name].null]
    if nulls:
        raise InvalidInputError(
            staff_gettext("{name}: null is no value; leave it out.").format(name=nulls[0]),
            fields=dict.fromkeys(nulls, "null"),
        )


def reject_times_of_no_zone(description: dict[str, Any]) -> None:
    """Refuse moments that do not say in which time zone they are meant."""
    for name in ("opens_at", "closes_at"):
        value = description.get(name)
        moment = parse_moment(value) if isinstance(value, str) else value
        if isinstance(moment, datetime) and timezone.is_naive(moment):
            raise InvalidInputError(
                staff_gettext("{name}: give the offset from UTC as well, as in 2026-12-01T09:00:00+01:00.").format(
                    name=name
                ),
                fields={name: staff_gettext("Add an offset.")},
            )


def parse_moment(text: str) -> datetime | None:
    """Read a moment; what is none is left to the model's field, which says so."""
    try:
        return parse_datetime(text)
    except ValueError:  # a moment that no calendar has
        return None


@transaction.atomic
def open_study(*, study: Study, actor: User | None, may_lack_translations: bool = False) -> Study:
    """Open a study to raters, once it is prepared as its design requires.

    One whose texts are not there in all of its languages opens only where the caller says that it may.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    if not may_lack_translations:
        require_translations(study)
    require_consent_text(study)
    require_filled_consent(study)
    require_taste_consent(study)
    design_of(study).prepare(study)
    change_state(study=study, state=StudyState.OPEN, actor=actor)
    keep_texts(study=study, actor=actor)
    return study


@transaction.atomic
def pause_study(*, study: Study, actor: User | None) -> Study:
    """Lease nothing more for now; what is leased may still be answered."""
    return change_state(study=study, state=StudyState.PAUSED, actor=actor)


@transaction.atomic
def close_study(*, study: Study, actor: User | None) -> Study:
    """Take no more answers."""
    return change_state(study=study, state=StudyState.CLOSED, actor=actor)


def change_state(*, study: Study, state: StudyState, actor: User | None) -> Study:
    """Change the state, and log who did; an archived study takes nobody."""
    if study.archived_at is not None and state in {StudyState.OPEN, StudyState.PAUSED}:
        raise ConflictError(staff_gettext("This study is archived: restore it first."))
    study.state = state
    study.save(update_fields=["state"])
    log_action(action=f"{state}-study", target=study.slug, actor=actor)
    return study
