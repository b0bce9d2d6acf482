"""Who may call what; nobody may call anything unless listed."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ratings.models import Rater

if TYPE_CHECKING:  # REST framework loads this module while it loads its views
    from rest_framework.views import APIView


class IsRater(BasePermission):
    """Raters, by cookie or token."""

    message = gettext_lazy("Join the study first: this call needs a rater's cookie or token.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Let raters through."""
        return isinstance(request.user, Rater)


class MayScore(BasePermission):
    """Members of staff who may see model versions."""

    message = "This call needs the token of a member of staff who may view model versions."

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Let staff with the permission through."""
        who: object = request.user
        return isinstance(who, User) and who.has_perm("scoring.view_modelversion")
