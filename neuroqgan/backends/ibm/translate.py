"""Exceptions of qiskit-ibm-runtime as errors of neuroqgan, without tokens.

The classes of these exceptions say little: most failures share one class, and its message holds the
rest. So the exchange with the service decides, and the class only if its meaning is plain.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ibm_cloud_sdk_core import ApiException  # type: ignore[import-untyped]  # no py.typed
from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError, InvalidAccountError
from qiskit_ibm_runtime.exceptions import (
    IBMInputValueError,
    IBMNotAuthorizedError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
    RuntimeJobNotFound,
    RuntimeJobTimeoutError,
)
from requests import RequestException, Timeout

from neuroqgan.backends.ibm.account_file import SAVE_HINT, account_file
from neuroqgan.backends.ibm.damage import CLIENT, DAMAGE, damaged, in_words
from neuroqgan.backends.ibm.discretion import quiet, safe, scrub
from neuroqgan.backends.ibm.exchanges import Exchange, watch
from neuroqgan.backends.ibm.transport import PATIENCE
from neuroqgan.errors import (
    AccountError,
    BusyError,
    JobFailedError,
    MissingError,
    NeuroqganError,
    NotReadyError,
    ResultLostError,
    ServiceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = "repeat the command later"
NETWORK = "check the network, the proxy and https://quantum.cloud.ibm.com, then try again"
SAVE_AGAIN = f"{SAVE_HINT} --overwrite, or another QISKIT_IBM_TOKEN"


@contextmanager
def translated(doing: str) -> Iterator[list[Exchange]]:
    """Raise what qiskit-ibm-runtime raises in a block as errors of neuroqgan.

    Parameters
    ----------
    doing
        What the block does, such as ``ask for job x``; becomes part of the message.

    Yields
    ------
    list
        The exchanges with the service so far.

    Raises
    ------
    AccountError
        If there is no account or the service refuses it.
    NotReadyError
        If a job has not finished.
    JobFailedError
        If a job failed.
    MissingError
        If the service does not know a job, or has no result for it.
    ResultLostError
        If it says that they are gone for good.
    ServiceError
        If the service cannot be reached, has a failure, or gives an answer that cannot be read.
    """
    with quiet(), watch() as seen:
        try:
            yield seen
        except NeuroqganError:
            raise
        # qiskit-ibm-runtime raises errors of many classes if an answer is odd, and they differ
        # between its versions; every one becomes an error that says what to do.
        except Exception as error:  # noqa: BLE001  # raised on, as an error of ours
            raise explain(error, doing, seen) from safe(error)


def explain(error: Exception, doing: str, seen: list[Exchange]) -> NeuroqganError:
    """Return the error of neuroqgan that says what happened.

    Parameters
    ----------
    error
        The exception of qiskit-ibm-runtime.
    doing
        What was being done, an infinitive.
    seen
        The exchanges with the service that led to it.
    """
    problem = scrub(f"Cannot {doing}.")
    known = _by_class(error, problem)
    if known is not None:
        return known
    failed = next((exchange for exchange in reversed(seen) if exchange.failed), None)
    if failed is not None:
        return by_exchange(failed, problem)
    if isinstance(error, DAMAGE):
        return damaged(problem)
    return ServiceError(
        problem,
        expected="an answer of IBM Quantum that qiskit-ibm-runtime understands",
        got=in_words(error),
        hint=f"{LATER}; if the problem persists, {CLIENT}",
    )


def by_exchange(exchange: Exchange, problem: str) -> NeuroqganError:
    """Return the error for an exchange that failed.

    Parameters
    ----------
    exchange
        Without an answer, or answered by an error.
    problem
        First sentence of the error.
    """
    status = exchange.status
    if status is None:
        return unreachable(exchange.error, problem, deadline=exchange.deadline)
    got = answered(exchange)
    if exchange.is_busy:
        wait = exchange.retry_after
        when = "in a minute" if wait is None else f"in {wait:.0f} s"
        busy = BusyError(problem, expected="fewer requests", got=got, hint=f"try again {when}")
        busy.wait = wait
        return busy
    if status in {401, 403}:
        return AccountError(
            problem,
            expected="an account that may do this",
            got=got,
            hint=f"neuroqgan account status --check, then {SAVE_AGAIN}",
        )
    if status in {404, 410} and re.search(r"/jobs/[^/]+", exchange.path):
        return not_there(exchange, problem)
    return ServiceError(problem, expected="an answer of IBM Quantum", got=got, hint=LATER)


def not_there(exchange: Exchange, problem: str) -> ResultLostError:
    """Return the error for a job or a result that the service does not have.

    Parameters
    ----------
    exchange
        Answered by 404, which may be temporary, or by 410, which is final.
    problem
        First sentence of the error.
    """
    got = answered(exchange)
    if exchange.status == 410 or "expired" in exchange.words.lower():
        return ResultLostError(
            problem,
            expected="a job and a result that IBM Quantum still has",
            got=f"{got}: it has expired or was deleted",
            hint="asking again is safe, in case it comes back; IBM keeps results only for a while, "
            "so fetch them soon after a job has finished",
        )
    return MissingError(
        problem,
        expected="a job that IBM Quantum knows, and its result",
        got=f"{got}: no such job or result at the moment",
        hint=LATER,
    )


def unreachable(
    error: BaseException | None, problem: str, *, deadline: float = PATIENCE.read
) -> ServiceError:
    """Return the error for a request that had no answer.

    Parameters
    ----------
    error
        Of `requests`.
    problem
        First sentence of the error.
    deadline
        Seconds that were allowed for the answer.
    """
    if isinstance(error, Timeout):
        return ServiceError(
            problem,
            expected=f"a connection, and an answer within {deadline:g} s",
            got="no answer",
            hint=LATER,
        )
    return ServiceError(
        problem,
        expected="IBM Quantum within reach",
        got=in_words(error) if error is not None else "no answer",
        hint=NETWORK,
    )


def answered(exchange: Exchange) -> str:
    """Return an answer that is an error, in a few words."""
    words = scrub(exchange.words).strip()
    return f"HTTP {exchange.status}" + (f": {words[:300]}" if words else "")


def _by_class(error: Exception, problem: str) -> NeuroqganError | None:
    if isinstance(error, AccountNotFoundError):
        return AccountError(
            problem,
            expected=f"QISKIT_IBM_TOKEN in the environment, or an account in {account_file()}",
            got="no account",
            hint=SAVE_HINT,
        )
    if isinstance(error, InvalidAccountError):
        return _invalid_account(error, problem)
    if isinstance(error, IBMNotAuthorizedError):
        return AccountError(
            problem, expected="a token that is valid", got="HTTP 401", hint=SAVE_AGAIN
        )
    if isinstance(error, RuntimeJobNotFound):
        return MissingError(
            problem,
            expected="a job that IBM Quantum knows, of an instance of this account",
            got="no such job: it was deleted, is too old, or belongs to another account",
            hint="neuroqgan account status",
        )
    if isinstance(error, RuntimeJobMaxTimeoutError):
        return JobFailedError(
            problem,
            expected="a job that ends within its time limit",
            got=in_words(error),
            hint="a larger `max_execution_time`, or fewer `samples`",
        )
    if isinstance(error, RuntimeJobFailureError):
        return JobFailedError(problem, expected="a job that succeeded", got=in_words(error))
    if isinstance(error, RuntimeJobTimeoutError):
        return NotReadyError(problem, expected="a finished job", got=in_words(error), hint=LATER)
    return None


def _invalid_account(error: Exception, problem: str) -> NeuroqganError:
    """Distinguish a refused token from an identity service that is out of reach."""
    cause = error.__cause__
    if isinstance(cause, RequestException):
        return unreachable(cause, problem)
    if isinstance(cause, ApiException) and (cause.status_code or 0) not in {400, 401, 403}:
        return ServiceError(
            problem,
            expected="an answer of IBM's identity service",
            got=f"HTTP {cause.status_code}",
            hint=LATER,
        )
    if cause is not None and not isinstance(cause, (ApiException, ValueError)):
        return unreachable(cause, problem)
    return AccountError(
        problem,
        expected="a token that IBM's identity service accepts",
        got=in_words(cause or error),
        hint=SAVE_AGAIN,
    )


def instance_refused(error: IBMInputValueError, problem: str, instance: str | None) -> AccountError:
    """Return the error for an instance that the account does not have."""
    return AccountError(
        problem,
        expected="an instance of the account that the token belongs to",
        got=instance or in_words(error),
        hint="neuroqgan account save --overwrite --instance <CRN>, or another QISKIT_IBM_INSTANCE",
    )
