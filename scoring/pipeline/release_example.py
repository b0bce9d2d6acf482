"""Predict how pictures are rated, by everybody and by one person: python example.py one.jpg two.jpg."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from scoring.ml.checkpoints import load_model
from scoring.ml.data import Images
from scoring.ml.encoders import build_encoder, encode_images

here = Path(__file__).parent
scale = json.loads((here / "card.json").read_text())["scale"]
model = load_model(here)
encoder = build_encoder(model.encoder_key)

files = [Path(name) for name in sys.argv[1:]]
images = Images(
    keys=tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files),
    features=encode_images(encoder, files),
    prompt_features=encoder.encode_texts([""] * len(files)),  # or the prompts they were made from
    parts=encoder.image_parts,
)
seen = model.represent(images)
everybody = model.predict(seen, model.prior())
taste = model.posterior(seen.take(np.array([0])), np.array([1.0]))  # of somebody who gave the first one full marks
person = model.predict(seen, taste)
for place, file in enumerate(files):
    means = [scale["min"] + (scale["max"] - scale["min"]) * float(found.mean[place]) for found in (everybody, person)]
    sys.stdout.write(f"{file.name}: everybody {means[0]:.2f}, this person {means[1]:.2f}\n")
