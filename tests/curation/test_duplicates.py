"""Near-copies by sound."""

import av
import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from a2i.curation import duplicates
from a2i.media.decode import read_sound
from a2i.media.mel import log_mel

RNG = np.random.default_rng


def sound(seed, seconds=14):
    """Tones over a little noise, different for each seed; float32."""
    rng = RNG(seed)
    samples = rng.normal(0, 0.003, seconds * 22050).astype(np.float32)
    for begin in rng.integers(0, len(samples) - 8000, 8 * seconds):
        length = rng.integers(800, 8000)
        tone = np.sin(2 * np.pi * rng.uniform(100, 6000) * np.arange(length) / 22050)
        samples[begin : begin + length] += rng.uniform(0.05, 0.3) * tone * np.hanning(length)
    return samples


def mel(samples, start=0.0):
    first = round(start * 22050)
    return log_mel(np.ascontiguousarray(samples[first : first + 220500], np.float32))


def test_unrelated_clips_are_no_copies():
    assert duplicates.near_duplicates(np.stack([mel(sound(i)) for i in range(12)])).empty


@pytest.mark.parametrize("change", ["noise", "quieter", "low_pass"])
def test_a_changed_sound_is_found(change):
    original = sound(0)
    changed = {
        "noise": original + RNG(1).normal(0, 0.001, len(original)),
        "quieter": original * 0.2,
        "low_pass": gaussian_filter(original, 1.0),
    }[change]
    pairs = duplicates.near_duplicates(np.stack([mel(original), mel(sound(5)), mel(changed)]))
    assert pairs[["first", "second"]].to_numpy().tolist() == [[0, 2]]
    assert pairs["sound_distance"].item() < 0.2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_copy_at_a_low_bit_rate_is_found(tmp_path, seed):
    original = sound(seed, seconds=10)
    with av.open(str(tmp_path / "a.ogg"), "w") as out:
        stream = out.add_stream("libopus", rate=24000, layout="mono")
        stream.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(original[None], "flt", "mono")
        frame.sample_rate = 22050
        resampler = av.AudioResampler(stream.format, stream.layout, 24000, stream.frame_size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    again = read_sound(tmp_path / "a.ogg")
    pairs = duplicates.near_duplicates(np.stack([mel(original), mel(sound(9)), mel(again)]))
    assert pairs[["first", "second"]].to_numpy().tolist() == [[0, 2]]


def test_a_sound_that_starts_elsewhere_is_found_with_its_shift():
    pairs = duplicates.near_duplicates(np.stack([mel(sound(0), start=3.0), mel(sound(0), start=1.0)]))
    assert len(pairs) == 1
    assert pairs["shift"].item() == pytest.approx(2.0, abs=0.06)


def test_silence_is_no_copy_of_silence():
    silent = log_mel(np.zeros(220500, np.float32))
    assert duplicates.near_duplicates(np.stack([silent, silent, silent])).empty


def test_short_sounds_padded_with_silence_are_told_apart():
    short = [sound(i) * (np.arange(14 * 22050) < 4 * 22050) for i in (0, 1)]
    assert duplicates.near_duplicates(np.stack([mel(short[0]), mel(short[1])])).empty


def test_parts_are_compared_with_each_other_and_numbered_through():
    mels = np.stack([mel(sound(i)) for i in (0, 1, 2, 0)])
    parts = [duplicates.fingerprints(mels[a:b]) for a, b in ((0, 3), (3, 4))]
    together = duplicates.near_duplicates(mels)
    pd.testing.assert_frame_equal(duplicates.compare(parts), together)
    assert together[["first", "second"]].to_numpy().tolist() == [[0, 3]]


def test_many_copies_of_one_clip_do_not_make_all_their_pairs():
    n = 600
    one = duplicates.fingerprints(np.stack([mel(sound(0))]))
    many = duplicates.Fingerprints(*(np.repeat(part, n, axis=0) for part in vars(one).values()))
    pairs = duplicates.compare([many])
    assert n - 1 <= len(pairs) < 40 * n
    assert set(pairs["first"]) | set(pairs["second"]) == set(range(n))


def test_no_clips_have_no_copies():
    empty = duplicates.near_duplicates(np.zeros((0, 128, 431), np.float32))
    assert empty.empty


class Toy:
    """What is read of a store."""

    def __init__(self, files, *mels):
        splits = ["train"] * (len(mels) - 1) + ["eval"]
        self.ok = pd.DataFrame({"clip_id": list("abcd"[: len(mels)]), "label": "cat", "split": splits, "start": 0.0})
        self.ok["media_sha256"] = files
        self._mels = np.stack(mels)

    def log_mel(self, rows):
        return self._mels[rows]


def test_a_stores_copies_name_its_clips():
    pairs = duplicates.duplicates_in(Toy(["x", "y", "z"], mel(sound(0)), mel(sound(1)), mel(sound(0))), chunk=2)
    named = pairs[["first_clip_id", "second_clip_id", "second_split", "by"]].to_numpy().tolist()
    assert named == [["a", "c", "eval", "sound"]]


def test_a_file_that_is_there_twice_is_found_however_little_its_sound_says():
    silent = np.full((128, 431), -100, np.float32)
    pairs = duplicates.duplicates_in(Toy(["x", "y", "x"], silent, silent, silent))
    assert pairs[["first_clip_id", "second_clip_id", "by"]].to_numpy().tolist() == [["a", "c", "file"]]


def test_a_store_without_copies_has_none():
    assert duplicates.duplicates_in(Toy(["x", "y"], mel(sound(0)), mel(sound(1)))).empty


def test_cuts_of_one_recording_are_one_recording_though_not_all_are_pairs():
    one, other = sound(0, 30), sound(1, 30)
    cuts = [mel(one, 0), mel(other, 3), mel(one, 4), mel(one, 8), mel(sound(2), 0)]
    assert duplicates.recordings(np.stack(cuts)).tolist() == [0, 1, 0, 0, 2]
