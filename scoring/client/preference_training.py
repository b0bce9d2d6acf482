"""Fine-tune a diffusion pipeline for one person: a LoRA trained by Diffusion-DPO on the pairs that `preferences` reads.

The loss is that of Wallace et al. 2023 (arXiv 2311.12908), as `train.py` of SalesforceAIResearch/DiffusionDPO has it
(commit 8d3ee5c). With one noise e and one time t for both pictures of a pair, x_w preferred to x_l:

    loss = -log sigmoid(-beta / 2 (d_w - d_l)),   d = |e - e_model(x, t)|^2 - |e - e_reference(x, t)|^2

where |.|^2 is the mean over a latent. The reference is the pipeline without the LoRA. It needs torch, diffusers and
peft: the extra `finetuning`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from .errors import PamelaError
from .pictures import Picture, content_of
from .plans import Progress

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
PREDICTIONS = ("epsilon", "v_prediction")
NEEDS_PACKAGES = "Training needs torch, diffusers and peft: install this package with its extra `finetuning`."


@dataclass(frozen=True, kw_only=True)
class TrainingTerms:
    """How to train; the defaults are for Stable Diffusion 1.5, with the paper's beta."""

    steps: int = 1000
    pairs_at_once: int = 4
    learning_rate: float = 1e-4
    beta: float = 5000.0  # how dearly the model pays for leaving the reference
    rank: int = 8
    layers: tuple[str, ...] = ATTENTION  # that the LoRA is laid on
    height: int | None = None  # of pictures in training, in pixels; their own without it
    width: int | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class TrainingOutcome:
    """What training did: the loss of each step, and the share of pairs that the model then had in the right order."""

    losses: Sequence[float]
    accuracies: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class EncodedPairs:
    """Pairs as a pipeline sees them: latents of each picture by name, states of each prompt, and the pairs."""

    latents: Mapping[str, Any]  # name -> (channels, h, w)
    states: Mapping[str, Any]  # prompt -> (tokens, width)
    pairs: Sequence[tuple[str, str, str]]  # prompt, chosen, rejected


def train_on_preferences(
    pipeline: Any,
    pairs: Any,
    pictures: Mapping[str, Picture] | Callable[[str], Picture],
    *,
    terms: TrainingTerms | None = None,
    progress: Progress | None = None,
) -> TrainingOutcome:
    """Lay a LoRA on a pipeline's UNet and train it on pairs (prompt, chosen, rejected), in place.

    `pairs` is `preferences(…).pairs` of one rater; `pictures` gives the picture of each name in it. The pipeline is one
    like Stable Diffusion: with `unet`, `vae` and `encode_prompt`.
    """
    rows = list(zip(pairs["prompt"], pairs["chosen"], pairs["rejected"], strict=True))
    if not rows:
        raise PamelaError("There are no pairs: this rater's ratings of one prompt do not differ by more than noise.")
    torch, chosen = loaded_torch(), terms or TrainingTerms()
    torch.manual_seed(chosen.seed)  # of the LoRA's first weights
    encoded = encoded_pairs(pipeline, rows, pictures, chosen)
    add_lora(pipeline.unet, chosen)
    return trained(pipeline, encoded, chosen, progress)


def loaded_torch() -> Any:
    """Give torch, where all that training needs is installed."""
    try:
        import peft  # noqa: F401 - diffusers asks for it when a LoRA is laid on
        import torch
    except ImportError as error:
        raise PamelaError(NEEDS_PACKAGES) from error
    return torch


def add_lora(unet: Any, terms: TrainingTerms) -> None:
    """Freeze a UNet, and lay a LoRA on some of its layers that does nothing yet."""
    from peft import LoraConfig

    unet.requires_grad_(requires_grad=False)
    config = LoraConfig(r=terms.rank, lora_alpha=terms.rank, target_modules=list(terms.layers))
    unet.add_adapter(config)


def encoded_pairs(
    pipeline: Any,
    pairs: Sequence[tuple[str, str, str]],
    pictures: Mapping[str, Picture] | Callable[[str], Picture],
    terms: TrainingTerms,
) -> EncodedPairs:
    """Encode each picture and each prompt once."""
    find = pictures if callable(pictures) else pictures.__getitem__
    names = sorted({name for _, *both in pairs for name in both})
    return EncodedPairs(
        latents={name: latents_of(pipeline, find(name), terms) for name in names},
        states={prompt: states_of(pipeline, prompt) for prompt, *_ in pairs},
        pairs=pairs,
    )


def latents_of(pipeline: Any, picture: Picture, terms: TrainingTerms) -> Any:
    """Encode a picture as the pipeline's decoder would have it, (channels, h, w)."""
    import io

    import torch

    with Image.open(io.BytesIO(content_of(picture))) as opened, torch.no_grad():
        colours = opened.convert("RGB")
        pixels = pipeline.image_processor.preprocess(colours, height=terms.height, width=terms.width)
        found = pipeline.vae.encode(pixels.to(pipeline.vae.device, pipeline.vae.dtype)).latent_dist.mean
        return found[0] * pipeline.vae.config.scaling_factor


def states_of(pipeline: Any, prompt: str) -> Any:
    """Encode a prompt, (tokens, width)."""
    import torch

    with torch.no_grad():
        states, _ = pipeline.encode_prompt(prompt, pipeline.unet.device, 1, do_classifier_free_guidance=False)
        return states[0]


def trained(pipeline: Any, encoded: EncodedPairs, terms: TrainingTerms, progress: Progress | None) -> TrainingOutcome:
    """Take the steps, each on pairs, times and noise drawn at random."""
    import torch

    unet, scheduler = pipeline.unet, noise_scheduler(pipeline)
    weights = [weight for weight in unet.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=terms.learning_rate)
    generator = torch.Generator().manual_seed(terms.seed)
    losses, accuracies = [], []
    for step in range(terms.steps):
        drawn = torch.randint(len(encoded.pairs), (terms.pairs_at_once,), generator=generator).tolist()
        margins = preference_margins(unet, scheduler, batch_of(encoded, drawn, unet), generator)
        loss: Any = -torch.nn.functional.logsigmoid(-0.5 * terms.beta * margins).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        accuracies.append(float((margins < 0).float().mean() + 0.5 * (margins == 0).float().mean()))
        if progress:
            progress((step + 1) / terms.steps, "training")
    return TrainingOutcome(losses=losses, accuracies=accuracies)


def noise_scheduler(pipeline: Any) -> Any:
    """Give the noise that the pipeline was trained with, whatever schedule it draws by."""
    diffusers: Any = import_module("diffusers")
    scheduler = diffusers.DDPMScheduler.from_config(pipeline.scheduler.config)
    if scheduler.config.prediction_type not in PREDICTIONS:
        raise PamelaError(
            f"Training knows pipelines that predict {' or '.join(PREDICTIONS)}, not {scheduler.config.prediction_type}."
        )
    return scheduler


def batch_of(encoded: EncodedPairs, drawn: Sequence[int], unet: Any) -> tuple[Any, Any]:
    """Stack latents, (2 n, channels, h, w), those preferred first, and the states of their prompts."""
    import torch

    rows = [encoded.pairs[place] for place in drawn]
    latents = [encoded.latents[better] for _, better, _ in rows] + [encoded.latents[worse] for *_, worse in rows]
    states = [encoded.states[prompt] for prompt, *_ in rows] * 2
    return torch.stack(latents).to(unet.device), torch.stack(states).to(unet.device)


def preference_margins(unet: Any, scheduler: Any, batch: tuple[Any, Any], generator: Any) -> Any:
    """Give d_w - d_l of each pair, (n,); below zero the model has the pair in the right order."""
    import torch

    latents, states = batch
    half = (len(latents) // 2, *latents.shape[1:])
    noise = torch.randn(half, generator=generator).to(latents).repeat(2, 1, 1, 1)
    times = torch.randint(scheduler.config.num_train_timesteps, half[:1], generator=generator).repeat(2)
    times = times.to(latents.device)
    noisy = scheduler.add_noise(latents, noise, times)
    is_noise = scheduler.config.prediction_type == "epsilon"
    target = noise if is_noise else scheduler.get_velocity(latents, noise, times)

    def errors() -> Any:
        predicted = unet(noisy, times, encoder_hidden_states=states).sample
        return (predicted.float() - target.float()).square().mean(dim=(1, 2, 3))

    unet.disable_adapters()
    with torch.no_grad():
        reference = errors()
    unet.enable_adapters()
    better, worse = (errors() - reference).chunk(2)
    return better - worse


def save_lora(pipeline: Any, folder: str | Path) -> Path:
    """Write the LoRA as one file that `pipeline.load_lora_weights(folder)` of diffusers reads."""
    from peft import get_peft_model_state_dict

    # in the names of peft: where convolutions are among the layers, diffusers loses attention under its former names
    pipeline.save_lora_weights(folder, unet_lora_layers=get_peft_model_state_dict(pipeline.unet))
    return Path(folder) / "pytorch_lora_weights.safetensors"
