"""``python -m bench.certainty``: whether error bars cover, and whether verdicts are right."""

from __future__ import annotations

import argparse
import sys

from bench.certainty.coverage import EXPERIMENTS, deviations, share_within
from bench.certainty.verdicts import Answer, ask, inside, outside


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.certainty", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how often noise is drawn, for error bars; 0 for none")
    parser.add_argument("--experiments", default=",".join(EXPERIMENTS), help="some of them")
    parser.add_argument("--verdicts", type=int, default=1, help="how often noise is drawn, for verdicts; 0 for none")
    asked = parser.parse_args()
    names = [name for name in asked.experiments.split(",") if name]
    if set(names) - set(EXPERIMENTS):
        raise SystemExit(f"there are no such experiments: name some of {', '.join(EXPERIMENTS)}")
    if asked.seeds < 1:
        names = []
    if names:
        print("| data | coefficient | within 1 error | within 2 errors |\n| --- | --- | --- | --- |")
    for name in names:
        experiment = EXPERIMENTS[name]
        title = experiment.name
        for word, values in deviations(experiment, range(asked.seeds)).items():
            one, two = (f"{100 * share_within(values, width):.3g} %" for width in (1.0, 2.0))
            print(f"| {title} | {word} | {one} | {two} |", flush=True)
            title = ""
    if asked.verdicts:
        _verdicts(asked.verdicts)


def _verdicts(seeds: int) -> None:
    known = [ask(one, seed) for seed in range(seeds) for one in inside()]
    lacking = [ask(one, seed) for seed in range(seeds) for one in outside()]
    right = [one for one in known if one.words == one.question.exact]
    print("\n| equation | data sets | right words | called certain |\n| --- | --- | --- | --- |")
    print(f"| in the dictionary | {len(known)} | {len(right)} | {sum(one.certain for one in known)} |")
    print(f"| not in the dictionary | {len(lacking)} |  | {sum(one.certain for one in lacking)} |")
    for one in known:
        if not one.certain or one not in right:
            _say(one)
    for one in lacking:
        if one.certain:
            _say(one)


def _say(one: Answer) -> None:
    print(f"{one.question.name}, {100 * one.question.level:g} % noise: {' '.join(sorted(one.words)) or 'no equation'}, "
          f"{'certain' if one.certain else 'not certain'} {'; '.join(one.reasons)}", file=sys.stderr)


if __name__ == "__main__":
    main()
