"""Write the consent of a study from a ready template."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.db import transaction

from ratings.choices import ConsentKind
from ratings.exceptions import InvalidInputError
from ratings.files.consent_templates import consent_template
from ratings.models import Study, TextVersion
from ratings.selectors.texts import empty_consent_texts, written_text
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.texts import keep_texts
from ratings.values.consent_facts import CONSENT_TEXTS
from ratings.values.languages import LANGUAGES


@transaction.atomic
def write_template(
    *, study: Study, kind: ConsentKind, texts: Mapping[str, Sequence[str]], actor: User | None
) -> TextVersion:
    """Write the named texts of a template, by language; what stood there before is in the versions that raters saw.

    Raises `InvalidInputError` for a language that the study does not offer, and for a translation of nothing.
    """
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    for language in sorted(texts, key=lambda code: code != locked.languages[0]):
        template = consent_template(kind=kind, language=checked_language(study=locked, language=language))
        write_words(study=locked, language=language, words={name: template[name] for name in texts[language]})
    locked.save(update_fields=[*CONSENT_TEXTS, "translations"])
    named = {language: list(names) for language, names in texts.items()}
    log_action(action="consent-template", target=locked.slug, actor=actor, kind=kind.value, texts=named)
    return keep_texts(study=locked, actor=actor)


def checked_language(*, study: Study, language: str) -> str:
    """Give a language that the study offers; raise for another."""
    if language not in study.languages:
        offered = ", ".join(study.languages)
        raise InvalidInputError(
            staff_gettext("The study does not offer {language}: its languages are {offered}.").format(
                language=f"{language!r}", offered=offered
            ),
            fields={"languages": staff_gettext("not offered")},
        )
    return language


def write_words(*, study: Study, language: str, words: Mapping[str, str]) -> None:
    """Put texts into the fields of a study, or into its translations where it has them in its first language."""
    first = study.languages[0]
    if language == first:
        for name, text in words.items():
            setattr(study, name, text)
        return
    lacking = next((name for name in words if not written_text(study, first, name).strip()), None)
    if lacking:
        raise InvalidInputError(
            staff_gettext(
                "{lacking}: there is no text in {languages} yet, of which this would be the "
                "translation; take {languages} from the template, too."
            ).format(lacking=lacking, languages=LANGUAGES[first]),
            fields={"languages": staff_gettext("take {first}, too").format(first=first)},
        )
    study.translations = {**study.translations, language: {**study.translations.get(language, {}), **words}}


def start_from_template(*, study: Study, kind: str, actor: User | None) -> None:
    """Take from a template what a new study lacks of its consent, and the translations of what was taken."""
    if kind not in ConsentKind.values:
        raise InvalidInputError(
            staff_gettext("consent_template: there is no {kind}; the templates are {values}.").format(
                kind=f"{kind!r}", values=", ".join(ConsentKind.values)
            ),
            fields={"consent_template": "unknown"},
        )
    empty = empty_consent_texts(study)
    wanted = empty[study.languages[0]]
    texts = {code: [name for name in names if name in wanted] for code, names in empty.items()}
    write_template(study=study, kind=ConsentKind(kind), texts=texts, actor=actor)
    study.refresh_from_db()
