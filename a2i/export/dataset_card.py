"""The card of a store: for people (README.md) and, as Croissant metadata (MLCommons, 1.1), for programs (croissant.json)."""

from pathlib import Path
from typing import Any

import pandas as pd

import a2i
from a2i.core import files
from a2i.core.errors import A2IError
from a2i.core.settings import check_value
from a2i.data.classes import title
from a2i.data.store import OK, TABLE, Store

CARD, CROISSANT = "README.md", "croissant.json"
LICENCES = {
    "MIT": "https://spdx.org/licenses/MIT.html",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "other": "",
}
# Arrow's types as schema.org's.
KINDS = {"string": "Text", "large_string": "Text", "double": "Float", "float": "Float", "int32": "Integer", "int64": "Integer"}
CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
MEANING = {
    "clip_id": "the segment's name", "source_id": "the recording that it was cut from", "start": "s, in the recording",
    "end": "s, in the recording", "label": "its class", "split": "train or eval", "status": "ok, or why it has no arrays",
    "detail": "a few words on that", "shard": "the number of the files that hold its arrays", "row": "its row in them",
    "seconds": "s, how far its sound reaches", "sample_rate": "Hz, the file's own", "channels": "the file's own",
    "media_sha256": "of the file's bytes",
}  # fmt: skip


def write_cards(
    data: Path | str, *, name: str = "", licence: str = "other", url: str = "https://example.org", dry_run: bool = False
) -> Path:
    """Writes README.md and croissant.json into the store's folder `data` and returns it.

    name: the data set's, the folder's where empty; licence: of the clips, one of `LICENCES`; url: where it is published;
    dry_run: all but the writing. Raises A2IError where there is no store.
    """
    check_value("--licence", licence, f"(one of {', '.join(LICENCES)})")
    if not url.startswith(("https://", "http://")):
        raise A2IError(f"--url {url}: give an address that begins with https://")
    store = Store.open(data)
    name = name or store.folder.resolve().name
    for_people, for_programs = text(store, name, licence), croissant(store, name, licence, url)
    if not dry_run:
        files.write_text(store.folder / CARD, for_people)
        files.write_json(store.folder / CROISSANT, for_programs)
    return store.folder


def text(store: Store, name: str, licence: str) -> str:
    """The card for people. Markdown, with the head that data hubs read."""
    usable = store.ok.groupby(["label", "split"]).size().unstack(fill_value=0).reindex(store.classes, fill_value=0)
    usable = usable.reindex(columns=["train", "eval"], fill_value=0)
    rows = [f"| {title(label)} | {train} | {held} |" for label, train, held in usable.itertuples()]
    lost = store.clips.loc[store.clips["status"] != OK, "status"].value_counts()
    losses = "; ".join(f"{count} {reason}" for reason, count in lost.items()) or "none"
    return "\n".join([
        "---", f"license: {licence.lower()}", "tags: [audio, image, croissant]", "---", "", f"# {name}", "", summary(store), "",
        "| class | training clips | evaluation clips |", "| --- | --- | --- |", *rows, "",
        f"Segments listed and not usable: {losses}.", "",
        "## Files", "",
        "- `clips.parquet`: a row a segment, also those that failed.",
        f"- `log_mel-*.npy`: float16 (n, {', '.join(map(str, store.index['shapes']['log_mel']))}), dB; of the sound at 22,050 Hz.",
        f"- `frames-*.npy`: uint8 (n, {', '.join(map(str, store.index['shapes']['frames']))}), RGB.",
        "- `store.json`: classes, settings, a checksum of each file; `a2i verify` checks them.",
        "- `croissant.json`: all this for programs.", "",
        "## Licence", "",
        f"{licence}. It is of the clips; whoever publishes them answers for it." if licence != "other" else
        "Not stated: the clips belong to their makers. State one with `a2i card DATA --licence` before you publish them.", "",
    ])  # fmt: skip


def summary(store: Store) -> str:
    """What a store holds, in a sentence."""
    names = ", ".join(title(label) for label in store.classes)
    return (
        f"{len(store.ok)} segments of up to ten seconds in {len(store.classes)} classes ({names}): a log-mel spectrogram and "
        f"{store.index['shapes']['frames'][0]} frames of 64x64 of each. Made by Audio2Img {a2i.__version__}."
    )


def croissant(store: Store, name: str, licence: str, url: str) -> dict[str, Any]:
    """The Croissant metadata: every file with its checksum, and the table's columns as a record set."""
    told: dict[str, Any] = {
        "@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": name, "description": summary(store), "url": url, "version": "1.0.0",
        "datePublished": pd.Timestamp((store.folder / TABLE).stat().st_mtime, unit="s").date().isoformat(),
        "keywords": [title(label) for label in store.classes],
        "creator": {"@type": "sc:Organization", "name": "Audio2Img"},
        "citeAs": "Lin and Su, Generating Images from Audio, Stanford 2018",
        "distribution": [_file(file, one) for file, one in sorted(store.index["files"].items())],
        "recordSet": [_records(store)],
    }  # fmt: skip
    return told | ({"license": LICENCES[licence]} if LICENCES[licence] else {"license": "the clips belong to their makers"})


def _file(name: str, told: dict[str, Any]) -> dict[str, Any]:
    kind = "application/vnd.apache.parquet" if name.endswith(".parquet") else "application/octet-stream"
    return {
        "@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name, "contentSize": f"{told['bytes']} B",
        "encodingFormat": "application/x-parquet" if name.endswith(".parquet") else kind, "sha256": told["sha256"],
    }  # fmt: skip


def _records(store: Store) -> dict[str, Any]:
    """The table of clips, but for its columns of lists."""
    import pyarrow.parquet as pq

    columns = [(column.name, KINDS.get(str(column.type))) for column in pq.read_schema(store.folder / TABLE)]
    fields = [
        {
            "@type": "cr:Field", "@id": f"clips/{name}", "name": name, "description": MEANING.get(name, name), "dataType": f"sc:{kind}",
            "source": {"fileObject": {"@id": TABLE}, "extract": {"column": name}},
        }
        for name, kind in columns if kind
    ]  # fmt: skip
    return {"@type": "cr:RecordSet", "@id": "clips", "name": "clips", "key": {"@id": "clips/clip_id"}, "field": fields}
