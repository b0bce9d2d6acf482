"""Predict how pictures are rated, by everybody and by one person: python example.py one.jpg two.jpg."""

import sys
from pathlib import Path

from scoring.ml.release import open_release

release = open_release(Path(__file__).parent)
files = [Path(name) for name in sys.argv[1:]] or sys.exit(__doc__)
pictures = release.look_at(files)  # or look_at(files, prompts) where the prompts are known
everybody = release.predict(pictures)
taste = release.taste_of(pictures, {0: release.high})  # of a person who gave the first one full marks
person = release.predict(pictures, taste)
for place, file in enumerate(files):
    mean, own, sd = everybody.mean[place], person.mean[place], person.sd[place]
    sys.stdout.write(f"{file.name}: everybody {mean:.2f}, this person {own:.2f} (sd {sd:.2f})\n")
