"""The paper's predictor: a shallow transformer over tokens for image, prompt, metadata, profile.

It learns P(rating > t_k) for ordered thresholds t_k from what is known of the image and of the rater; any token may be
missing, because tokens are dropped in training. It stands beside the reward model in every table of `evaluate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scoring.ml.data.arrays import Floats32, Images, Raters, Ratings
from scoring.ml.network.tokens import TokenSettings, code_columns
from scoring.ml.threads import one_thread

CHUNK = 4096  # ratings predicted at once


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Hold the inputs of N image-rater pairs; -1 is an unknown category, NaN-free."""

    image: torch.Tensor  # (N, image_width)
    prompt: torch.Tensor  # (N, prompt_width), zeros without a prompt
    metadata: torch.Tensor  # (N, columns) int64
    profile: torch.Tensor  # (N, questions) int64


class TokenTransformer(nn.Module):
    """Read all tokens, answer with the logits of rating > t_k."""

    def __init__(self, settings: TokenSettings) -> None:
        super().__init__()
        width = settings.width
        self.token_dropout = settings.token_dropout
        self.image = nn.Linear(settings.image_width, width)
        self.prompt = nn.Linear(settings.prompt_width, width)
        self.metadata = _tables(settings.metadata, width)
        self.profile = _tables(settings.profile, width)
        self.first = nn.Parameter(0.02 * torch.randn(1, 1, width))
        layer = nn.TransformerEncoderLayer(
            width, settings.heads, 2 * width, settings.dropout, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, settings.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.location = nn.Linear(width, 1)
        self.log_scale = nn.Linear(width, 1)
        steps = torch.linspace(-2.0, 2.0, settings.thresholds)
        self.lowest = nn.Parameter(steps[:1].clone())
        self.steps = nn.Parameter(torch.log(steps.diff()))

    def forward(self, tokens: Tokens) -> torch.Tensor:
        """Return the logits of rating > t_k, (N, thresholds), falling in k by construction."""
        state = self.state(tokens)
        thresholds = torch.cat([self.lowest, self.lowest + self.steps.exp().cumsum(0)])
        steepness: torch.Tensor = self.log_scale(state).clamp(-3, 3).exp()
        logits: torch.Tensor = (self.location(state) - thresholds) * steepness
        return logits

    def state(self, tokens: Tokens) -> torch.Tensor:
        """Return what the first token holds after reading the others, (N, width)."""
        columns = [self.image(tokens.image), self.prompt(tokens.prompt)]
        known = [torch.ones(len(tokens.image), dtype=torch.bool, device=tokens.image.device)]
        known.append(tokens.prompt.abs().sum(1) > 0)
        for tables, codes in ((self.metadata, tokens.metadata), (self.profile, tokens.profile)):
            for place, table in enumerate(tables):
                columns.append(table(codes[:, place].clamp(min=0)))
                known.append(codes[:, place] >= 0)
        stacked = torch.stack(columns, dim=1)  # (N, tokens, width)
        missing = ~torch.stack(known, dim=1)  # (N, tokens)
        if self.training:
            missing = missing | (torch.rand_like(missing, dtype=torch.float) < self.token_dropout)
        first = self.first.expand(len(stacked), -1, -1)
        missing = torch.cat([torch.zeros_like(missing[:, :1]), missing], dim=1)
        read = self.encoder(torch.cat([first, stacked], dim=1), src_key_padding_mask=missing)
        normed: torch.Tensor = self.norm(read[:, 0])
        return normed


def rebuilt(settings: TokenSettings, weights: Mapping[str, NDArray[np.float32]]) -> TokenTransformer:
    """Rebuild a trained network from its arrays."""
    module = TokenTransformer(settings)
    state = {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    module.load_state_dict(state, strict=True)
    return module.eval()


@one_thread()
@torch.inference_mode()
def expected_shares(
    settings: TokenSettings,
    weights: Mapping[str, NDArray[np.float32]],
    scaling: tuple[Floats32, Floats32],
    pairs: tuple[Images, Raters, Ratings],
) -> Floats32:
    """Return the mean over thresholds of P(rating > t_k) for each rating asked about, (R,)."""
    module, (images, raters, asked) = rebuilt(settings, weights), pairs
    tokens = image_tokens(settings, images, *scaling)
    profile = torch.from_numpy(code_columns(settings.profile, raters.profile, len(raters)))
    parts = [np.zeros(0, np.float32)]
    for start in range(0, len(asked), CHUNK):
        image = torch.from_numpy(asked.image[start : start + CHUNK])
        rater = torch.from_numpy(asked.rater[start : start + CHUNK])
        batch = Tokens(
            image=tokens.image[image],
            prompt=tokens.prompt[image],
            metadata=tokens.metadata[image],
            profile=profile[rater],
        )
        parts.append(module(batch).sigmoid().mean(dim=1).numpy())
    return np.concatenate(parts)


def image_tokens(settings: TokenSettings, images: Images, centre: Floats32, scale: Floats32) -> Tokens:
    """Scale and code what is known of images; no profile."""
    return Tokens(
        image=torch.from_numpy((images.features - centre) * scale),
        prompt=torch.from_numpy(images.prompt_features.astype(np.float32)),
        metadata=torch.from_numpy(code_columns(settings.metadata, images.metadata, len(images))),
        profile=torch.full((len(images), len(settings.profile)), -1),
    )


def _tables(known: Mapping[str, tuple[str, ...]], width: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Embedding(len(categories), width) for categories in known.values())
