"""What in an HDF5 file leads out of it: nothing else on the disk is opened on its behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import h5py

# Far more groups and datasets than any recording has.
_MOST_OBJECTS = 1_000_000


class ForeignLinkError(Exception):
    """A file that refers to another one."""


def refuse_foreign_links(file: h5py.File) -> None:
    """Check that an HDF5 file holds all of its data itself.

    Parameters
    ----------
    file
        The opened file.

    Raises
    ------
    ForeignLinkError
        If a link leads to another file, or the values of a dataset lie in another file.
    ValueError
        If it holds more objects than any recording.
    """
    import h5py

    waiting: list[h5py.Group] = [file]
    seen = {h5py.h5o.get_info(file.id).addr}
    while waiting:
        group = waiting.pop()
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise ForeignLinkError(f"{group.name.rstrip('/')}/{name} is in {link.filename}")
            if not isinstance(link, h5py.HardLink):
                continue
            held = group[name]
            address = h5py.h5o.get_info(held.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > _MOST_OBJECTS:
                raise ValueError(f"more than {_MOST_OBJECTS:,} groups and datasets")
            if isinstance(held, h5py.Group):
                waiting.append(held)
            elif isinstance(held, h5py.Dataset):
                _refuse_foreign_values(held)


def _refuse_foreign_values(dataset: h5py.Dataset) -> None:
    for name, *_ in dataset.external or ():
        raise ForeignLinkError(f"the values of {dataset.name} are in {name}")
    if dataset.is_virtual:
        for source in dataset.virtual_sources():
            if source.file_name != ".":
                raise ForeignLinkError(f"the values of {dataset.name} are in {source.file_name}")
