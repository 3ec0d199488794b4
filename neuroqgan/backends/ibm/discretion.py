"""Messages of qiskit-ibm-runtime without tokens and without noise."""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from neuroqgan.backends.ibm.account_file import saved
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGERS = ("qiskit_ibm_runtime", "ibm-cloud-sdk-core")


def secrets() -> list[str]:
    """Return every token and proxy password that qiskit-ibm-runtime may find, for `scrub`."""
    try:
        accounts = [value for value in saved().values() if isinstance(value, dict)]
    except AccountError:
        accounts = []
    tokens = [os.environ.get("QISKIT_IBM_TOKEN")]
    tokens += [account.get("token") for account in accounts]
    for account in accounts:
        tokens += _proxy_passwords(account.get("proxies"))
    stripped = [token.strip() for token in tokens if isinstance(token, str)]
    # One or two letters occur in any text; no real token is that short.
    return [token for token in stripped if len(token) > 2]


def _proxy_passwords(proxies: Any) -> list[Any]:
    if not isinstance(proxies, dict):
        return []
    urls = proxies.get("urls")
    found = [proxies.get("password_ntlm")]
    for url in urls.values() if isinstance(urls, dict) else ():
        with suppress(ValueError):
            found.append(urlsplit(str(url)).password)
    return found


def scrub(text: str) -> str:
    """Return a text without tokens: those of accounts, and anything that looks like one."""
    for token in secrets():
        text = text.replace(token, "***")
    return re.sub(r"(?i)\b(bearer\s+|apikey[=\s\"':]+)[^\s&\"',}]+", r"\1***", text)


def brief(error: BaseException) -> str:
    """Return an exception as one line without tokens."""
    text = str(getattr(error, "message", "") or error)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    # If a connection failed, the reason and not the three wrappers around it.
    reason = re.search(r"\(Caused by \w+\(['\"](?:\w+\(.*?\): )?(.*)['\"]\)\)", first)
    # If it was cut, the message and not the pair of a word and an exception.
    reason = reason or re.search(r"\('Connection aborted\.', \w+\(.*?['\"](.*)['\"]\)\)", first)
    first = reason[1].strip() if reason else first
    return scrub(f"{type(error).__name__}: {first[:300]}" if first else type(error).__name__)


def safe(error: BaseException) -> BaseException | None:
    """Return an exception to chain, or None if its traceback would show a token."""
    link: BaseException | None = error
    while link is not None:
        text = f"{link}\n{link.args}"
        if scrub(text) != text:
            return None
        link = link.__cause__ or link.__context__
    return error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep qiskit-ibm-runtime from writing warnings of its own beside our errors.

    It attaches a handler of its own to standard error; a level that the user chose is kept.
    """
    if os.environ.get("QISKIT_IBM_RUNTIME_LOG_LEVEL"):
        yield
        return
    before = [(logger, logger.level) for logger in map(logging.getLogger, _LOGGERS)]
    for logger, level in before:
        if level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)
