"""The ranking of what a study compares, for other sites and scripts: what workers stored, never computed here."""

from typing import Any

from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api.views import ERRORS, rater_of
from annotate.flows.tastes import own_participation
from annotate.languages import preferred_languages
from ratings.selectors.arena import ARENA_SECONDS, access_arena, own_arena, require_arena, shown_arena
from ratings.values.languages import spoken_language


class ArenaEntrySerializer(serializers.Serializer[Any]):
    """One condition or generator; one that was compared with no other has a name and no games."""

    name = serializers.CharField()
    rank = serializers.IntegerField(required=False)
    rank_best = serializers.IntegerField(required=False, allow_null=True, help_text="That the intervals leave open.")
    rank_worst = serializers.IntegerField(required=False, allow_null=True)
    points = serializers.FloatField(required=False, help_text="Bradley-Terry on Elo's scale, around 1000.")
    low = serializers.FloatField(required=False, allow_null=True, help_text="Of the 95 % interval; null: too few.")
    high = serializers.FloatField(required=False, allow_null=True)
    games = serializers.IntegerField(help_text="Comparisons with another one, a tie among them.")
    ties = serializers.IntegerField(required=False)
    win_share = serializers.FloatField(required=False, allow_null=True, help_text="Ties count half.")
    is_few = serializers.BooleanField(required=False, help_text="Too few comparisons to say much.")


class ArenaPartSerializer(serializers.Serializer[Any]):
    """What some chain of answers connects: scores compare within a part alone."""

    is_settled = serializers.BooleanField(help_text="False where one never lost or never won, so its score is a bound.")
    entries = ArenaEntrySerializer(many=True)


class RankingSerializer(serializers.Serializer[Any]):
    """A ranking."""

    raters = serializers.IntegerField()
    answers = serializers.IntegerField()
    uncounted = serializers.IntegerField(help_text="Answers that compared nothing that is ranked.")
    names = serializers.IntegerField(help_text="What there is to rank; above 100 nothing is ranked.")
    is_few = serializers.BooleanField(help_text="Too few raters to say much.")
    parts = ArenaPartSerializer(many=True)


class ArenaGroupSerializer(RankingSerializer):
    """The ranking of those who gave one answer to a profile question."""

    question = serializers.CharField()
    value = serializers.CharField()
    question_label = serializers.CharField()
    value_label = serializers.CharField()
    language = serializers.CharField()


class ArenaSerializer(RankingSerializer):
    """The ranking of all, and those of the groups that are large enough."""

    study = serializers.CharField()
    title = serializers.CharField()
    by = serializers.CharField(help_text="What is ranked: condition, generator or the name of a column.")
    computed_at = serializers.DateTimeField(allow_null=True)
    groups = ArenaGroupSerializer(many=True)
    hidden_groups = serializers.IntegerField(help_text="Groups with fewer raters than are shown.")
    smallest_group = serializers.IntegerField()


class OwnRankingSerializer(RankingSerializer):
    """A rater's own ranking; its intervals come from resampled answers."""

    computed_at = serializers.DateTimeField()


class OwnArenaSerializer(serializers.Serializer[Any]):
    """A rater's own ranking, or how many answers it still takes."""

    missing = serializers.IntegerField()
    ranking = OwnRankingSerializer(allow_null=True)


class ArenaView(APIView):
    """A study's ranking, for anybody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @method_decorator(conditional_page)
    @extend_schema(operation_id="arena", auth=[], responses={200: ArenaSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """Give what workers computed last, which any site may read; caches keep it for a minute."""
        study = access_arena(slug=slug)
        language = spoken_language(offered=study.languages, preferred=preferred_languages(request))
        body = ArenaSerializer(shown_arena(study=study, language=language)).data
        answer = Response(body, headers={"Access-Control-Allow-Origin": "*", "Vary": "Accept-Language"})
        patch_cache_control(answer, public=True, max_age=ARENA_SECONDS)
        return answer


class OwnArenaView(APIView):
    """A rater's own ranking."""

    @extend_schema(operation_id="my_arena", responses={200: OwnArenaSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """Give the rater's own ranking; null until they answered enough and a worker has computed it."""
        participation = own_participation(rater=rater_of(request), slug=slug)
        own = own_arena(study=require_arena(participation.study), participation=participation)
        body = OwnArenaSerializer({"missing": own.missing, "ranking": own.ranking}).data
        return Response(body, headers={"Cache-Control": "private, no-cache"})
