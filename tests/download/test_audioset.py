"""AudioSet's own files, fetched from a server on loopback."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from a2i.core.errors import A2IError
from a2i.download.audioset import ADDRESSES, fetch_lists

ROWS = "".join(f'abcdefghij{i}, {i}.000, {i + 10}.000, "/m/01yrx"\n' for i in range(5))
FILES = {
    "eval_segments.csv": f"# Segments csv\n# num_ytids=5, num_segs=5\n# YTID, ...\n{ROWS}",
    "class_labels_indices.csv": 'index,mid,display_name\n0,/m/01yrx,"Cat"\n',
    "ontology.json": '[{"id": "/m/01yrx", "child_ids": ["/m/a"]}, {"id": "/m/a"}]',
}


@pytest.fixture
def server():
    """Yields the addresses of FILES, what was asked for, and the files as they are served."""
    asked, served = Counter(), dict(FILES)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            name = self.path.strip("/")
            asked[name] += 1
            body = served.get(name, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(FILES[name].encode())))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield {name: f"http://127.0.0.1:{site.server_port}/{name}" for name in FILES}, asked, served
    site.shutdown()
    site.server_close()


def test_each_file_is_fetched_once_and_said_what_it_holds(server, tmp_path):
    addresses, asked, _ = server
    told = dict(fetch_lists(tmp_path / "lists", addresses))
    assert told["eval_segments.csv"] == "5 segments"
    assert told["class_labels_indices.csv"] == "1 labels"
    assert told["ontology.json"].startswith("2 sounds")
    assert {name: (tmp_path / "lists" / name).read_text() for name in FILES} == FILES
    assert dict(fetch_lists(tmp_path / "lists", addresses)) == told
    assert set(asked.values()) == {1}


@pytest.mark.parametrize("body", ["", FILES["eval_segments.csv"][:-60], "<html>not here</html>"])
def test_a_file_that_is_not_had_whole_is_an_error_and_leaves_nothing(server, tmp_path, body):
    addresses, _, served = server
    served["eval_segments.csv"] = body
    with pytest.raises(A2IError, match="eval_segments.csv"):
        list(fetch_lists(tmp_path, addresses))
    assert not (tmp_path / "eval_segments.csv").exists()
    served.update(FILES)
    assert len(list(fetch_lists(tmp_path, addresses))) == 3


def test_a_list_of_fewer_segments_than_it_says_is_an_error(server, tmp_path):
    addresses, _, served = server
    served["eval_segments.csv"] = FILES["eval_segments.csv"].replace("num_segs=5", "num_segs=6")
    with pytest.raises(A2IError, match="5 of its 6 segments"):
        list(fetch_lists(tmp_path, addresses))
    assert not (tmp_path / "eval_segments.csv").exists()


def test_audiosets_three_lists_its_labels_and_ontology_are_known():
    assert {"eval_segments.csv", "balanced_train_segments.csv", "unbalanced_train_segments.csv"} < set(ADDRESSES)
    assert {"class_labels_indices.csv", "ontology.json"} < set(ADDRESSES)
