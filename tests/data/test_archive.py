"""Archives that would write outside their folder are refused, whatever is kept of them."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from annn.data.download.archive import unpack
from annn.errors import DataError


def entry(kind: str, name: str, link: str = "", mode: int = 0) -> bytes:
    """An archive with an ordinary file and one entry that is none."""
    content = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as target:
            target.writestr("folder/a.txt", "a")
            member = zipfile.ZipInfo(name)
            member.external_attr = (mode or stat.S_IFREG | 0o644) << 16
            target.writestr(member, link or "b")
    else:
        with tarfile.open(fileobj=content, mode="w") as target:
            member = tarfile.TarInfo("folder/a.txt")
            target.addfile(member, io.BytesIO(b""))
            member = tarfile.TarInfo(name)
            member.type, member.linkname = {
                stat.S_IFLNK: tarfile.SYMTYPE, stat.S_IFBLK: tarfile.LNKTYPE, stat.S_IFCHR: tarfile.CHRTYPE
            }.get(mode, tarfile.REGTYPE), link  # fmt: skip
            target.addfile(member)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize(
    ("path", "link", "mode"),
    [
        ("../evil.txt", "", 0),
        ("folder/../../evil.txt", "", 0),
        ("/tmp/evil.txt", "", 0),
        ("..\\evil.txt", "", 0),
        ("C:\\evil.txt", "", 0),
        ("folder/link", "../../evil.txt", stat.S_IFLNK),
        ("folder/link", "/etc/passwd", stat.S_IFLNK),
        ("folder/link", "../../evil.txt", stat.S_IFBLK),
        ("folder/device", "", stat.S_IFCHR),
    ],
)
def test_an_archive_that_leads_outside_is_refused(kind: str, path: str, link: str, mode: int, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / f"set.{kind}"
    for inside in ("", "folder"):
        file.write_bytes(entry(kind, path, link, mode))
        with pytest.raises(DataError, match=r"leads outside|is a link or a device") as error:
            unpack(file, tmp_path / "in" / "out", inside, progress=False)
        assert "\n" not in str(error.value) and "ordinary files that stay inside" in str(error.value)
        assert "has been deleted" in str(error.value) and not file.exists()
    outside = [p for p in tmp_path.rglob("*") if p.name not in ("in", "out", "folder", "a.txt", file.name)]
    assert not outside and not Path("/tmp/evil.txt").exists()
