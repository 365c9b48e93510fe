"""Lists of segments and labels."""

import json

import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data import lists

HEAD = "# Segments csv\n# num_ytids=2\n# YTID, start_seconds, end_seconds, positive_labels\n"


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_audiosets_own_list_is_read_whole(audioset_dir):
    frame = lists.read_segments(audioset_dir / "eval_segments.csv")
    assert len(frame) == 20371
    assert frame.attrs["refused"] == {}
    assert list(frame["labels"][0]) == ["/m/068hy", "/m/07q6cd_", "/m/0bt9lr", "/m/0jbk"]
    assert len(lists.read_labels(audioset_dir / "class_labels_indices.csv")) == 527


def test_both_spacings_and_quotings_of_a_line_read_the_same(tmp_path):
    text = HEAD + '--abcdefghi, 30.000, 40.000, "/m/a,/t/b"\n"--abcdefghi",30,40,"/m/a, /t/b"\n'
    frame = lists.read_segments(write(tmp_path / "list.csv", text))
    assert frame["start"].tolist() == [30.0, 30.0]
    assert [list(labels) for labels in frame["labels"]] == [["/m/a", "/t/b"]] * 2


def test_a_heading_without_a_hash_is_no_segment(tmp_path):
    text = "YTID,start_seconds,end_seconds,positive_labels\nabcdefghijk,0,10,/m/a\n"
    frame = lists.read_segments(write(tmp_path / "list.csv", text))
    assert len(frame) == 1
    assert frame.attrs["refused"] == {}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    (tmp_path / "list.csv").write_bytes(b"\xef\xbb\xbf# head\r\nabcdefghijk, 0.0, 10.0, \"/m/a\"\r\n\r\n")
    assert lists.read_segments(tmp_path / "list.csv")["source_id"].tolist() == ["abcdefghijk"]


def test_a_segment_that_ends_before_it_starts_is_refused_and_counted(tmp_path):
    text = HEAD + "abcdefghijk, 30.0, 20.0, /m/a\nbbbbbbbbbbb, 0.0, 10.0, /m/a\n"
    frame = lists.read_segments(write(tmp_path / "list.csv", text))
    assert frame["source_id"].tolist() == ["bbbbbbbbbbb"]
    assert frame.attrs["refused"] == {"segment does not end after its start": 1}


def test_vggsound_labels_with_commas_become_audiosets_ids(tmp_path):
    text = '---g-f_I2yQ,1,"race car, auto racing",test\nabcdefghijk,30,tap dancing,train\n'
    frame = lists.read_vggsound(write(tmp_path / "vggsound.csv", text))
    assert [list(labels) for labels in frame["labels"]] == [["/m/0ltv"], ["tap dancing"]]
    assert frame["split"].tolist() == ["eval", "train"]
    assert frame["end"].tolist() == [11.0, 40.0]


def test_the_form_of_a_list_is_told_by_its_first_line(tmp_path):
    vggsound = write(tmp_path / "vggsound.csv", "abcdefghijk,1,dog barking,test\nbbbbbbbbbbb,30,dog barking,train\n")
    audioset = write(tmp_path / "audioset.csv", HEAD + "ccccccccccc, 30.0, 40.0, /m/a\n")
    assert lists.read_list(vggsound, "eval")["source_id"].tolist() == ["abcdefghijk"]
    assert lists.read_list(vggsound, "train")["source_id"].tolist() == ["bbbbbbbbbbb"]
    assert lists.read_list(audioset, "train")["source_id"].tolist() == ["ccccccccccc"]


def test_ids_are_read_from_any_list(tmp_path):
    text = "# comment\nabcdefghijk, 0.0, 10.0, /m/a\n-bcdefghijk,30,dog barking,test\n_bcdefghijk\nabcdefghijk\nshort\n"
    ids = lists.read_ids(write(tmp_path / "list.csv", text))
    assert ids.tolist() == ["abcdefghijk", "-bcdefghijk", "_bcdefghijk"]


def test_the_ontology_maps_ids_to_their_children(tmp_path):
    path = write(tmp_path / "ontology.json", json.dumps([{"id": "/m/a", "name": "A", "child_ids": ["/m/b"]}]))
    assert lists.read_ontology(path) == {"/m/a": ["/m/b"]}


@pytest.mark.parametrize("text", ["", "[", '{"a": 1}', "[1, 2]", "[" * 100_000])
def test_what_is_no_ontology_is_an_error_of_one_line(tmp_path, text):
    with pytest.raises(A2IError) as caught:
        lists.read_ontology(write(tmp_path / "ontology.json", text))
    assert "\n" not in str(caught.value)


def test_labels_without_their_columns_are_an_error_that_names_them(tmp_path):
    with pytest.raises(A2IError, match="index, mid, display_name"):
        lists.read_labels(write(tmp_path / "labels.csv", "a,b\n1,2\n"))


def test_a_list_reads_the_same_in_blocks_of_any_size(tmp_path, monkeypatch):
    lines = [f'abcdefgh{i:03d}, {i}.000, {i + 10}.000, "/m/a,/m/b{i}"' for i in range(200)]
    lines[50:50] = ["x" * 9000, "# a comment", "", "--exec, 0, 10, /m/a", "y" * 4097]
    path = write(tmp_path / "list.csv", "\ufeff# YTID, start_seconds\nid, start, end, labels\n" + "\r\n".join(lines))
    whole = lists.read_segments(path)
    assert len(whole) == 200
    assert whole.attrs["refused"] == {"line longer than 4 kB": 2, "id is no 11-character video id": 1}
    for size in (1, 100, 5000):
        monkeypatch.setattr(lists, "_BLOCK", size)
        blocks = lists.read_segments(path)
        assert blocks["labels"].tolist() == whole["labels"].tolist()
        pd.testing.assert_frame_equal(blocks.drop(columns="labels"), whole.drop(columns="labels"))
        assert blocks.attrs == whole.attrs


def test_row_numbers_that_pandas_wrote_are_no_column(tmp_path):
    text = ",YTID,start_seconds,end_seconds,positive_labels\n0,AAAAAAAAAA1,0.0,10.0,\"/m/0bt9lr,/m/x\"\n"
    frame = lists.read_list(write(tmp_path / "list.csv", text))
    assert frame["source_id"].tolist() == ["AAAAAAAAAA1"]
    assert list(frame["labels"][0]) == ["/m/0bt9lr", "/m/x"]
    assert lists.read_ids(tmp_path / "list.csv").tolist() == ["AAAAAAAAAA1"]


def test_an_id_that_a_spreadsheet_spoilt_is_refused_and_counted_and_no_comment(tmp_path):
    frame = lists.read_list(write(tmp_path / "list.csv", '#NAME?,0,10,"/m/a"\n# comment\nAAAAAAAAAA2,30,40,"/m/b"\n'))
    assert frame["source_id"].tolist() == ["AAAAAAAAAA2"]
    assert frame.attrs["refused"] == {"id is no 11-character video id": 1}
