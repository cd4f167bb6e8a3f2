"""Read selected variables from MATLAB's MAT-files, version 5.

Annotations come from thousands of files, some of them damaged. This reader skips all other variables, never allocates
more memory than the file justifies, and raises one kind of error.
Source: MathWorks, "MAT-File Format", chapter 1.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Integer

from annn.errors import DataError

_LARGEST = 256 * 1024**2  # bytes of one variable; a real label map in doubles has 3 MB
_HEADER = 128  # bytes
_HDF5 = b"\x89HDF\r\n\x1a\n"

# Types of data elements, types of arrays, and how numbers and text are stored.
_MATRIX, _COMPRESSED = 14, 15
_CELL, _CHAR, _NUMERIC = 1, 4, range(6, 16)
_ARRAYS = {1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 16: "function", 17: "object"}
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXT = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}


class _Damage(Exception):
    """The problem in a file; the message lacks file and field."""


class _Element(NamedTuple):
    """One data element: its type, its content, and the position of the next element."""

    kind: int
    content: memoryview
    end: int


class _Matrix(NamedTuple):
    """The name and shape of an array, and the position of its content."""

    kind: int
    complex: bool
    shape: tuple[int, ...]
    name: str
    start: int


def read_mat(path: Path, *fields: str) -> dict[str, np.ndarray | list[str]]:
    """The variables `fields`, without missing ones: numbers as arrays, cells of text as lists.

    The type of an array is that in the file, which may differ from MATLAB's class: MATLAB stores doubles without
    fractions as bytes. Raises `DataError`, with file and field, for a file that is not MAT v5 (such as v7.3), that is
    truncated or damaged, or in which a field is neither a full real array nor a cell of text.
    """
    field, variables = "header", {}
    try:
        data = memoryview(path.read_bytes())
        order = _byte_order(data)
        for number, element in enumerate(_elements(data, _HEADER, order), start=1):
            field = f"variable {number}"
            name = _matrix(_head(element, order), order).name
            if name in fields and name not in variables:
                field = f"field {name}"
                variables[name] = _value(_whole(element, order), order)
            if len(variables) == len(fields):
                break
    except FileNotFoundError:
        raise DataError(f"{path}: this file is missing; expected a MAT v5 file. Restore it from the archive.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error}); expected a MAT v5 file.") from error
    except _Damage as damage:
        raise DataError(
            f"{path}, {field}: {damage}; expected a MAT v5 file with {' and '.join(fields)}. It is truncated, damaged "
            f"or of another kind: restore it from the data set's archive."
        ) from None
    return variables


def read_label_map(path: Path, field: str, largest: int) -> Integer[np.ndarray, "H W"]:
    """The label map in a field, stored with any number type; `largest` is the largest valid label.

    Raises `DataError` as `read_mat` does, and if the field is missing, is not height x width, or holds fractions.
    """
    return as_label_map(read_mat(path, field).get(field), path, field, largest)


def as_label_map(ids: object, path: Path, field: str, largest: int) -> Integer[np.ndarray, "H W"]:
    """A field from `read_mat` (None if missing) as a label map, with the errors of `read_label_map`."""
    if not isinstance(ids, np.ndarray) or ids.ndim != 2 or ids.size == 0:
        state = "is missing" if ids is None else "is not an array"
        if isinstance(ids, np.ndarray):
            state = f"measures {'x'.join(map(str, ids.shape))}"
        raise DataError(
            f"{path}, field {field}: {state}; expected a label map of height x width. Restore the archive's file."
        )
    if ids.dtype.kind == "f":
        if not ((ids >= 0) & (ids <= largest) & (ids == np.floor(ids))).all():
            raise DataError(
                f"{path}, field {field}: holds fractions or invalid labels; expected whole numbers "
                f"0..{largest}. Restore the file from the data set's archive."
            )
        return ids.astype(np.int64)
    return ids


def _byte_order(data: memoryview) -> str:
    """The byte order of the file, '<' or '>', from its header."""
    if data[:8] == _HDF5 or data[512:520] == _HDF5:
        raise _Damage("this is MAT v7.3 (HDF5); MATLAB's save(..., '-v7') writes v5")
    if len(data) < _HEADER:
        raise _Damage(f"the file has only {len(data)} bytes")
    order = {b"IM": "<", b"MI": ">"}.get(bytes(data[126:128]))
    if order is None or struct.unpack_from(f"{order}H", data, 124) != (0x0100,):
        raise _Damage(f"this is not a MAT v5 header (found {bytes(data[:16])!r})")
    return order


def _elements(data: memoryview, at: int, order: str) -> Iterator[_Element]:
    while at < len(data):
        element = _element(data, at, order)
        yield element
        at = element.end


def _element(data: memoryview, at: int, order: str) -> _Element:
    """The element at a position. Content of up to four bytes is in the tag itself, after a 16-bit type."""
    if at + 8 > len(data):
        raise _Damage(f"the file or field ends at byte {len(data)}, inside a tag")
    kind, size = struct.unpack_from(f"{order}II", data, at)
    if kind >> 16:
        kind, size = kind & 0xFFFF, kind >> 16
        if size > 4:
            raise _Damage(f"a short element claims {size} bytes")
        return _Element(kind, data[at + 4 : at + 4 + size], at + 8)
    start, end = at + 8, at + 8 + size
    if end > len(data):
        raise _Damage(f"an element claims {size} bytes, but only {len(data) - start} follow")
    return _Element(kind, data[start:end], end if kind == _COMPRESSED else end + -end % 8)


def _head(element: _Element, order: str) -> memoryview:
    """The first bytes of a variable, enough for its name, so that other variables are not decompressed as a whole."""
    if element.kind != _COMPRESSED:
        return _whole(element, order)
    try:
        return memoryview(zlib.decompressobj().decompress(element.content, 1024))[8:]
    except zlib.error as error:
        raise _Damage(f"the compressed content is damaged ({error})") from None


def _whole(element: _Element, order: str) -> memoryview:
    """The content of a variable, decompressed if necessary."""
    kind, content = element.kind, element.content
    if kind == _COMPRESSED:
        inflate = zlib.decompressobj()
        try:
            tag = inflate.decompress(content, 8)
            kind, size = struct.unpack(f"{order}II", tag)
            if size > _LARGEST:
                raise _Damage(f"the variable claims {size} bytes, too many for a label map")
            content = memoryview(inflate.decompress(inflate.unconsumed_tail, size + 8))
        except (zlib.error, struct.error) as error:
            raise _Damage(f"the compressed content is damaged ({error})") from None
        if len(content) < size or not inflate.eof:
            raise _Damage(f"the compressed content claims {size} bytes, but does not end there")
        content = content[:size]
    if kind != _MATRIX:
        raise _Damage(f"found an element of type {kind} instead of an array")
    return content


def _matrix(content: memoryview, order: str) -> _Matrix:
    """The header of an array: flags, dimensions, name."""
    flags = _element(content, 0, order)
    dimensions = _element(content, flags.end, order)
    name = _element(content, dimensions.end, order)
    kinds_fit = flags.kind == 6 and dimensions.kind in (5, 6) and name.kind in (1, 2, 16)
    if not kinds_fit or len(flags.content) != 8 or len(dimensions.content) % 4:
        raise _Damage("the array's flags, dimensions or name are damaged")
    shape = struct.unpack(f"{order}{len(dimensions.content) // 4}i", dimensions.content)
    if not 2 <= len(shape) <= 8 or min(shape) < 0:
        raise _Damage(f"the array's dimensions are {'x'.join(map(str, shape))}")
    (bits,) = struct.unpack_from(f"{order}I", flags.content)
    return _Matrix(bits & 0xFF, bool(bits & 0x0800), shape, bytes(name.content).decode("latin-1"), name.end)


def _value(content: memoryview, order: str) -> np.ndarray | list[str]:
    matrix = _matrix(content, order)
    if matrix.kind == _CELL:
        cells = [_text(element, order) for element in _elements(content, matrix.start, order)]
        if len(cells) != math.prod(matrix.shape):
            raise _Damage(f"the cell claims {math.prod(matrix.shape)} entries, but has {len(cells)}")
        return cells
    if matrix.kind not in _NUMERIC or matrix.complex:
        kind = "complex numbers" if matrix.complex else _ARRAYS.get(matrix.kind, f"unknown ({matrix.kind})")
        raise _Damage(f"the array's kind is {kind}, not real numbers or a cell")
    numbers = _element(content, matrix.start, order)
    dtype = np.dtype(order + _NUMBERS[numbers.kind]) if numbers.kind in _NUMBERS else None
    if dtype is None or math.prod(matrix.shape) * dtype.itemsize != len(numbers.content):
        raise _Damage(
            f"{len(numbers.content)} bytes do not match an array of {'x'.join(map(str, matrix.shape))} numbers"
        )
    return np.frombuffer(numbers.content, dtype).reshape(matrix.shape, order="F").astype(dtype.newbyteorder("="))


def _text(element: _Element, order: str) -> str:
    """One entry of a cell, which must be a row of text or empty."""
    content = _whole(element, order)
    if not len(content):
        return ""
    matrix = _matrix(content, order)
    text = _element(content, matrix.start, order)
    if matrix.kind != _CHAR or text.kind not in _TEXT:
        raise _Damage(f"the cell holds an entry of kind {_ARRAYS.get(matrix.kind, matrix.kind)}, not text")
    wide = {"<": "-le", ">": "-be"}[order] if _TEXT[text.kind] in ("utf-16", "utf-32") else ""
    try:
        return bytes(text.content).decode(_TEXT[text.kind] + wide)
    except UnicodeDecodeError as error:
        raise _Damage(f"the cell holds text that cannot be decoded ({error.reason})") from None
