"""The prompts of a study's pictures in the languages of its raters."""

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from ratings.choices import Side
from ratings.models import Study, StudyImage
from ratings.registry import design_of
from ratings.sentences import staff_gettext
from ratings.values.languages import LANGUAGES
from ratings.values.prompts import prompt_columns


def missing_prompts(study: Study) -> dict[str, int]:
    """Count the prompts that raters would read in another language than they chose, by language."""
    if not study.show_prompt:
        return {}
    written = study.prompt_language or study.languages[0]
    shown = shown_entries(study).exclude(prompt="")
    counts = {code: shown.exclude(has_prompt_in(code)).count() for code in study.languages if code != written}
    return {code: count for code, count in counts.items() if count}


def shown_entries(study: Study) -> QuerySet[StudyImage]:
    """Give the pictures of a study that raters see: those to be rated and for practice, or those of its pairs."""
    if design_of(study).takes_table:
        pairs = [Q(**{f"image__pairs_as_{side}__study": study}) for side in Side.values]
        return study.study_images.filter(reduce(or_, pairs)).distinct()
    return study.study_images.filter(is_active=True, attention_value__isnull=True)


def has_prompt_in(language: str) -> Q:
    """Tell of a picture in a study whether its facts have its prompt in a language."""
    columns = (Q(metadata__has_key=name) & ~Q(metadata__contains={name: ""}) for name in prompt_columns(language))
    return reduce(or_, columns)


def missing_prompts_sentence(study: Study) -> str:
    """Say how many prompts are not translated yet; nothing where all are, or where none is shown."""
    parts = [
        staff_gettext("{count} in {language} (column {column})").format(
            count=count, language=LANGUAGES[code], column=prompt_columns(code)[0]
        )
        for code, count in missing_prompts(study).items()
    ]
    written = LANGUAGES[study.prompt_language or study.languages[0]]
    return (
        staff_gettext("Prompts not translated yet, and shown to raters in {language}: {parts}.").format(
            language=written, parts=", ".join(parts)
        )
        if parts
        else ""
    )
