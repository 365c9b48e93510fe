"""Damaged files: none crashes or hangs a worker, every one is read or has its reason."""

import pytest
from mutator import DAMAGES, corpus
from toy_clips import CLASSES, clip_table
from toy_media import write

from a2i.curation.curate import CurateSettings, curate
from a2i.media import container

REASONS = {"ok", container.UNREADABLE, container.TRUNCATED, container.NO_SOUND, container.NO_PICTURE, container.REFUSED,
           container.OUTSIDE, container.TOO_LONG, container.TOO_LARGE, container.MEMORY}  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    return [
        write(folder / "a.mp4"),
        write(folder / "b.webm", video="libvpx-vp9", audio="libopus", rate=48000),
        write(folder / "c.mkv", audio="vorbis"),
        write(folder / "d.avi", video="mpeg4", audio="libmp3lame"),
        write(folder / "e.ts", video="mpeg2video", fps=25, audio="mp2", rate=48000),
    ]


def test_sixty_damaged_files_are_read_or_have_a_reason(sources, tmp_path):
    files = corpus(tmp_path / "damaged", sources, 60, seed=1)
    clips = clip_table(tmp_path / "damaged", [file.name for file in files])
    store = curate(clips, tmp_path / "store", CLASSES, CurateSettings(workers=2, timeout_s=30, memory_mb=1024))
    assert set(store.clips["status"]) <= REASONS
    assert 10 < len(store.ok) < 60
    assert store.verify() == []


def test_the_mutator_makes_the_same_files_from_the_same_seed(sources, tmp_path):
    first, again, other = (corpus(tmp_path / name, sources, 16, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    assert [file.name for file in first] == [file.name for file in again]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
    assert [file.read_bytes() for file in first] != [file.read_bytes() for file in other]
    assert {file.stem.split("-")[1] for file in first} == {damage.__name__ for damage in DAMAGES}
