"""The versions of a study's texts, as raters and researchers ask for them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.models import Participation, Study, TextSighting, TextVersion
from ratings.models.shown_taste import TASTE_UNCONSENTED
from ratings.registry import design_of, shows_taste
from ratings.selectors.prompts import missing_prompts_sentence
from ratings.sentences import staff_gettext
from ratings.values.anchors import fault_of_anchors
from ratings.values.changes import Passage, passages
from ratings.values.consent_facts import CONSENT_TEXTS, FIELDS_OF_PLACES, PLACES, open_gaps, open_places
from ratings.values.languages import LANGUAGES
from ratings.values.translations import (
    END_QUESTIONS,
    PLAIN,
    PROFILE_QUESTIONS,
    label_texts,
    question_texts,
    scale_texts,
)

QUESTIONS_AND_SCALES = (PROFILE_QUESTIONS, "scale_labels", "scales", END_QUESTIONS)
NAMED = 6  # missing texts of a language, in a sentence
NEW_STUDY = staff_gettext_lazy("make a new study for other words")


def agreed_version(*, participation: Participation) -> TextVersion | None:
    """Give the texts that a rater agreed to last, with their words; none where those are not known."""
    agreed = participation.sightings.filter(agreed_at__isnull=False).select_related("texts").order_by("agreed_at")
    last = agreed.last()
    return last.texts if last is not None and last.texts.is_known else None


def agreements_of(*, participations: Sequence[Participation]) -> dict[UUID, list[TextSighting]]:
    """Give what each rater agreed to in each part, the newest first, in one question however many there are."""
    found: dict[UUID, list[TextSighting]] = {part.pk: [] for part in participations}
    rows = TextSighting.objects.filter(participation__in=participations, agreed_at__isnull=False)
    for sighting in rows.select_related("texts").order_by("-agreed_at", "-pk"):
        found[sighting.participation_id].append(sighting)
    return found


def agreed_to_taste(*, participation: Participation) -> bool:
    """Tell whether what a rater agreed to last says that they may see their taste."""
    agreed = agreed_version(participation=participation)
    return agreed is not None and bool(agreed.text_in(language=participation.language, name="taste_consent"))


def consent_changes(*, study: Study, participation: Participation, words_of: Callable[[str], str]) -> list[Passage]:
    """Give the present consent text marked with what changed since a rater agreed; nothing where that is unknown.

    `words_of` gives the words of a text as raters read them: its marks are not compared.
    """
    agreed = agreed_version(participation=participation)
    if agreed is None:
        return []
    language = participation.language
    before = agreed.text_in(language=language, name="consent_text")
    after = study.text_in(language=language, name="consent_text").words
    return passages(before=words_of(before), after=words_of(after))


def base_texts(study: Study) -> dict[str, str]:
    """Give every text of a study in its first language, by name, in the order in which raters come to them."""
    named = chain(
        ((name, getattr(study, name)) for name in PLAIN),
        chain.from_iterable(map(question_texts, study.questions)),
        label_texts(study.scale_labels),
        chain.from_iterable(map(scale_texts, study.named_scales)),
        chain.from_iterable(question_texts(one, field=END_QUESTIONS) for one in study.questions_at_end),
    )
    return {name: words for name, words in named if words}


def missing_texts(study: Study) -> dict[str, list[str]]:
    """Name the texts that raters read in the study's first language though they chose another, by language."""
    wanted = base_texts(study)
    found = {code: [name for name in wanted if not study.translated(code).get(name)] for code in study.languages[1:]}
    return {code: names for code, names in found.items() if names}


def missing_sentence(study: Study) -> str:
    """Say in one sentence which texts are not translated yet; nothing where all are."""
    parts = [f"{LANGUAGES[code]} ({listed(names)})" for code, names in missing_texts(study).items()]
    sentence = staff_gettext("Not translated yet, and shown to raters in {first}: {parts}.")
    texts = sentence.format(first=LANGUAGES[study.languages[0]], parts="; ".join(parts)) if parts else ""
    return " ".join(filter(None, (texts, missing_prompts_sentence(study))))


def listed(names: Sequence[str]) -> str:
    """Name the first texts that are missing, and how many more are."""
    further = len(names) - NAMED
    more = staff_gettext(" and {count} more").format(count=further) if further > 0 else ""
    return ", ".join(names[:NAMED]) + more


def content_of(study: Study) -> dict[str, Any]:
    """Give all that a study says to its raters and asks of them, as its row has it now; what is blank is left out."""
    first = study.languages[0]
    plain = [name for name in PLAIN if name != "taste_consent" or shows_taste(study)]
    texts = {name: study.text_in(language=first, name=name).words for name in plain}
    texts |= {name: getattr(study, name) for name in QUESTIONS_AND_SCALES}
    further = {code: translated_content(study, code) for code in study.languages[1:]}
    facts = {"facts": study.consent_facts} if study.consent_facts else {}
    return {
        **facts,
        "languages": study.languages,
        "consent_version": study.consent_version,
        "show_prompt": study.show_prompt,
        "scale": {
            "kind": study.scale_kind,
            **{name: float(getattr(study, f"scale_{name}")) for name in ("min", "max", "step")},
        },
        "texts": {
            first: {name: text for name, text in texts.items() if text},
            **{code: said for code, said in further.items() if said},
        },
    }


def translated_content(study: Study, language: str) -> dict[str, Any]:
    """Give what raters read in one of the languages after the first; what they read in the first is left out."""
    texts = study.translated(language)
    questions = [question.as_json() for code, question in study.questions_in(language) if code == language]
    scales = [scale.as_json() for code, scale in study.named_scales_in(language) if code == language]
    ended = [question.as_json() for code, question in study.end_questions_in(language) if code == language]
    labelled, scale = study.scale_in(language)
    found = {
        **{name: study.text_in(language=language, name=name).words for name in PLAIN if texts.get(name)},
        "profile_questions": questions,
        "scale_labels": dict(scale.labels) if labelled == language else {},
        "scales": scales,
        END_QUESTIONS: ended,
    }
    return {name: text for name, text in found.items() if text}


def text_faults(*, study: Study, content: Mapping[str, Any]) -> dict[str, str]:
    """Say by field what keeps new texts from following those that raters saw."""
    seen = study.text_versions.filter(sealed_at__isnull=False).order_by("number")
    newest = seen.last()
    if newest is None:
        return {}
    consent = content["consent_version"]
    is_former = consent != newest.consent_version and seen.filter(consent_version=consent).exists()
    found = {
        "consent_version": staff_gettext("{consent} was used before: give the new consent a number of its own.").format(
            consent=f"{consent!r}"
        )
    }
    return place_faults(study) | (found if is_former else {}) | anchor_faults(study=study, content=content)


def place_faults(study: Study) -> dict[str, str]:
    """Say which places and gaps of the consent nothing fills, in any language."""
    texts = {code: written_text(study, code, "consent_text") for code in study.languages}
    names = dict.fromkeys(
        name for code, words in texts.items() for name in open_places(words, study.consent_places(code))
    )
    unknown = [name for name in names if name not in PLACES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACES)
        return {
            "consent_text": staff_gettext("There is no place {{{place}}}: the places are {known}.").format(
                place=unknown[0], known=known
            )
        }
    if names:
        fields = ", ".join(FIELDS_OF_PLACES.get(name, name) for name in names)
        places = ", ".join(f"{{{name}}}" for name in names)
        return {
            "consent_text": staff_gettext(
                "It has {places}, which nothing fills: give the study {fields}, or remove the place."
            ).format(places=places, fields=fields)
        }
    return gap_faults(study)


def gap_faults(study: Study) -> dict[str, str]:
    """Say which gaps of a template are still to be filled, by field, with the languages in which they are."""
    gaps = {
        name: [(code, gap) for code in study.languages for gap in open_gaps(written_text(study, code, name))]
        for name in CONSENT_TEXTS
    }
    return {
        name: staff_gettext("Fill the gaps: {gaps}.").format(
            gaps="; ".join(f"{gap} ({LANGUAGES[code]})" for code, gap in found)
        )
        for name, found in gaps.items()
        if found
    }


def written_text(study: Study, language: str, name: str) -> str:
    """Give a text as its author wrote it in a language, with its places and gaps; blank where it is missing."""
    first = language == study.languages[0]
    return str(getattr(study, name) if first else study.translated(language).get(name, ""))


def empty_consent_texts(study: Study) -> dict[str, list[str]]:
    """Name the texts of the consent that are not written yet, by language."""
    return {
        code: [name for name in CONSENT_TEXTS if not written_text(study, code, name).strip()]
        for code in study.languages
    }


def consent_texts_to_write(*, study: Study, languages: Collection[str], replaces: bool) -> dict[str, list[str]]:
    """Name the texts of the consent that a template fills, by language: all of them, or those that are empty."""
    names = {code: list(CONSENT_TEXTS) for code in study.languages} if replaces else empty_consent_texts(study)
    return {code: names.get(code, []) for code in languages}


def anchor_faults(*, study: Study, content: Mapping[str, Any]) -> dict[str, str]:
    """Say by field what keeps new words of a scale from standing for those that answers were given under."""
    seen = study.text_versions.filter(sealed_at__isnull=False).exclude(digest="").order_by("number")
    versions = [version.content for version in seen]
    if not versions or not has_answers(study):
        return {}
    first = versions[-1]["languages"][0]
    if first != content["languages"][0]:
        return {
            "languages": staff_gettext("The first language stays {first}: answers were given under its words.").format(
                first=first
            )
        }
    found = changed_anchors(before=versions[-1]["texts"][first], after=content["texts"][first])
    for language in content["languages"][1:]:
        texts, after = texts_last_seen(versions, language), content["texts"].get(language, {})
        found |= changed_anchors(before={name: texts[name] for name in texts if name in after}, after=after)
    return found


def texts_last_seen(versions: Sequence[Mapping[str, Any]], language: str) -> dict[str, Any]:
    """Give each text of a language as it was seen last: also one that was taken back meanwhile."""
    found: dict[str, Any] = {}
    scales: dict[str, Any] = {}
    for content in versions:
        texts = content["texts"].get(language, {})
        scales |= {scale["key"]: scale for scale in texts.get("scales", [])}
        found |= texts
    return {**found, **({"scales": list(scales.values())} if scales else {})}


def changed_anchors(*, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Compare the words of the scale, and of each of several scales, in one language."""
    pairs = [("scale_labels", before.get("scale_labels", {}), after.get("scale_labels", {}))]
    scales = {scale["key"]: scale.get("labels", {}) for scale in after.get("scales", [])}
    pairs += [
        ("scales", scale.get("labels", {}), scales[scale["key"]])
        for scale in before.get("scales", [])
        if scale["key"] in scales
    ]
    faults = ((name, fault_of_anchors(before=old, after=new)) for name, old, new in pairs)
    return {
        name: staff_gettext(
            "Answers were given under the present words, and {fault}: keep them, or {new_study}."
        ).format(fault=fault, new_study=NEW_STUDY)
        for name, fault in faults
        if fault
    }


def has_answers(study: Study) -> bool:
    """Tell whether anybody has answered yet, in practice or counted."""
    return design_of(study).family.answer._default_manager.filter(participation__study=study).exists()


def taste_fault(study: Study) -> str:
    """Say what keeps a study from showing raters their taste, where it wants to."""
    if not study.shows_taste:
        return ""
    if not design_of(study).trains:
        return staff_gettext("This design trains no model, so there is no taste to show: leave shows_taste off.")
    return "" if study.taste_consent.strip() else staff_gettext(TASTE_UNCONSENTED)
