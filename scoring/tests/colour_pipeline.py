"""A tiny diffusion pipeline that draws plain pictures between blue and red, made and trained on the spot."""

from importlib import import_module
from pathlib import Path
from typing import Any

from scoring.ml.encoders.torchvision_shim import make_torchvision_importable
from scoring.tests.tiny_pipeline import WIDTH, tiny_text

SIDE = 8  # px; latents have the same sides
PROMPT = "a field"
PICTURES, STEPS, BATCH = 256, 200, 16


def make_colour_pipeline(folder: Path) -> Any:
    """Make random networks, and train the decoder and then the UNet on noisy pictures of one colour."""
    make_torchvision_importable()
    torch: Any = import_module("torch")
    parts: Any = import_module("diffusers")
    torch.manual_seed(0)
    pictures = plain_pictures(torch)
    text_encoder, tokenizer = tiny_text(folder)
    pipeline = parts.StableDiffusionPipeline(
        vae=colour_decoder(torch, parts, pictures),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=tiny_unet(parts),
        scheduler=parts.DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    learn_to_draw(torch, pipeline, pictures)
    return pipeline


def tiny_unet(parts: Any) -> Any:
    """Make a UNet with random weights."""
    return parts.UNet2DConditionModel(
        sample_size=SIDE,
        block_out_channels=(WIDTH, WIDTH),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=8,
    )


def colour_decoder(torch: Any, parts: Any, pictures: Any) -> Any:
    """Train an encoder and decoder on pictures; latents have spread 1 once scaled."""
    vae = parts.AutoencoderKL(
        block_out_channels=(16,),
        down_block_types=("DownEncoderBlock2D",),
        up_block_types=("UpDecoderBlock2D",),
        latent_channels=4,
        norm_num_groups=4,
        mid_block_add_attention=False,
        sample_size=SIDE,
    )
    train(torch, vae, lambda drawn: reconstruction_error(vae, pictures[drawn]))
    with torch.no_grad():
        spread = vae.encode(pictures).latent_dist.mean.std()
    vae.register_to_config(scaling_factor=float(1 / spread))
    return vae


def learn_to_draw(torch: Any, pipeline: Any, pictures: Any) -> None:
    """Train the UNet to predict noise in the pictures' latents."""
    scheduler = pipeline.scheduler
    with torch.no_grad():
        states = pipeline.encode_prompt(PROMPT, "cpu", 1, do_classifier_free_guidance=False)[0]
        latents = pipeline.vae.encode(pictures).latent_dist.mean * pipeline.vae.config.scaling_factor

    def noise_error(drawn: Any) -> Any:
        noise = torch.randn_like(latents[drawn])
        times = torch.randint(scheduler.config.num_train_timesteps, (len(drawn),))
        noisy = scheduler.add_noise(latents[drawn], noise, times)
        found = pipeline.unet(noisy, times, encoder_hidden_states=states.expand(len(drawn), -1, -1)).sample
        return (found - noise).square().mean()

    train(torch, pipeline.unet, noise_error)


def plain_pictures(torch: Any) -> Any:
    """Draw pictures between blue and red, from -1 to 1, (N, 3, side, side)."""
    red = torch.rand(PICTURES, 1)
    colours = torch.cat([40 + 180 * red, torch.full_like(red, 60.0), 220 - 180 * red], dim=1)
    pixels = colours[:, :, None, None] + 12 * torch.randn(PICTURES, 3, SIDE, SIDE)
    return (pixels / 127.5 - 1).clamp(-1, 1)


def reconstruction_error(vae: Any, pictures: Any) -> Any:
    """Give how far decoded latents are from the pictures, and a little of how large latents are."""
    latents = vae.encode(pictures).latent_dist.mean
    return (vae.decode(latents).sample - pictures).square().mean() + 1e-3 * latents.square().mean()


def train(torch: Any, network: Any, error: Any) -> None:
    """Take a few hundred steps."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(STEPS):
        loss = error(torch.randint(PICTURES, (BATCH,)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
