"""What pages say: the texts of a study with the language they are in, and the words that scripts take from the page."""

from django import template
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from annotate.prose import prose_html
from annotate.script_words import script_words
from ratings.models import Participation, Study
from ratings.models.said import SaidByWorkers
from ratings.registry import StudyDesign, design_of
from ratings.registry import shows_taste as is_taste_shown
from ratings.selectors.arena import has_public_arena as is_arena_public
from ratings.values.consent_facts import FactRow, fact_rows
from ratings.values.devices import needs_of
from ratings.values.languages import DEFAULT_LANGUAGE, LANGUAGES
from ratings.values.texts import AuthorText

register = template.Library()


@register.filter
def text_of(study: Study, name: str) -> str:
    """Give a text of a study's author in the language of the page, or in the study's first one."""
    return study.text_in(language=get_language() or DEFAULT_LANGUAGE, name=name).words


@register.filter
def marked_text_of(study: Study, name: str) -> SafeString:
    """Give a text of a study's author marked with its language; its direction shows in its letters."""
    text = study.text_in(language=get_language() or DEFAULT_LANGUAGE, name=name)
    return format_html('<bdi lang="{}">{}</bdi>', text.language, text.words)


@register.filter
def prose_of(study: Study, name: str) -> SafeString:
    """Give a long text of a study's author, whose headings come below the page's."""
    return marked_prose(study.text_in(language=get_language() or DEFAULT_LANGUAGE, name=name))


@register.filter
def inner_prose_of(study: Study, name: str) -> SafeString:
    """Give a long text of a study's author that stands below a second heading."""
    return marked_prose(study.text_in(language=get_language() or DEFAULT_LANGUAGE, name=name), heading=3)


@register.simple_tag
def facts_of(study: Study) -> list[FactRow]:
    """List the facts of a study's consent, in the language of the page."""
    language = get_language() or DEFAULT_LANGUAGE
    return fact_rows(facts=study.consent_facts, say=lambda name: study.text_in(language=language, name=name))


@register.simple_tag
def device_needs(study: Study) -> list[str]:
    """Say what a study wants of the device that somebody joins on, in the language of the page."""
    return [need.words for need in needs_of(study.device_rules)]


@register.filter
def agreed_prose(text: AuthorText) -> SafeString:
    """Give a consent text that somebody agreed to, in a list of studies."""
    return marked_prose(text, heading=3)


def marked_prose(text: AuthorText, *, heading: int = 2) -> SafeString:
    """Give a long text marked with its language."""
    return format_html('<div class="prose" lang="{}">{}</div>', text.language, prose_html(text.words, heading=heading))


@register.filter
def design(study: Study) -> StudyDesign:
    """Give what a study asks of its raters, with the words and templates for it."""
    return design_of(study)


@register.simple_tag
def items_asked(study: Study) -> str:
    """Say how much is asked of each rater."""
    return design_of(study).words.asked(study)


@register.simple_tag
def items_done(participation: Participation) -> str:
    """Say how much somebody did, and that it is saved."""
    return design_of(participation.study).words.done(participation)


@register.simple_tag
def next_item(participation: Participation) -> str:
    """Say where somebody goes on."""
    return design_of(participation.study).words.go_on_at(participation.done + 1)


@register.simple_tag
def own_name_of_language() -> str:
    """Name the language of the page as its speakers do."""
    return LANGUAGES[get_language() or DEFAULT_LANGUAGE]


@register.simple_tag
def words_for_scripts(*pages: str) -> SafeString:
    """Hand the scripts of a page what they say, in the language of the page; without names, all there is."""
    return json_script(script_words(*pages), "words")


@register.simple_tag
def progress_in_words(participation: Participation) -> str:
    """Say how far somebody is, in the words that scripts use, too."""
    return gettext("{done} of {quota} done").format(done=participation.done, quota=participation.quota)


@register.filter
def said_by(text: str, row: SaidByWorkers) -> str:
    """Say what a worker stored in a row in the language of the page."""
    return row.said(text)


@register.filter
def shows_taste(study: Study) -> bool:
    """Tell whether raters of a study may see what was learned of their taste."""
    return is_taste_shown(study)


@register.filter
def has_public_arena(study: Study) -> bool:
    """Tell whether a study's pages lead to its ranking."""
    return is_arena_public(study)
