"""Finding, downloading and reading the real data sets; the servers here are on loopback."""

import gzip
import hashlib
import json
import re
import runpy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from latentkit.commands.data import get_data, list_data
from latentkit.data import download, load_mnist, mnist, registry
from latentkit.data.download import DataError, MissingFile, fetch, find, locate
from latentkit.data.registry import DATA_SETS, DataSet, RemoteFile

SCRIPT = Path(__file__).parents[2] / "data_scripts" / "download.py"
CONTENT = bytes(range(256)) * 1000


@pytest.fixture(autouse=True)
def folders(tmp_path, no_downloads, monkeypatch):
    """An empty cache, no mirror, no waiting between attempts."""
    monkeypatch.setattr(download, "WAITS", ())
    return tmp_path


class Server(ThreadingHTTPServer):
    """Serves `content` under every path and remembers the ranges it was asked for.

    Attributes:
        cuts: number of bytes after which each of the next answers breaks off.
        knows_ranges: whether a range is answered by 206, or by the whole file.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.cuts, self.knows_ranges, self.ranges = CONTENT, [], True, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and self.server.knows_ranges else 0
        if start >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cuts.pop(0)] if self.server.cuts else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def described(server, content=CONTENT):
    return RemoteFile("toy/file.bin", len(content), hashlib.sha256(content).hexdigest(), (server.url,))


@pytest.fixture
def toy(server, monkeypatch):
    """A data set of one file, in the registry."""
    entry = DataSet("toy", "A toy", "tests", "MIT", (described(server),))
    monkeypatch.setattr(registry, "DATA_SETS", {"toy": entry})
    monkeypatch.setattr("latentkit.commands.data.DATA_SETS", {"toy": entry})
    return entry


class TestFetch:
    def test_downloads_once_into_the_cache(self, server, folders):
        path = fetch(described(server))
        assert path == folders / "cache" / "toy" / "file.bin"
        assert path.read_bytes() == CONTENT
        assert fetch(described(server)) == path
        assert server.ranges == [None]

    def test_goes_on_where_a_cut_transfer_stopped(self, server, folders):
        server.cuts = [100_000]
        with pytest.raises(DataError, match=r"100,000 of 256,000 bytes are kept; run again to go on"):
            fetch(described(server))
        assert not (folders / "cache" / "toy" / "file.bin").exists(), "a half file must not bear the name"
        assert fetch(described(server)).read_bytes() == CONTENT
        assert server.ranges == [None, "bytes=100000-"]
        assert [path.name for path in (folders / "cache" / "toy").iterdir()] == ["file.bin"]

    def test_tries_again_by_itself(self, server, monkeypatch):
        monkeypatch.setattr(download, "WAITS", (0, 0))
        server.cuts = [100_000, 50_000]
        assert fetch(described(server)).read_bytes() == CONTENT
        assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]

    def test_starts_over_where_the_server_knows_no_ranges(self, server, monkeypatch):
        monkeypatch.setattr(download, "WAITS", (0,))
        server.cuts, server.knows_ranges = [100_000], False
        assert fetch(described(server)).read_bytes() == CONTENT

    def test_takes_the_second_address_when_the_first_is_dead(self, server):
        file = described(server)
        dead = RemoteFile(file.path, file.size, file.sha256, ("http://127.0.0.1:9/file", *file.urls))
        assert fetch(dead).read_bytes() == CONTENT

    def test_never_keeps_a_file_with_another_checksum(self, server, folders):
        server.content = bytes(len(CONTENT))
        with pytest.raises(DataError, match="has another checksum than the registry's"):
            fetch(described(server))
        assert not list((folders / "cache" / "toy").iterdir())

    def test_never_takes_more_than_was_expected(self, server, folders):
        server.content = CONTENT * 3
        with pytest.raises(DataError, match="more than the 256,000 bytes that were expected"):
            fetch(described(server))
        assert not list((folders / "cache" / "toy").iterdir())

    def test_recovers_from_the_rest_of_another_file(self, server, folders, monkeypatch):
        monkeypatch.setattr(download, "WAITS", (0,))
        part = folders / "cache" / "toy" / "file.bin.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(bytes(1000))
        assert fetch(described(server)).read_bytes() == CONTENT

    def test_replaces_a_damaged_copy(self, server, folders):
        path = fetch(described(server))
        path.write_bytes(b"damaged")
        assert find(described(server)) is None
        assert fetch(described(server)).read_bytes() == CONTENT


class TestMirror:
    def test_is_read_first_and_never_written(self, server, folders, monkeypatch):
        monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(folders / "mirror"))
        (folders / "mirror" / "toy").mkdir(parents=True)
        assert fetch(described(server)) == folders / "cache" / "toy" / "file.bin"
        assert not list((folders / "mirror" / "toy").iterdir())
        (folders / "mirror" / "toy" / "file.bin").write_bytes(CONTENT)
        assert fetch(described(server)) == folders / "mirror" / "toy" / "file.bin"
        assert server.ranges == [None]

    def test_a_missing_file_is_named_with_where_it_was_looked_for_and_how_to_get_it(self, toy, folders, monkeypatch):
        monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(folders / "mirror"))
        with pytest.raises(MissingFile) as missing:
            locate(toy, toy.files[0])
        message = str(missing.value)
        for part in ["toy/file.bin", str(folders / "mirror"), str(folders / "cache"), "latentkit data get toy"]:
            assert part in message

    def test_a_damaged_file_is_named_too(self, toy, folders):
        path = folders / "cache" / "toy" / "file.bin"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"damaged")
        with pytest.raises(MissingFile, match=f"{re.escape(str(path))} is damaged"):
            locate(toy, toy.files[0])


def idx(shape, data):
    header = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
    return gzip.compress(header + bytes(data), mtime=0)


class TestMnist:
    @pytest.fixture
    def test_half(self, folders, monkeypatch):
        """A mirror that holds the test half only, with three images of 28 by 28 pixels."""
        images = idx([3, 28, 28], [0] * 784 + [127] * 784 + [128] * 784)
        labels = idx([3], [7, 2, 1])
        files = []
        for file, content in zip(DATA_SETS["mnist"].files, [b"", b"", images, labels], strict=True):
            files.append(RemoteFile(file.path, len(content), hashlib.sha256(content).hexdigest(), file.urls))
            if content:
                path = folders / "mirror" / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        small = DataSet("mnist", "", "", "", tuple(files))
        monkeypatch.setattr(mnist, "data_set", lambda name: {"mnist": small}[name])
        monkeypatch.setenv("LATENTKIT_DATA_MIRROR", str(folders / "mirror"))

    def test_reads_images_and_labels(self, test_half):
        images, labels = load_mnist("test")
        assert images.shape == (3, 784) and images.dtype == torch.float32
        assert images.mean(1).tolist() == [0, 0, 1], "half the intensity or more is white"
        assert labels.tolist() == [7, 2, 1] and labels.dtype == torch.int64
        assert load_mnist("test", binary=False)[0][1, 0].item() == pytest.approx(127 / 255)

    def test_says_that_the_training_images_are_missing_and_the_test_images_are_there(self, test_half):
        with pytest.raises(MissingFile) as missing:
            load_mnist("train")
        first, rest = str(missing.value).split("\n", 1)
        assert "mnist/train-images-idx3-ubyte.gz" in first
        assert "that are there: mnist/t10k-images-idx3-ubyte.gz, mnist/t10k-labels-idx1-ubyte.gz." in rest
        assert "latentkit data get mnist" in rest

    def test_knows_two_splits(self):
        with pytest.raises(ValueError, match="split must be one of train, test, got 'valid'"):
            load_mnist("valid")

    @pytest.mark.parametrize(
        "content, message",
        [
            (b"no gzip", "cannot be unpacked"),
            (idx([2], [1, 2])[:-9], "cannot be unpacked"),
            (gzip.compress(b"\0\0\x0d\1", mtime=0), "not an IDX file"),
            (gzip.compress(b"\0\0", mtime=0), "not an IDX file"),
            (idx([5], [1, 2]), r"states the shape \[5\] but holds 2 bytes"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(self, tmp_path, content, message):
        path = tmp_path / "file.gz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=message):
            mnist.read_idx(path)


class TestRegistry:
    def test_every_file_is_fully_described(self):
        for name, entry in DATA_SETS.items():
            assert entry.name == name and entry.title and entry.use and entry.licence
            for file in entry.files:
                assert re.fullmatch(r"[0-9a-f]{64}", file.sha256) and file.size > 0
                assert not Path(file.path).is_absolute() and ".." not in file.path
                assert file.urls and all(url.startswith("https://") for url in file.urls)


class TestCommands:
    def test_list_shows_what_is_here(self, toy, capsys):
        assert list_data() == 0
        assert "0 of 1 files are here" in capsys.readouterr().out
        fetch(toy.files[0])
        assert list_data(as_json=True) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["data_sets"][0]["files"][0]["where"].endswith("file.bin")

    def test_get_downloads_and_says_where(self, toy, capsys, folders):
        assert get_data(["toy"]) == 0
        out = capsys.readouterr().out
        assert "licence MIT" in out and str(folders / "cache" / "toy" / "file.bin") in out

    def test_get_reports_a_failure_in_its_exit_code(self, toy, server, capsys):
        server.content = b""
        assert get_data(["all"], as_json=True) == 1
        (result,) = json.loads(capsys.readouterr().out)["files"]
        assert result["where"] is None and "could not download toy/file.bin" in result["error"]

    def test_get_refuses_an_unknown_name(self, toy, capsys):
        assert get_data(["mnits"]) == 2
        assert "no data set 'mnits'; there are: toy" in capsys.readouterr().err

    def test_get_survives_a_cache_that_cannot_be_made(self, toy, folders, monkeypatch, capsys):
        (folders / "occupied").write_text("")
        monkeypatch.setenv("LATENTKIT_DATA", str(folders / "occupied"))
        assert get_data(["toy"]) == 1
        assert "occupied" in capsys.readouterr().out

    def test_the_script_does_the_same(self, toy, capsys):
        main = runpy.run_path(str(SCRIPT))["main"]
        assert main(["--list"]) == 0
        assert main(["toy"]) == 0
        with pytest.raises(SystemExit) as stop:
            main([])
        assert stop.value.code == 2
        assert "name at least one data set" in capsys.readouterr().err
