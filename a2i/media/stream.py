"""All the sound of a file, ten seconds after ten seconds, so that a long recording can be searched in little memory."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.stream import Discard

from a2i.media import container as reasons
from a2i.media.container import MediaError, opened, preferred, until_damage, usable
from a2i.media.mel import SECONDS
from a2i.media.packets import first_moment
from a2i.media.waveform import Waveform


def blocks(path: Path | str) -> Iterator[tuple[float, Waveform]]:
    """Every ten seconds of a file that hold sound: where they begin, s from the file's start, and the sound.

    Raises MediaError.
    """
    with opened(path) as (media, _):
        audio = preferred(media.streams.audio)
        if audio is None:
            raise MediaError(reasons.NO_SOUND, "no sound stream")
        usable(audio)
        for stream in media.streams:
            if stream is not audio:
                stream.discard = Discard.all
        first, number = first_moment(media), 0
        wave = Waveform(first, SECONDS)
        for frame, begin, end in _frames(media, audio, first):
            wave.add(frame)
            while number < int(end // SECONDS):
                if wave.seconds:
                    yield number * SECONDS, wave
                number = max(number + 1, int(begin // SECONDS))
                wave = Waveform(first + number * SECONDS, SECONDS)
                wave.add(frame)
        if wave.seconds:
            yield number * SECONDS, wave


def _frames(
    media: av.container.InputContainer, audio: av.AudioStream, first: float
) -> Iterator[tuple[av.AudioFrame, float, float]]:
    """The decoded frames, each with its begin and end, s from the file's start; a damaged packet costs itself."""
    end = 0.0
    for packet in until_damage(media, [audio]):
        try:
            frames = packet.decode()
        except av.error.MemoryError:
            raise
        except (av.error.FFmpegError, EOFError):
            continue
        for frame in frames:
            begin = frame.time - first if frame.time is not None else end
            end = begin + frame.samples / max(frame.sample_rate, 1)
            yield frame, begin, end
