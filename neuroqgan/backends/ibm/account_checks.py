"""The form of the parts of an account; qiskit-ibm-runtime fails on those with another form.

Every error names the account, says which form is expected, and never shows a token or the password
of a proxy.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import Any, Literal
from urllib.parse import urlsplit

from neuroqgan.backends.ibm.account_file import SAVE_HINT
from neuroqgan.errors import AccountError

Channel = Literal["ibm_quantum_platform", "ibm_cloud"]
CHANNELS: tuple[Channel, ...] = ("ibm_quantum_platform", "ibm_cloud")
RETIRED_CHANNEL = "ibm_quantum"
"""IBM Quantum Classic, which IBM closed in July 2025, together with its accounts and tokens."""

# crn:version:cname:ctype:service-name:location:scope:service-instance:type:resource
_CRN = re.compile(r"crn:v\d+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]*:\S*")
_CRN_FORM = "crn:v1:bluemix:public:quantum-computing:<region>:a/<account>:<instance>::"
_PROXY_KEYS = {"urls", "username_ntlm", "password_ntlm"}
_PROXY_FORM = '{"urls": {"https": "http://host:port"}}, perhaps with username_ntlm, password_ntlm'


def check_token(token: str) -> None:
    """Check that a token has the right form: a single word without quotes or brackets.

    Raises
    ------
    AccountError
        If it is not.
    """
    quoted = token[:1] in {'"', "'", "{"} or token[-1:] in {'"', "'", "}"}
    if not token or token.split() != [token] or quoted:
        raise AccountError(
            "That is not a valid token.",
            expected="an API key of IBM Cloud: one word, without quotes or brackets",
            got="nothing"
            if not token.strip()
            else f"{len(token)} characters that are not a single word",
            hint="create one at https://quantum.cloud.ibm.com, then neuroqgan account save",
        )


def check_instance(instance: Any) -> None:
    """Check the form of an instance: qiskit-ibm-runtime fails on a damaged CRN.

    Raises
    ------
    AccountError
        If it begins like a CRN and is not a complete one.
    """
    if instance is None:
        return
    text = instance if isinstance(instance, str) else repr(instance)
    is_name = text.strip() == text and not text.startswith("crn")
    if not isinstance(instance, str) or not (is_name or _CRN.fullmatch(text)):
        raise AccountError(
            "The instance is not a complete CRN.",
            expected=_CRN_FORM,
            got=text,
            hint="copy it from https://quantum.cloud.ibm.com/instances",
        )


def account_number(instance: str | None) -> str | None:
    """Return the number of the account from an instance's CRN: ``a/`` and digits."""
    return str(instance).split(":")[6] if _CRN.fullmatch(str(instance)) else None


def check_environment(variable: str, channel: str | None, url: str | None) -> None:
    """Check a channel and a URL that the environment gives.

    Parameters
    ----------
    variable
        First part of the names of the variables, ``QISKIT_IBM``.
    channel, url
        Their values, or None.

    Raises
    ------
    AccountError
        If one of them cannot be used.
    """
    if channel and channel not in CHANNELS:
        problem = (
            f"The environment variable {variable}_CHANNEL does not name an IBM Quantum channel."
        )
        if channel == RETIRED_CHANNEL:
            problem = (
                f"The environment variable {variable}_CHANNEL names a channel that IBM has closed."
            )
        raise AccountError(
            problem,
            expected=" or ".join(CHANNELS),
            got=f"{variable}_CHANNEL={channel}",
            hint=f"unset {variable}_CHANNEL, or export {variable}_CHANNEL={CHANNELS[0]}",
        )
    if url and not _is_url(url):
        raise AccountError(
            f"The environment variable {variable}_URL is not a URL.",
            expected="https://host, or unset for IBM's own",
            got=f"{variable}_URL={url}",
            hint=f"unset {variable}_URL",
        )


def entry_problem(entry: Any) -> str:
    """Return why a saved account cannot be used at all, in words; empty if it can."""
    if not isinstance(entry, dict):
        return "it is not a JSON object"
    channel = entry.get("channel")
    if channel == RETIRED_CHANNEL:
        default = ", and is the default" if entry.get("is_default_account") else ""
        return f"it uses the channel {RETIRED_CHANNEL}, which IBM closed in 2025{default}"
    if channel not in CHANNELS:
        return "it has no channel" if channel is None else f"its channel is {channel!r}"
    if not isinstance(entry.get("token"), str) or not entry["token"].strip():
        return "it has no token"
    return ""


def check_entry(name: str, entry: dict[str, Any], file: Any) -> None:
    """Check the instance, URL, proxies and ``verify`` of a saved account.

    Parameters
    ----------
    name
        Of the account.
    entry
        From the file, with a channel and a token.
    file
        The account file, for the error.

    Raises
    ------
    AccountError
        If one of them does not have the form that qiskit-ibm-runtime expects.
    """
    check_instance(entry.get("instance"))
    remove = f"neuroqgan account remove --account {quote(name)}"
    edit = f"correct it in {file}; or {remove}, then {SAVE_HINT}"
    url, verify = entry.get("url"), entry.get("verify")
    if url is not None and not _is_url(url):
        raise AccountError(
            f"The URL of the saved account {name} is not a URL.",
            expected="https://host, or no url entry for IBM's own",
            got=repr(url),
            hint=edit,
        )
    if not isinstance(verify, bool | None):
        raise AccountError(
            f'"verify" of the saved account {name} is neither true nor false.',
            expected="true, false, or no such entry",
            got=repr(verify),
            hint=edit,
        )
    wrong = _wrong_proxies(entry.get("proxies"))
    if wrong:
        raise AccountError(
            (
                f"The proxies of the saved account {name} do not have the form that "
                "qiskit-ibm-runtime expects."
            ),
            expected=_PROXY_FORM,
            got=wrong,
            hint=edit,
        )


def proxies_in_words(proxies: dict[str, Any] | None) -> str:
    """Return where proxies are, without users and passwords; empty without any."""
    if not proxies:
        return ""
    if _wrong_proxies(proxies):
        return "in an unknown form"
    urls = proxies.get("urls") or {}
    words = [f"{scheme} through {_host(url)}" for scheme, url in urls.items()]
    return ", ".join(words + ["with an NTLM login"] * bool(proxies.get("username_ntlm")))


def _wrong_proxies(proxies: Any) -> str:
    """Return what is wrong with proxies, without showing a password."""
    if proxies is None or proxies == {}:
        return ""
    if not isinstance(proxies, dict):
        return "not a JSON object"
    unknown = sorted(set(proxies) - _PROXY_KEYS)
    if unknown:
        names = ", ".join(map(repr, unknown))
        return f"{names} beside urls" if "urls" in proxies else f"{names} instead of urls"
    urls = proxies.get("urls")
    if urls is not None and not isinstance(urls, dict):
        return "urls that are not a JSON object"
    for scheme, url in (urls or {}).items():
        if not isinstance(url, str) or not _is_url(url, ("http", "https", "socks5", "socks5h")):
            return f"a proxy for {scheme!r} that is not a URL"
    login = [proxies.get(f"{part}_ntlm") for part in ("username", "password")]
    if any(part is not None for part in login) and not all(isinstance(p, str) for p in login):
        return "one of username_ntlm and password_ntlm without the other"
    return ""


def _is_url(url: Any, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            return False
        # Asking for a port that is no number is an error.
        return parts.port != 0
    except ValueError:
        return False


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
