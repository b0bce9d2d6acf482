"""What an offline encoder's vectors say that a picture shows is what its networks say of the picture."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.encoders.keys import FIRST_KEY
from scoring.ml.encoders.libraries import import_library
from scoring.ml.encoders.offline import NETWORKS, OfflineEncoder
from scoring.ml.encoders.subjects import CLASSES, class_logits, classes_of, places_of_features, subjects_of

SAMPLES = {  # by the first name of a class
    "people": ["academic gown", "kimono", "suit", "groom", "ballplayer", "sarong", "military uniform"],
    "pets": ["Chihuahua", "golden retriever", "Mexican hairless", "tabby", "Egyptian cat"],
    "birds": ["cock", "great grey owl", "macaw", "white stork", "albatross", "hummingbird"],
    "animals": ["tusker", "koala", "timber wolf", "Arctic fox", "lion", "zebra", "African elephant", "giant panda"],
    "fish": ["tench", "European fire salamander", "box turtle", "Komodo dragon", "sidewinder", "puffer"],
    "plants": ["daisy", "rapeseed", "agaric", "greenhouse", "ear"],
    "food": ["guacamole", "pizza", "wine bottle", "banana", "eggnog", "bakery"],
    "vehicles": ["airliner", "sports car", "steam locomotive", "schooner", "mountain bike", "tractor", "yawl"],
    "buildings": ["castle", "church", "mosque", "suspension bridge", "stupa", "yurt", "barn"],
    "landscapes": ["alp", "cliff", "lakeside", "seashore", "valley", "volcano"],
}
IN_NONE = ["abacus", "jellyfish", "tarantula", "coral reef", "scuba diver", "chainlink fence", "comic book", "coil"]


def first_names() -> list[str]:
    """Name the classes in the order of the networks, as timm has them."""
    known = import_library("timm").data.ImageNetInfo()
    return [known.index_to_description(place).split(",")[0] for place in range(1000)]


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 140, 3), dtype=np.uint8))


@pytest.mark.parametrize("key", [DEFAULT_KEY, FIRST_KEY])
def test_classes_follow_from_a_stored_vector_as_from_the_picture(key: str) -> None:
    import torch

    encoder = build_encoder(key)
    assert isinstance(encoder, OfflineEncoder)
    places = places_of_features(key)
    assert places is not None
    vector = encode_images(encoder, [noise()])[0]
    for place, ((start, length), (name, _, _)) in enumerate(zip(places, NETWORKS, strict=True)):
        found = class_logits(place, vector[None, start : start + length])
        with torch.inference_mode():
            own = encoder._networks[place](encoder.prepare(noise()).squares[place][None])
        np.testing.assert_allclose(found, own.numpy(), atol=1e-4, err_msg=name)
        assert np.ptp(found) > 1  # of a network that has learned something
    assert places_of_features("open_clip:a-model") is None


def test_every_subject_holds_the_classes_that_timm_names_so_and_none_is_in_two() -> None:
    names = first_names()
    of_subject = {subject: {names[place] for place in classes_of(subject)} for subject in CLASSES}
    assert set(SAMPLES) == set(of_subject)
    for subject, samples in SAMPLES.items():
        assert set(samples) <= of_subject[subject], subject
    assert not set(IN_NONE) & set().union(*of_subject.values())
    counted = Counter(place for subject in CLASSES for place in classes_of(subject).tolist())
    assert max(counted.values()) == 1
    dogs = [place for place, name in enumerate(names) if name.endswith(("terrier", "spaniel", "retriever", "hound"))]
    assert set(dogs) <= set(classes_of("pets").tolist())


def test_a_photograph_of_a_temple_shows_buildings_and_noise_shows_nothing() -> None:
    encoder = build_encoder(DEFAULT_KEY)
    temple = Image.fromarray(load_sample_image("china.jpg"))
    pictures = [temple, noise(), Image.new("RGB", (64, 64), "grey")]
    vectors = encode_images(encoder, pictures)
    places = places_of_features(DEFAULT_KEY)
    assert places is not None
    assert subjects_of([vectors[:, start : start + length] for start, length in places]) == ["buildings", None, None]
