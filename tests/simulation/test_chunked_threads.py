"""Work that threads share."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from neuroqgan.simulation.chunked_threads import CHUNK_ROWS, chunked_threads
from tests.helpers import several_threads


@pytest.mark.parametrize("n_rows", [0, 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 1])
def test_every_row_is_in_one_part_of_a_fixed_size(n_rows: int) -> None:
    done, sizes = np.zeros(n_rows, int), []

    def work(part: slice) -> None:
        done[part] += 1
        sizes.append(part.stop - part.start)

    with chunked_threads() as share:
        share(work, n_rows)
    assert (done == 1).all()
    assert sum(size < CHUNK_ROWS for size in sizes) <= 1


def test_torch_keeps_to_one_thread_in_all_of_them_and_has_its_own_after() -> None:
    several_threads()
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    both, seen = threading.Barrier(2, timeout=20), []

    def work(_: slice) -> None:
        both.wait()
        seen.append((threading.get_ident(), torch.get_num_threads()))

    with chunked_threads() as share:
        share(work, 2 * CHUNK_ROWS)
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    assert [threads for _, threads in seen] == [1, 1]
    assert len({thread for thread, _ in seen}) == 2


def test_an_error_of_the_work_is_raised() -> None:
    def work(part: slice) -> None:
        if part.start == CHUNK_ROWS:
            raise ValueError("here")

    with pytest.raises(ValueError, match="here"), chunked_threads() as share:
        share(work, 3 * CHUNK_ROWS)
