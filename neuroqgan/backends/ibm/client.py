"""The connection to IBM Quantum: which account, which instance; made when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ibm_runtime.exceptions import IBMInputValueError

from neuroqgan.backends.ibm.account import find_account
from neuroqgan.backends.ibm.discretion import safe
from neuroqgan.backends.ibm.translate import instance_refused, translated
from neuroqgan.backends.ibm.transport import PATIENCE, GuardedService, Patience
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.account import Account


class IbmClient:
    """An account of IBM Quantum, and the connection that is made with it.

    Parameters
    ----------
    saved_account
        Name of the saved account to use, or None for the one that
        `neuroqgan.backends.ibm.account.find_account` chooses.
    patience
        How long to wait for the service.
    """

    def __init__(self, saved_account: str | None = None, patience: Patience = PATIENCE) -> None:
        self._saved_account = saved_account
        self._patience = patience
        self._account: Account | None = None
        self._client: GuardedService | None = None

    def connect(self) -> GuardedService:
        """Return the service of qiskit-ibm-runtime, connected.

        Raises
        ------
        AccountError
            If there is no account, or it is refused.
        ServiceError
            If the service cannot be reached.
        """
        if self._client is None:
            account = self.saved_account
            doing = "log in at IBM Quantum"
            with translated(doing):
                try:
                    self._client = GuardedService(
                        patience=self._patience, filename=str(account.file), name=account.name
                    )
                except IBMInputValueError as error:
                    refused = instance_refused(error, f"Cannot {doing}.", account.instance)
                    raise refused from safe(error)
                except ValueError as error:
                    # How the SDK answers a token in quotes or brackets.
                    raise AccountError(
                        f"Cannot {doing}.",
                        expected="a token without quotes or brackets",
                        got=type(error).__name__,
                        hint="neuroqgan account save --overwrite",
                    ) from safe(error)
        return self._client

    @property
    def saved_account(self) -> Account:
        """What may be shown of the account in use; raises what `find_account` raises."""
        if self._account is None:
            self._account = find_account(self._saved_account)
        return self._account

    @property
    def account_name(self) -> str | None:
        """Name under which the account in use is saved; None if the environment gives it."""
        return self.saved_account.name

    @property
    def instance(self) -> str | None:
        """CRN of the instance in use, to which jobs are charged."""
        instance = self.connect().active_instance()
        return None if instance is None else str(instance)

    @property
    def plan(self) -> str | None:
        """Plan of the instance in use, such as ``open``; None if the service does not say.

        Raises
        ------
        AccountError
            If there is no account, or it is refused.
        ServiceError
            If the service cannot be reached.
        """
        client = self.connect()
        with translated("ask for the plan of the instance"):
            plans = {row["crn"]: row.get("plan") for row in client.instances()}
        plan = plans.get(self.instance)
        return None if plan is None else str(plan).lower()

    @property
    def account(self) -> str | None:
        """Number of the account in use, from the CRNs of its instances: ``a/`` and hex digits.

        Raises
        ------
        AccountError
            If there is no account, or it is refused.
        ServiceError
            If the service cannot be reached.
        """
        client = self.connect()
        with translated("ask for the account"):
            active = client.active_instance()
            instances = [active] if active else [row["crn"] for row in client.instances()]
        scopes = [str(crn).split(":")[6] for crn in instances if str(crn).count(":") >= 6]
        return scopes[0] if scopes else None
