"""What a bundle holds: names of its members, and how large they may be.

A bundle is a zip archive. Its members are described in `README`, which is one of them, so that the
bits can still be read when nobody remembers neuroqgan.
"""

from __future__ import annotations

import re

from neuroqgan.data.untrusted.sealed_zip import SUMS
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT

FORMAT = 1
"""Version of the layout of a bundle."""

MANIFEST, GUIDE, RASTER = "manifest.json", "README.txt", "raster.npz"

REQUIRED = (LAYOUT, CIRCUITS, BITS)
"""Files of every job."""

OPTIONAL = (ANGLES,)
"""Files of a job that its backend may not have needed any more when it was bundled."""

MOST_BYTES = 2**31
"""Bytes of all members together, unpacked."""

MOST_MEMBERS = 20_000

MOST_OF_MEMBER = {
    MANIFEST: 2**26,
    SUMS: 2**23,
    GUIDE: 2**16,
    RASTER: 2**30,
    LAYOUT: 2**27,
    CIRCUITS: 2**28,
    ANGLES: 2**30,
    BITS: 2**30,
}
"""Bytes of a member, unpacked, by the last part of its name."""

_OF_JOB = "|".join(re.escape(name) for name in (*REQUIRED, *OPTIONAL))
_NAMES = re.compile(
    rf"{re.escape(MANIFEST)}|{SUMS}|{re.escape(GUIDE)}|{re.escape(RASTER)}"
    rf"|jobs/[0-9a-f]{{32}}/({_OF_JOB})"
)

README = """\
Jobs of a quantum processor, or of a simulation of one, that measured one spike raster.
Written by neuroqgan; `neuroqgan jobs verify FILE` checks all of it without network and account.

SHA256SUMS             checksums of all other members; unpack, then: sha256sum -c SHA256SUMS
manifest.json          versions, and the records of the jobs: backend, options, seed, times,
                       estimated and used seconds of the quantum processor, the service's job ids
raster.npz             the raster: spikes[sample, bin, neuron], bin_width in seconds
jobs/ID/layout.json    which bit is which neuron, bin and sample; under "about" the versions that
                       planned the job and the calibration of the device at that time
jobs/ID/circuits.qpy   the circuits that were sent, in Qiskit's QPY format
jobs/ID/angles.npz     the angles of every page in radians, one row per execution; may be missing
jobs/ID/bits.npz       the raw bits as they were returned, without any correction

From bits to spikes, for one job:
1. bits.npz holds an array pageNNNN of bytes for every page, and in shapes its rows and bits:
   bits = numpy.unpackbits(page, count=rows * bits).reshape(rows, bits).
2. Column i of a page is classical bit i. The tiles of a page in layout.json follow one another:
   a tile with n entries in "neurons" takes the next n columns.
3. Bit k of a tile belongs to the neuron neurons[k], and was read from the physical qubit
   qubits[k], offsets[k] bins (0 if there are none) after the first bin of its row. Rows of bits
   follow one another: first the rows of angles, then the entries of "bins", then the "shots" of a
   row, which change fastest.
4. A neuron that is read by several bits of a tile has a spike if all of them are 1.
5. If "across" is larger than 1, a shot holds that many samples one after the other: bins 0 to
   n_bins/across - 1 are the first, and so on. "samples" names the sample of every place of every
   shot, -1 for those that were dropped; if it is empty, they follow one another, and the last shot
   may hold more than wanted.
6. If a page has "checks", a second measurement of every bit follows in the same order, and samples
   with a bit that it does not confirm are not in the raster.
7. Pages that follow those of the layout calibrate the readout and hold no spikes.
Rasters that take several jobs: "part" divides samples, "first_bin" says where bins begin.
"""


def is_member(name: str) -> bool:
    """Return whether a bundle may have a member of that name.

    Examples
    --------
    >>> is_member("manifest.json"), is_member("../manifest.json")
    (True, False)
    """
    return _NAMES.fullmatch(name) is not None


def of_job(job: str, name: str) -> str:
    """Return the name of a member that belongs to a job.

    Examples
    --------
    >>> of_job("3f2a", "bits.npz")
    'jobs/3f2a/bits.npz'
    """
    return f"jobs/{job}/{name}"
