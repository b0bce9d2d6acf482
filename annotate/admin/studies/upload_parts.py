"""The calls by which the upload page sends files part by part: JSON in and out, for the uploader's own upload only."""

import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy

from annotate.admin.studies.upload import NO_LIST, is_list, is_surely_list, known_details
from annotate.flows.imports import announce_files, discard_upload, finish_upload, import_of_upload, store_pieces
from ratings.exceptions import ConflictError, InvalidInputError, NotFoundError, RecordError
from ratings.models import Study
from ratings.models.upload import LONGEST_KEY, UploadKind
from ratings.selectors.uploads import access_upload
from ratings.services.uploads.parts import AnnouncedFile, Piece

if TYPE_CHECKING:
    from annotate.admin.studies.study_admin import StudyAdmin

STATUS: tuple[tuple[type[RecordError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (InvalidInputError, 400),
)
LARGEST = 2**40  # bytes of one file
DAMAGED = gettext_lazy("The call is damaged: reload the page and choose the files again.")

Call = Callable[..., HttpResponse]


def upload_urls(study_admin: "StudyAdmin") -> list[URLPattern]:
    """Give the addresses of the calls, below a study's upload page."""

    def at(address: str, call: Call, name: str) -> URLPattern:
        view = study_admin.admin_site.admin_view(for_uploader(study_admin, call))
        return path(f"<int:pk>/upload/files/{address}", view, name=f"ratings_study_{name}")

    return [
        at("", announce, "upload_announce"),
        at("<slug:folder>/", receive, "upload_receive"),
        at("<slug:folder>/finish/", finish, "upload_finish"),
        at("<slug:folder>/discard/", discard, "upload_discard"),
    ]


def for_uploader(study_admin: "StudyAdmin", call: Call) -> Call:
    """Let only those call who may upload into the study, by POST, and answer what goes wrong with its sentence."""

    @wraps(call)
    def answered(request: HttpRequest, pk: int, **named: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        study = study_admin.access(request=request, object_id=str(pk))
        if not study_admin.has_upload_permission(request):
            raise PermissionDenied
        try:
            return call(request, study=study, **named)
        except RecordError as error:
            status = next((code for kind, code in STATUS if isinstance(error, kind)), 507)
            return JsonResponse({"code": error.code, "message": error.message}, status=status)

    return answered


def uploader(request: HttpRequest) -> User:
    """Give who uploads."""
    return cast("User", request.user)


def announce(request: HttpRequest, *, study: Study) -> HttpResponse:
    """Say where to send the files that are announced, and how much of each has arrived before."""
    files = announced_files(request)
    upload, kept = announce_files(study=study, uploader=uploader(request), files=files)
    return JsonResponse(
        {
            "receive": reverse("admin:ratings_study_upload_receive", args=[study.pk, upload.folder]),
            "finish": reverse("admin:ratings_study_upload_finish", args=[study.pk, upload.folder]),
            "files": [[file.pk, file.received] for file in kept],
        }
    )


def announced_files(request: HttpRequest) -> list[AnnouncedFile]:
    """Read the files that a browser is about to send: a JSON list, in a file of its own since it may be long."""
    try:
        rows: Any = json.load(cast("UploadedFile[bytes]", request.FILES["announced"]))
        return [announced_file(**row) for row in rows]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(str(DAMAGED)) from error


def announced_file(*, key: Any, kind: Any, name: Any, size: Any) -> AnnouncedFile:
    """Check one file; a list among the pictures is taken as a list."""
    is_named = isinstance(name, str) and isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and "\0" not in key
    if not is_named or type(size) is not int or not 0 <= size < LARGEST:
        raise ValueError
    if kind == UploadKind.DETAILS and not is_list(name):
        raise InvalidInputError(f"{name}: {NO_LIST}")
    kind = UploadKind.DETAILS if is_surely_list(name) else UploadKind(kind)
    return AnnouncedFile(key=key, kind=kind, name=name, size=size)


def receive(request: HttpRequest, *, study: Study, folder: str) -> HttpResponse:
    """Take pieces in; say how much of each of their files has arrived."""
    upload = access_upload(study=study, uploader=uploader(request), folder=folder)
    arrived = store_pieces(upload=upload, pieces=sent_pieces(request))
    return JsonResponse({"files": [[number, received] for number, received in arrived.items()]})


def sent_pieces(request: HttpRequest) -> list[Piece]:
    """Read the pieces of a part: their contents, and for each the file's number and the offset in it."""
    try:
        places = json.loads(request.POST["places"])
        pairs = zip(places, request.FILES.getlist("pieces"), strict=True)
        return [Piece(file=int(file), offset=int(offset), content=content) for (file, offset), content in pairs]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(str(DAMAGED)) from error


def finish(request: HttpRequest, *, study: Study, folder: str) -> HttpResponse:
    """Hand the files over to a worker, once; say where to follow what becomes of them."""
    delivery = import_of_upload(study=study, uploader=uploader(request), folder=folder)
    if delivery is None:
        upload = access_upload(study=study, uploader=uploader(request), folder=folder)
        delivery = finish_upload(upload=upload, known=known_details(ticked=request.POST.get("replaces_details", "")))
    return JsonResponse({"url": reverse("admin:ratings_delivery_change", args=[delivery.pk])})


def discard(request: HttpRequest, *, study: Study, folder: str) -> HttpResponse:
    """Remove what has arrived, and lead back to the empty page."""
    discard_upload(upload=access_upload(study=study, uploader=uploader(request), folder=folder))
    return redirect("admin:ratings_study_upload", study.pk)
