"""Opening media files that nobody vouches for.

Only the file itself is read, through Python: FFmpeg gets bytes, never a name, so a playlist that names other files or
addresses finds nothing to open. Formats, codecs, bytes, pixels and length are held to the lists and limits below before
anything is decoded.
"""

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
import av.logging
from av.stream import Disposition

# Why a clip has no sound or pictures: the values of `status` in the store, beside "ok".
MISSING = "missing"  # no such file
REFUSED = "refused"  # not a plain file, or a codec that is not on the list
UNREADABLE = "unreadable"  # no media, a format that is not on the list, or damaged beyond decoding
TRUNCATED = "truncated"  # less than half of what the file promises is there
NO_SOUND = "no_sound"
NO_PICTURE = "no_picture"
CHANNELS = "channels"  # of the sound, more than are mixed
OUTSIDE = "outside"  # the segment lies behind the file's end
TOO_LARGE = "too_large"  # bytes or pixels
TOO_LONG = "too_long"
ODD = "odd"  # decoded, but silent, still, black or of another length (`quality`), where such are left out
MEMORY = "memory"  # the worker's limit was reached
TIMEOUT = "timeout"
CRASHED = "crashed"  # the decoder took its process down

MAX_FILE = 16 << 30  # bytes
MAX_IN_MEMORY = 64 << 20  # bytes: a smaller file is read once, then hashed and decoded from memory
MAX_DURATION = 12 * 3600.0  # s, of the whole file
MAX_PIXELS = 8192 * 4352  # of one picture

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,ogg,flv,asf,mpeg,mpegts,mpegvideo,m4v,"
    "wav,w64,aiff,caf,au,mp3,aac,flac,amr,ac3,eac3"
)
CODECS = (
    "h264,hevc,vp8,vp9,libdav1d,av1,mpeg4,mpeg1video,mpeg2video,h263,h263p,flv,msmpeg4v1,msmpeg4v2,msmpeg4,wmv1,wmv2,"
    "wmv3,vc1,theora,mjpeg,png,rawvideo,prores,dnxhd,ffv1,huffyuv,"
    "aac,aac_latm,opus,libopus,vorbis,mp1,mp1float,mp2,mp2float,mp3,mp3float,flac,alac,ac3,eac3,amrnb,amrwb,wmav1,wmav2,"
    "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_u16le,pcm_s24le,pcm_s24be,pcm_s32le,"
    "pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw"
)
# Files of one picture, beside the sound that they belong to.
STILLS = ("jpeg_pipe,png_pipe,webp_pipe,bmp_pipe", "mjpeg,png,webp,bmp")
_OPTIONS = {
    "protocol_whitelist": "none",
    "format_whitelist": FORMATS,
    "codec_whitelist": CODECS,
    "max_pixels": str(MAX_PIXELS),
    "threads": "1",
}


class MediaError(Exception):
    """Why a file gives no clip: `reason` is one of the constants of this module, `detail` a few words for people."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@contextmanager
def opened(path: Path | str, *, still: bool = False) -> Iterator[tuple[av.container.InputContainer, str]]:
    """Yields the container of a file within the limits, and the sha256 of the file's bytes; still: a file of one picture.

    Raises MediaError, also for what FFmpeg raises inside the block.
    """
    own = dict(zip(("format_whitelist", "codec_whitelist"), STILLS, strict=True)) if still else {}
    with (
        _file(path) as (file, sha256),
        _faults_named(),
        av.open(file, metadata_errors="replace", options=_OPTIONS | own, io_open=_refuse) as container,
    ):
        if (container.duration or 0) > MAX_DURATION * av.time_base:
            raise MediaError(TOO_LONG, f"{container.duration / av.time_base / 3600:.1f} hours")
        yield container, sha256


def usable(stream: av.stream.Stream) -> av.codec.CodecContext:
    """The decoder of a stream, set to one thread and within the limits; raises MediaError otherwise."""
    codec = stream.codec_context
    if codec is None or codec.codec.name not in CODECS.split(","):
        raise MediaError(REFUSED, f"codec {codec.codec.name if codec else 'unknown'}")
    if stream.type == "video" and codec.width * codec.height > MAX_PIXELS:
        raise MediaError(TOO_LARGE, f"{codec.width}x{codec.height} pixels")
    codec.thread_count = 1
    codec.options = {"max_pixels": str(MAX_PIXELS)}
    return codec


def preferred(streams: Iterable[av.stream.Stream]) -> av.stream.Stream | None:
    """The one to take of several sounds or pictures: the file's own default, but first one that can be decoded."""

    def unfit(stream: av.stream.Stream) -> bool:
        try:
            return usable(stream) is None
        except MediaError:
            return True

    ranked = sorted(streams, key=lambda stream: (unfit(stream), not stream.disposition & Disposition.default))
    return next(iter(ranked), None)


def until_damage(media: av.container.InputContainer, streams: list[av.stream.Stream]) -> Iterator[av.Packet]:
    """The packets up to the file's end or to where it is damaged."""
    try:
        yield from media.demux(streams)
    except av.error.MemoryError:
        raise
    except (av.error.FFmpegError, IndexError):  # IndexError: PyAV's, at the end of a file whose streams appear midway
        return


def silence_decoder() -> None:
    """Keeps FFmpeg's remarks on damaged files off the terminal: each clip's reason is in the store."""
    av.logging.set_libav_level(av.logging.PANIC)


def _refuse(url: str, flags: int, options: dict) -> None:
    """Answers FFmpeg's wish to open a second file."""
    raise OSError("nothing but the file itself is opened")


@contextmanager
def _file(path: Path | str) -> Iterator[tuple[BinaryIO, str]]:
    """Yields the plain file at `path`, read from memory where it is small, and its sha256."""
    with _open_plain(path) as file:
        if os.fstat(file.fileno()).st_size <= MAX_IN_MEMORY:
            content = file.read(MAX_IN_MEMORY + 1)
            yield io.BytesIO(content), hashlib.sha256(content).hexdigest()
        else:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            yield file, sha256


def _open_plain(path: Path | str) -> BinaryIO:
    """Opens a plain file of a size within the limit; raises MediaError."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise MediaError(REFUSED, "not a plain file")
        if status.st_size > MAX_FILE:
            raise MediaError(TOO_LARGE, f"{status.st_size >> 30} GiB")
        return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(MISSING, "no such file") from error
    except OSError as error:  # no permission, a name of 10 kB, a loop of links, a disk that fails
        raise MediaError(REFUSED, error.strerror or "cannot be opened") from error
    except ValueError as error:
        raise MediaError(MISSING, "a NUL in the name") from error


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turns what FFmpeg raises into a MediaError."""
    try:
        yield
    except MemoryError as error:
        raise MediaError(MEMORY, "more memory than allowed") from error
    except (av.error.FFmpegError, EOFError) as error:
        raise MediaError(UNREADABLE, getattr(error, "strerror", "") or type(error).__name__) from error
