"""One video of a site through yt-dlp: its formats found, read by ranges as if it were a file, and why that failed.

yt-dlp's own way to a segment, `download_ranges`, hands the address to the program ffmpeg, which retries nothing, knows
no reasons and must be installed. Here yt-dlp finds the address and does all requests (cookies, headers, proxies), and
a file object on top of them fetches only the blocks that the demuxer asks for.
"""

import email.utils
import io
import random
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from a2i.core.errors import A2IError
from a2i.media.cut import CutError

if TYPE_CHECKING:
    from a2i.download.fetch import FetchSettings

BLOCK = 256 << 10  # bytes a request
_CACHED = 32  # blocks kept
_MAX_WAIT = 60.0  # s between two tries of one request

# yt-dlp names most reasons only in the site's own words. The first that fits counts.
_WORDS = (
    ("rate_limited", "not a bot|rate.?limit|try again later|captcha|too many requests|unusual traffic"),
    ("geo_blocked", "in your country|from your location|geo.?restrict|in your region"),
    ("age", "confirm your age|age.?restrict|inappropriate for some users"),
    ("private", "private|members.only|channel's members|join this channel|requires payment|log ?in required|purchase"),
    ("removed", "removed|terminated|no longer available|unavailable|not available|deleted|does not exist|has been closed"),
)
_STATUS = {401: "private", 403: "refused", 404: "removed", 410: "removed", 429: "rate_limited", 451: "geo_blocked"}
_BROKEN = (408, 416)  # too slow; less there than it had said

Result = TypeVar("Result")


class Refused(Exception):
    """Why a video could not be had: `reason` as in a2i.download.manifest, `detail` for people, `wait` the site's wish (s)."""

    def __init__(self, reason: str, detail: str, wait: float = 0.0):
        super().__init__(reason, detail)
        self.reason, self.detail, self.wait = reason, detail, wait


def downloader(settings: "FetchSettings") -> Any:
    """A quiet YoutubeDL. Raises A2IError where yt-dlp is not installed or the cookies cannot be read."""
    try:
        import yt_dlp
    except ImportError as error:
        raise A2IError("fetching needs yt-dlp: pip install -e '.[fetch]'  in the repository") from error
    plain = "[protocol~='^https?$']"  # one file that answers ranges: no playlists of fragments, no live streams
    small = f"[height<=?{settings.height}]"
    choices = ["b{p}{s}", "bv{p}{s}+ba[abr<=?130]{p}", "bv{p}{s}+ba{p}", "wb{p}", "wv{p}+wa{p}"]
    ydl = yt_dlp.YoutubeDL(
        {
            "format": "/".join(choices).format(p=plain, s=small),
            "cookiefile": settings.cookies or None,
            "socket_timeout": settings.socket_timeout,
            "extractor_retries": 0,  # tried again here, with a growing pause
            "noplaylist": True,
            "extract_flat": "in_playlist",  # what a list names is not asked for,
            "extractor_args": {"generic": {"is_live": ["false"]}},  # nor what a playlist of fragments names
            "quiet": True,
            "no_warnings": True,
            "logger": _Silence(),
        }
    )
    _check_cookies(ydl, settings)
    return ydl


def _check_cookies(ydl: Any, settings: "FetchSettings") -> None:
    """Raises A2IError for a cookies file that yt-dlp cannot read."""
    from yt_dlp.utils import DownloadError

    if settings.cookies and not Path(settings.cookies).is_file():  # yt-dlp would make one
        raise A2IError(f"there is no cookies file {settings.cookies!r}: export one from a signed-in browser")
    try:
        _ = ydl.cookiejar  # read now
    except DownloadError as error:
        raise A2IError(f"the cookies file {settings.cookies!r} is none: export one in Netscape's form") from error


def formats(ydl: Any, url: str) -> list[dict]:
    """The chosen formats of a video: one, or a picture's and a sound's; each has `url` and `http_headers`."""
    info = ydl.extract_info(url, download=False)
    if not info or "entries" in info:
        raise Refused("unclear", "no single video")
    if info.get("extractor_key") == "Generic" and not info.get("direct"):  # what a manifest names
        raise Refused("unclear", "a page or a playlist, not the video itself")
    chosen = info.get("requested_formats") or [info]
    if all(one.get("vcodec") == "none" for one in chosen):
        raise Refused("no_picture", "sound only")
    return chosen


def patiently(work: Callable[[], Result], settings: "FetchSettings") -> Result:
    """`work()`, tried again with a growing pause where the network failed. Raises Refused for any other failure."""
    for attempt in range(settings.retries + 1):
        try:
            return work()
        except (Refused, CutError, A2IError, MemoryError):
            raise
        except Exception as error:
            refusal = classify(error)
            if refusal.reason != "network" or attempt == settings.retries:
                raise refusal from error
            time.sleep(min(settings.backoff * 2**attempt * random.uniform(0.5, 1.0), _MAX_WAIT))
    raise AssertionError("not reached")


def classify(error: BaseException) -> Refused:
    """The reason behind what yt-dlp raised."""
    from yt_dlp.networking.exceptions import HTTPError, RequestError

    chain = _chain(error)
    # Without colours, the video's id (which may spell anything) and the request for a report.
    text = re.sub(r"\x1b\[[0-9;]*m|\[[\w:+]+\] \S+: |;? ?please report this issue.*", "", str(error))
    detail = text.strip()[:200]
    for one in chain:
        if isinstance(one, HTTPError):
            reason = _STATUS.get(one.status, "network" if one.status >= 500 or one.status in _BROKEN else "unclear")
            wait = _seconds(one.response.headers.get("Retry-After") or "")
            again = f", to be asked again in {wait / 60:.0f} min" if wait > 60 else ""
            return Refused(reason, f"HTTP {one.status}{again}", wait)
    if any(type(one).__name__ == "GeoRestrictedError" for one in chain):
        return Refused("geo_blocked", detail)
    if any(isinstance(one, RequestError | OSError) for one in chain):
        return Refused("network", detail)
    reason = next((reason for reason, words in _WORDS if re.search(words, text, re.IGNORECASE)), "unclear")
    # Its own complaint, not the site's.
    return Refused("unclear" if "format is not available" in text else reason, detail)


def _seconds(retry_after: str) -> float:
    """How long a site asks to be left alone: its header gives seconds or a date."""
    if re.fullmatch("[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        return max(email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0


def _chain(error: BaseException | None) -> list[BaseException]:
    """An error and what caused it, as yt-dlp and Python note it."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            info = getattr(one, "exc_info", None) or (None, None)
            waiting += [info[1], getattr(one, "cause", None), one.__cause__]
    return found


class _Silence:
    """yt-dlp's messages go nowhere: each clip's reason is in the table."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


class RemoteFile(io.RawIOBase):
    """A file on a server, read by ranges in blocks; whole where the server knows no ranges.

    Raises Refused: what the server does, or `too_large` past `settings.max_mb` received.
    """

    def __init__(self, ydl: Any, form: dict, settings: "FetchSettings"):
        super().__init__()
        self.received = 0  # bytes
        self._ydl, self._form, self._settings = ydl, form, settings
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._whole: io.BytesIO | None = None
        self._place = 0
        self._size: int | None = None
        self._block(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size or 0}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, not past the end of a block; none at the file's end."""
        number, inside = divmod(self._place, BLOCK)
        block = self._block(number) if self._whole is None and self._place < (self._size or 0) else b""
        if self._whole is not None:  # also where the server has just stopped to answer ranges
            self._whole.seek(self._place)
            data = self._whole.read(size)
        else:
            data = block[inside : inside + size if size >= 0 else None]
        self._place += len(data)
        return data

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            begun = bytearray()  # kept over a connection that breaks off
            self._blocks[number] = patiently(lambda: self._request(number, begun), self._settings)
            while len(self._blocks) > _CACHED:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _request(self, number: int, begun: bytearray) -> bytes:
        """One block from the server, of which `begun` is there; checked for its length."""
        from yt_dlp.networking.common import Request

        first, last = number * BLOCK + len(begun), (number + 1) * BLOCK - 1
        headers = {**self._form.get("http_headers", {}), "Range": f"bytes={first}-{last}"}
        headers["Accept-Encoding"] = "identity"
        with self._ydl.urlopen(Request(self._form["url"], headers=headers)) as response:
            if response.status != 206:
                return self._all(response)
            total = re.fullmatch(r"bytes (\d{1,15})-\d+/(\d{1,15})", response.headers.get("Content-Range", ""))
            if total is None or int(total[1]) != first:
                raise Refused("other", "the server answers ranges wrongly")
            self._size = int(total[2])
            wanted = min(BLOCK, self._size - number * BLOCK)
            self._take(response, begun, wanted)
        if len(begun) < wanted:
            raise OSError(f"{len(begun)} of {wanted} bytes came")
        return bytes(begun)

    def _all(self, response: Any) -> bytes:
        """Takes the whole file from a server without ranges; returns its first block."""
        length = response.headers.get("Content-Length", "")
        promised = int(length) if re.fullmatch("[0-9]{1,15}", length) else 0
        if promised > self._limit():
            raise Refused("too_large", f"{promised >> 20} MB, and the server knows no ranges")
        whole = bytearray()
        self._take(response, whole, self._limit() + 1)
        if len(whole) < promised:
            raise OSError("the file came in part")
        self._whole, self._size = io.BytesIO(whole), len(whole)
        return bytes(whole[:BLOCK])

    def _take(self, response: Any, into: bytearray, wanted: int) -> None:
        """Adds to `into` from a response, up to `wanted` bytes, all counted."""
        while len(into) < wanted and (data := response.read(min(wanted - len(into), 64 << 10))):
            into += data
            self.received += len(data)
            if self.received > self._limit():
                raise Refused("too_large", f"more than {self._settings.max_mb} MB")

    def _limit(self) -> int:
        return self._settings.max_mb << 20
