"""Whether and how a study of comparisons shows its ranking, and the rankings that workers computed for it."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import ArenaAccess

BY_CONDITION = "condition"
BY_GENERATOR = "generator"
SMALLEST_GROUP = 5  # raters; of fewer, an answer to a question could name somebody
ORIGIN = r"^(\*|https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?)$"
ARENA_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(arena_smallest_group__gte=SMALLEST_GROUP),
        name="study_arena_groups_are_not_small",
        violation_error_message="A group ranked by itself has 5 raters at least: a smaller one tells who said what.",
    ),
    models.CheckConstraint(
        condition=Q(arena_own_after__gte=1),
        name="study_arena_own_after_some_answers",
        violation_error_message="Show a rater's own ranking after 1 answer at least.",
    ),
    models.CheckConstraint(
        condition=Q(arena__in=ArenaAccess.values),
        name="study_arena_access_is_known",
        violation_error_message="Choose who sees the ranking: off, unlisted or public.",
    ),
)


class ArenaSettings(models.Model):
    """The settings of a study's ranking, as a part of the study."""

    arena = models.CharField(
        max_length=10,
        choices=ArenaAccess,
        default=ArenaAccess.OFF,
        db_default=ArenaAccess.OFF,
        help_text="In studies that compare pictures: a page with the ranking at /s/SLUG/arena/. Unlisted: found by its "
        "address alone; public: the study's page links to it. It may sway raters who read it before they answer.",
    )
    arena_by = models.CharField(
        max_length=100,
        default=BY_CONDITION,
        db_default=BY_CONDITION,
        help_text="What is ranked: condition, as the design table names them; generator; or the name of a further "
        "column that the images came with.",
    )
    arena_groups = ArrayField(
        models.CharField(max_length=100),
        default=list,
        db_default=[],
        blank=True,
        help_text="Keys of profile questions, such as age: a ranking for each of their answers that enough raters "
        "gave.",
    )
    arena_smallest_group = models.PositiveSmallIntegerField(
        default=SMALLEST_GROUP,
        db_default=SMALLEST_GROUP,
        validators=[MinValueValidator(SMALLEST_GROUP)],
        help_text="Fewest raters of a group that is shown, at least 5.",
    )
    arena_own_after = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MinValueValidator(1)],
        help_text="Answers after which raters see their own ranking; those who have finished always do.",
    )
    arena_frames = ArrayField(
        models.CharField(
            max_length=200,
            validators=[RegexValidator(ORIGIN, "Write an origin such as https://example.org, or * for any.")],
        ),
        default=list,
        db_default=[],
        blank=True,
        help_text="Origins of the sites that may show the ranking in a frame, such as https://example.org; * for any. "
        "Blank for none.",
    )

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True


class ArenaRanking(models.Model):
    """A ranking that a worker computed: of all raters of a study, with those of its groups, or of one rater."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="arena_rankings")
    participation = models.ForeignKey(
        "ratings.Participation",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="arena_rankings",
        help_text="Whose it is; blank for everybody's.",
    )
    figures = models.JSONField(help_text="The scores, as `ratings.services.comparisons.arena` gives them.")
    data_digest = models.CharField(max_length=64, help_text="Names the state of the answers that it is of.")
    computed_at = models.DateTimeField()

    class Meta:
        """Invariants."""

        constraints = (
            models.UniqueConstraint(
                fields=("study",), condition=Q(participation__isnull=True), name="arena_ranking_of_all_once"
            ),
            models.UniqueConstraint(
                fields=("participation",),
                condition=Q(participation__isnull=False),
                name="arena_ranking_of_rater_once",
            ),
        )

    def __str__(self) -> str:
        """Name the ranking."""
        return gettext("ranking {pk}").format(pk=self.pk)
