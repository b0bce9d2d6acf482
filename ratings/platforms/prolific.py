"""A small client of Prolific's API: what a study of ours asks of it, and nothing else.

Source of the protocol: docs.prolific.com, API reference, *Submissions* (list, retrieve, bulk approve, request a
return), read in 2026: a list links to its next page as `_links.next.href`. The fields of a listed submission besides
are those of `ListSubmission` in facebookresearch/Mephisto,
mephisto/abstractions/providers/prolific/api/data_models/submission.py, commit 48854eb.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ratings.sentences import staff_gettext

PAGE = 100
MOST_PAGES = 200
LONGEST_TEXT = 200  # of a field that is read
AWAITING, TIMED_OUT, RETURNED = "AWAITING REVIEW", "TIMED OUT", "RETURNED"  # with neither hyphen nor underscore
UNDER_WAY = frozenset({"RESERVED", "ACTIVE"})


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the token would go along, and what is posted would become a question."""

    def redirect_request(self, *_: Any) -> None:
        """Leave the answer as it is, which makes it an error."""


OPENER = urllib.request.build_opener(NoRedirects)


class ProlificError(Exception):
    """Prolific did not answer as it should; the text says what happened."""


@dataclass(frozen=True, kw_only=True)
class ProlificSubmission:
    """One person's take of a study there; its id is what links carry as SESSION_ID."""

    id: str
    participant: str
    status: str
    study: str = ""
    started_at: str = ""  # in ISO format, so that texts compare as moments
    is_return_requested: bool = False


@dataclass(frozen=True, kw_only=True)
class SubmissionList:
    """The submissions of a study as far as they were read, each once."""

    submissions: list[ProlificSubmission]
    is_cut: bool  # there are more than were read


@dataclass(frozen=True, kw_only=True)
class ProlificClient:
    """The calls, with the token of the researcher's account."""

    address: str  # such as https://api.prolific.com/api/v1
    token: str
    timeout_s: float = 10.0

    def submissions(self, *, study: str) -> SubmissionList:
        """Give the submissions of a study, page by page as its own links lead on."""
        found: dict[str, ProlificSubmission] = {}
        path: str | None = f"submissions/?{urlencode({'study': study, 'page': 1, 'page_size': PAGE})}"
        read: set[str] = set()
        while path is not None and path not in read and len(read) < MOST_PAGES:
            read.add(path)
            page = self.call(path)
            rows = rows_of(page)
            found |= {one.id: one for one in map(submission_of, rows)}
            path = self.next_path(page) if rows else None
        return SubmissionList(submissions=list(found.values()), is_cut=path is not None and path not in read)

    def next_path(self, page: Any) -> str | None:
        """Give the path of the page after one; none after the last."""
        links = page.get("_links") or {}
        href = (links.get("next") or {}).get("href") if isinstance(links, dict) else None
        if not href:
            return None
        base = f"{self.address.rstrip('/')}/"
        if not isinstance(href, str) or not href.startswith(base):
            raise ProlificError(
                staff_gettext("Prolific names a next page outside its own address: {href}").format(href=href)
            )
        return href.removeprefix(base)

    def submission(self, *, submission: str) -> ProlificSubmission | None:
        """Give one submission; none where there is no such one."""
        try:
            return submission_of(self.call(f"submissions/{quote(submission, safe='')}/"))
        except ProlificError as error:
            if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code in {400, 404}:
                return None
            raise

    def approve(self, *, submissions: Sequence[str]) -> None:
        """Approve submissions, which pays them; approving one twice there changes nothing more."""
        self.call("submissions/bulk-approve/", {"submission_ids": list(submissions)})

    def request_return(self, *, submission: str, reasons: Sequence[str]) -> None:
        """Ask a person to return a submission, for reasons that they read; they decide."""
        path = f"submissions/{quote(submission, safe='')}/request-return/"
        self.call(path, {"request_return_reasons": list(reasons)})

    def call(self, path: str, body: Any = None) -> Any:
        """Send one call, and give its decoded answer."""
        if urlsplit(self.address).scheme not in {"https", "http"}:
            raise ProlificError(
                staff_gettext("The address of Prolific is no web address: {address}.").format(address=self.address)
            )
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address.rstrip('/')}/{path}", data=data, headers=headers)  # noqa: S310 - see above
        try:
            with OPENER.open(request, timeout=self.timeout_s) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = f"Prolific answered {error.code} to {path.split('?', maxsplit=1)[0]}: {words_of(error)}"
            raise ProlificError(said) from error
        except (OSError, ValueError, HTTPException) as error:
            raise ProlificError(staff_gettext("Prolific does not answer: {error}").format(error=error)) from error


def words_of(error: urllib.error.HTTPError) -> str:
    """Give the beginning of what an error says; nothing where even that breaks off."""
    try:
        return error.read(300).decode(errors="replace")
    except (OSError, HTTPException):  # its words broke off; the code is said in any case
        return ""


def rows_of(page: Any) -> list[Any]:
    """Give the rows of a page."""
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise ProlificError(staff_gettext("Prolific answered with something that is no list of submissions."))
    return rows


def submission_of(row: Any) -> ProlificSubmission:
    """Read a submission; a list and a single one name the person differently."""
    if not isinstance(row, dict) or not all(text_of(row, name) for name in ("id", "status")):
        raise ProlificError(staff_gettext("Prolific answered with something that is no submission."))
    return ProlificSubmission(
        id=row["id"],
        participant=text_of(row, "participant_id") or text_of(row, "participant"),
        status=row["status"].upper().replace("_", " ").replace("-", " "),
        study=text_of(row, "study_id"),
        started_at=text_of(row, "started_at"),
        is_return_requested=bool(row.get("return_requested")),  # when, or nothing
    )


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Give a field that is a text of usual length; nothing where it is none."""
    value = row.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
