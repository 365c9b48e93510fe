"""Lists that mean harm, or come from a broken program: refused in one line or recorded, quickly and in little memory."""

import subprocess
import sys

import pytest

from a2i.core.errors import A2IError
from a2i.data.dataset import Dataset
from a2i.data.lists import read_labels, read_segments, read_vggsound
from a2i.data.selection import select

pytestmark = pytest.mark.slow

GOOD = "abcdefghijk, 0.000, 10.000, \"/m/01yrx\"\n"
LIMIT = 1 << 30  # bytes of memory for reading a hostile list


def listed(tmp_path, content):
    path = tmp_path / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "bad",
    [
        "-x", "--exec", "--config-locations", "../../etc/x", "/etc/passwd", "C:\\x", "abc\0efghijk", "x" * 10_000, "$(reboot)xx",
        "abcdefghij\u212a", "abcde/ghijk", "abcdefghij.", "", "abcdefghijkl", "=1+1abcdefg", "@SUM(1+1)xx", "abcdefghij ", "abc\x01efghijk",
    ],
)  # fmt: skip
def test_an_id_that_is_none_is_refused_and_counted(tmp_path, bad):
    frame = read_segments(listed(tmp_path, GOOD + f"{bad}, 0.000, 10.000, \"/m/01yrx\"\n"))
    assert frame["source_id"].tolist() == ["abcdefghijk"]
    assert sum(frame.attrs["refused"].values()) == 1


def test_ids_that_look_like_options_but_are_none_of_ours_stay(tmp_path):
    frame = read_segments(listed(tmp_path, "--exec-----, 0, 10, /m/a\n-abcdefghij, 0, 10, /m/a\n"))
    assert frame["source_id"].tolist() == ["--exec-----", "-abcdefghij"]


@pytest.mark.parametrize(
    "bad",
    [
        "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-1+1", "<script>alert(1)</script>", "../../x", "/m/01yrx\0", "x" * 200,
        "\u202e/m/01yrx", "",
    ],
)  # fmt: skip
def test_a_label_that_is_no_id_or_name_is_refused_and_counted(tmp_path, bad):
    frame = read_segments(listed(tmp_path, GOOD + f'bbbbbbbbbbb, 0.000, 10.000, "/m/01yrx,{bad}"\n'))
    assert frame["source_id"].tolist() == ["abcdefghijk"]
    assert sum(frame.attrs["refused"].values()) == 1


@pytest.mark.parametrize(
    "bad", ["-5.0, 5.0", "nan, 10.0", "inf, 10.0", "0.0, inf", "1e3, 2e3", "10.0, 10.0", "0x10, 32", "9" * 400 + ", 1", ", "]
)
def test_times_that_are_none_are_refused_and_counted(tmp_path, bad):
    frame = read_segments(listed(tmp_path, GOOD + f"bbbbbbbbbbb, {bad}, /m/a\n"))
    assert frame["source_id"].tolist() == ["abcdefghijk"]
    assert sum(frame.attrs["refused"].values()) == 1


@pytest.mark.parametrize("bad", ['"', '""" , ', 'bbbbbbbbbbb, 0, 10, "/m/a', '"bbbbbbbbbbb, 0, 10, /m/a', 'b,"\nx"', '"""'])
def test_a_broken_quote_costs_its_own_line_only(tmp_path, bad):
    frame = read_segments(listed(tmp_path, GOOD + f"{bad}\n" + GOOD.replace("abc", "xyz")))
    assert {"abcdefghijk", "xyzdefghijk"} <= set(frame["source_id"])
    assert len(frame) + sum(frame.attrs["refused"].values()) == GOOD.count("\n") * 2 + f"{bad}\n".count("\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(tmp_path, encoding):
    with pytest.raises(A2IError, match="UTF-16"):
        read_segments(listed(tmp_path, (GOOD * 3).encode(encoding)))


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"# only\n# comments\n", b"\0" * 1000, bytes(range(256)) * 50, b"PK\x03\x04" * 99])
@pytest.mark.parametrize("reader", [read_segments, read_vggsound, read_labels])
def test_what_is_no_list_is_an_error_of_one_line(tmp_path, content, reader):
    with pytest.raises(A2IError) as caught:
        reader(listed(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("path", ["missing.csv", ".", "a\0b", "x" * 10_000])
@pytest.mark.parametrize("reader", [read_segments, read_vggsound, read_labels])
def test_a_path_that_is_no_file_is_an_error_of_one_line(tmp_path, path, reader):
    with pytest.raises(A2IError) as caught:
        reader(f"{tmp_path}/{path}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_ids_that_differ_by_case_only_are_two_videos(tmp_path):
    text = GOOD + GOOD.upper().replace("/M/01YRX", "/m/01yrx")
    assert len(select(read_segments(listed(tmp_path, text)), None).clips) == 2


def test_a_class_name_of_harm_becomes_a_harmless_slug(tmp_path):
    labels = listed(tmp_path, 'index,mid,display_name\n0,/m/a,"../../x; rm -rf"\n1,/m/b,=1+1\n')
    lists = read_segments(listed_as(tmp_path, "segments.csv", "abcdefghijk, 0, 10, /m/a\n"))
    chosen = select(lists, None, Dataset(classes="/m/a"), labels=read_labels(labels))
    assert chosen.clips["label"].tolist() == ["x_rm_rf"]


def listed_as(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return tmp_path / name


HUGE = {
    "a million columns": 'b"abcdefghijk, 0, 10, " + b"/m/a," * 1_000_000',
    "a line of 60 MB": 'b"x" * 60_000_000',
    "a field of 20 MB": 'b"abcdefghijk, 0, 10, " + b"x" * 20_000_000',
    "an open quote over 50 MB": 'b\'"\' + (b"abcdefghijk, 0, 10, /m/a\\n" * 2_000_000)',
    "two million new labels": 'b"".join(b"abcdefghijk, 0, 10, /m/%d\\n" % i for i in range(1_000_000))',
    "a million quotes": 'b\'"\' * 1_000_000',
    "a million comments": 'b"#\\n" * 5_000_000',
    "only commas": 'b"," * 5_000_000',
}


def in_a_process(tmp_path, content: str, limit: int = LIMIT) -> str:
    """What became of a list with `content` between two good lines, read in a process of its own.

    It may use `limit` bytes beyond what the imports take, and 30 s.
    """
    good = repr(GOOD.encode())
    (tmp_path / "list.csv").touch()
    code = f"""
import resource, sys
from a2i.core.errors import A2IError
from a2i.data.lists import read_segments
path = sys.argv[1]
with open(path, "wb") as file:
    file.write({good} + {content} + b"\\n" + {good})
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {limit}, -1))
try:
    frame = read_segments(path)
    print("read", len(frame), sum(frame.attrs["refused"].values()))
except A2IError as error:
    assert len(str(error)) < 400 and "\\n" not in str(error)
    print("refused", error)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "list.csv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.parametrize("content", HUGE.values(), ids=HUGE)
def test_huge_lists_are_read_or_refused_in_time_and_memory(tmp_path, content):
    assert in_a_process(tmp_path, content).startswith(("read", "refused"))


def test_two_million_refusals_are_a_count_and_not_a_list(tmp_path):
    assert in_a_process(tmp_path, 'b"--exec, 0, 10, /m/a\\n" * 2_000_000', limit=200 << 20) == "read 2 2000000"
