"""What is measured of pictures: each measure's name, what it says, and which way is better."""

from dataclasses import dataclass

COLUMNS = ["clip", "class", "sample", "measure", "value"]


@dataclass(frozen=True)
class Measure:
    """A measure of pictures."""

    what: str
    better: str = "higher"  # or lower; one: as real frames have it; nothing: neither
    share: bool = False  # told as a share of what real frames have
    ceiling: bool = False  # what real frames have is the most that can be had, else the floor
    chance: float | None = None  # what comes of nothing


_RANK = "share of other sounds' frames that are less like it than its own sound's,"
MEASURES = {
    "recognised": Measure("the judge sees the sound's class", ceiling=True),
    "top5": Measure("ImageNet's five likeliest classes hold the sound's", share=True, ceiling=True),
    "attributes, correlation": Measure("attributes read off it, against its sound's: correlation", ceiling=True, chance=0),
    "attributes, slope": Measure("attributes read off it, against its sound's: slope", ceiling=True, chance=0),
    "rank": Measure(f"{_RANK} over all classes", ceiling=True, chance=0.5),
    "rank in class": Measure(f"{_RANK} within its class", ceiling=True, chance=0.5),
    "KID, ImageNet": Measure("kernel distance to real frames, EfficientNet-Lite2's features", "lower"),
    "KID, judge": Measure("kernel distance to real frames, the judge's features", "lower"),
    "Frechet, ImageNet": Measure("Frechet distance to real frames, EfficientNet-Lite2's features", "lower"),
    "Frechet, judge": Measure("Frechet distance to real frames, the judge's features", "lower"),
    "precision": Measure("lies where real frames of the class lie"),
    "recall": Measure("a real frame lies where pictures of the class lie"),
    "coverage": Measure("a real frame has a picture in its surroundings"),
    "density": Measure("in how many real frames' surroundings it lies"),
    "spread, pixels": Measure("mean distance to the pictures of the class's other sounds, pixels", "one", share=True),
    "spread, features": Measure("mean distance to the pictures of the class's other sounds, the judge's features", "one", share=True),
    "one sound": Measure("distance between two pictures of one sound, as a share of that between two sounds' of its class", ""),
    "apart, features": Measure("distance to another picture of the same sound, the judge's features", ""),
    "nearest, pixels": Measure("distance to the nearest training frame of the class, pixels", "one", share=True),
    "checkerboard": Measure("share of the spectrum's energy at two pixels a cycle", "one", share=True),
    "lattice": Measure("how far it repeats itself some pixels away", "one", share=True),
}  # fmt: skip
GROUPED = ("Frechet, ImageNet", "Frechet, judge")  # `sample` is a group of clips, whose values are one
# What a run is known by. The judge's accuracy is not among them: a class's mean picture has it at 1.
HEADLINE = (
    "attributes, correlation", "attributes, slope", "KID, ImageNet", "KID, judge", "precision", "recall", "coverage", "top5",
)  # fmt: skip
