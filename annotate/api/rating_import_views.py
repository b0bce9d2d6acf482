"""Ratings from elsewhere, for scripts: first a look at the files, then the import of what was looked at."""

from pathlib import Path
from typing import Any

from django.core.signing import BadSignature
from django.utils.translation import gettext as staff_gettext
from django.utils.translation import gettext_lazy as staff_gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.image_views import ImportAnswerSerializer, ImportSerializer
from annotate.api.serializers import StrictSerializer
from annotate.api.staff import HasRight, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import imports
from annotate.flows.access import has_everywhere, visible_rows
from ratings.choices import DeliveryKind
from ratings.exceptions import NotFoundError
from ratings.models import Delivery

LAYOUTS = ("tidy", "pamela", "para", "lapis", "flickr-aes", "eva", "ava", "label-studio")
NO_TICKET = staff_gettext_lazy(
    "This is no ticket of yours: look at the files first, and send the ticket of that answer."
)
IMPORT = "ratings.add_delivery"


class MayImport(HasRight):
    """Those who may hand files in for every study: a set belongs to none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let the right in every study through."""
        return super().has_permission(request, view) and has_everywhere(person=staff_of(request), right=IMPORT)


class FilesSerializer(StrictSerializer):
    """A file of ratings, its layout and scale, and files that belong to it."""

    name = serializers.SlugField(max_length=50, help_text="Of the set.")
    layout = serializers.ChoiceField(choices=LAYOUTS, default="tidy")
    scale_min = serializers.FloatField(required=False, help_text="Of the scale; published sets know theirs.")
    scale_max = serializers.FloatField(required=False)
    best_is_low = serializers.BooleanField(default=False, help_text="As in ranks.")
    wide = serializers.BooleanField(default=False, help_text="A column per picture, or a column per rater.")
    profile_columns = serializers.CharField(
        default="", allow_blank=True, help_text="Further columns about raters, separated by commas."
    )
    ratings = serializers.FileField()
    beside = serializers.ListField(child=serializers.FileField(), default=list, help_text="Such as raters.csv.")
    pictures = serializers.ListField(
        child=serializers.FileField(), default=list, help_text="One zip, or the pictures; known ones are found by name."
    )

    def validate_pictures(self, value: list[Any]) -> list[Any]:
        """Refuse several archives, or an archive among pictures."""
        if len(value) > 1 and any(Path(one.name or "").suffix.lower() == ".zip" for one in value):
            raise serializers.ValidationError(
                staff_gettext("Give one zip archive that holds all pictures, or single pictures.")
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take the scale that a set was published on where none is given; refuse one upside down."""
        ends = [attrs[name] for name in ("scale_min", "scale_max") if name in attrs]
        if len(ends) == 1:
            raise serializers.ValidationError({"scale_max": staff_gettext("Give both ends of the scale, or none.")})
        low, high = imports.scale_of_layout(layout=attrs["layout"], given=ends)
        if not low < high:
            raise serializers.ValidationError(
                {
                    "scale_max": staff_gettext(
                        "It has to be above the lowest; if the lowest is the best, say best_is_low."
                    )
                }
            )
        return {**attrs, "scale_min": low, "scale_max": high}


class TicketSerializer(StrictSerializer):
    """What a look gave in hand."""

    ticket = serializers.CharField(max_length=20_000)


class LookAnswerSerializer(TicketSerializer):
    """The answer to what files leave open."""

    asked_for = serializers.ChoiceField(choices=list(imports.ASKED_FOR))
    choice = serializers.CharField(max_length=300)


class ImportStartSerializer(TicketSerializer):
    """An import that was looked at."""

    differing = serializers.ChoiceField(
        choices=imports.DIFFERING, default="refuse", help_text="What ratings are that differ from those known."
    )


class ImportQuestionSerializer(serializers.Serializer[Any]):
    """What a file leaves open, and what could be meant."""

    text = serializers.CharField()
    asked_for = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())


class LookSerializer(serializers.Serializer[Any]):
    """What an import would do, from the first rows; nothing is written yet."""

    ticket = serializers.CharField(help_text="Imports what was looked at; blank where nothing can be imported.")
    question = ImportQuestionSerializer(allow_null=True, help_text="To be answered first.")
    refusal = serializers.CharField(help_text="Why nothing can be imported; blank otherwise.")
    what_happens = serializers.CharField()
    teaching = serializers.CharField(help_text="How many of the rows read can teach a model.")
    may_differ = serializers.BooleanField(help_text="Whether ratings differ from those known of rater and image.")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="Rows that are wrong, and how to correct them."
    )
    left_out = serializers.ListField(child=serializers.CharField())
    unmatched = serializers.ListField(child=serializers.CharField(), help_text="What found no partner.")
    rows = serializers.ListField(child=serializers.DictField(), help_text="The first, as they were understood.")


def look_body(look: imports.ImportCheck) -> dict[str, Any]:
    """Give what a look found as the answer has it."""
    found = look.preview
    refusal = look.refusal or (found.refusal if found else "")
    is_ready = not refusal and not (found and found.problems)
    rows = found.rows if found else []
    return {
        "ticket": look.ticket if is_ready else "",
        "question": look.question,
        "refusal": refusal,
        "what_happens": found.what_happens if found else "",
        "teaching": found.teaching if found else "",
        "may_differ": found.may_differ if found else False,
        "problems": list(map(str, found.problems)) if found else [],
        "left_out": list(map(str, found.left_out)) if found else [],
        "unmatched": list(map(str, found.unmatched)) if found else [],
        "rows": [{"rater": row.rater, "image": row.image, "value": row.value, **row.attributes} for row in rows],
    }


class LooksView(StaffView):
    """A look at files of ratings."""

    rights = {"POST": IMPORT}
    permission_classes = [MayImport]
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="look_at_ratings", request=FilesSerializer, responses={200: LookSerializer, **ERRORS})
    def post(self, request: Request) -> Response:
        """Keep files and say what an import would do; the answer's ticket is good for the import, for a day."""
        form = FilesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = form.validated_data
        facts = {name: given[name] for name in ("name", "layout", "scale_min", "scale_max", "best_is_low")}
        parts = {"ratings": [given["ratings"], *given["beside"]], "pictures": given["pictures"]}
        kept = imports.keep_ratings(
            parts=parts, facts=facts, wide=given["wide"], profile_columns=given["profile_columns"]
        )
        return Response(LookSerializer(look_body(imports.check_import(kept))).data)


class LookAnswersView(StaffView):
    """An answer to what files of ratings leave open."""

    rights = {"POST": IMPORT}
    permission_classes = [MayImport]
    parser_classes = [JSONParser]

    @extend_schema(operation_id="answer_look", request=LookAnswerSerializer, responses={200: LookSerializer, **ERRORS})
    def post(self, request: Request) -> Response:
        """Look once more at the same files, with an answer to the question."""
        form = LookAnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said: dict[str, Any] = form.validated_data
        try:
            look = imports.check_import_again(signed=said["ticket"], asked_for=said["asked_for"], choice=said["choice"])
        except BadSignature as error:
            raise serializers.ValidationError({"ticket": NO_TICKET}) from error
        return Response(LookSerializer(look_body(look)).data)


class RatingImportsView(StaffView):
    """Imports of ratings."""

    rights = {"POST": IMPORT}
    permission_classes = [MayImport]

    @extend_schema(
        operation_id="import_ratings", request=ImportStartSerializer, responses={202: ImportSerializer, **ERRORS}
    )
    def post(self, request: Request) -> Response:
        """Have a worker import what a ticket names; the same ticket again gives the same import."""
        form = ImportStartSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said: dict[str, Any] = form.validated_data
        try:
            delivery = imports.started_import(signed=said["ticket"]) or imports.start_import(
                signed=said["ticket"], differing=said["differing"], user=staff_of(request)
            )
        except BadSignature as error:
            raise serializers.ValidationError({"ticket": NO_TICKET}) from error
        return Response(ImportSerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


class RatingImportView(StaffView):
    """One import of ratings."""

    rights = {"GET": "ratings.view_delivery", "POST": IMPORT}

    @extend_schema(operation_id="rating_import", responses={200: ImportSerializer, **ERRORS})
    def get(self, request: Request, number: int) -> Response:
        """Tell how far an import is, and what became of its rows."""
        return Response(ImportSerializer(access_rating_import(number=number, request=request)).data)

    @extend_schema(
        operation_id="answer_rating_import",
        request=ImportAnswerSerializer,
        responses={202: ImportSerializer, **ERRORS},
    )
    def post(self, request: Request, number: int) -> Response:
        """Import the same files again with the answer to what they left open, one of the `choices` of the report."""
        if not has_everywhere(person=staff_of(request), right=IMPORT):
            raise PermissionDenied(staff_gettext("This call needs a role for all studies: a set belongs to none."))
        form = ImportAnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        delivery = access_rating_import(number=number, request=request)
        again = imports.import_again(delivery=delivery, actor=staff_of(request), **form.validated_data)
        return Response(ImportSerializer(again).data, status=status.HTTP_202_ACCEPTED)


def access_rating_import(*, number: int, request: Request) -> Delivery:
    """Give an import of ratings; raises `NotFoundError`."""
    rows = Delivery.objects.filter(pk=number, kind=DeliveryKind.RATINGS)
    delivery = visible_rows(rows, person=staff_of(request)).first()
    if delivery is None:
        raise NotFoundError(staff_gettext("There is no import of ratings {number}.").format(number=number))
    return delivery
