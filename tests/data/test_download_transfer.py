"""One file from a server on the loopback interface: what goes on after a fault, and what is refused."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from loopback import Server, serving

from annn.data.download import Remote, fetch, transfer
from annn.errors import AnnnError, DataError, RunError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
NAME = "set.zip"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        server.files[NAME] = CONTENT
        yield server


def remote(server: Server, **fields) -> Remote:
    return Remote(**{"url": f"{server.url}/{NAME}", "size": "1 MB"} | fields)


def told(server: Server, folder: Path, kind: type[AnnnError] = DataError, **fields) -> str:
    """What a person reads; the file is not in its place."""
    with pytest.raises(kind) as error:
        fetch(remote(server, **fields), folder, progress=False)
    said = str(error.value)
    assert "\n" not in said and "expected" in said and ("could not be written" in said or "--mirror" in said), said
    assert not (folder / NAME).exists()
    return said


def check(path: Path) -> None:
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [NAME]


def test_a_file_arrives_once_and_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        check(fetch(remote(server), tmp_path / "new" / "folder", progress=False))
    assert server.asked == [(NAME, None)]


@pytest.mark.parametrize("etags", [True, False])
@pytest.mark.parametrize("digest", ["", f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_cut_connection_goes_on_within_one_call(server, tmp_path, etags: bool, digest: str, chunked: bool) -> None:
    """With an ETag or a hash only what is missing is sent; with neither, the file begins anew."""
    server.cut, server.etags, server.chunked = [300_000, 200_000], etags, chunked
    check(fetch(remote(server, digest=digest), tmp_path, progress=False))
    resumed = [asked for _, asked in server.asked[1:]]
    assert resumed == (["bytes=300000-", "bytes=500000-"] if etags or digest else [None, None])
    assert (server.sent == len(CONTENT)) == bool(etags or digest)


def test_the_second_call_goes_on_where_the_first_one_gave_up(server: Server, tmp_path: Path) -> None:
    server.cut = [300_000, *[0] * transfer.TRIES]
    said = told(server, tmp_path)
    assert f"last at 300000 of {len(CONTENT)} bytes" in said and "run the command again to go on" in said
    assert (tmp_path / f"{NAME}.part").read_bytes() == CONTENT[:300_000]
    check(fetch(remote(server), tmp_path, progress=False))
    assert server.sent == len(CONTENT) and server.asked[-1] == (NAME, "bytes=300000-")


@pytest.mark.parametrize("sends_ranges_anyway", [False, True])
def test_a_file_that_changed_is_not_glued_to_the_old_one(server, tmp_path, monkeypatch, sends_ranges_anyway) -> None:
    server.cut = [300_000, *[0] * transfer.TRIES]
    told(server, tmp_path)
    server.files[NAME] = new = CONTENT[::-1]
    if sends_ranges_anyway:  # a server that knows no If-Range
        get = transfer.requests.get
        monkeypatch.setattr(
            transfer.requests,
            "get",
            lambda url, headers, **rest: get(
                url, headers={k: v for k, v in headers.items() if k != "If-Range"}, **rest
            ),
        )
    path = fetch(remote(server), tmp_path, progress=False)
    assert path.read_bytes() == new and [file.name for file in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("digest", ["", f"sha1:{hashlib.sha1(CONTENT).hexdigest()}"])
def test_another_server_goes_on_only_where_a_hash_tells(server: Server, tmp_path: Path, digest: str) -> None:
    server.cut = [300_000, *[0] * transfer.TRIES]
    told(server, tmp_path)
    server.files["copy/set.zip"] = CONTENT
    check(fetch(remote(server, url=f"{server.url}/copy/set.zip", digest=digest), tmp_path, progress=False))
    assert server.asked[-1] == ("copy/set.zip", "bytes=300000-" if digest else None)


def test_a_server_without_ranges_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    server.ranges, server.cut = False, [300_000]
    check(fetch(remote(server), tmp_path, progress=False))
    assert server.sent == 300_000 + len(CONTENT)


def test_what_had_arrived_whole_is_not_sent_again(server: Server, tmp_path: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_verify", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetch(remote(server), tmp_path, progress=False)
    check(fetch(remote(server), tmp_path, progress=False))
    assert server.sent == len(CONTENT)


def test_a_server_that_says_no_length_is_believed_at_the_end(server: Server, tmp_path: Path) -> None:
    """As GitHub's archives: the connection ends where the file does."""
    server.lengths = False
    check(fetch(remote(server), tmp_path, progress=False))


def test_without_a_length_a_cut_shows_where_the_length_is_published(server: Server, tmp_path: Path) -> None:
    server.lengths, server.cut = False, [300_000]
    check(fetch(remote(server, length=len(CONTENT), published_by="us"), tmp_path, progress=False))


def test_a_redirect_is_followed(server: Server, tmp_path: Path) -> None:
    server.moved["old.zip"] = f"{server.url}/{NAME}"
    check(fetch(remote(server, url=f"{server.url}/old.zip", saved_as=NAME), tmp_path, progress=False))


def test_a_redirect_in_a_circle_is_told(server: Server, tmp_path: Path) -> None:
    server.moved[NAME] = f"/{NAME}"
    assert "Exceeded 30 redirects" in told(server, tmp_path)


def test_no_server_is_told_at_once(server: Server, tmp_path: Path) -> None:
    with serving() as gone:
        pass
    said = told(replace_url(server, gone.url), tmp_path)
    assert "could not be reached (Connection refused)" in said and str(tmp_path / NAME) in said


def replace_url(server: Server, url: str) -> Server:
    return replace(server, url=url)


@pytest.mark.parametrize(
    "address", ["nonsense", "file:///tmp", "http://", "ftp://127.0.0.1", f"http://{'x' * 300}.org"]
)
def test_an_address_that_is_none_is_told(server: Server, tmp_path: Path, address: str) -> None:
    assert "could not be reached" in told(replace_url(server, address), tmp_path)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_is_told(server: Server, tmp_path: Path, status: int) -> None:
    server.statuses = [status]
    assert f"the server answers {status}" in told(server, tmp_path)


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.statuses = [503, 429]
    check(fetch(remote(server), tmp_path, progress=False))
    server.statuses = [503] * transfer.TRIES
    assert "503 Service Unavailable" in told(server, tmp_path / "other")


def test_a_login_page_is_no_archive(server: Server, tmp_path: Path) -> None:
    server.kind = "text/html; charset=utf-8"
    assert "sends a web page" in told(server, tmp_path)


def test_another_length_than_the_published_one_is_refused_before_anything_is_sent(server, tmp_path: Path) -> None:
    said = told(server, tmp_path, length=12, published_by="its page")
    assert f"has {len(CONTENT)} bytes; expected 12, the published length (its page)" in said
    assert not list(tmp_path.iterdir())


def test_another_length_shows_also_where_the_server_says_none(server: Server, tmp_path: Path) -> None:
    server.lengths = False
    said = told(server, tmp_path, length=12, published_by="its page")
    assert f"has {len(CONTENT)} bytes; expected 12 bytes" in said and "has been deleted" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_another_hash_than_the_published_one_is_deleted_and_told(server, tmp_path: Path, algorithm: str) -> None:
    published = hashlib.new(algorithm, CONTENT).hexdigest()
    check(fetch(remote(server, digest=f"{algorithm}:{published}"), tmp_path / "right", progress=False))
    check(fetch(remote(server, digest=f"{algorithm}:{published[:8]}"), tmp_path / "begins", progress=False))
    server.files[NAME] = CONTENT[::-1]
    found = hashlib.new(algorithm, CONTENT[::-1]).hexdigest()
    said = told(server, tmp_path, digest=f"{algorithm}:{published}", published_by="its page")
    assert found in said and f"expected {published}, as published (its page)" in said
    assert not list(tmp_path.glob(f"{NAME}*"))
    server.files[NAME] = CONTENT  # the second call has a chance
    check(fetch(remote(server, digest=f"{algorithm}:{published}"), tmp_path / "again", progress=False))


def test_a_file_put_there_by_hand_is_checked_and_taken(server: Server, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    check(fetch(remote(server, length=len(CONTENT)), tmp_path, progress=False))
    assert not server.asked
    (tmp_path / NAME).write_bytes(CONTENT[:100])
    assert "has 100 bytes" in told(server, tmp_path, length=len(CONTENT))


def test_a_disk_that_fills_up_keeps_what_has_arrived(server: Server, tmp_path: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_CHUNK", 65536)
        fill_up(patch, after=3)
        said = told(server, tmp_path, RunError)
    assert (
        f"{NAME}.part: could not be written ({os.strerror(errno.ENOSPC)})" in said and "run the command again" in said
    )
    assert 0 < (tmp_path / f"{NAME}.part").stat().st_size < len(CONTENT)
    check(fetch(remote(server), tmp_path, progress=False))
    assert server.asked[-1][1] is not None


def fill_up(patch: pytest.MonkeyPatch, after: int) -> None:
    """The disk is full after so many writes."""
    opened = Path.open

    def open_limited(path: Path, *args, **named):
        file = opened(path, *args, **named)
        if args[:1] != ("ab",):
            return file
        written = iter(range(10**6))

        def write(chunk: bytes) -> None:
            if next(written) >= after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            file.write(chunk)

        limited = SimpleNamespace(write=write)
        return Context(file, limited)

    patch.setattr(Path, "open", open_limited)


class Context:
    def __init__(self, file, inner) -> None:
        self.file, self.inner = file, inner

    def __enter__(self):
        return self.inner

    def __exit__(self, *_: object) -> None:
        self.file.close()


def test_a_disk_that_is_too_small_is_told_before_anything_is_sent(server: Server, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(RunError, match=r"has 0\.00 GB free; expected .* --root"):
        fetch(remote(server), tmp_path, progress=False)
    assert not (tmp_path / NAME).exists()


def test_the_bar_shows_what_had_arrived_and_the_time_left(server: Server, tmp_path: Path, capsys) -> None:
    server.cut = [300_000, *[0] * transfer.TRIES]
    told(server, tmp_path)
    fetch(remote(server), tmp_path)
    last = capsys.readouterr().err.split("\r")[-1]
    assert NAME in last and "100%" in last and "1.05M/1.05M" in last and "<" in last
