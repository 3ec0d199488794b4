"""HTML that changes while a notebook's cell runs, and whether there is a notebook at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    class Handle(Protocol):
        """What IPython returns for something that was displayed."""

        def update(self, shown: Any) -> None:
            """Show something else in its place."""


def in_notebook() -> bool:
    """Return whether the code runs in a kernel whose front end shows HTML.

    Examples
    --------
    >>> in_notebook()
    False
    """
    # Without an import of IPython nobody can be in a notebook, and importing it takes a while.
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return hasattr(shell, "kernel")


class LiveHtml:
    """One place below a cell whose HTML is replaced as often as it changes.

    It needs no widgets: the display protocol of Jupyter, JupyterLab, VS Code and Colab is enough.
    """

    def __init__(self) -> None:
        self._handle: Handle | None = None

    def show(self, html: str) -> None:
        """Show HTML in place of what was shown before.

        Parameters
        ----------
        html
            Escaped as far as texts of others are in it.
        """
        from IPython.display import HTML, display

        if self._handle is None:
            self._handle = display(HTML(html), display_id=True)
        else:
            self._handle.update(HTML(html))
