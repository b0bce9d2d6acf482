"""Keep the texts that studies have now as their first versions, and let no version be changed that raters may have seen.

What an earlier consent said, or whether texts were edited meanwhile, is not known any more: the rows say so.
"""

import hashlib
import json

from django.db import migrations
from django.db.models import Min
from django.utils import timezone

PROTECT = """
CREATE FUNCTION ratings_seen_texts_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sealed_at IS NULL THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'texts that raters may have seen are neither changed nor deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ratings_seen_texts_kept BEFORE UPDATE OR DELETE ON ratings_textversion
FOR EACH ROW EXECUTE FUNCTION ratings_seen_texts_are_kept();
"""
RELEASE = """
DROP TRIGGER ratings_seen_texts_kept ON ratings_textversion;
DROP FUNCTION ratings_seen_texts_are_kept();
"""
AGREED = """
UPDATE ratings_participation AS part SET texts_id = kept.id FROM ratings_textversion AS kept
WHERE kept.study_id = part.study_id AND kept.consent_version = part.consent_version
"""
SEEN = """
INSERT INTO ratings_textsighting (participation_id, texts_id, language, seen_at, agreed_at)
SELECT id, texts_id, language, consented_at, consented_at FROM ratings_participation WHERE texts_id IS NOT NULL
"""
TEXTS = ("title", "summary", "instructions", "consent_text", "profile_questions", "scale_labels", "scales")
UNKNOWN = "The words of this version are not known: they were replaced before versions were kept."
AS_FOUND = "As the study had them when versions began to be kept; what was edited before that is not known."


def content_of(study):
    """Give what a study's row says to raters."""
    texts = {name: getattr(study, name) for name in TEXTS}
    scale = {name: float(getattr(study, f"scale_{name}")) for name in ("min", "max", "step")}
    return {
        "languages": study.languages,
        "consent_version": study.consent_version,
        "show_prompt": study.show_prompt,
        "scale": {"kind": study.scale_kind, **scale},
        "texts": {study.languages[0]: {name: text for name, text in texts.items() if text}},
    }


def digest_of(content):
    """Give the SHA-256 of the content as canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def keep_versions(apps, schema_editor):
    """Make the rows of a study's former consents, without their words, and of its texts as they are."""
    alias = schema_editor.connection.alias
    versions = apps.get_model("ratings", "TextVersion").objects.using(alias)
    participations = apps.get_model("ratings", "Participation").objects.using(alias)
    for study in apps.get_model("ratings", "Study").objects.using(alias).order_by("pk"):
        agreed = participations.filter(study=study).order_by().values("consent_version")
        firsts = agreed.annotate(first=Min("consented_at")).order_by("first").values_list("consent_version", flat=True)
        former = [consent for consent in firsts if consent != study.consent_version]
        now = timezone.now()
        for number, consent in enumerate(former, start=1):
            versions.create(study=study, number=number, consent_version=consent, note=UNKNOWN, sealed_at=now)
        content = content_of(study)
        was_seen = study.state != "draft" or agreed.exists()
        study.texts = versions.create(
            study=study,
            number=len(former) + 1,
            consent_version=study.consent_version,
            content=content,
            digest=digest_of(content),
            note=AS_FOUND if was_seen else "",
            sealed_at=now if was_seen else None,
        )
        study.save(update_fields=["texts"])
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(AGREED)
        cursor.execute(SEEN)


class Migration(migrations.Migration):
    """Protect what was seen, and keep what is there."""

    dependencies = [("ratings", "0030_text_versions")]

    operations = [
        migrations.RunSQL(PROTECT, RELEASE),
        migrations.RunPython(keep_versions, migrations.RunPython.noop),
    ]
