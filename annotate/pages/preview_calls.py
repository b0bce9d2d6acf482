"""The calls of the rating page in a preview: leases, answers, undo and skips, which are checked and kept nowhere."""

import json
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as staff_gettext
from django.views import View
from rest_framework.exceptions import ValidationError

from annotate.api.answer_views import CHOICE_FACE, RATING_FACE, Face
from annotate.api.serializers import LEASE_REQUEST, nonce_of, validated
from annotate.errors import domain_body, invalid_body, refused_item, status_of
from annotate.flows.previews import access_previewed_study, attach_previewed, previewed_items
from annotate.pages.preview_gate import member_of_staff, reading_only
from annotate.pages.preview_state import Walk, keep_walk, walk_of
from annotate.pages.visitors import spoken
from ratings.choices import AssignmentKind, ParticipationState
from ratings.exceptions import InvalidInputError, NotFoundError, RecordError
from ratings.models import Study
from ratings.registry import design_of

FACES = {face.family: face for face in (RATING_FACE, CHOICE_FACE)}


class PreviewCall(View):
    """A call of the walk: it answers as the API does, and writes nothing."""

    study: Study
    walk: Walk
    items: dict[int, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the study and the walk, answer in a transaction that is read-only, and let the browser carry it on."""
        if member_of_staff(request) is None:
            raise PermissionDenied
        with reading_only():
            try:
                self.find(request, slug=kwargs["slug"])
                answer = super().dispatch(request, *args, **kwargs)
            except ValidationError as error:
                return JsonResponse(invalid_body(error), status=error.status_code)
            except RecordError as error:
                return JsonResponse(domain_body(error), status=status_of(error))
        keep_walk(request, answer, self.walk)
        return answer

    def find(self, request: HttpRequest, *, slug: str) -> None:
        """Find the study, how far the walk has come, and what is shown on it."""
        self.study = spoken(request, access_previewed_study(slug=slug, person=cast("User", request.user)))
        self.walk = walk_of(request, slug=slug)
        self.items = {item.pk: item for item in previewed_items(self.study)}

    @property
    def face(self) -> Face:
        """Give how calls of the study's family read and show."""
        return FACES[design_of(self.study).family]

    def shown(self, numbers: list[int]) -> list[dict[str, Any]]:
        """Describe items as a lease does."""
        items = [self.items[number] for number in numbers]
        attach_previewed(items=items, study=self.study, family=self.face.family)
        return [self.face.item(item, study=self.study, shows_prompt=self.study.show_prompt) for item in items]


def body_of(request: HttpRequest) -> Any:
    """Read the body of a call."""
    try:
        return json.loads(request.body or "{}")
    except ValueError as error:
        raise InvalidInputError(staff_gettext("Send JSON.")) from error


class PreviewLeases(PreviewCall):
    """What is shown next."""

    def post(self, request: HttpRequest, **_: str) -> JsonResponse:
        """Give the next ones, always the first that are not answered."""
        form = validated(LEASE_REQUEST, body_of(request))
        left = [number for number in self.items if number not in self.walk.closed]
        counted = {number for number, item in self.items.items() if counts(item)}
        return JsonResponse(
            {
                "items": self.shown(left[: form["count"]]),
                "progress": {"done": len(counted & set(self.walk.answered)), "quota": len(counted)},
                "state": ParticipationState.ACTIVE if left else ParticipationState.COMPLETE,
                "texts": self.study.texts_id,
            }
        )

    def delete(self, request: HttpRequest, **_: str) -> JsonResponse:  # noqa: ARG002
        """Take back what is held: nothing was handed out."""
        return JsonResponse({"returned": 0})


def counts(item: Any) -> bool:
    """Tell whether an item counts: practice does not."""
    return getattr(item, "kind", "") != AssignmentKind.PRACTICE


class PreviewAnswers(PreviewCall):
    """Answers, an outbox at a time."""

    def post(self, request: HttpRequest, slug: str) -> JsonResponse:  # noqa: ARG002
        """Check each as the study's design does, and say that it is taken."""
        said = body_of(request)
        if not isinstance(said, list):
            raise InvalidInputError(staff_gettext("Send a list of answers."))
        return JsonResponse({"results": [self.result(one) for one in said]})

    def result(self, one: Any) -> dict[str, Any]:
        """Check one answer."""
        try:
            submission = self.face.submission_of(validated(self.face.submission, one))
            item = self.item(submission.assignment_id)
            design_of(self.study).check_answer(self.study, item, submission.said)
        except (ValidationError, RecordError) as error:
            return refused_item(nonce=nonce_of(one), error=error)
        self.walk = self.walk.with_answer(number=item.pk, nonce=str(submission.nonce))
        return {"nonce": str(submission.nonce), "status": 201}

    def item(self, number: int) -> Any:
        """Find what an answer is about."""
        if number not in self.items:
            raise NotFoundError(staff_gettext("There is no such picture in this preview."))
        return self.items[number]


class PreviewAnswer(PreviewCall):
    """One answer."""

    def delete(self, request: HttpRequest, slug: str, nonce: UUID) -> JsonResponse:  # noqa: ARG002
        """Take it back; answers with what it was about."""
        number = self.walk.number_of(nonce)
        if number is None or number not in self.items:
            raise NotFoundError(staff_gettext("There is no such answer in this preview."))
        self.walk = self.walk.without(number)
        return JsonResponse(self.shown([number])[0])


class PreviewSkip(PreviewCall):
    """Something that is given back."""

    def post(self, request: HttpRequest, slug: str, assignment: int) -> JsonResponse:  # noqa: ARG002
        """Show it no more."""
        self.walk = self.walk.with_skip(assignment)
        return JsonResponse({"skipped": assignment})


BASE = "preview/<slug:slug>/calls/"
preview_call_urls: list[URLPattern] = [
    path(f"{BASE}studies/<path:path>/leases", PreviewLeases.as_view(), name="preview-leases"),
    path(f"{BASE}studies/<path:path>/pairs/leases", PreviewLeases.as_view()),
    path(f"{BASE}ratings/batch", PreviewAnswers.as_view()),
    path(f"{BASE}choices/batch", PreviewAnswers.as_view()),
    path(f"{BASE}ratings/<uuid:nonce>", PreviewAnswer.as_view()),
    path(f"{BASE}choices/<uuid:nonce>", PreviewAnswer.as_view()),
    path(f"{BASE}assignments/<int:assignment>/skip", PreviewSkip.as_view()),
    path(f"{BASE}pairs/<int:assignment>/skip", PreviewSkip.as_view()),
]
