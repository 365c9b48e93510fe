"""The shortest way from a sound of one's own to a picture, with the encoder and generator of a trained run."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from a2i.core import files
from a2i.core.errors import A2IError


@dataclass(frozen=True)
class Imagined:
    """What a sound led to."""

    pictures: np.ndarray  # uint8 (count, 64, 64, 3)
    heard: dict[str, float]  # the encoder's probability of each class


def imagine(sound: Path | str, run: Path | str, out: Path | str, *, seed: int = 0, count: int = 1, scale: int = 4) -> Imagined:
    """Draws `count` pictures of the first ten seconds of `sound` and writes them side by side to `out`, a PNG.

    `run` is the folder of a run whose encoder and generator are trained. `scale` enlarges each picture. Raises
    A2IError where the sound cannot be read or the run is not trained.
    """
    import torch
    from PIL import Image

    from a2i.media import decode, mel
    from a2i.training import encoder, gan

    out = Path(out)
    if out.suffix.lower() != ".png":
        raise A2IError(f"--out {out}: name a .png file")
    if count < 1:
        raise A2IError(f"--count {count}: ask for one picture or more")
    for stage, file in (("encoder", encoder.FILE), ("gan", gan.FILE)):
        if not (Path(run) / stage / file).is_file():
            raise A2IError(f"{run} holds no trained {stage}: finish that run first, or name another with --run")
    try:
        samples = decode.read_sound(sound)
    except decode.MediaError as error:
        raise A2IError(f"{sound} cannot be heard ({error.reason}: {error.detail}): give a sound or video file") from error
    log_mel = torch.from_numpy(mel.log_mel(samples))[None, None]
    listener = encoder.load(Path(run) / "encoder")
    place = listener.mean.device
    with torch.no_grad():
        embedding = listener.embed(log_mel.to(place))
        probability = listener.classifier(embedding).softmax(1)[0].tolist()
    pictures = gan.draw_pictures(gan.load(Path(run) / "gan"), embedding.cpu().numpy(), count, seed)[0]
    strip = Image.fromarray(np.concatenate(list(pictures), 1))
    with files.replacing(out) as temporary:
        strip.resize((strip.width * scale, strip.height * scale), Image.Resampling.LANCZOS).save(temporary)
    return Imagined(pictures, dict(zip(listener.classes, probability)))
