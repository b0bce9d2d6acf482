"""Train the token transformer on some of the images, and watch it on others."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from scoring.ml.data.arrays import Categories, Floats32, Images, Ints, Ratings, Snapshot
from scoring.ml.data.mean_opinions import mean_opinions
from scoring.ml.features.feature_map import LARGEST_COLUMN
from scoring.ml.network.predictor import Network
from scoring.ml.network.process_group import ProcessGroup
from scoring.ml.network.tokens import TokenSettings, code_columns
from scoring.ml.network.transformer import Tokens, TokenTransformer, image_tokens
from scoring.ml.threads import one_thread

WATCHED = 0.3  # share of the images that the network is not trained on


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Bound the work of training."""

    steps: int = 400
    batch: int = 256
    look_every: int = 25  # steps between looks at the watched images
    patience: int = 4  # looks without progress before it ends
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    dropout: float = 0.1
    token_dropout: float = 0.2
    processes: int = 0  # that share the work; 0 for one on each GPU, where there is enough to do
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """Hold the best network and the images that it has not been trained on."""

    network: Network
    watched: Ints  # rows of images
    curve: tuple[tuple[int, float], ...]  # step, loss on watched images, in nats per threshold


@dataclass(frozen=True, kw_only=True)
class _Examples:
    """Hold all ratings as tokens and targets, on the device."""

    images: Tokens  # of all images
    profile: torch.Tensor  # (raters, questions)
    rater: torch.Tensor
    image: torch.Tensor
    target: torch.Tensor  # (R, thresholds), whether the rating is above each
    weight: torch.Tensor

    def batch(self, rows: torch.Tensor) -> Tokens:
        image, rater = self.image[rows], self.rater[rows]
        return Tokens(
            image=self.images.image[image],
            prompt=self.images.prompt[image],
            metadata=self.images.metadata[image],
            profile=self.profile[rater],
        )


@one_thread()
def train_share(
    snapshot: Snapshot, settings: NetworkSettings, tell: Callable[[float], None], group: ProcessGroup
) -> TrainedNetwork:
    """Train by ordinal cross-entropy with AdamW, and keep the step that watched images like best.

    loss = mean over ratings and thresholds of BCE(logit_k, [rating - bias of rater > t_k])
    """
    rng = np.random.default_rng(settings.seed)
    rated = np.unique(snapshot.ratings.image)
    watched = np.sort(rng.permutation(rated)[: max(round(WATCHED * len(rated)), 1)])
    device = group.device()
    tokens, centre, scale = _token_settings(snapshot, np.setdiff1d(rated, watched), settings)
    examples = _examples(snapshot, tokens, (centre, scale), device)
    torch.manual_seed(settings.seed)
    module = TokenTransformer(tokens).to(device)
    group.seed_per_rank(settings.seed)
    away = torch.from_numpy(np.isin(snapshot.ratings.image, watched)).to(device)
    curve = _minimise(module, (examples, away), settings, (tell, group))
    weights = {name: array.cpu().numpy() for name, array in module.state_dict().items()}
    network = Network(settings=tokens, centre=centre, scale=scale, weights=weights)
    return TrainedNetwork(network=network, watched=watched, curve=tuple(curve))


def _minimise(
    module: TokenTransformer,
    given: tuple[_Examples, torch.Tensor],
    settings: NetworkSettings,
    others: tuple[Callable[[float], None], ProcessGroup],
) -> list[tuple[int, float]]:
    """Leave the module at its best step; return the loss at each look."""
    (examples, away), (tell, group) = given, others
    optimiser = torch.optim.AdamW(module.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    generator = torch.Generator().manual_seed(settings.seed)
    rows, aside = torch.nonzero(~away)[:, 0], torch.nonzero(away)[:, 0]
    best, best_state, curve, waited = np.inf, copy.deepcopy(module.state_dict()), [], 0
    for step in range(1, settings.steps + 1):
        draw = rows[torch.randint(len(rows), (settings.batch,), generator=generator).to(rows.device)]
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(rows.device.type, dtype=torch.bfloat16, enabled=rows.device.type == "cuda"):
            loss = _loss(module.train(), examples, group.share(draw), draw)
        loss.backward()  # type: ignore[no-untyped-call]
        group.add_gradients(module)
        optimiser.step()
        if step % settings.look_every:
            continue
        tell(step / settings.steps)
        curve.append((step, group.broadcast(_held_out_loss(module.eval(), examples, aside))))
        waited = 0 if curve[-1][1] < best else waited + 1
        if waited == 0:
            best, best_state = curve[-1][1], copy.deepcopy(module.state_dict())
        if waited >= settings.patience:
            break
    module.load_state_dict(best_state)
    return curve


def _loss(module: TokenTransformer, examples: _Examples, rows: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
    """Return what these rows add to the mean over the batch, by weight."""
    logits = module(examples.batch(rows))
    each = binary_cross_entropy_with_logits(logits, examples.target[rows], reduction="none")
    return (each.mean(dim=1) * examples.weight[rows]).sum() / examples.weight[batch].sum()


@torch.inference_mode()
def _held_out_loss(module: TokenTransformer, examples: _Examples, rows: torch.Tensor) -> float:
    parts = torch.split(rows[:8192], 2048)
    return float(np.average([float(_loss(module, examples, part, part)) for part in parts]))


def _token_settings(
    snapshot: Snapshot, rows: Ints, bounds: NetworkSettings
) -> tuple[TokenSettings, Floats32, Floats32]:
    images = snapshot.images
    centre, deviation = images.features[rows].mean(axis=0), images.features[rows].std(axis=0)
    varying = deviation > 1e-6
    scale = np.where(varying, 1.0 / np.where(varying, deviation, 1.0), 0.0)
    settings = TokenSettings(
        image_width=images.features.shape[1],
        prompt_width=images.prompt_features.shape[1],
        metadata=_known(images.metadata),
        profile=_known(snapshot.raters.profile),
        dropout=bounds.dropout,
        token_dropout=bounds.token_dropout,
    )
    return settings, centre.astype(np.float32), scale.astype(np.float32)


def _known(columns: Categories) -> Mapping[str, tuple[str, ...]]:
    known = {name: tuple(sorted(set(column) - {""})) for name, column in sorted(columns.items())}
    return {name: found for name, found in known.items() if 1 < len(found) <= LARGEST_COLUMN}


def _examples(
    snapshot: Snapshot,
    settings: TokenSettings,
    scaling: tuple[Floats32, Floats32],
    device: torch.device,
) -> _Examples:
    ratings, images = snapshot.ratings, _tokens_on_device(snapshot.images, settings, scaling, device)
    profile = code_columns(settings.profile, snapshot.raters.profile, len(snapshot.raters))
    return _Examples(
        images=images,
        profile=torch.from_numpy(profile).to(device),
        rater=torch.from_numpy(ratings.rater).to(device),
        image=torch.from_numpy(ratings.image).to(device),
        target=torch.from_numpy(_targets(snapshot, ratings, settings.thresholds)).to(device),
        weight=torch.from_numpy(ratings.weight.astype(np.float32)).to(device),
    )


def _tokens_on_device(
    images: Images,
    settings: TokenSettings,
    scaling: tuple[Floats32, Floats32],
    device: torch.device,
) -> Tokens:
    tokens = image_tokens(settings, images, *scaling)
    return Tokens(
        image=tokens.image.to(device),
        prompt=tokens.prompt.to(device),
        metadata=tokens.metadata.to(device),
        profile=tokens.profile.to(device),
    )


def _targets(snapshot: Snapshot, ratings: Ratings, thresholds: int) -> Floats32:
    """Return whether each rating, freed of its rater's bias, is above each quantile of all."""
    opinions = mean_opinions(ratings, images=len(snapshot.images), raters=len(snapshot.raters))
    value = ratings.value - opinions.bias[ratings.rater]
    edges = np.quantile(value, np.arange(1, thresholds + 1) / (thresholds + 1))
    return (value[:, None] > edges[None, :]).astype(np.float32)
