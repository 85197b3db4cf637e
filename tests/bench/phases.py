"""Run lintnn's command line under a sampling profiler and say which of its packages the CPU time went to.

    python -m tests.bench.phases OUT check --isolated …

A sample belongs to the innermost frame of the stack that lies in lintnn, so the work of libcst, networkx or msgspec counts for the
package that called them. OUT receives a JSON object: package to CPU seconds.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

INTERVAL = 0.005
PACKAGE = f"{Path(__file__).resolve().parents[2] / 'lintnn'}/"
OUTSIDE = "start and other"


@functools.cache
def phase(filename: str) -> str | None:
    """The package or module of lintnn that a source file belongs to; None for files of others."""
    if not filename.startswith(PACKAGE):
        return None
    return filename.removeprefix(PACKAGE).partition("/")[0].removesuffix(".py")


class Sampler:
    """Counts samples by phase while it is on."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()

    def start(self) -> None:
        """Sample every few milliseconds of CPU time."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> dict[str, float]:
        """Stop; the seconds by phase, most first."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        return {name: count * INTERVAL for name, count in self.samples.most_common()}

    def _take(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            found = phase(frame.f_code.co_filename)
            if found is not None and found != "__main__":
                self.samples[found] += 1
                return
            frame = frame.f_back
        self.samples[OUTSIDE] += 1


def main() -> None:
    """Run the command line given after the output file."""
    out, sys.argv = Path(sys.argv[1]), ["lintnn", *sys.argv[2:]]
    sampler = Sampler()
    sampler.start()
    try:
        from lintnn.__main__ import main as lintnn_main

        lintnn_main()
    finally:
        out.write_text(json.dumps(sampler.stop()))


if __name__ == "__main__":
    main()
