"""Score pictures with the live model of a study: who may ask, for whom, and what is known of the pictures already."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID

import numpy as np

from ratings.models import Participation, Study
from ratings.selectors.named_raters import HOW_TO_NAME, doubt_about, raters_meant
from ratings.sentences import staff_gettext
from ratings.values.rater_names import read_rater_name
from scoring.exceptions import ScoringForbiddenError
from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.keys import has_text_tower
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.scores import Scale, Scores, score_raters
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, Taste
from scoring.pipeline.serving.live import model_of, prior_of, reference_of, stored_representation
from scoring.selectors.images import DescribedImage, images_of_model
from scoring.selectors.known_images import images_named, vectors_of
from scoring.selectors.versions import access_live_version, only_study_with_model
from scoring.server.backend import Case, Judge, KnownContents, ScoredRater
from scoring.server.errors import invalid, unknown_images
from scoring.server.requests import EVERYBODY, Facts, Picture, ScoreRequest
from scoring.services.callers import Caller

REFERENCES_KEPT = 16  # versions


def open_case(*, request: ScoreRequest, caller: Caller) -> Case:
    """Give all that is needed to score, but for pictures that have to be embedded; refuse who may not ask."""
    version = version_for(request=request, caller=caller)
    judge = judge_of(version)
    raters = raters_for(request=request, caller=caller, study=version.study)
    pictures, known = known_pictures(version=version, pictures=request.pictures)
    return Case(
        judge=judge,
        raters=tuple(scored_raters(version=version, model=judge.model, raters=raters)),
        pictures=tuple(pictures),
        known=known,
        k=request.k,
    )


def score_known(case: Case) -> Scores:
    """Score a case whose pictures the model has seen, without the encoder."""
    if case.known.seen is None or case.missing():
        raise unknown_images({f"images.{place}": case.pictures[place].name for place in case.missing()})
    return score_raters(
        case.judge.model,
        case.known.seen.take(np.argsort(np.array(case.known.places))),
        [rater.taste for rater in case.raters],
        scale=case.judge.scale,
        reference=case.judge.reference,
        k=case.k,
    )


def version_for(*, request: ScoreRequest, caller: Caller) -> ModelVersion:
    """Give the version that serves the study asked about, or the only one that the caller may ask about."""
    if request.study and caller != Caller():
        refuse_other_study(slug=request.study, caller=caller)
    return access_live_version(study_slug=request.study or only_study_with_model(among=caller.studies))


def refuse_other_study(*, slug: str, caller: Caller) -> None:
    """Refuse a study that the caller's token does not open."""
    own = list(caller.studies.values_list("slug", flat=True))
    if slug not in own:
        names = ", ".join(map(repr, own))
        opens = (
            staff_gettext("is for the study {names} only").format(names=names)
            if own
            else staff_gettext("opens no study")
        )
        raise ScoringForbiddenError(staff_gettext("This token {opens}.").format(opens=opens))


def judge_of(version: ModelVersion) -> Judge:
    """Give a version's model, and what it speaks of."""
    study = version.study
    return Judge(
        model=model_of(version),
        version=str(version),
        scale=Scale(low=study.scale_min, high=study.scale_max),
        study=study.slug,
        reference=kept_reference(version),
    )


@lru_cache(maxsize=REFERENCES_KEPT)
def kept_reference(version: ModelVersion) -> RepresentedImages | None:
    """Give a version's reference, read once: what a version makes of a picture stays."""
    return reference_of(version)


def raters_for(*, request: ScoreRequest, caller: Caller, study: Study) -> list[UUID | None]:
    """Read whom the scores are for, none standing for everybody; a rater's own token is for that rater alone."""
    meant = raters_meant(names=[name for name in request.raters if name != EVERYBODY], study=study)
    if caller.rater_id is not None:
        if any(meant.get(name) != {caller.rater_id} for name in request.raters):
            message = staff_gettext("A rater's token scores for that rater alone.")
            raise ScoringForbiddenError(message, fields={"rater": message})
        return [caller.rater_id for _ in request.raters] or [caller.rater_id]
    return [rater_id(name, meant=meant.get(name, set())) for name in request.raters] or [None]


def rater_id(name: str, *, meant: Set[UUID]) -> UUID | None:
    """Give the rater that a name means; a whole id is one, too, of somebody who takes no part yet."""
    if name == EVERYBODY:
        return None
    if len(meant) > 1:
        raise invalid("rater", doubt_about(name, meant))
    key = next(iter(meant), read_rater_name(name).key)
    if key is None:
        raise invalid(
            "rater",
            staff_gettext("nobody is called {name}: {how_to_name}, or {everybody}.").format(
                name=f"{name!r}", how_to_name=HOW_TO_NAME, everybody=f"{EVERYBODY!r}"
            ),
        )
    return key


def scored_raters(*, version: ModelVersion, model: RewardModel, raters: Sequence[UUID | None]) -> list[ScoredRater]:
    """Give what is known of raters: their taste, or else what their profile tells, or what everybody likes."""
    wanted = {rater for rater in raters if rater is not None}
    rows = Taste.objects.filter(model_version=version, participation__rater__in=wanted)
    packed = {rater: bytes(posterior) for rater, posterior in rows.values_list("participation__rater", "posterior")}
    if wanted - packed.keys():
        parts = Participation.objects.filter(study=version.study_id, rater__in=wanted - packed.keys())
        for participation in parts.select_related("rater__profile"):
            packed[participation.rater_id] = prior_of(model, participation)
    return [
        ScoredRater(
            name=str(rater or EVERYBODY),
            taste=TastePosterior.from_bytes(packed[rater]) if rater in packed else model.prior(),
        )
        for rater in raters
    ]


@dataclass(frozen=True, kw_only=True)
class MatchedPicture:
    """A picture asked about, and which image of ours it is."""

    picture: Picture
    image: UUID | None


def known_pictures(*, version: ModelVersion, pictures: Sequence[Picture]) -> tuple[list[Picture], KnownContents]:
    """Give pictures as the study describes them where the request does not, and what is known of them.

    A picture that is only named has to be one that the version has seen, so that a token opens no other study's.
    """
    found = [*found_images(pictures)]
    seen_ids, seen = stored_representation(
        version=version, images=list(dict.fromkeys(one.image for one in found if one.image is not None))
    )
    rows = {image: row for row, image in enumerate(seen_ids)}
    refuse_unknown(found, known=rows)
    plain = [place for place, one in enumerate(found) if one.image in rows and not one.picture.facts.is_stated]
    vectors = known_vectors(version=version, found=found, rows=rows)
    described = descriptions(version=version, found=found, vectors=vectors)
    return described, KnownContents(
        places=tuple(plain),
        seen=seen.take(np.array([rows[found[place].image] for place in plain], np.int64)) if plain else None,  # type: ignore[index]
        vectors=vectors,
    )


def found_images(pictures: Sequence[Picture]) -> list[MatchedPicture]:
    """Look up which images of ours pictures are, and complete their digests."""
    named = images_named(
        ids={picture.image_id for picture in pictures if picture.image_id is not None},
        digests={picture.digest for picture in pictures if picture.digest},
    )
    ids = named.ids
    found = []
    for picture in pictures:
        image = picture.image_id if picture.image_id in named.digests else ids.get(picture.digest)
        digest = named.digests[image] if image is not None else picture.digest
        found.append(MatchedPicture(picture=replace(picture, digest=digest), image=image))
    return found


def refuse_unknown(found: Sequence[MatchedPicture], *, known: Mapping[UUID, int]) -> None:
    """Refuse pictures that are only named and that the version has not seen."""
    unknown = {
        f"images.{place}": one.picture.name
        for place, one in enumerate(found)
        if one.picture.is_reference and one.image not in known
    }
    if unknown:
        raise unknown_images(unknown)


def known_vectors(
    *, version: ModelVersion, found: Sequence[MatchedPicture], rows: Mapping[UUID, int]
) -> dict[int, Floats32]:
    """Give the vectors of pictures that the model has to see again, as the request describes them, by place."""
    again = {
        place: one.image
        for place, one in enumerate(found)
        if one.image is not None and (one.picture.facts.is_stated or one.image not in rows)
    }
    if not again:
        return {}
    vectors = vectors_of(images=set(again.values()), encoder_key=version.encoder_key)
    return {place: np.asarray(vectors[image], np.float32) for place, image in again.items() if image in vectors}


def descriptions(
    *, version: ModelVersion, found: Sequence[MatchedPicture], vectors: Mapping[int, Floats32]
) -> list[Picture]:
    """Complete what the request says of pictures by what the study says, where that matters."""
    matter = set(vectors) | (set(range(len(found))) if has_text_tower(version.encoder_key) else set())
    images = {one.image for place, one in enumerate(found) if place in matter and one.image is not None}
    if not images:
        return [one.picture for one in found]
    known = {image.image_id: image for image in images_of_model(study_id=version.study_id, images=images)}
    return [completed(one.picture, known.get(one.image)) if one.image else one.picture for one in found]


def completed(picture: Picture, known: DescribedImage | None) -> Picture:
    """Take from the study's description what the request does not state."""
    if known is None:
        return picture
    own = picture.facts
    return replace(
        picture,
        facts=Facts(
            prompt=known.prompt if own.prompt is None else own.prompt,
            generator=known.generator if own.generator is None else own.generator,
            domain=known.domain if own.domain is None else own.domain,
        ),
    )
