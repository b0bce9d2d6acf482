"""Ask for a dump or a model version to be sent to the Hugging Face Hub."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from ratings.choices import ACTIVE_JOB_STATES
from ratings.models import Dump
from ratings.selectors.dumps import dump_files, withdrawals_since
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.values.dump_filters import DumpFilters
from scoring.exceptions import HubError
from scoring.models import HubPush, ModelVersion


@transaction.atomic
def request_push(
    *, content: Dump | ModelVersion, repository: str, is_public: bool, requested_by: User | None
) -> HubPush:
    """Make the row of a push, or give the one under way of the same thing; raise where nothing there may be sent."""
    if isinstance(content, Dump):
        require_sendable(content, is_public=is_public)
    named = {"dump": content} if isinstance(content, Dump) else {"version": content}
    type(content)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=content.pk)
    under_way = HubPush.objects.filter(**named, repository=repository.strip(), state__in=ACTIVE_JOB_STATES)
    if known := under_way.filter(is_public=is_public).first():
        return known
    push = HubPush(
        study=content.study, repository=repository.strip(), is_public=is_public, requested_by=requested_by, **named
    )
    try:
        push.full_clean()
    except ValidationError as error:
        sentence = staff_gettext("{repository} is no repository of the Hub: write it as owner/name.").format(
            repository=f"{repository!r}"
        )
        raise HubError(sentence, fields={"repository": staff_gettext("Write it as owner/name.")}) from error
    push.save()
    log_action(
        action="push-to-hub",
        target=content.study.slug,
        actor=requested_by,
        repository=push.repository,
        content=str(content),
        public=is_public,
    )
    return push


def require_sendable(dump: Dump, *, is_public: bool) -> None:
    """Raise where a dump has no files, or holds what the place it is sent to may not have."""
    dump_files(dump=dump)
    if withdrawals_since(moment=dump.created_at):
        raise HubError(
            staff_gettext(
                "Raters withdrew since dump v{version} was made: make a new dump, and send that one instead."
            ).format(version=dump.version)
        )
    filters = DumpFilters.from_json(dump.filters)
    if is_public and dump.manifest.get("profile_questions") and not filters.for_publication:
        raise HubError(
            staff_gettext(
                "Dump v{version} gives profiles as none but itself does: make one for publication (for_publication), "
                "and send that, or send this one to a private repository."
            ).format(version=dump.version)
        )
