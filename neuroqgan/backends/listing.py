"""The backends that can be named without an account."""

from __future__ import annotations

from neuroqgan.backends.names import schemes, snapshots


def backend_names() -> tuple[str, ...]:
    """Return the names that ``backend=`` takes without an account.

    Returns
    -------
    tuple of str
        ``aer`` (ideal shots), ``exact`` (exact probabilities), a ``fake_<device>`` for each
        snapshot of an IBM quantum device with its noise, and ``<scheme>:<device>`` for each
        plugin that is installed. With an account there are also ``ibm_<device>`` and
        ``ibm:least-busy``.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> names = nq.backend_names()
    >>> names[:2], "fake_brisbane" in names
    (('aer', 'exact'), True)
    """
    plugins = (f"{scheme}:<device>" for scheme in schemes())
    return ("aer", "exact", *snapshots(), *plugins)
