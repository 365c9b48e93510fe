"""What is counted in a log-mel, against sounds whose rates and events are known."""

import pytest
import torch

from a2i.models import simple_numbers as simple

FRAMES = 431


def _calls(*spans: tuple[int, int], level: float = -20.0) -> torch.Tensor:
    """Silence at -80 dB with calls between the given frames: (1, 1, 128, 431)."""
    clip = torch.full((1, 1, 128, FRAMES), -80.0)
    for first, last in spans:
        clip[..., 30:60, first:last] = level
    return clip


def _events(clip: torch.Tensor) -> dict[str, float]:
    """Count, mean, usual and greatest length and total, in frames, where the clip is louder than half of the way."""
    numbers = simple.simple_numbers(clip)[0, sum(simple.NUMBERS[:2]) :]
    names = ("count", "mean", "usual", "greatest", "total")
    return dict(zip(names, numbers[5:10].exp().tolist()))


def test_there_are_as_many_numbers_as_are_said_and_silence_has_finite_ones():
    for clip in (_calls((40, 50)), torch.full((1, 1, 128, FRAMES), -80.0)):
        numbers = simple.simple_numbers(clip)
        assert numbers.shape == (1, sum(simple.NUMBERS))
        assert numbers.isfinite().all()


def test_number_and_length_of_calls_are_found():
    told = _events(_calls((50, 60), (100, 110), (200, 240)))
    assert told == pytest.approx(
        {"count": 3, "mean": 20, "usual": (100 + 100 + 1600) / 60, "greatest": 40, "total": 60}, rel=0.1
    )


def test_events_do_not_depend_on_the_level_of_the_recording_or_on_a_steady_hum():
    clip = _calls((50, 60), (100, 110))
    hum = clip.clone()
    hum[:, :, 5] = -10.0
    for other in (clip + 15, hum):
        assert _events(other) == pytest.approx(_events(clip), rel=1e-3)


def test_a_faster_beat_has_its_strength_at_a_higher_rate():
    time = torch.linspace(0, 10, FRAMES)
    slow, fast = (-60 + 20 * torch.sin(2 * torch.pi * rate * time).expand(1, 1, 128, -1) for rate in (2.0, 9.0))
    numbers = simple.simple_numbers(torch.cat([slow, fast])).split(simple.NUMBERS, 1)
    rhythm = numbers[1].unflatten(1, (simple.GROUPS + 2, -1))[:, -1]
    assert rhythm[0].argmax() < rhythm[1].argmax()


def test_what_repeats_is_alike_a_beat_later():
    clip = _calls(*((start, start + 4) for start in range(10, 420, 20)))
    alike = simple.simple_numbers(clip)[0, -len(simple.LAGS) :]
    lags = torch.tensor(simple.LAGS)
    assert lags[lags > 9][alike[lags > 9].argmax()].item() in (19, 21, 39, 41)
    assert alike[lags == 19].item() > alike[lags == 9].item() + 0.5
