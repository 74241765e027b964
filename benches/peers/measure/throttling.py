"""Clients against a quota: what fails, how long all calls take, how often they are throttled, how long one waits."""

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .process import Client
from .report import Check, Section, short
from .scenarios import AT_ONCE, BEDWIRE, PLAIN, SCENARIOS, Scenario

FAILED, TIME, WORST, THROTTLED, WAIT = "failed", "time ÷ ideal", "worst", "429s", "longest wait ÷ ideal"
COLUMNS = (FAILED, TIME, WORST, THROTTLED, "429s a success", WAIT)


@dataclass(frozen=True)
class Outcome:
    """One run of a client."""

    # `None` where it was not done in time.
    failed: int | None
    seconds: float
    admitted: int
    throttled: int
    longest_wait: float


@dataclass
class Result:
    """All runs of a client in a scenario."""

    scenario: Scenario
    client: Client
    outcomes: list[Outcome] = field(default_factory=list)

    def is_complete(self) -> bool:
        return all(outcome.failed == 0 for outcome in self.outcomes)

    def median(self, figure) -> float:
        return statistics.median(figure(outcome) for outcome in self.outcomes)

    def failed(self) -> int | None:
        failed = [outcome.failed for outcome in self.outcomes]
        return None if None in failed else max(failed)

    def times(self) -> list[float]:
        ideal = self.scenario.ideal().time
        return [outcome.seconds / ideal for outcome in self.outcomes]

    def time(self) -> float:
        return statistics.median(self.times())

    def throttled(self) -> float:
        return self.median(lambda outcome: outcome.throttled)

    def wait(self) -> float:
        return self.median(lambda outcome: outcome.longest_wait) / self.scenario.ideal().longest_wait

    def cells(self) -> dict[str, str]:
        failed = self.failed()
        per_success = self.median(lambda outcome: outcome.throttled / max(outcome.admitted, 1))
        cells = {
            FAILED: "not done" if failed is None else str(failed),
            THROTTLED: short(self.throttled()),
            "429s a success": f"{per_success:.3f}",
        }
        # Of calls that failed nobody can say how long they would have taken.
        if self.is_complete():
            cells |= {TIME: short(self.time()), WORST: short(max(self.times()))}
            if self.scenario.rate:
                cells[WAIT] = short(self.wait())
        return cells


def measure(rounds: int, lanes: int, quick: bool) -> Section:
    scenarios = [scenario.quick() for scenario in SCENARIOS] if quick else list(SCENARIOS)
    results = {
        (scenario.name, client.name): Result(scenario, client)
        for scenario in scenarios
        for client in (BEDWIRE, *scenario.rivals)
    }
    # The longest first, so that the short ones fill the lanes beside them.
    longest_first = sorted(results.values(), key=lambda result: -result.scenario.ideal().time)
    # A round has every client of every scenario once.
    jobs = [
        result
        for number in range(rounds)
        for result in longest_first
        if result.client is BEDWIRE or number < result.scenario.rival_rounds
    ]
    with ThreadPoolExecutor(lanes) as pool:
        for result, outcome in pool.map(lambda job: (job, play(job.scenario, job.client)), jobs):
            result.outcomes.append(outcome)
            print(f"{result.scenario.name} · {result.client.name}: {outcome}", file=sys.stderr)
    return section(list(results.values()), rounds, lanes)


def play(scenario: Scenario, client: Client) -> Outcome:
    with scenario.server() as server, tempfile.TemporaryDirectory() as folder:
        told = dict(scenario.told) | ({"SHARED": folder} if scenario.shares_a_folder else {})
        environment = told if client is BEDWIRE else {}
        deadline = time.monotonic() + scenario.patience()
        runs = [
            client.start(server.url, "invoke", scenario.calls, AT_ONCE, **environment)
            for _ in range(scenario.processes)
        ]
        printed = [run.result(deadline) for run in runs]
        stats = server.stats()
    done = [figures for figures in printed if figures is not None]
    return Outcome(
        failed=sum(figures["fail"] for figures in done) if len(done) == len(runs) else None,
        seconds=stats["seconds"],
        admitted=stats["admitted"],
        throttled=stats["throttled"],
        longest_wait=max((figures["max_us"] for figures in done), default=0) / 1e6 - scenario.answer_ms / 1000,
    )


def section(results: list[Result], rounds: int, lanes: int) -> Section:
    report = Section(
        "Throttling",
        f"A token bucket, {AT_ONCE} calls at once in each process, answers in 20 ms unless said; bedwire in {rounds} "
        "rounds, the others too (or in 2, where they take minutes); medians, but *failed* and *worst* are those of the "
        "worst round. The ideal is a queue that knows when there is room, first come, first served. "
        f"{lanes} runs at a time, each with a server of its own: they wait more than they work. Rivals have 50 attempts "
        "and no retry quota, unless by default; *not done* is one that took ten times as long as it might.",
        ["scenario", "client", *COLUMNS],
    )
    for result in results:
        cells = result.cells()
        if result.client is BEDWIRE:
            beside = [other for other in results if other.scenario is result.scenario and other is not result]
            bounded = checks(result, beside)
            cells |= {column: check.cell() for column, check in bounded.items()}
            report.checks.extend(bounded.values())
        row = [cells.get(column, "–") for column in COLUMNS]
        report.rows.append([result.scenario.name, result.client.name, *row])
    return report


def checks(ours: Result, beside: list[Result]) -> dict[str, Check]:
    """By their columns."""
    scenario, failed = ours.scenario, ours.failed()
    found = {
        FAILED: (scenario.all_calls() if failed is None else failed, 0),
        THROTTLED: (ours.throttled(), scenario.most_throttled),
    }
    if scenario.rate:
        better = [other for other in beside if is_better(other, ours)]
        found |= {
            TIME: (ours.time(), scenario.most_time),
            WAIT: (ours.wait(), 1.1),
            "rivals that are better in both time and 429s": (len(better), 0),
        }
    if scenario.worst_time:
        found[WORST] = (max(ours.times()), scenario.worst_time)
    for plain in (other for other in beside if other.client is PLAIN):
        ideal = scenario.ideal().time
        # Half a second more than without pacing.
        found[TIME] = (ours.time(), plain.time() + 0.5 / ideal)
    return {column: Check(f"{scenario.name}: {column}", *figures) for column, figures in found.items()}


def is_better(other: Result, ours: Result) -> bool:
    return other.is_complete() and other.time() < ours.time() and other.throttled() < ours.throttled()
