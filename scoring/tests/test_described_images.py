"""A model reads what its own study says of a picture, and reads it again when that is corrected."""

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from ratings.choices import Design, KnownDetails
from ratings.models import Image, StudyImage
from ratings.services.entries import DetailReport, NewEntry, update_entries
from ratings.services.ingest_sources import ImageDetails
from ratings.tests.factories import make_pair, make_study, make_study_image
from scoring.ml.data.arrays import Images
from scoring.ml.encoders import DEFAULT_KEY
from scoring.models import Representation
from scoring.pipeline.inputs.arrays import study_arrays
from scoring.pipeline.serving import catch_up
from scoring.selectors.images import DescribedImage, images_of_model, with_known_description
from scoring.services.versions import forget_redescribed
from scoring.tests.learning import World, make_world, trained_version

pytestmark = pytest.mark.django_db


def arrays_of(world: World) -> Images:
    """Give the images of a study as its model reads them."""
    return study_arrays(study=world.study, rows=[], encoder_key=DEFAULT_KEY).snapshot.images


def test_one_picture_with_two_prompts_is_read_with_that_of_each_study() -> None:
    first, other = make_world(images=1), make_world(images=0)
    image = first.rows[0].image
    first.study.study_images.update(prompt="a quiet harbour", domain="art", generator="flux")
    make_study_image(study=other.study, image=image, prompt="a noisy market", domain="photo", generator="nano")
    mine, theirs = arrays_of(first), arrays_of(other)
    assert mine.keys == theirs.keys == (image.sha256,)
    assert np.array_equal(mine.features, theirs.features)
    assert not np.array_equal(mine.prompt_features, theirs.prompt_features)
    assert mine.metadata == {"generator": ("flux",), "domain": ("art",)}
    assert theirs.metadata == {"generator": ("nano",), "domain": ("photo",)}


def test_a_model_reads_pictures_of_studies_that_teach_it_as_these_describe_them_and_its_own_as_it_does_itself() -> None:
    world = make_world(images=1)
    pairs = make_study(design=Design.PAIRWISE, taste_from=world.study)
    own = world.rows[0].image
    make_study_image(study=pairs, image=own, prompt="of the pairs")
    pair = make_pair(study=pairs, image_a=own)
    world.study.study_images.update(prompt="of the study")
    StudyImage.objects.filter(study=pairs, image=pair.image_b).update(prompt="of the pairs")
    make_study_image(study=make_study(), image=pair.image_b, prompt="of a stranger")
    read = images_of_model(study_id=world.study.pk, images=[own.pk, pair.image_b_id])
    assert {image.image_id: image.prompt for image in read} == {own.pk: "of the study", pair.image_b_id: "of the pairs"}


@pytest.mark.parametrize(
    ("facts", "is_apart"),
    [
        (("a lake", "flux", "art"), False),
        (("", "", ""), False),
        (("a lake", "", ""), False),
        (("a sea", "", ""), True),
        (("", "", "photo"), True),
    ],
)
def test_a_set_shares_a_picture_unless_it_says_something_else_of_it(
    facts: tuple[str, str, str],
    is_apart: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    picture = Image().pk
    own = DescribedImage(key="k", image_id=picture, prompt="a lake", generator="flux", domain="art")
    prompt, generator, domain = facts
    described = DescribedImage(key="k", image_id=picture, prompt=prompt, generator=generator, domain=domain)
    found = with_known_description(described, known={"k": own})
    assert (found != own) == is_apart
    assert found.key == "k" or found.facts == facts


def correct(entry: StudyImage, **words: Any) -> None:
    """Let a list replace what a study says of a picture."""
    described = NewEntry(image_id=entry.image_id, name=entry.name, details=ImageDetails(**words))
    update_entries(study=entry.study, stated=[(described, KnownDetails.REPLACE)], report=DetailReport())


@pytest.mark.slow
def test_a_live_model_sees_a_picture_again_whose_description_was_corrected_and_no_other() -> None:
    world = make_world(raters=6, each=30)
    version = trained_version(world.study)
    before = dict(Representation.objects.filter(model_version=version).values_list("image_id", "pk"))
    corrected = world.rows[3]
    correct(corrected, prompt="a dog on a sofa")
    catch_up.embed_new_images()
    after = dict(Representation.objects.filter(model_version=version).values_list("image_id", "pk"))
    assert before.keys() == after.keys()
    assert {image for image in before if before[image] != after[image]} == {corrected.image_id}
    catch_up.embed_new_images()
    assert dict(Representation.objects.filter(model_version=version).values_list("image_id", "pk")) == after


def test_what_models_do_not_read_is_no_reason_to_look_again() -> None:
    world = make_world(images=1)
    entry = world.rows[0]
    described = NewEntry(image_id=entry.image_id, name="other.png", details=ImageDetails(metadata={"seed": 7}))
    update_entries(study=world.study, stated=[(described, KnownDetails.REPLACE)], report=DetailReport())
    entry.refresh_from_db()
    assert (entry.name, entry.metadata) == ("other.png", {"seed": 7})
    assert forget_redescribed(limit=10) == 0


def test_an_edit_in_the_admin_has_models_look_again(admin_client: Client) -> None:
    world = make_world(images=1)
    url = reverse("admin:ratings_image_change", args=[world.rows[0].image_id])
    (inline,) = admin_client.get(url).context["inline_admin_formsets"]
    forms = inline.formset
    data = {f"{forms.prefix}-{name}": forms.management_form[name].value() for name in forms.management_form.fields}
    data |= {form.add_prefix(name): form[name].value() for form in forms.forms for name in form.fields}
    admin_client.post(url, data)
    assert forget_redescribed(limit=10) == 0
    admin_client.post(url, data | {forms.forms[0].add_prefix("prompt"): "a dog"})
    assert StudyImage.objects.get().prompt == "a dog"
    assert forget_redescribed(limit=10) == 1
