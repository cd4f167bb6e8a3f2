"""A person's own folder as a data set: images/, labels/ and classes.toml, which says what the labels mean.

In: a folder, or a classes.toml elsewhere that names it. Out: `own_reader(place)`, a reader of files like those of the
published sets, with a label space and crops of its own. `draft` writes the first classes.toml, `faults` says what does
not fit together.

description.py  classes.toml: names of files, splits; entries.py: the classes in it
matching.py     which image belongs to which labels
splits.py       training and tests: lists, sub-folders, shares
labels.py       label files as train ids: indices, palettes, colours, masks
reader.py       the data set
draft.py        a first classes.toml from the files; guesses.py: what their names mean
contents.py     what the files hold; faults.py: what `annn data check` says of it
"""

from annn.data.own.reader import OwnFolder, is_place, own_place, own_reader, reader_of

__all__ = ["OwnFolder", "is_place", "own_place", "own_reader", "reader_of"]
