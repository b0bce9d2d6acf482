"""The versions of a study's texts, as raters and researchers ask for them."""

from collections.abc import Mapping
from typing import Any

from ratings.models import Participation, Study, TextVersion
from ratings.models.study import TASTE_UNCONSENTED
from ratings.registry import design_of, shows_taste
from ratings.values.anchors import fault_of_anchors
from ratings.values.changes import Passage, passages

TEXTS = ("title", "summary", "instructions", "consent_text", "profile_questions", "scale_labels", "scales")
NEW_STUDY = "make a new study for other words"


def agreed_version(*, participation: Participation) -> TextVersion | None:
    """Give the texts that a rater agreed to last, with their words; none where those are not known."""
    agreed = participation.sightings.filter(agreed_at__isnull=False).select_related("texts").order_by("agreed_at")
    last = agreed.last()
    return last.texts if last is not None and last.texts.is_known else None


def agreed_to_taste(*, participation: Participation) -> bool:
    """Tell whether what a rater agreed to last says that they may see their taste."""
    agreed = agreed_version(participation=participation)
    return agreed is not None and bool(agreed.text_in(language=participation.language, name="taste_consent"))


def consent_changes(*, study: Study, participation: Participation) -> list[Passage]:
    """Give the present consent text marked with what changed since a rater agreed; nothing where that is unknown."""
    agreed = agreed_version(participation=participation)
    if agreed is None:
        return []
    language = participation.language
    before = agreed.text_in(language=language, name="consent_text")
    return passages(before=before, after=study.text_in(language=language, name="consent_text").words)


def content_of(study: Study) -> dict[str, Any]:
    """Give all that a study tells and asks its raters, as its row has it now; what is blank is left out."""
    texts = {name: getattr(study, name) for name in TEXTS}
    texts |= {"taste_consent": study.taste_consent} if shows_taste(study) else {}
    return {
        "languages": study.languages,
        "consent_version": study.consent_version,
        "show_prompt": study.show_prompt,
        "scale": {
            "kind": study.scale_kind,
            **{name: float(getattr(study, f"scale_{name}")) for name in ("min", "max", "step")},
        },
        "texts": {study.languages[0]: {name: text for name, text in texts.items() if text}},
    }


def text_faults(*, study: Study, content: Mapping[str, Any]) -> dict[str, str]:
    """Say by field what keeps new texts from following those that raters saw."""
    seen = study.text_versions.filter(sealed_at__isnull=False).order_by("number")
    newest = seen.last()
    if newest is None:
        return {}
    consent = content["consent_version"]
    is_former = consent != newest.consent_version and seen.filter(consent_version=consent).exists()
    found = {"consent_version": f"{consent!r} was used before: give the new consent a number of its own."}
    return (found if is_former else {}) | anchor_faults(study=study, content=content)


def anchor_faults(*, study: Study, content: Mapping[str, Any]) -> dict[str, str]:
    """Say by field what keeps new words of a scale from standing for those that answers were given under."""
    before = study.text_versions.filter(sealed_at__isnull=False).exclude(digest="").order_by("number").last()
    if before is None or not has_answers(study):
        return {}
    found: dict[str, str] = {}
    for language, texts in before.content["texts"].items():
        after = content["texts"].get(language)
        if after is not None:
            found |= changed_anchors(before=texts, after=after)
    return found


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
        name: f"Answers were given under the present words, and {fault}: keep them, or {NEW_STUDY}."
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
        return "This design trains no model, so there is no taste to show: leave shows_taste off."
    return "" if study.taste_consent.strip() else TASTE_UNCONSENTED
