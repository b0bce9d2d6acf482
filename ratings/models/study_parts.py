"""The settings of a study that are kinds of their own, each in a module of its own: put a further kind in here."""

from ratings.models.archiving import ARCHIVED_CONSTRAINT, Archived
from ratings.models.arena import ARENA_CONSTRAINTS, ArenaSettings
from ratings.models.consent_facts import CONSENT_CONSTRAINTS, ConsentFacts
from ratings.models.device_rules import DEVICE_CONSTRAINTS, DeviceRuleFields
from ratings.models.publication import PUBLICATION_CONSTRAINTS, PublicationFacts
from ratings.models.shown_taste import TASTE_CONSTRAINTS, TasteSettings
from ratings.models.stopping import STOPPING_CONSTRAINTS, StoppingRules
from ratings.models.study_prompts import PromptSettings
from ratings.models.vision_check import VISION_CONSTRAINTS, VisionCheckFields

PART_CONSTRAINTS = (
    *CONSENT_CONSTRAINTS,
    *DEVICE_CONSTRAINTS,
    *TASTE_CONSTRAINTS,
    *ARENA_CONSTRAINTS,
    *VISION_CONSTRAINTS,
    *PUBLICATION_CONSTRAINTS,
    *STOPPING_CONSTRAINTS,
    ARCHIVED_CONSTRAINT,
)


class StudyParts(
    ConsentFacts,
    DeviceRuleFields,
    PromptSettings,
    TasteSettings,
    ArenaSettings,
    VisionCheckFields,
    PublicationFacts,
    StoppingRules,
    Archived,
):
    """All of them; the study has the table, and their constraints."""

    class Meta:
        """Fields only."""

        abstract = True
