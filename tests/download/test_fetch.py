"""Downloading, with the real yt-dlp against a server on loopback."""

import contextlib
import email.utils
import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest
from toy_site import make_video, serving

from a2i.core.errors import A2IError
from a2i.data.locate import find_media
from a2i.download import fetch as fetching
from a2i.download import manifest, youtube
from a2i.download.fetch import FetchSettings, availability, fetch
from a2i.download.youtube import classify, downloader
from a2i.media.decode import decode

pytestmark = pytest.mark.slow

pytest.importorskip("yt_dlp")

# What the site does with a video, and how its clip must end.
ENDS = {
    "ok": "ok",
    "no_ranges": "ok",
    "slow": "ok",
    "stall": "ok",
    "drop": "ok",
    "whole_drop": "ok",
    "cut": "ok",  # taken up inside a block
    "fickle": "ok",  # ranges at first, then none
    "turn5:403": "ok",  # an address that goes stale in the middle of the file
    "turn5:500": "ok",
    "first2:500": "ok",
    "first1:503": "ok",
    "first1:429": "ok",
    "lies_place": "other",
    "lies_total": "network",
    "lies_long": "network",
    "lies_short": "other",  # to be told from a damaged file only where ranges say the whole length:
    "lies_part": "network",
    "drop_always": "network",
    "500": "network",
    "403": "refused",
    "404": "removed",
    "410": "removed",
    "429": "rate_limited",
    "451": "geo_blocked",
    "page": "unclear",
    "endless": "too_large",
}
LARGE = ("cut", "fickle", "turn5:403", "turn5:500")  # these need many blocks
# What a video is made of, and how its clip must end.
BODIES = {"mute": "no_sound", "blind": "no_picture", "garbage": "other", "large": "ok", "brief": "other"}


def clip_table(ids, start=7.3):
    """Clips of 10 s of the given videos."""
    table = pd.DataFrame({"source_id": list(ids), "start": start, "end": start + 10.0, "label": "cat", "split": "train"})
    table.insert(0, "clip_id", table["source_id"] + f"_{round(start * 1000)}")
    return table


def video_id(name):
    """Eleven characters for the name of a behaviour."""
    return f"-{name.replace(':', '_')[:10]}".ljust(11, "_")


def hasty(site, **changes):
    """Settings without waits."""
    quick = {"pause": 0.0, "backoff": 0.01, "socket_timeout": 2.0, "retries": 3, "max_mb": 8, "give_up_after": 100}
    return FetchSettings(url=site.url, **{**quick, **changes})


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return {
        "film": make_video(folder / "film.mp4"),
        "mute": make_video(folder / "mute.mp4", sound=None),
        "blind": make_video(folder / "blind.mp4", picture=None),
        "large": make_video(folder / "large.mp4", 120, noise=True),
        "brief": make_video(folder / "brief.mp4", 5),
        "garbage": os.urandom(50_000),
    }


@pytest.fixture
def site(films):
    with serving(films["film"]) as site:
        yield site


@pytest.fixture(scope="module")
def ended(films, tmp_path_factory):
    """All behaviours and bodies in one run: the table by name, the site, the folder."""
    folder = tmp_path_factory.mktemp("fetched")
    with serving(films["film"]) as site:
        site.behaviour = {video_id(name): name for name in ENDS}
        site.bodies = {video_id(name): films[name] for name in BODIES}
        site.bodies |= {video_id(name): films["large"] for name in LARGE}
        names = [*ENDS, *BODIES]
        assert len(set(map(video_id, names))) == len(names)
        table = fetch(clip_table(map(video_id, names)), folder, hasty(site, workers=3))
        yield table.assign(name=names).set_index("name"), site, folder


@pytest.mark.parametrize(("name", "status"), (ENDS | BODIES).items())
def test_each_clip_ends_with_its_reason(ended, name, status):
    row = ended[0].loc[name]
    assert row["status"] == status, row["detail"]


def test_the_reasons_are_the_documented_ones(ended):
    assert set(ended[0]["status"]) <= set(manifest.STATUSES)


def test_only_finished_clips_leave_files_and_find_media_finds_them(ended):
    table, _, folder = ended
    found = find_media(table.reset_index(), folder).set_index("name")
    assert found["media"].notna().equals(table["status"] == "ok")
    assert set(found.loc[found["media"].notna(), "media_kind"]) == {"segment"}
    assert {p.suffix for p in folder.iterdir() if not p.name.startswith("fetch.")} == {".mp4"}


def test_only_the_segment_is_received(ended, films):
    table, site, _ = ended
    assert len(films["large"]) > 2_000_000
    assert table.loc["large", "bytes"] < len(films["large"]) / 3
    assert site.sent[video_id("large")] < len(films["large"]) / 2


def test_a_fetched_segment_decodes_like_the_same_part_of_the_whole(ended, films, tmp_path):
    table, _, folder = ended
    (tmp_path / "film.mp4").write_bytes(films["film"])
    whole = decode(tmp_path / "film.mp4", 7.3, 17.3, kind="whole")
    part = decode(folder / table.loc["ok", "file"], 0.0, 10.0, kind="segment")
    assert abs(whole.samples - part.samples).max() < 1e-4
    assert abs(part.frames.mean((1, 2, 3)) / 255 * 20 - 7.3 - part.frame_times).max() < 0.3


@pytest.mark.parametrize("name", LARGE)
def test_a_segment_is_the_same_however_it_comes(ended, name):
    table, _, folder = ended
    assert (folder / table.loc[name, "file"]).read_bytes() == (folder / table.loc["large", "file"]).read_bytes()


def test_the_real_offset_is_kept(ended):
    row = ended[0].loc["ok"]
    assert row["offset"] == pytest.approx(2.3)  # the keyframe lies at 5 s
    assert row["seconds"] == pytest.approx(10.0, abs=0.3)
    assert row["height"] == 64


def test_transient_failures_were_tried_again_and_lasting_ones_were_not(ended):
    _, site, _ = ended
    assert site.asked[video_id("500")] == 4
    assert site.asked[video_id("404")] == 1
    assert site.asked[video_id("403")] == 2  # once more at the end


def test_the_table_lies_in_the_folder(ended):
    table, _, folder = ended
    stored = pd.read_parquet(folder / "fetch.parquet")
    assert stored["status"].tolist() == table["status"].tolist()
    assert {"clip_id", "label", "status", "detail", "file", "offset", "bytes"} <= set(stored.columns)


def test_availability_counts_each_class(ended):
    table = availability(ended[0].assign(label=["cat", "dog"] * 16))
    assert table.loc["all", "clips"] == 32
    assert table.loc["all", "ok"] == (ended[0]["status"] == "ok").sum()
    assert table.loc["cat", "share"] == pytest.approx(table.loc["cat", "ok"] / 16)


def test_a_site_that_never_ends_its_answer_costs_its_clip_only(site, tmp_path):
    site.behaviour = {"aaaaaaaaaaa": "drip"}
    table = fetch(clip_table(["aaaaaaaaaaa", "bbbbbbbbbbb"]), tmp_path, hasty(site, clip_timeout=5.0))
    assert table["status"].tolist() == ["network", "ok"]
    assert table["detail"][0] == "took too long"


def test_a_second_run_asks_only_for_what_may_have_passed(site, tmp_path):
    behaviour = {"okokokokok_": "ok", "removed____": "404", "flaky______": "500", "refused____": "403"}
    site.behaviour = dict(behaviour)
    clips = clip_table(behaviour)
    fetch(clips, tmp_path, hasty(site))
    site.behaviour = {}
    before = site.asked.copy()
    table = fetch(clips, tmp_path, hasty(site))
    assert table["status"].tolist() == ["ok", "removed", "ok", "ok"]
    assert set(site.asked - before) == {"flaky______", "refused____"}


def test_a_lost_file_is_fetched_again(site, tmp_path):
    clips = clip_table(["abcdefghijk"])
    name = fetch(clips, tmp_path, hasty(site))["file"].item()
    (tmp_path / name).unlink()
    fetch(clips, tmp_path, hasty(site))
    assert (tmp_path / name).is_file()


def test_media_that_is_there_is_not_asked_for(site, films, tmp_path):
    (tmp_path / "Yabcdefghijk.mp4").write_bytes(films["film"])
    table = fetch(clip_table(["abcdefghijk"]), tmp_path, hasty(site))
    assert table["status"].tolist() == ["ok"]
    assert not site.asked


def test_a_sound_that_is_there_is_no_clip(site, tmp_path):
    (tmp_path / "abcdefghijk.m4a").touch()
    assert fetch(clip_table(["abcdefghijk"]), tmp_path, hasty(site))["file"].tolist() == ["abcdefghijk_7300.mp4"]


def test_half_a_line_in_the_journal_costs_that_clip_only(site, tmp_path):
    clips = clip_table(["aaaaaaaaaaa", "bbbbbbbbbbb"])
    fetch(clips, tmp_path, hasty(site))
    journal = tmp_path / "fetch.jsonl"
    text = journal.read_text()
    journal.write_text(text[:-20])
    assert fetch(clips, tmp_path, hasty(site))["status"].tolist() == ["ok", "ok"]
    for line in text.splitlines():
        json.loads(line)


def test_the_run_stops_with_advice_when_the_site_refuses(site, tmp_path):
    ids = [f"clip{i:07d}" for i in range(30)]
    site.behaviour = dict.fromkeys(ids[3:], "429")
    with pytest.raises(A2IError, match=r"rate_limited \(HTTP 429\), 4 in a row; 3 of 30 .*cookies"):
        fetch(clip_table(ids), tmp_path, hasty(site, give_up_after=4))
    table = pd.read_parquet(tmp_path / "fetch.parquet")
    assert table["status"].value_counts().to_dict() == {"": 23, "rate_limited": 4, "ok": 3}
    assert len(site.asked) == 7


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("500", "network .* 3 in a row; .*check the connection"), ("page", "unclear .* 3 in a row; .*newest yt-dlp")],
)
def test_the_run_stops_with_advice_when_nothing_comes_through(site, tmp_path, behaviour, words):
    ids = [f"clip{i:07d}" for i in range(10)]
    site.behaviour = dict.fromkeys(ids[1:], behaviour)
    with pytest.raises(A2IError, match=f"stopped: {words}"):
        fetch(clip_table(ids), tmp_path, hasty(site, give_up_after=3, retries=0))
    assert len(site.asked) == 4


def test_a_site_that_asks_for_a_longer_wait_than_allowed_is_left_alone(site, tmp_path):
    site.behaviour, site.retry_after = {"bbbbbbbbbbb": "429"}, "3600"
    with pytest.raises(A2IError, match=r"HTTP 429, to be asked again in 60 min.* 1 of 3 clips"):
        fetch(clip_table(["aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc"]), tmp_path, hasty(site))
    assert not site.asked["ccccccccccc"]


def test_clips_that_are_refused_while_others_are_not_do_not_stop_the_run(site, tmp_path):
    ids = [f"clip{i:07d}" for i in range(12)]
    site.behaviour = dict.fromkeys(ids[::3], "403")
    table = fetch(clip_table(ids), tmp_path, hasty(site, give_up_after=2))
    assert table["status"].value_counts().to_dict() == {"ok": 8, "refused": 4}


def test_a_video_that_is_gone_is_asked_for_once(site, tmp_path):
    site.behaviour = {"aaaaaaaaaaa": "404"}
    clips = pd.concat([clip_table(["aaaaaaaaaaa"], start) for start in (0.0, 3.0, 6.0)])
    assert fetch(clips, tmp_path, hasty(site))["status"].tolist() == ["removed"] * 3
    assert site.asked["aaaaaaaaaaa"] == 1


PLAYLISTS = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{file}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{file}'\n",
    "<rss><channel><item><link>{url}</link></item></channel></rss>",
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation id="1" mimeType="video/mp4"'
    ' bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
)


def test_nothing_that_a_playlist_names_is_opened(site, films, tmp_path):
    (tmp_path / "film.mp4").write_bytes(films["film"])
    for number, text in enumerate(PLAYLISTS):
        content = text.format(file=tmp_path / "film.mp4", url=site.url.format(id="named______")).encode()
        for kind in ("ok", "text"):  # dressed as a video, or not
            site.bodies[key := f"{kind}{number}".ljust(11, "_")] = content
            site.behaviour[key] = kind
    table = fetch(clip_table(site.bodies), tmp_path / "media", hasty(site))
    assert set(table["status"]) <= {"other", "unclear"}
    assert set(site.asked) == set(site.bodies)


def test_a_redirect_to_a_local_file_is_not_followed(site, films, tmp_path):
    (tmp_path / "film.mp4").write_bytes(films["film"])
    site.behaviour = {"aaaaaaaaaaa": f"to:file://{tmp_path / 'film.mp4'}"}
    assert fetch(clip_table(["aaaaaaaaaaa"]), tmp_path / "media", hasty(site))["status"].item() == "network"


def test_a_page_without_end_costs_its_clip_only(site, tmp_path):
    site.behaviour = {"aaaaaaaaaaa": "endless_page"}
    table = fetch(clip_table(["aaaaaaaaaaa", "bbbbbbbbbbb"]), tmp_path, hasty(site, memory_mb=300))
    assert table["status"].tolist() == ["too_large", "ok"]


def test_no_more_processes_ask_at_once_than_were_asked_for(site, tmp_path):
    ids = [f"clip{i:07d}" for i in range(8)]
    site.behaviour = dict.fromkeys(ids, "slow")
    # The pause lets the server see that a request is over.
    fetch(clip_table(ids), tmp_path, hasty(site, workers=2, pause=0.05))
    assert site.most_at_once == 2


def test_a_pause_lies_between_two_clips(site, tmp_path):
    fetch(clip_table(["aaaaaaaaaaa", "bbbbbbbbbbb"]), tmp_path, hasty(site, pause=0.5))
    times = {key: at for key, at in reversed(site.order)}  # the first request for each
    assert times["bbbbbbbbbbb"] - times["aaaaaaaaaaa"] >= 0.5


def test_the_cookies_file_is_sent_and_not_changed(site, tmp_path):
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t2000000000\tname\tvalue\n")
    before = cookies.read_bytes()
    fetch(clip_table(["abcdefghijk"]), tmp_path / "media", hasty(site, cookies=str(cookies)))
    assert site.cookies["abcdefghijk"] == "name=value"
    assert cookies.read_bytes() == before


@pytest.fixture
def begun(site, tmp_path):
    """A run of six clips in a process of its own that has done two: its process, its workers, ids and settings."""
    ids = [f"clip{i:07d}" for i in range(6)]
    site.behaviour = {ids[2]: "drip"}
    clip_table(ids).to_parquet(tmp_path / "clips.parquet")
    settings = hasty(site, pause=0.1)
    code = (
        "import signal; import pandas as pd; from a2i.download.fetch import FetchSettings, fetch\n"
        # A shell's background job ignores Ctrl-C, and so would what it starts.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"if __name__ == '__main__': fetch(pd.read_parquet({str(tmp_path / 'clips.parquet')!r}), "
        f"{str(tmp_path / 'media')!r}, {settings!r})"
    )
    (tmp_path / "run.py").write_text(code)
    child = subprocess.Popen([sys.executable, str(tmp_path / "run.py")], stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not site.asked[ids[2]]:
        time.sleep(0.02)
    workers = psutil.Process(child.pid).children(recursive=True)
    yield child, workers, ids, settings
    for process in (child, *workers):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    child.communicate()


def test_a_killed_run_goes_on_with_what_it_lacks(begun, site, tmp_path):
    child, workers, ids, settings = begun
    child.kill()
    assert not psutil.wait_procs(workers, timeout=5)[1]  # which would write into a folder that is no longer theirs
    media = tmp_path / "media"
    (media / f".{ids[2]}_7300.0123abcd.mp4").write_bytes(b"half")
    site.behaviour, before = {}, site.asked.copy()
    table = fetch(clip_table(ids), media, settings)
    assert (table["status"] == "ok").all()
    assert set(site.asked - before) == set(ids[2:])
    assert not list(media.glob(".*"))


def test_an_interrupted_run_ends_its_processes_and_leaves_the_table(begun, tmp_path):
    child, workers, _, _ = begun
    os.killpg(child.pid, signal.SIGINT)
    assert child.wait(10) != 0
    assert not psutil.wait_procs(workers, timeout=5)[1]
    assert pd.read_parquet(tmp_path / "media" / "fetch.parquet")["status"].tolist() == ["ok"] * 2 + [""] * 4
    assert not [path for path in (tmp_path / "media").iterdir() if path.name.startswith(".")]


def test_a_killed_process_costs_its_clip_only(begun, tmp_path):
    child, workers, _, _ = begun
    max(workers, key=lambda worker: worker.create_time()).kill()
    assert child.wait(30) == 0
    table = pd.read_parquet(tmp_path / "media" / "fetch.parquet")
    assert table["status"].tolist() == ["ok", "ok", "unclear", "ok", "ok", "ok"]


def test_two_runs_do_not_share_a_folder(site, tmp_path):
    with manifest.journal(tmp_path), pytest.raises(A2IError, match="another process"):
        fetch(clip_table(["abcdefghijk"]), tmp_path, hasty(site))


def test_names_that_differ_by_case_only_do_not_replace_each_other_where_case_is_ignored(site, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "_ignores_case", lambda folder: True)
    table = fetch(clip_table(["abcdefghijk", "ABCDEFGHIJK"]), tmp_path, hasty(site))
    assert table["status"].tolist() == ["ok", "other"]
    assert "case" in table["detail"][1]
    assert not site.asked["ABCDEFGHIJK"]


@pytest.mark.parametrize(
    "bad",
    ["-", "--exec", "-x", "../../../x", "/etc/passwd", "abc\0efghijk", "abcdefghijk\n", "a" * 10_000, "$(touch x)"],
)
def test_hostile_ids_are_refused_before_anything_is_asked(site, tmp_path, bad):
    with pytest.raises(A2IError, match="no video ids") as caught:
        fetch(clip_table(["abcdefghijk", bad]), tmp_path / "media", hasty(site))
    assert len(str(caught.value)) < 200
    assert not site.asked
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize("change", [{"start": -1.0}, {"start": float("nan")}, {"end": float("inf")}, {"end": 7.3}])
def test_segments_that_cannot_be_are_an_error(site, tmp_path, change):
    with pytest.raises(A2IError, match="1 segments"):
        fetch(clip_table(["abcdefghijk"]).assign(**change), tmp_path, hasty(site))


def test_a_list_without_rows_or_columns_is_an_error(site, tmp_path):
    clips = clip_table(["abcdefghijk"])
    for lacking, words in ((clips.iloc[:0], "lack rows"), (clips[["source_id"]], "lack clip_id, start")):
        with pytest.raises(A2IError, match=words):
            fetch(lacking, tmp_path, hasty(site))


def test_a_folder_that_cannot_be_written_to_is_an_error(site, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(A2IError, match="cannot be written to"):
        fetch(clip_table(["abcdefghijk"]), tmp_path / "file", hasty(site))


def test_a_file_that_is_no_cookies_file_is_an_error(site, tmp_path):
    (tmp_path / "cookies.txt").write_text("hello")
    with pytest.raises(A2IError, match="Netscape"):
        fetch(clip_table(["abcdefghijk"]), tmp_path, hasty(site, cookies=str(tmp_path / "cookies.txt")))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("", 0), ("-5", 0), ("\u00b2", 0), ("soon", 0), ("Wed, 25 Nov 1999 10:00:00 GMT", 0)],
)
def test_what_a_site_asks_to_wait(text, seconds):
    assert youtube._seconds(text) == seconds


def test_a_site_may_say_by_date_how_long_to_wait():
    assert youtube._seconds(email.utils.formatdate(time.time() + 600, usegmt=True)) == pytest.approx(600, abs=3)


@pytest.mark.parametrize(
    "change", [{"url": "file:///{id}"}, {"url": "http://x/"}, {"workers": 0}, {"cookies": "/nowhere/cookies.txt"}]
)
def test_settings_that_cannot_work_are_an_error(tmp_path, change):
    with pytest.raises(A2IError):
        fetch(clip_table(["abcdefghijk"]), tmp_path, FetchSettings(**change))


def test_without_yt_dlp_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(A2IError, match=r"pip install -e '\.\[fetch\]'"):
        downloader(FetchSettings())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Private video. Sign in if you've been granted access to this video", "private"),
        ("Video unavailable. This video is private", "private"),
        ("Join this channel to get access to members-only content like this video", "private"),
        ("Video unavailable. This video has been removed by the uploader", "removed"),
        ("This video is no longer available because the YouTube account has been terminated.", "removed"),
        ("Video unavailable", "removed"),
        ("Video unavailable. The uploader has not made this video available in your country", "geo_blocked"),
        ("This video contains content from X, who has blocked it in your country on copyright grounds", "geo_blocked"),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", "age"),
        ("Sign in to confirm you're not a bot. This helps protect our community.", "rate_limited"),
        ("Sign in to confirm you\u2019re not a bot. This helps protect our community.", "rate_limited"),
        ("This content isn't available, try again later. The session has been rate-limited by YouTube", "rate_limited"),
        ("Requested format is not available. Use --list-formats for a list of available formats", "unclear"),
        ("Premieres in 3 hours", "unclear"),
    ],
)
def test_the_sites_words_become_reasons(text, reason):
    from yt_dlp.utils import DownloadError, ExtractorError

    inner = ExtractorError(text, expected=True, video_id="private-age", ie="youtube")
    error = DownloadError(f"ERROR: {inner}", (type(inner), inner, None))
    assert classify(error).reason == reason
    assert "private-age" not in classify(error).detail


def test_the_default_formats_are_small_plain_files():
    """Of formats as a site lists them: 360p with sound if there is one, else 360p and a sound, never a playlist."""
    from yt_dlp.YoutubeDL import YoutubeDL

    base = {"url": "https://x/", "protocol": "https", "ext": "mp4"}
    listed = [
        base | {"format_id": "hls", "height": 360, "vcodec": "h264", "acodec": "aac", "protocol": "m3u8_native"},
        base | {"format_id": "sound", "vcodec": "none", "acodec": "opus", "abr": 70},
        base | {"format_id": "144", "height": 144, "vcodec": "h264", "acodec": "none"},
        base | {"format_id": "360", "height": 360, "vcodec": "h264", "acodec": "none"},
        base | {"format_id": "1080", "height": 1080, "vcodec": "h264", "acodec": "none"},
    ]
    spec = downloader(FetchSettings()).params["format"]
    with YoutubeDL({"quiet": True, "format": spec}) as ydl:
        info = ydl.process_ie_result({"id": "x", "title": "x", "formats": listed, "extractor": "x"}, download=False)
    assert [one["format_id"] for one in info["requested_formats"]] == ["360", "sound"]
