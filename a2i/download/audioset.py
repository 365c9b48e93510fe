"""AudioSet's own lists, labels and ontology, from where Google publishes them (CC BY 4.0 and CC BY-SA 4.0).

Fetched once and kept under their own names; a list that came in part is told from a whole one by the count of segments
in its second line.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from a2i.core.errors import A2IError
from a2i.data import lists

_GOOGLE = "https://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv/"
ADDRESSES = {
    "class_labels_indices.csv": _GOOGLE + "class_labels_indices.csv",
    "ontology.json": "https://raw.githubusercontent.com/audioset/ontology/master/ontology.json",
    "eval_segments.csv": _GOOGLE + "eval_segments.csv",
    "balanced_train_segments.csv": _GOOGLE + "balanced_train_segments.csv",
    "unbalanced_train_segments.csv": _GOOGLE + "unbalanced_train_segments.csv",
}
TIMEOUT = 60.0  # s without a byte


def fetch_lists(folder: Path | str, addresses: Mapping[str, str] = ADDRESSES) -> Iterator[tuple[str, str]]:
    """Fetches what `folder` lacks of the files in `addresses` (by name); yields each file's name and what it holds.

    Raises A2IError, naming the address, where a file cannot be fetched or is not what it should be.
    """
    import pooch

    if Path(folder).is_file():
        raise A2IError(f"{folder} is a file: name a folder for the lists")
    pooch.get_logger().setLevel("ERROR")  # each file is told of here
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT)
    for name, address in addresses.items():
        path = Path(folder) / name
        try:
            pooch.retrieve(address, known_hash=None, fname=name, path=folder, downloader=downloader)
        except OSError as error:  # also what the network does
            raise A2IError(
                f"{address} cannot be fetched ({_short(error)}): try again, or put the file into {folder} by hand"
            ) from error
        try:
            holds = _content(path)
        except A2IError:
            path.unlink()
            raise
        yield name, holds


def _content(path: Path) -> str:
    """What a file holds, in words. Raises A2IError where that is not what its name says."""
    if path.suffix == ".json":
        return f"{len(lists.read_ontology(path)):,} sounds and what lies below them"
    if path.name.startswith("class_labels"):
        return f"{len(lists.read_labels(path)):,} labels"
    with open(path, encoding="utf-8", errors="replace") as file:
        told = re.search(r"num_segs=(\d+)", file.read(1000))
    rows = lists.read_segments(path)
    found = len(rows) + sum(rows.attrs["refused"].values())
    if told and int(told[1]) != found:
        raise A2IError(f"{path} came with {found:,} of its {int(told[1]):,} segments: run the same command again")
    return f"{found:,} segments"


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
