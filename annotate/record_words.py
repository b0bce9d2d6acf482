"""The words that the admin shows of records: names of models and fields, and the help of fields, all translatable.

Django derives most names from the code, and no extractor finds those: here they are collected and marked.
"""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from django.apps import apps
from django.core.validators import RegexValidator
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ratings.choices import StudyTemplate
from ratings.files.study_templates import template_comment
from ratings.registry import designs
from ratings.values.dump_filters import DumpFilters
from ratings.values.questions import EndQuestion, Question
from ratings.values.quotas import GroupQuotas
from ratings.values.scales import NamedScale
from ratings.values.shapes import FactField, entry_kind, is_list, optional_kind
from ratings.values.shapes import fields_of as fields_of_fact
from ratings.values.study_plans import PlanTerms

APPS = ("ratings", "scoring")
# Facts that forms ask for.
ASKED_FACTS: tuple[type[Any], ...] = (DumpFilters, PlanTerms, Question, EndQuestion, NamedScale, GroupQuotas)
ENTRIES = ("scale", "question", "end")  # what one entry of a list in a study's form is called


def words_of_records() -> Iterator[str]:
    """Give each name, each help and each refusal that stands in a model, in English when no language is active."""
    for model in record_models():
        yield from (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
        for field in fields_of(model):
            yield from (str(word) for word in (field.verbose_name, field.help_text) if word)
        yield from (str(rule.violation_error_message) for rule in model._meta.constraints)
        yield from (str(check.message) for check in checks_of(model))
    for fact in ASKED_FACTS:
        yield from words_of_fact(fact)
    yield from ENTRIES
    yield from map(template_comment, StudyTemplate)
    yield from words_of_designs()


def words_of_fact(fact: type[Any]) -> Iterator[str]:
    """Give what a form says of the fields of a fact, and of the facts in its lists."""
    for field in fields_of_fact(fact):
        yield from (fact_label(field), field.note.meaning)
        kind, _ = optional_kind(field.kind)
        if is_list(kind) and is_dataclass(entry_kind(kind)):
            yield field.note.entry
            yield from words_of_fact(entry_kind(kind))


def words_of_designs() -> Iterator[str]:
    """Give what designs call their items and answers, and what the admin says of their first places."""
    for design in designs().values():
        yield from (design.item, design.items, design.items.capitalize(), design.answers, design.supply)
        if design.comparison is not None:
            yield from (design.comparison.first_title, design.comparison.first_detail)


def mark_words_of_records() -> None:
    """Let the words of all records be translated when they are shown; those marked already stay."""
    for model in record_models():
        options = model._meta
        options.verbose_name = marked(str(options.verbose_name))
        options.verbose_name_plural = marked(str(options.verbose_name_plural))
        for field in fields_of(model):
            field.verbose_name = marked(field.verbose_name)
            field.help_text = marked(field.help_text)
        for rule in options.constraints:
            rule.violation_error_message = marked(rule.violation_error_message)
        for check in checks_of(model):
            check.message = marked(check.message)


def marked(word: str | Promise | None) -> Any:
    """Mark a word for translation; an empty one has no translation."""
    return gettext_lazy(word) if isinstance(word, str) and word else word


def fact_label(field: FactField) -> str:
    """Name a field of a fact that forms ask for, in English."""
    return field.note.label or field.name.replace("_", " ").capitalize()


def record_models() -> Iterator[type[Model]]:
    """Give the models of our apps."""
    for label in APPS:
        yield from apps.get_app_config(label).get_models()


def fields_of(model: type[Model]) -> Iterator["Field[object, object]"]:
    """Give the fields that a model itself has."""
    options = model._meta
    yield from (*options.local_fields, *options.local_many_to_many)


def checks_of(model: type[Model]) -> Iterator[RegexValidator]:
    """Give what refuses texts of a form that a model does not take, in lists as well."""
    for field in fields_of(model):
        for one in (field, getattr(field, "base_field", None)):
            yield from (check for check in getattr(one, "validators", ()) if isinstance(check, RegexValidator))
