"""A small video site on loopback that behaves badly on request, and the videos it serves."""

import threading
import time
from collections import Counter
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np

FPS, RATE = 10, 48000


def make_video(path, seconds=20, *, picture="libx264", sound="aac", noise=False):
    """A film whose brightness and pitch tell the time: a keyframe each 5 s. `noise` makes it large."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as out:
        video = audio = None
        if picture:
            video = out.add_stream(picture, rate=FPS, width=64, height=64, pix_fmt="yuv420p")
            video.codec_context.gop_size = 5 * FPS
            if picture == "libx264":
                video.options = {"x264-params": f"keyint={5 * FPS}:scenecut=0", "preset": "ultrafast"}
        if sound:
            audio = out.add_stream(sound, rate=RATE, layout="mono")
        for i in range(seconds * FPS):
            if video:
                shade = rng.integers(0, 255, (64, 64, 3)) if noise else np.full((64, 64, 3), i * 255 // (seconds * FPS))
                frame = av.VideoFrame.from_ndarray(shade.astype(np.uint8), format="rgb24")
                frame.pts, frame.time_base = i, Fraction(1, FPS)
                out.mux(video.encode(frame))
            if audio:
                times = (np.arange(RATE // FPS) + i * RATE // FPS) / RATE
                tone = 0.3 * np.sin(2 * np.pi * 100 * (2 + i // FPS) * times)
                frame = av.AudioFrame.from_ndarray(tone.astype(np.float32)[None], format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, i * RATE // FPS, Fraction(1, RATE)
                out.mux(audio.encode(frame))
        for stream in filter(None, (video, audio)):
            out.mux(stream.encode(None))
    return path.read_bytes()


class Site:
    """What the server knows: `behaviour[id]` (default "ok"), `bodies[id]` (default `film`), what was asked, and what
    was sent of the ranges that were asked for."""

    def __init__(self, film):
        self.film, self.behaviour, self.bodies = film, {}, {}
        self.asked, self.sent, self.cookies, self.order = Counter(), Counter(), {}, []
        self.at_once, self.most_at_once = Counter(), 0  # videos
        self.lock = threading.Lock()
        self.url, self.retry_after = "", "0"


@contextmanager
def serving(film):
    """Yields a Site that answers at `site.url`."""
    site = Site(film)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}/{{id}}.mp4"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *args):
        pass

    def do_GET(self):
        site, key = self.site, self.path.strip("/").removesuffix(".mp4")
        with site.lock:
            site.asked[key] += 1
            site.order.append((key, time.monotonic()))
            site.at_once[key] += 1
            site.most_at_once = max(site.most_at_once, len(+site.at_once))
        site.cookies[key] = self.headers.get("Cookie", "")
        try:
            self._answer(site.behaviour.get(key, "ok"), key, site.bodies.get(key, site.film), site.asked[key])
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with site.lock:
                site.at_once[key] -= 1

    def _answer(self, kind, key, body, turn):
        if kind.isdigit():
            return self._status(int(kind))
        if kind.startswith("first"):  # "first2:500": so on the first two requests
            count, _, status = kind.removeprefix("first").partition(":")
            if turn <= int(count):
                return self._status(int(status))
        if kind.startswith("turn"):  # "turn4:403": so on the fourth request
            count, _, status = kind.removeprefix("turn").partition(":")
            if turn == int(count):
                return self._status(int(status))
        if kind.startswith("to:"):
            return self._send(302, b"", {"Location": kind.removeprefix("to:")})
        if kind == "page":
            return self._send(200, b"<html><title>no video</title></html>", {"Content-Type": "text/html"})
        if kind == "text":
            return self._send(200, body, {"Content-Type": "text/plain"})
        if kind == "endless_page":
            return self._endless(b"<html>" + b" " * 1_000_000, media="text/html")
        if kind == "endless":
            return self._endless(b"\0" * 65536)
        if kind == "drip":
            return self._endless(b"\0", pause=0.1)
        if kind == "stall" and turn == 2:
            time.sleep(2.5)
        whole = kind in ("no_ranges", "whole_drop", "lies_long", "lies_short") or (kind == "fickle" and turn > 3)
        ranged = None if whole else self.headers.get("Range")
        headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        if not ranged:
            length = len(body) + {"lies_long": 5000, "lies_short": -len(body) // 2}.get(kind, 0)
            half = kind == "whole_drop" and turn == 2
            return self._send(200, body[: len(body) // 2] if half else body, headers, length)
        first, last = (int(x or len(body) - 1) for x in ranged.removeprefix("bytes=").split("-"))
        part, total = body[first : last + 1], len(body)
        if kind == "lies_total":
            total *= 2
        if first >= len(body):
            return self._status(416)
        shift = 7 if kind == "lies_place" else 0
        headers["Content-Range"] = f"bytes {first + shift}-{first + len(part) - 1}/{total}"
        length = len(part) // 2 if kind == "lies_part" else len(part)
        cut_short = (kind == "drop" and turn in (2, 3)) or kind == "drop_always"
        if kind == "cut":  # no connection lives longer
            part = part[:100_000]
        self._send(206, part[: len(part) // 2] if cut_short else part, headers, length, slow=kind == "slow")

    def _status(self, code):
        wait = {"Retry-After": self.site.retry_after} if code == 429 else {}
        self._send(code, b"no", {"Content-Type": "text/plain"} | wait)

    def _send(self, code, body, headers, length=None, *, slow=False):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        for i in range(0, len(body), 16384):
            if slow:
                time.sleep(0.02)
            self.wfile.write(body[i : i + 16384])
            if code == 206:
                self.site.sent[self.path.strip("/").removesuffix(".mp4")] += len(body[i : i + 16384])
        self.wfile.flush()

    def _endless(self, part, pause=0.0, media="video/mp4"):
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.end_headers()
        while True:
            self.wfile.write(part)
            time.sleep(pause)
