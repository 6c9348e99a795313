"""The faults of ``benchmarks/mutations`` are those of this program: places and tests exist."""

from pathlib import Path

import pytest

from benchmarks.mutations.faults import Fault, read_faults

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: fault.name)
def test_a_fault_has_one_place_and_tests(fault: Fault) -> None:
    text = (PROJECT / fault.file).read_text("utf-8")
    assert fault.applied_to(text) != text
    missing = [test for test in fault.tests if not (PROJECT / test.partition("::")[0]).exists()]
    assert fault.tests
    assert not missing
