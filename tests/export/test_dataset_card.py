"""A store's cards: the Croissant metadata is valid by its own validator, which reads the table through it."""

import json

import pytest
from toy_store import ToyStore

from a2i import cli
from a2i.core import files
from a2i.core.errors import A2IError
from a2i.data.store import Store, sealed
from a2i.export.dataset_card import write_cards


@pytest.fixture
def store(tmp_path):
    """A store of 24 clips whose index names its files."""
    folder = ToyStore().write(tmp_path / "toys").folder
    index = json.loads((folder / "store.json").read_text())
    names = ("clips.parquet", "frames-00000.npy", "log_mel-00000.npy")
    index["files"] = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": files.file_sha256(folder / name)} for name in names
    }
    (folder / "store.json").write_bytes(sealed(index))
    return Store.open(folder)


def test_croissants_own_validator_finds_no_fault_and_reads_the_clips(store, recwarn):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: pip install 'a2i[test]'")
    assert cli.main(["card", str(store.folder), "--licence", "MIT", "--url", "https://example.org/toys"]) == 0
    described = mlcroissant.Dataset(jsonld=str(store.folder / "croissant.json"))
    assert described.metadata.ctx.issues.errors == set()
    assert described.metadata.ctx.issues.warnings == set()
    records = list(described.records("clips"))
    assert [r["clips/clip_id"].decode() for r in records] == store.clips["clip_id"].tolist()
    assert {r["clips/label"].decode() for r in records} == {"low", "high"}


def test_a_dry_run_of_the_card_finds_mistakes_and_writes_nothing(store, capsys):
    before = sorted(store.folder.iterdir())
    assert cli.main(["card", str(store.folder), "--dry-run"]) == 0
    names = [f"would write {store.folder / name}" for name in ("README.md", "croissant.json")]
    assert capsys.readouterr().out.splitlines() == names
    assert cli.main(["card", str(store.folder), "--licence", "GPL", "--dry-run"]) == 2
    assert sorted(store.folder.iterdir()) == before


def test_a_planted_fault_is_found(store):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: pip install 'a2i[test]'")
    path = write_cards(store.folder) / "croissant.json"
    told = json.loads(path.read_text())
    told["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "lost.parquet"
    path.write_text(json.dumps(told))
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(jsonld=str(path))


def test_every_file_of_the_store_is_named_with_its_checksum_and_the_store_stays_whole(store):
    told = json.loads((write_cards(store.folder) / "croissant.json").read_text())
    assert {one["contentUrl"]: one["sha256"] for one in told["distribution"]} == {
        name: one["sha256"] for name, one in store.index["files"].items()
    }
    assert Store.open(store.folder).verify() == []


def test_the_card_counts_the_clips_of_each_class_and_says_whose_they_are(store):
    card = (write_cards(store.folder, name="Hums") / "README.md").read_text()
    assert "# Hums\n" in card
    assert "| Low | 8 | 4 |" in card
    assert "the clips belong to their makers" in card
    assert "\nCC0-1.0." in (write_cards(store.folder, licence="CC0-1.0") / "README.md").read_text()


@pytest.mark.parametrize("asked", [{"licence": "mine"}, {"url": "ftp://here"}, {"data": "nowhere"}])
def test_a_mistake_is_one_sentence(store, asked):
    with pytest.raises(A2IError) as caught:
        write_cards(**{"data": store.folder, **asked})
    assert "\n" not in str(caught.value)
    assert not (store.folder / "croissant.json").exists()
