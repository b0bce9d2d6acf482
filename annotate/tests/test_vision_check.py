"""A study may check colour vision and screen first: numbers in plates that nobody reads from an address or a page."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from annotate.plates import CONTROL, DEUTAN, PROTAN, plate_png
from annotate.tests.api.test_api import Script
from annotate.tests.browser import BOTH_SIZES, NewVisitor, make_gallery
from annotate.tests.test_pages import client_of, text_of
from ratings.choices import End, PlateKind
from ratings.models import Participation, Study
from ratings.selectors.vision import next_place, plate_of
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from ratings.tests.migrating import former_database
from ratings.values.plates import COLOUR_PLACES, SCREEN_PLACES, Plate

# Linear RGB as people without red or without green cones see it (Viénot, Brettel and Mollon 1999, from sRGB primaries;
# libDaltonLens, DaltonLens/libDaltonLens, libDaltonLens.c).
WITHOUT_RED = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
WITHOUT_GREEN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
ENDS = [{"end": "vision", "code": "V-1", "address": ""}]


@pytest.mark.parametrize(("colours", "eye"), [(PROTAN, WITHOUT_RED), (DEUTAN, WITHOUT_GREEN)])
def test_number_and_ground_have_one_colour_for_an_eye_without_those_cones(colours: Any, eye: Any) -> None:
    figure, ground = (np.array(colour) for colour in colours)
    assert np.abs(eye @ figure - eye @ ground).max() < 0.005
    assert np.abs(figure - ground).max() > 0.3  # and quite another for all others
    assert (
        min(
            np.abs(cones @ np.array(CONTROL[0]) - cones @ np.array(CONTROL[1])).max()
            for cones in (WITHOUT_RED, WITHOUT_GREEN)
        )
        > 0.3
    )


@pytest.mark.parametrize("kind", PlateKind)
def test_a_plate_is_drawn_alike_at_every_call_and_shows_its_number(kind: PlateKind) -> None:
    def drawn(number: int) -> Any:
        plate_png.cache_clear()
        file = plate_png(Plate(place=1, kind=kind, number=number, seed="s"))
        return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)

    assert (drawn(74) == drawn(74)).all()
    assert np.abs(drawn(74) - drawn(29)).max() >= 13  # a twentieth of the greys, and more in colours


def make_part(**study: Any) -> Participation:
    made = make_study(ends=ENDS, **study)
    make_images(study=made, count=3)
    return make_participation(study=made)


def answer(browser: Client, part: Participation, *, wrong: tuple[int, ...] = ()) -> None:
    """Type what is in each plate that comes; for some, say that there is no number."""
    path = f"/s/{part.study.slug}/vision/"
    while (place := next_place(reread(part))) is not None:
        number = plate_of(participation=part, place=place).number
        said = {"none": "yes"} if place in wrong else {"number": str(number)}
        assert browser.post(path, {"place": place, **said}).headers["Location"] == path


def reread(part: Participation) -> Participation:
    return Participation.objects.select_related("study").get(pk=part.pk)


@pytest.mark.django_db
def test_no_picture_is_handed_out_before_the_check_and_all_are_after_it() -> None:
    part = make_part(checks_colour_vision=True)
    browser, script, path = client_of(part), Script(part), f"/s/{part.study.slug}"
    status, refused = script.call("post", f"studies/{part.study.slug}/leases", {"count": 1})
    assert (status, refused["code"]) == (409, "vision_check_needed")
    assert browser.get(f"{path}/rate/").headers["Location"] == f"{path}/vision/"
    answer(browser, part)
    assert browser.get(f"{path}/vision/").headers["Location"] == f"{path}/rate/"
    assert len(script.lease(1)) == 1
    part = reread(part)
    part.study.checks_screen = True  # what is asked for later is not asked of who has begun
    part.study.save()
    assert len(script.lease(1)) == 1


@pytest.mark.django_db
def test_a_script_asks_for_each_plate_answers_it_and_is_then_handed_pictures() -> None:
    part = make_part(checks_screen=True)
    script, path = Script(part), f"studies/{part.study.slug}/vision"
    for number, place in enumerate(SCREEN_PLACES):
        status, shown = script.call("get", path)
        picture = f"/api/v1/{path}/{place}.png"
        plate = {"place": place, "url": picture, "width": 720, "height": 720}
        assert (status, shown) == (200, {"plate": plate, "answered": number, "count": 2, "end": ""})
        answer = script.client.get(picture)
        assert (answer.headers["Content-Type"], Image.open(io.BytesIO(answer.content)).size) == (
            "image/png",
            (720, 720),
        )
        said = {"place": place, "number": str(plate_of(participation=part, place=place).number)}
        assert script.call("post", path, said)[0] == 200
        assert script.call("post", path, {"place": place, "number": None})[0] == 200  # the first answer stands
    assert script.call("get", path)[1] == {"plate": None, "answered": 2, "count": 2, "end": ""}
    assert all(one["right"] for one in (reread(part).vision or {}).values())
    assert len(script.lease(1)) == 1


@pytest.mark.django_db
def test_a_script_that_answers_another_plate_or_in_words_is_refused_with_its_code() -> None:
    part = make_part(checks_screen=True)
    script, path = Script(part), f"studies/{part.study.slug}/vision"
    refused = [
        script.call("post", path, {"place": SCREEN_PLACES[1], "number": "7"}),
        script.call("post", path, {"place": SCREEN_PLACES[0], "number": "seven"}),
        script.call("post", path, {"place": SCREEN_PLACES[0]}),
    ]
    assert [(status, said["code"]) for status, said in refused] == [
        (409, "plate_not_shown"),
        (400, "invalid"),
        (400, "invalid"),
    ]
    assert Script(part).client.get(f"/api/v1/{path}/1.png").status_code == 404  # a plate of colours
    assert Client().get(f"/api/v1/{path}").status_code == 401
    assert reread(part).vision is None


@pytest.mark.django_db
def test_a_script_that_does_not_pass_reads_the_end_of_its_part() -> None:
    part = make_part(checks_screen=True, vision_failing="screen_out")
    script, path = Script(part), f"studies/{part.study.slug}/vision"
    for place in SCREEN_PLACES:
        said = script.call("post", path, {"place": place, "number": None})[1]
    assert said == {"plate": None, "answered": 2, "count": 2, "end": "vision"}
    assert script.lease(1) == []


@pytest.mark.django_db
def test_a_study_without_a_check_asks_nobody() -> None:
    part = make_part()
    browser = client_of(part)
    assert browser.get(f"/s/{part.study.slug}/vision/").headers["Location"] == f"/s/{part.study.slug}/rate/"
    assert browser.get(f"/s/{part.study.slug}/vision/1.png").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("failing", "wrong", "end"),
    [
        ("screen_out", (), ""),
        ("screen_out", COLOUR_PLACES[:1], ""),  # 6 of 7
        ("screen_out", COLOUR_PLACES[:2], End.VISION),
        ("screen_out", SCREEN_PLACES[:1], End.VISION),
        ("record", COLOUR_PLACES, ""),
    ],
)
def test_who_does_not_pass_is_recorded_or_ends_as_the_study_says(
    failing: str, wrong: tuple[int, ...], end: str
) -> None:
    part = make_part(checks_colour_vision=True, checks_screen=True, vision_failing=failing)
    browser = client_of(part)
    answer(browser, part, wrong=wrong)
    kept = reread(part)
    assert kept.end == end
    assert sum(not one["right"] for one in (kept.vision or {}).values()) == len(wrong)
    assert len(kept.vision or {}) == 9
    if end:
        page = text_of(browser, f"/s/{part.study.slug}/done/")
        assert ">V-1</output>" in page
        assert "tell certain colours and greys apart" in page
        assert Script(part).lease(1) == []


@pytest.mark.django_db
def test_the_number_stands_in_no_address_and_on_no_page_and_differs_between_raters() -> None:
    part = make_part(checks_colour_vision=True)
    other = make_participation(study=part.study)
    page = text_of(client_of(part), f"/s/{part.study.slug}/vision/")
    assert f'src="/s/{part.study.slug}/vision/1.png"' in page
    numbers = [[plate_of(participation=who, place=place).number for place in COLOUR_PLACES] for who in (part, other)]
    assert numbers[0] != numbers[1]
    pictures = [client_of(who).get(f"/s/{part.study.slug}/vision/2.png").content for who in (part, part, other)]
    assert pictures[0] == pictures[1] != pictures[2]
    assert Client().get(f"/s/{part.study.slug}/vision/2.png").status_code == 404


@pytest.mark.django_db
def test_a_number_is_read_in_the_digits_of_any_script_and_words_are_refused() -> None:
    part = make_part(checks_screen=True)
    browser, path = client_of(part), f"/s/{part.study.slug}/vision/"
    place = SCREEN_PLACES[0]
    refused = browser.post(path, {"place": place, "number": "seven"})
    assert refused.status_code == 400
    assert "Type the number in digits, or choose “I see no number”." in refused.content.decode()
    number = str(plate_of(participation=part, place=place).number)
    browser.post(path, {"place": place, "number": number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))})
    browser.post(path, {"place": place, "none": "yes"})  # sent once more: the first answer stands
    assert reread(part).vision == {str(place): {"said": int(number), "right": True}}


@pytest.mark.django_db(transaction=True)
def test_a_dump_says_how_many_numbers_each_rater_read() -> None:
    study = make_study(checks_colour_vision=True)
    answers = {str(place): {"said": 74, "right": place != 2} for place in COLOUR_PLACES}
    make_rating(participation=make_participation(study=study, vision=answers))
    make_rating(participation=make_participation(study=study))
    rows = pd.read_parquet(folder_of(dumped(study)) / "raters.parquet")
    assert sorted(rows["vision_colours_right"].dropna()) == [6]
    assert rows["vision_greys_right"].isna().all()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_of_before_checks_nothing() -> None:
    with former_database(("ratings", "0041_device_rules")) as database:
        apps = database.migrate(("ratings", "0041_device_rules"))
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0045_vision_check"))
        assert database.rows("SELECT checks_colour_vision, checks_screen, vision_failing FROM ratings_study") == [
            (False, False, "record")
        ]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@BOTH_SIZES
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_rater_reads_the_plates_and_goes_on_to_the_pictures(
    new_visitor: NewVisitor, viewport: Any, scheme: Any, language: str
) -> None:
    study: Study = make_gallery(checks_colour_vision=True, checks_screen=True, languages=["en", "ar"])
    visitor = new_visitor(viewport=viewport, color_scheme=scheme, locale=language)
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.get_by_role("checkbox").check()
    visitor.page.locator("[type=submit]").last.click()
    visitor.page.wait_for_url("**/instructions/")
    visitor.open(f"/s/{study.slug}/rate/")
    visitor.page.wait_for_url("**/vision/")
    part = Participation.objects.get()
    for place in (*COLOUR_PLACES, *SCREEN_PLACES):
        picture = visitor.page.locator(f"img.plate[src$='/{place}.png']")
        expect(picture).to_be_visible()
        visitor.page.wait_for_function("document.querySelector('img.plate').naturalWidth === 720")
        if place in {1, *SCREEN_PLACES[:1]}:
            visitor.check_page()
        visitor.page.locator("#number").fill(str(plate_of(participation=part, place=place).number))
        with visitor.page.expect_navigation():
            visitor.page.locator("form.sheet [type=submit]").first.click()
    visitor.await_picture()
    assert all(answer["right"] for answer in (reread(part).vision or {}).values())
