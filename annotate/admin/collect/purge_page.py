"""Purge a picture, on a page that counts every place first and wants the digest typed."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from annotate.admin.parts.base import linked_action
from annotate.admin.parts.mixins import Pages
from annotate.flows.pictures import purge_image
from ratings.choices import PurgedRatings
from ratings.models import Image
from ratings.models.image import SHOWN_DIGITS
from ratings.selectors.purges import OUT_OF_REACH, purge_plan


class PurgeForm(forms.Form):
    """What becomes of the ratings, why, and the digest as a confirmation."""

    ratings = forms.ChoiceField(
        choices=PurgedRatings.choices, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Ratings")
    )
    words = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Kept with the digest and in the audit log."),
    )
    digest = forms.CharField(
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        label=format_lazy(gettext_lazy("First {count} digits of its SHA-256"), count=SHOWN_DIGITS),
        help_text=gettext_lazy("Type them to confirm that this picture is meant. It cannot be undone."),
    )

    def __init__(self, *args: Any, image: Image, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.image = image

    def clean_digest(self) -> str:
        """Refuse the digits of another picture."""
        wanted, typed = self.image.sha256[:SHOWN_DIGITS], self.cleaned_data["digest"].strip().lower()
        if typed != wanted:
            raise forms.ValidationError(gettext("This is not {wanted}: nothing was changed.").format(wanted=wanted))
        return wanted


class PurgePage(Pages[Image]):
    """The page of a picture from which it is purged, for those who may delete pictures."""

    actions_detail = ("purge",)

    def has_purge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those purge who may delete pictures: admins."""
        return request.user.has_perm("ratings.delete_image")

    @linked_action(gettext_lazy("Purge"), permission="purge", icon="delete_forever", url_path="purge")
    def purge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Count every place; a POST with the digest purges the picture."""
        image = self.get_object(request, object_id)
        if image is None:
            raise Http404(gettext("There is no such picture."))
        if not self.has_purge_permission(request):
            raise PermissionDenied
        form = PurgeForm(request.POST if request.method == "POST" else None, image=image)
        if form.is_valid():
            said = form.cleaned_data
            actor = cast("User", request.user)
            purge_image(sha256=image.sha256, ratings=said["ratings"], words=said["words"], actor=actor)
            messages.success(
                request,
                gettext("{image} is purged; a worker removes its files now. Out of reach: {out_of_reach}.").format(
                    image=image, out_of_reach=OUT_OF_REACH
                ),
            )
            return redirect("admin:ratings_image_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Purge {image}").format(image=image),
            "opts": self.opts,
            "original": image,
            "form": form,
            "places": purge_plan(sha256=image.sha256).lines,
            "out_of_reach": OUT_OF_REACH,
        }
        return TemplateResponse(request, "admin/ratings/image/purge.html", context)
