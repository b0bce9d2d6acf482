"""What raters see at the edges of a study: its doors, checks and ends, and what comes after the last picture."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from playwright.sync_api import Route

from annotate.tests.browser import NewVisitor, Visitor
from annotate.tests.shown_texts import LAST_QUESTIONS, NEW_CONSENT, SHOWS_TASTE, TEXTS
from annotate.tests.shown_walk import Walk, become, enter, make_shown_study
from annotate.tests.test_arena_pages import make_shown_arena
from ratings.choices import End, ParticipationState, StudyState
from ratings.models import Image, Participation, Study
from ratings.services.texts import keep_texts
from ratings.tasks import run_job
from ratings.tests.factories import make_participation
from ratings.tests.test_arena import make_arena
from ratings.values.plates import COLOUR_PLACES
from scoring.models import TasteProfile
from scoring.tests.learning import World
from scoring.tests.tastes import computed, make_agreeing_rater, make_showing_study, rate_by_side

PLATFORM = "https://app.prolific.com/submissions/complete?cc={code}"
ENDS = [{"end": end.value, "code": f"{end.value[:4].upper()}-2718", "address": PLATFORM} for end in End]
ON_A_PAGE_OF_ITS_OWN = {End.COMPLETE, End.DECLINED}
NOBODY = "PROLIFIC_PID={{%PROLIFIC_PID%}}&SESSION_ID={{%SESSION_ID%}}"
PREVIEW = "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=123RVWYBAZW00EXAMPLE"


def take_edges(walk: Walk, new_visitor: NewVisitor, images: list[Image]) -> None:
    """Take every state beside the usual way through a study."""
    visitor = new_visitor(locale=walk.language, service_workers="block")
    visitor.page.route("https://app.prolific.com/**", stay)
    take_doors(walk, visitor, images)
    take_devices(walk, visitor, images)
    take_vision(walk, visitor, images)
    take_new_consent(walk, visitor, images)
    take_ends(walk, visitor, images)
    take_last_questions(walk, visitor, images)
    take_arena(walk, visitor)
    take_taste(walk, visitor, images)


def stay(route: Route) -> None:
    """Let an end stay on its page after its seconds, while it is looked at: nothing comes back from the platform."""
    route.fulfill(status=204)


def plain_study(walk: Walk, images: list[Image], **fields: Any) -> Study:
    """Make a small open study in the language of the walk, which asks nothing before its pictures."""
    texts = {**TEXTS[walk.language], "languages": [walk.language], "profile_questions": []}
    return make_shown_study(images=images[:4], practice=0, **{**texts, "practice_count": 0, **fields})


def take_doors(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take what is said before anybody is let in."""
    full = plain_study(walk, images, slug="full", participant_cap=1, ends=ENDS)
    make_participation(study=full, done=1, served=1)
    walk.open(visitor, "study full", "/s/full/?external_id=p-1")
    plain_study(walk, images, slug="later", opens_at=timezone.now() + timedelta(days=2))
    walk.open(visitor, "study not yet open", "/s/later/")
    study = plain_study(walk, images, slug="doors", ends=ENDS)
    walk.open(visitor, "link of nobody", f"/s/doors/?{NOBODY}")
    walk.open(visitor, "platform preview", f"/s/doors/?{PREVIEW}")
    make_participation(study=study, external_id="p-7", external_session="s-7", quota=4, done=1, served=1)
    walk.open(visitor, "somebody's id", "/s/doors/?external_id=p-7")
    enter(visitor, study)
    walk.open(visitor, "id comes later", "/s/doors/?external_id=p-9")
    mine = Participation.objects.filter(study=study, external_id="").get()
    Participation.objects.filter(pk=mine.pk).update(done=2, served=2)
    walk.open(visitor, "finish early", "/s/doors/finish/")
    for state in (StudyState.PAUSED, StudyState.CLOSED):
        Study.objects.filter(pk=study.pk).update(state=state)
        walk.open(visitor, f"my study {state}", "/s/doors/")
    walk.open(visitor, "resume link of nobody", "/r/nobody/")


def take_devices(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take what a device reads that the study does not take, before joining and in mid-study."""
    plain_study(walk, images, slug="wide", min_screen_width=6000, ends=ENDS)
    visitor.open("/s/wide/join/?external_id=p-1")
    visitor.page.locator("[name=consent]").check()
    visitor.page.locator("main form [type=submit]").click()
    visitor.page.locator(".code-value").wait_for()
    walk.take(visitor, "device refused")
    become(visitor, make_participation(study=Study.objects.get(slug="wide"), quota=4, done=1, served=1))
    walk.open(visitor, "device changed", "/s/wide/device/")


def take_vision(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take the first plate of colours, what is wrong with an answer, and a plate of greys."""
    study = plain_study(walk, images, slug="vision", checks_colour_vision=True, checks_screen=True)
    mine = make_participation(study=study, quota=4)
    become(visitor, mine)
    walk.open(visitor, "colour check", "/s/vision/vision/")
    visitor.page.locator("#number").fill("abc")
    with visitor.page.expect_navigation():
        visitor.page.locator("main [type=submit]").first.click()
    walk.take(visitor, "colour check wrong")
    answers = {str(place): {"said": 74, "right": True} for place in COLOUR_PLACES}
    Participation.objects.filter(pk=mine.pk).update(vision=answers)
    walk.open(visitor, "screen check", "/s/vision/vision/")


def take_new_consent(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take the question to somebody under way whose consent text has changed, and what is wrong with the answer."""
    study = plain_study(walk, images, slug="renewed")
    visitor.page.context.clear_cookies()
    enter(visitor, study)
    study.consent_version, study.consent_text = "2", NEW_CONSENT[walk.language]
    study.save(update_fields=["consent_version", "consent_text"])
    keep_texts(study=study, actor=None)
    walk.open(visitor, "consent changed", "/s/renewed/consent/")
    with visitor.page.expect_navigation():
        visitor.page.locator("main form [type=submit]").click()
    walk.take(visitor, "consent changed wrong")


def take_ends(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take each end with its code and the way back."""
    study = plain_study(
        walk, images, slug="ends", ends=ENDS, completion_code="LIGHT-2718", completion_url=PLATFORM, summary=""
    )
    for end in End:
        if end in ON_A_PAGE_OF_ITS_OWN:
            continue
        done = 3 if end in {End.PARTIAL, End.FAILED_ATTENTION, End.TIMED_OUT} else 0
        ended: dict[str, Any] = {"state": ParticipationState.COMPLETE, "end": end, "external_id": f"p-{end}"}
        become(visitor, make_participation(study=study, quota=4, done=done, served=done, **ended))
        walk.open(visitor, f"end {end}".replace("_", " "), "/s/ends/done/")
    whole: dict[str, Any] = {"state": ParticipationState.COMPLETE, "external_id": "p-complete"}
    become(visitor, make_participation(study=study, quota=4, done=4, served=4, **whole))
    walk.open(visitor, "end complete", "/s/ends/done/")
    walk.open(visitor, "my study ended", "/s/ends/")
    visitor.page.context.clear_cookies()
    walk.open(visitor, "end declined", "/s/ends/declined/?external_id=p-declined")


def take_last_questions(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take the questions after the last picture, and what is missing in the answers."""
    said = LAST_QUESTIONS[walk.language]
    options = [{"value": str(place), "label": label} for place, label in enumerate(said["options"])]
    questions = [
        {"key": "mood", "label": said["label"], "required": True, "options": options},
        {"key": "remarks", "label": said["remarks"]},
    ]
    study = plain_study(walk, images, slug="asked", end_questions=questions)
    become(visitor, make_participation(study=study, state=ParticipationState.COMPLETE, quota=4, done=4, served=4))
    walk.open(visitor, "last questions", "/s/asked/questions/")
    visitor.page.evaluate("document.querySelector('main form').noValidate = true")
    with visitor.page.expect_navigation():
        visitor.page.locator("main form [type=submit]").click()
    walk.take(visitor, "last questions missing")


def take_arena(walk: Walk, visitor: Visitor) -> None:
    """Take the ranking of all, in a frame, of a rater, and before there are enough answers."""
    texts = {**TEXTS[walk.language], "languages": [walk.language]}
    study, mine = make_shown_arena(**texts)
    visitor.page.context.clear_cookies()
    walk.open(visitor, "ranking", "/s/lights/arena/")
    walk.open(visitor, "ranking in a frame", "/s/lights/arena/frame/")
    become(visitor, mine)
    walk.open(visitor, "own ranking", "/s/lights/arena/mine/")
    become(visitor, make_participation(study=study, quota=9))
    walk.open(visitor, "own ranking to come", "/s/lights/arena/mine/")
    make_arena(slug="unranked", **texts)
    walk.open(visitor, "ranking to come", "/s/unranked/arena/")


def take_taste(walk: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take what a rater reads of their taste: too early, while it is worked out, while they rate, and at the end."""
    texts = {**TEXTS[walk.language], "languages": [walk.language], "profile_questions": []}
    world = make_showing_study(slug="mine", **texts, taste_consent=SHOWS_TASTE[walk.language])
    give_pictures(world, images)
    beginner = make_agreeing_rater(world, quota=40)
    become(visitor, beginner.participation)
    walk.open(visitor, "taste too early", "/s/mine/taste/")
    rating, whole = make_agreeing_rater(world, quota=60), make_agreeing_rater(world, quota=40)
    for person in (rating, whole):
        rate_by_side(person, count=40, held_out=12)
    become(visitor, whole.participation)
    visitor.open("/s/mine/taste/")
    visitor.page.locator("#taste-progress").wait_for()
    walk.take(visitor, "taste worked out")
    profile = TasteProfile.objects.get(participation=whole.participation)
    run_job(profile._meta.label, profile.pk)
    walk.open(visitor, "taste", "/s/mine/taste/")
    computed(rating)
    become(visitor, rating.participation)
    walk.open(visitor, "taste while rating", "/s/mine/taste/")


def give_pictures(world: World, images: list[Image]) -> None:
    """Let the images of a world show drawn pictures, each several times."""
    for place, row in enumerate(world.rows):
        drawn, image = images[place % len(images)], row.image
        image.renditions, image.width, image.height = [], drawn.width, drawn.height
        image.save(update_fields=["renditions", "width", "height"])
        with default_storage.open(drawn.path) as file:
            default_storage.save(image.path, ContentFile(file.read()))
