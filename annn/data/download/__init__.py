"""Download data sets that need no account, each into the layout that its reader expects.

In: the name of a data set, or addresses of one's own. Out: its folder, whole and checked, or an error and no folder.
Nothing that trains imports this room: an address that changes leaves the keys of runs alone.

remote.py     a file on a server, and a data set of several
catalogue.py  where each data set lies, under which licence
transfer.py   one file over HTTP: goes on where it stopped, length and hash checked
archive.py    unpack what stays inside its folder
place.py      fetch, unpack beside, check, and move into place
"""

from annn.data.download.catalogue import SOURCES
from annn.data.download.place import get, source_of
from annn.data.download.remote import Remote, Source
from annn.data.download.transfer import fetch

__all__ = ["SOURCES", "Remote", "Source", "fetch", "get", "source_of"]
