"""The account of IBM Quantum that the client finds: where it is, saved with care, never shown.

The client looks into the environment (``QISKIT_IBM_TOKEN`` and others) first, then into its
account file. This module keeps to that file and order, so an account that was saved with Qiskit
is found here and the other way round.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from neuroqgan.errors import AccountError, StorageError

Channel = Literal["ibm_quantum_platform", "ibm_cloud"]
CHANNELS: tuple[Channel, ...] = ("ibm_quantum_platform", "ibm_cloud")
SAVE_HINT = "neuroqgan account save"

# crn:version:cname:ctype:service-name:location:scope:service-instance:type:resource
_CRN = re.compile(r"crn:v\d+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]+:[^:\s]*:\S*")
_CRN_FORM = "crn:v1:bluemix:public:quantum-computing:<region>:a/<account>:<instance>::"


@dataclass(frozen=True)
class Account:
    """What may be shown of an account.

    Parameters
    ----------
    source
        ``environment`` or ``file``.
    file
        The client's account file, whether or not it is there.
    channel
        Of IBM's platforms.
    instance
        CRN or name of the service instance, or None for all that the account has.
    url
        Of the service.
    """

    source: Literal["environment", "file"]
    file: Path
    channel: str
    instance: str | None
    url: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {**asdict(self), "file": str(self.file)}


def account_file() -> Path:
    """Return the client's account file."""
    return Path.home() / ".qiskit" / "qiskit-ibm.json"


def has_account() -> bool:
    """Whether there is an account to try; nothing heavy is imported, nobody asked.

    A damaged file counts as one, so that whoever wants the account is told.
    """
    try:
        return _has_token()
    except AccountError:
        return True


def find_account() -> Account:
    """Return the account that the client uses.

    Raises
    ------
    AccountError
        If there is none, its file is damaged, or its instance is not what an instance looks like.
    """
    file = account_file()
    if not _has_token():
        raise AccountError(
            "There is no account of IBM Quantum.",
            expected=f"QISKIT_IBM_TOKEN in the environment, or an account in {file}",
            got=f"{file} holds no token" if file.exists() else "neither",
            hint=SAVE_HINT,
        )
    from qiskit_ibm_runtime.accounts import AccountManager
    from qiskit_ibm_runtime.exceptions import IBMError

    try:
        found = AccountManager.get(filename=str(file))
    except (IBMError, KeyError, TypeError, AttributeError) as error:
        raise AccountError(
            f"No usable account in {file}.",
            expected=f"an account of channel {' or '.join(CHANNELS)}",
            got=type(error).__name__,
            hint=f"{SAVE_HINT} --overwrite",
        ) from None
    check_instance(found.instance)
    in_environment = bool(os.environ.get("QISKIT_IBM_TOKEN"))
    source: Literal["environment", "file"] = "environment" if in_environment else "file"
    return Account(source, file, found.channel, found.instance, found.url)


def save_account(
    token: str,
    *,
    instance: str | None = None,
    channel: Channel = "ibm_quantum_platform",
    overwrite: bool = False,
) -> Path:
    """Save an account where the client finds it, readable by its owner alone.

    Parameters
    ----------
    token
        API key of IBM Cloud.
    instance
        CRN or name of a service instance, or None for all that the account has.
    channel
        Of IBM's platforms.
    overwrite
        Whether an account that is there may be replaced.

    Raises
    ------
    AccountError
        If the token or instance cannot be one, or an account is there already.
    StorageError
        If the file cannot be written.
    """
    _check_token(token)
    check_instance(instance)
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.accounts.exceptions import AccountAlreadyExistsError

    def write(file: str) -> None:
        QiskitRuntimeService.save_account(
            token=token,
            instance=instance,
            channel=channel,
            filename=file,
            overwrite=overwrite,
            set_as_default=True,
        )

    try:
        return _rewrite(write)
    except AccountAlreadyExistsError:
        raise AccountError(
            "An account is saved already.",
            expected="none, or the leave to replace it",
            got=f"one in {account_file()}",
            hint=f"{SAVE_HINT} --overwrite",
        ) from None


def remove_account(channel: Channel = "ibm_quantum_platform") -> Path:
    """Remove the saved account of a channel from the client's file.

    Raises
    ------
    AccountError
        If there is none.
    StorageError
        If the file cannot be written.
    """
    from qiskit_ibm_runtime import QiskitRuntimeService

    removed = False

    def write(file: str) -> None:
        nonlocal removed
        removed = QiskitRuntimeService.delete_account(filename=file, channel=channel)

    file = _rewrite(write) if saved() else account_file()
    if not removed:
        raise AccountError(
            f"There is no saved account of channel {channel}.",
            expected=f"an account in {file}",
            got=", ".join(sorted(saved())) or "no account",
            hint="neuroqgan account status",
        )
    return file


def saved() -> dict[str, Any]:
    """Return what the account file holds, tokens included; empty where there is none.

    Raises
    ------
    AccountError
        If it cannot be read.
    """
    file = account_file()
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        problem = type(read).__name__
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        read, problem = None, type(error).__name__
    if isinstance(read, dict):
        return read
    # The parser's own message could quote the file, and with it the token.
    raise AccountError(
        f"The account file {file} cannot be read.",
        expected="JSON as the client writes it",
        got=problem,
        hint=f"move it away, then {SAVE_HINT}",
    )


def check_instance(instance: str | None) -> None:
    """Check that an instance looks like one: the client stumbles over a damaged CRN.

    Raises
    ------
    AccountError
        If it begins like a CRN and is none.
    """
    if instance is None or (instance.strip() == instance and not instance.startswith("crn")):
        return
    if not _CRN.fullmatch(instance):
        raise AccountError(
            "The instance is not a whole CRN.",
            expected=_CRN_FORM,
            got=instance,
            hint="copy it from https://quantum.cloud.ibm.com/instances",
        )


def _check_token(token: str) -> None:
    quoted = token[:1] in {'"', "'", "{"} or token[-1:] in {'"', "'", "}"}
    if not token or token.split() != [token] or quoted:
        raise AccountError(
            "That cannot be a token.",
            expected="an API key of IBM Cloud: one word, without quotes or brackets",
            got="nothing" if not token.strip() else f"{len(token)} characters, not one word",
            hint="make one at https://quantum.cloud.ibm.com, then neuroqgan account save",
        )


def _has_token() -> bool:
    if os.environ.get("QISKIT_IBM_TOKEN"):
        return True
    return any(isinstance(value, dict) and value.get("token") for value in saved().values())


def _rewrite(write: Any) -> Path:
    """Let the client write to a private copy of its file, which then takes the file's place.

    The client opens its file with the user's umask, so a token would lie there for all to read
    until the mode is tightened. `mkstemp` makes files of mode 0600.
    """
    file = account_file().resolve()
    before = json.dumps(saved())
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".qiskit-ibm.", suffix=".part")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(before)
            write(name)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written.",
            expected="a folder with room and permission to write",
            got=error.strerror or str(error),
            hint=f"check the folder {file.parent}",
        ) from error
    return file
