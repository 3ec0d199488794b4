"""How records of jobs show themselves, and what scripts read in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.jobs.state import JobState
from tests.jobs.test_store import make_record

JOB = replace(make_record(), id="3f2a" * 8, samples=1000, run="mine", state=JobState.QUEUED)


def test_a_record_is_short_in_text_and_a_table_in_notebooks() -> None:
    assert repr(JOB) == "<Job 3f2a3f2a on ibm_stub: queued, 1000 samples>"
    of_bins = replace(JOB, series=JOB.request, first_bin=3, n_bins=16)
    assert repr(of_bins) == "<Job 3f2a3f2a on ibm_stub: queued, 1000 samples, bin 4 of 16>"
    table = replace(JOB, message="<b>warm</b>", seconds=1.5)._repr_html_()
    assert table.startswith("<div")
    assert table.endswith("</div>")
    assert "&lt;b&gt;warm&lt;/b&gt;" in table
    for text in (JOB.id, "queued", "mine", "1.5 s"):
        assert f">{text}</td>" in table
    assert "bins" not in table
    assert "bin 4 of 16" in of_bins._repr_html_()


@pytest.mark.parametrize(
    ("first_bin", "bins_per_job", "expected"),
    [
        (0, 1, ("bin 1 of 10", 1, 10, False)),
        (9, 1, ("bin 10 of 10", 1, 10, True)),
        (4, 4, ("bins 5 to 8 of 10", 4, 3, False)),
        (8, 4, ("bins 9 to 10 of 10", 2, 3, True)),
    ],
)
def test_the_bins_of_a_job(
    first_bin: int, bins_per_job: int, expected: tuple[str, int, int, bool]
) -> None:
    options = {"bins_per_job": bins_per_job}
    job = replace(JOB, series=JOB.request, first_bin=first_bin, n_bins=10, options=options)
    assert (job.bin_range, job.n_job_bins, job.n_requests, job.is_last) == expected
    values = job.to_dict()
    assert (values["first_bin"], values["n_bins"]) == (first_bin, 10)


def test_a_job_of_a_whole_raster_has_no_bins_of_its_own() -> None:
    assert (JOB.bin_range, JOB.is_last) == ("", True)
    values = JOB.to_dict()
    assert (values["first_bin"], values["n_bins"], values["n_requests"]) == (None, None, 1)


def test_scripts_find_the_hash_by_its_earlier_name_as_well() -> None:
    values = JOB.to_dict()
    assert values["identity"] == values["request_hash"] == JOB.request_hash


def test_a_command_asks_for_the_raster_in_the_words_of_today() -> None:
    # Records keep the names of settings of the release that made them.
    job = replace(JOB, options={"second_readers": 2, "twirling": "none", "private": True})
    said = rerun_command(replace(job, account_name="my lab"))
    assert said == (
        "neuroqgan run --name mine --backend ibm_stub --samples 1000 --seed 7 "
        "--redundant-readout 2 --private --account 'my lab'"
    )
