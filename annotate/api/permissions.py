"""Who may call what; nobody may call anything unless listed."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ratings.models import Rater
from scoring.services.callers import Caller

if TYPE_CHECKING:  # REST framework loads this module while it loads its views
    from rest_framework.views import APIView


class IsRater(BasePermission):
    """Raters, by cookie or token."""

    message = gettext_lazy("Join the study first: this call needs a rater's cookie or token.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Let raters through."""
        return isinstance(request.user, Rater)


class IsCaller(BasePermission):
    """Those who may ask for scores, by their token."""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Let callers through."""
        who: object = request.user
        return isinstance(who, Caller)
