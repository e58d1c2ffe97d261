"""Plays schedules on all cores, and shrinks and prints those that fail: ``python -m tests.simulation 1000..1199``.

With ``--failover`` it plays the schedules of several servers and gateways.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

from tests.simulation import failover
from tests.simulation.people import STEPS
from tests.simulation.schedule import Run, collect_seldom, run, shrink


def _seeds(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Plays schedules of the whole system in simulated time.")
    parser.add_argument("seeds", type=_seeds, help="1000..1199, or one seed")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--failover", action="store_true", help="with several servers and gateways")
    options = parser.parse_args(arguments)
    play, steps = (failover.play, failover.TURNS) if options.failover else (run, STEPS)
    began = time.monotonic()
    acts: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    failed: list[Run] = []
    with Pool(options.processes, collect_seldom) as pool:
        for played in pool.imap_unordered(play, options.seeds, chunksize=4):
            acts.update(played.acts)
            outcomes.update(played.outcomes)
            if played.broken is not None:
                failed.append(played)
                print(f"seed {played.seed}: {played.broken}", flush=True)
    took_s = time.monotonic() - began
    count = len(options.seeds)
    print(
        f"{count} schedules of {steps} steps in {took_s:.1f} s "
        f"({count / took_s * 60:.0f} a minute), {len(failed)} violations"
    )
    print("acts      " + ", ".join(f"{name} {number}" for name, number in acts.most_common()))
    print("outcomes  " + ", ".join(f"{name} {number}" for name, number in outcomes.most_common()))
    if options.json:
        figures = {
            "schedules": count,
            "steps": steps,
            "seconds": round(took_s, 1),
            "violations": [{"seed": each.seed, "what": str(each.broken)} for each in failed],
            "acts": acts,
            "outcomes": outcomes,
        }
        options.json.write_text(json.dumps(figures, indent=1), "utf-8")
    for each in failed[:1] if not options.failover else ():
        steps_left = shrink(each.seed)
        print(
            f"seed {each.seed} still fails with the steps {steps_left}: {run(each.seed, steps=steps_left).broken}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
