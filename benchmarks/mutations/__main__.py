"""``python -m benchmarks.mutations``: which one-line faults go unnoticed, and how many."""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from benchmarks.mutations.faults import Fault, read_faults
from benchmarks.mutations.try_fault import Verdict, copy_project, run_tests, try_fault

WANTED = 0.95


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    words.add_argument("names", nargs="*", help="only faults whose name has one of these in it")
    words.add_argument("--sample", action="store_true", help="only the cheap ones of every run")
    words.add_argument("--jobs", type=int, default=2, help="how many at once")
    words.add_argument("--verbose", action="store_true", help="show what the tests print")
    asked = words.parse_args()
    faults = [
        fault
        for fault in read_faults()
        if (fault.sample or not asked.sample)
        and (not asked.names or any(name in fault.name for name in asked.names))
    ]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.jobs):
            copies.put(copy_project(Path(folder) / str(number)))
        copy = copies.get()
        every = tuple(dict.fromkeys(test for fault in faults for test in fault.tests))
        code, text = run_tests(every, copy, workers=asked.jobs)
        copies.put(copy)
        if code:
            print(text[-4000:], "the tests fail without any fault", sep="\n")
            return 1

        def judge(fault: Fault) -> Verdict:
            copy = copies.get()
            try:
                verdict, text = try_fault(fault, copy)
            finally:
                copies.put(copy)
            print(f"{verdict:15} {fault.name}: {fault.breaks}", flush=True)
            if asked.verbose or verdict is Verdict.MISPLACED:
                print(text)
            return verdict

        with ThreadPoolExecutor(asked.jobs) as pool:
            verdicts = list(pool.map(judge, faults))
    noticed = verdicts.count(Verdict.NOTICED)
    seconds = time.monotonic() - began
    print(f"{noticed} of {len(faults)} faults noticed, in {seconds:.0f} s")
    return 0 if faults and noticed / len(faults) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
