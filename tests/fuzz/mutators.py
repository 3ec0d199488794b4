"""Changes to inputs that know how these are built.

Changes of single bytes find little behind checksums and compression, so these open archives,
headers and trees, change something inside, and close them again with the right checksums.
"""

from __future__ import annotations

import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

from tests.fuzz.target import Mutator

_EPOCH = (1980, 1, 1, 0, 0, 0)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

NUMBERS = (
    b"0", b"-1", b"1", b"2", b"255", b"256", b"65536", b"2147483648", b"4294967295",
    b"9223372036854775807", b"18446744073709551616", b"1e400", b"-0.0", b"nan", b"inf", b"1e-320",
)  # fmt: skip
"""Numbers as texts that break what expects others."""

WORDS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e308, float("nan"), float("inf"), 2**31, 2**63,
    2**64, 10**40, "", "x", "\0", "\x1b[31mred", "é", "\ud7ff", "nan", "9" * 400, "../../x", "/etc",
    [], {}, [[]], [None], {"": None}, [0] * 50,
)  # fmt: skip
"""Values of JSON and TOML that break what expects others."""


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with a few random changes of the usual kinds."""
    raw = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        at, kind = rng.randrange(len(raw) + 1), rng.randrange(8)
        n_bytes = rng.choice((1, 1, 2, 4, 8, 32))
        if kind == 0 and raw:
            raw[at % len(raw)] ^= 1 << rng.randrange(8)
        elif kind == 1 and raw:
            raw[at % len(raw)] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        elif kind == 2:
            raw[at:at] = rng.randbytes(n_bytes)
        elif kind == 3:
            del raw[at : at + n_bytes]
        elif kind == 4:
            raw[at : at + n_bytes] = rng.choice((b"\0", b"\xff")) * n_bytes
        elif kind == 5:
            raw[at:at] = raw[rng.randrange(len(raw) + 1) :][: rng.randrange(64)]
        elif kind == 6:
            raw[at : at + n_bytes] = rng.choice(NUMBERS)
        elif rng.random() < 0.1:
            del raw[at:]
    return bytes(raw)


def in_zip(
    *inside: Mutator, change: Callable[[str, bytes, random.Random], bytes] | None = None
) -> Mutator:
    """Return a mutator that changes a member of a zip archive, and closes it with right checksums.

    Parameters
    ----------
    inside
        How to change a member; single bytes in any case.
    change
        Changes a member by its name, in place of those.
    """

    def mutate(data: bytes, rng: random.Random) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = [
                    (i.filename, archive.read(i), i.compress_type)
                    for i in archive.infolist()
                    if i.file_size < 2**22
                ]
        except Exception:  # noqa: BLE001  # an input that was an archive once
            return mutate_bytes(data, rng)
        if not members:
            return mutate_bytes(data, rng)
        at = rng.randrange(len(members))
        name, content, method = members[at]
        kind = rng.randrange(12)
        if kind == 0:
            members.append((name, content, method))
        elif kind == 1:
            del members[at]
        elif kind == 2:
            other = rng.choice(members)[0]
            members[at] = (rng.choice((other, name + "x", "../" + name, "x")), content, method)
        elif kind == 3:
            members[at] = (name, content, rng.choice(_METHODS))
        elif change is not None:
            members[at] = (name, change(name, content, rng), method)
        else:
            chosen = rng.choice((mutate_bytes, *inside))
            members[at] = (name, chosen(content, rng), method)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
            for name, content, method in members:
                # Names that come twice are what some inputs are about.
                warnings.simplefilter("ignore")
                info = zipfile.ZipInfo(name.replace("\0", "") or "x", _EPOCH)
                info.compress_type = method
                archive.writestr(info, content)
        return buffer.getvalue()

    return mutate


_DTYPES = (
    "|b1", "|u1", "|i1", "<u2", "<i4", "<i8", "<u8", ">f8", "<f2", "<f4", "<f8", "<f16", "<c16",
    "<U0", "<U3", "|S0", "|S4", "|V0", "|V3", "<M8[ns]", "<m8[s]", "|O", "<M8", "x", "",
)  # fmt: skip


def npy_header(data: bytes, rng: random.Random) -> bytes:
    """Change the header of an array of NumPy, and leave its length right."""
    end = data.find(b"\n", 10)
    if data[:6] != b"\x93NUMPY" or end < 0:
        return mutate_bytes(data, rng)
    values = data[end + 1 :]
    dims = [
        rng.choice((0, 1, 2, 3, 7, 40, -1, 2**31, 2**63, 10**30)) for _ in range(rng.randrange(5))
    ]
    shape = rng.choice((str(tuple(dims)), str(tuple(dims)), "3", "(1.5,)", "None", "(True, 2)"))
    kept = data[data.find(b"{") : end].decode("latin-1").strip()
    kind = rng.randrange(4)
    if kind == 0:
        text = mutate_bytes(kept.encode("latin-1"), rng).decode("latin-1")
    elif kind == 1:
        text = f"{{'descr': {rng.choice(_DTYPES)!r}, 'fortran_order': False, 'shape': {shape}, }}"
    elif kind == 2:
        descr = [("a", rng.choice(_DTYPES)), ("b", "<f8", rng.choice(((2,), (10**9,), ())))]
        text = f"{{'descr': {descr!r}, 'fortran_order': True, 'shape': {shape}, }}"
    else:
        before, _, after = kept.partition("'descr': ")
        rest = after.partition(", ")[2]
        text = f"{before}'descr': {rng.choice(_DTYPES)!r}, {rest}"
    header = text.replace("\n", " ").encode("latin-1", "replace")[:60_000]
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    if rng.random() < 0.3:
        values = (values * 3)[: rng.randrange(len(values) * 3 + 1)]
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + values


def mutate_tree(value: Any, rng: random.Random) -> Any:
    """Return a tree of dictionaries and lists with one node changed."""
    nodes: list[tuple[Any, Any]] = []
    pending = [value]
    while pending and len(nodes) < 10_000:
        node = pending.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            nodes.append((node, key))
            if isinstance(node[key], dict | list):
                pending.append(node[key])
    if not nodes:
        return rng.choice(WORDS)
    node, key = rng.choice(nodes)
    kind = rng.randrange(6)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, dict):
        node[rng.choice(("", "x", "\x1b[2J", key.upper(), key + " "))] = node.pop(key)
    elif kind == 2:
        other, another = rng.choice(nodes)
        if other is not node and not isinstance(other[another], dict | list):
            node[key] = other[another]
    elif kind == 3:
        node[key] = [node[key]]
    else:
        # Fresh, so that no change reaches `WORDS` itself.
        node[key] = json.loads(json.dumps(rng.choice(WORDS)))
    return value


def in_tree(loads: Callable[[str], Any], dumps: Callable[[Any], str]) -> Mutator:
    """Return a mutator of texts that are trees, such as JSON or TOML."""

    def mutate(data: bytes, rng: random.Random) -> bytes:
        try:
            tree = loads(data.decode("utf-8"))
            if not isinstance(tree, dict | list):
                return mutate_bytes(data, rng)
            for _ in range(rng.choice((1, 1, 2))):
                tree = mutate_tree(tree, rng)
            return dumps(tree).encode("utf-8", "surrogatepass")
        except Exception:  # noqa: BLE001  # an input that was a tree once
            return mutate_bytes(data, rng)

    return mutate


in_json = in_tree(json.loads, json.dumps)
