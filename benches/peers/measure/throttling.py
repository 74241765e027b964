"""Clients against a quota: what fails, how long all calls take, how often they are throttled, how long one waits."""

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from . import queue
from .process import Client, Server
from .report import Check, Section, short

AT_ONCE = 64

BEDWIRE = Client("bedwire", "load_bedwire")
PLAIN = Client("plain reqwest", "load_plain_reqwest")
# Without a limit of attempts that would make calls fail: so each is at its best.
MANY = ("ATTEMPTS", "50")
RIVALS = (
    Client("boto3, adaptive", "load_boto3", (("RETRY", "adaptive"), MANY)),
    Client("AWS SDK, adaptive", "load_aws_sdk", (("RETRY", "adaptive"), ("RETRY_QUOTA", "unlimited"), MANY)),
    Client("AWS SDK, standard", "load_aws_sdk", (("RETRY", "standard"), ("RETRY_QUOTA", "unlimited"), MANY)),
)
# What they do when nobody sets anything.
BY_DEFAULT = (Client("boto3, default", "load_boto3"), Client("AWS SDK, default", "load_aws_sdk"))


@dataclass(frozen=True)
class Scenario:
    """A quota, the calls that are made under it, and what bedwire may need for them."""

    name: str
    rate: float | None = 20
    burst: float = 20
    calls: int = 200
    answer_ms: int = 20
    # The rate halves after a third of the time, and doubles after three quarters.
    moves: bool = False
    processes: int = 1
    # What bedwire is told beforehand.
    told: tuple[tuple[str, str], ...] = ()
    shares_a_folder: bool = False
    rivals: tuple[Client, ...] = RIVALS
    # How often rivals run: what takes them minutes is not repeated as often.
    rival_rounds: int = 3
    most_time: float = 1.02
    most_throttled: float = 0
    worst_time: float | None = None

    def changes(self) -> list[tuple[float, float]]:
        if not self.moves:
            return []
        span = (self.calls - self.burst) / self.rate
        return [(0.33 * span, self.rate / 2), (0.75 * span, self.rate)]

    def all_calls(self) -> int:
        return self.calls * self.processes

    def ideal(self) -> queue.Ideal:
        return queue.first_come_first_served(
            self.rate,
            self.burst,
            self.changes(),
            self.all_calls(),
            AT_ONCE * self.processes,
            self.answer_ms / 1000,
        )

    def server(self) -> Server:
        changes = ",".join(f"{at:.3f}:{rate}" for at, rate in self.changes())
        return Server(rate=self.rate, burst=self.burst, changes=changes or None, answer_ms=self.answer_ms)

    def patience(self) -> float:
        """Seconds for a run: a client that takes five times as long as it might has shown enough."""
        return min(5 * self.ideal().time, 130) + 20

    def quick(self) -> "Scenario":
        return replace(self, calls=max(self.calls // 4, 50), rival_rounds=1)


def steady(calls: int) -> float:
    return 8 + 0.04 * calls


SCENARIOS = (
    Scenario(
        "20/s that halves, then doubles, 1000 calls",
        calls=1000,
        moves=True,
        rival_rounds=1,
        most_time=1.04,
        most_throttled=80,
    ),
    Scenario("20/s, 200 calls", rivals=RIVALS + BY_DEFAULT, most_throttled=steady(200)),
    Scenario("100/s, 1000 calls", rate=100, burst=100, calls=1000, most_throttled=steady(1000)),
    Scenario("20/s, answers in 1 s, 200 calls", answer_ms=1000, most_throttled=steady(200)),
    Scenario("5/s, 50 calls", rate=5, burst=5, calls=50, most_time=1.05, most_throttled=8),
    Scenario("20/s that halves, then doubles, 200 calls", moves=True, most_time=1.13, most_throttled=28),
    Scenario(
        "20/s, two processes, nothing shared, 200 calls each",
        processes=2,
        most_time=1.05,
        worst_time=1.55,
        most_throttled=0.14 * 400,
    ),
    Scenario(
        "20/s, two processes with a shared file, 200 calls each",
        processes=2,
        shares_a_folder=True,
        rivals=(),
        most_time=1.05,
        most_throttled=steady(400),
    ),
    Scenario(
        "20/s, rate and burst given, 200 calls",
        told=(("RPS", "20"), ("BURST", "20")),
        rivals=(),
        most_throttled=2,
    ),
    Scenario("20/s, rate given, 200 calls", told=(("RPS", "20"),), rivals=(), most_time=1.05, most_throttled=8),
    Scenario("no quota, 200 calls", rate=None, rivals=(PLAIN, *RIVALS)),
)


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

    def cells(self) -> list[str]:
        failed = self.failed()
        head = [self.client.name, "not done" if failed is None else str(failed)]
        per_success = self.median(lambda outcome: outcome.throttled / max(outcome.admitted, 1))
        throttled = [short(self.throttled()), f"{per_success:.3f}"]
        # Of calls that failed nobody can say how long they would have taken.
        if not self.is_complete():
            return [*head, "–", "–", *throttled, "–"]
        wait = f"{self.wait():.2f}" if self.scenario.rate else "–"
        return [*head, f"{self.time():.3f}", f"{max(self.times()):.3f}", *throttled, wait]


def measure(rounds: int, lanes: int, quick: bool) -> Section:
    scenarios = [scenario.quick() for scenario in SCENARIOS] if quick else list(SCENARIOS)
    results = {
        (scenario.name, client.name): Result(scenario, client)
        for scenario in scenarios
        for client in (BEDWIRE, *scenario.rivals)
    }
    # A round has every client of every scenario once.
    jobs = [
        result
        for number in range(rounds)
        for result in results.values()
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
        f"rounds, the others in up to 3, medians; *failed* and *worst* are those of the worst round. The ideal is "
        f"a queue that knows when there is room, first come, first served. {lanes} runs at a time, each with a server "
        f"of its own: they wait more than they work. Rivals have 50 attempts and no retry quota, unless by default.",
        ["scenario", "client", "failed", "time ÷ ideal", "worst", "429s", "429s a success", "longest wait ÷ ideal"],
    )
    for result in results:
        scenario = result.scenario
        report.rows.append([scenario.name, *result.cells()])
        if result.client is BEDWIRE:
            beside = [other for other in results if other.scenario is scenario and other is not result]
            report.checks.extend(checks(result, beside))
    return report


def checks(ours: Result, beside: list[Result]) -> list[Check]:
    scenario = ours.scenario
    failed = ours.failed()
    found = [
        Check(f"{scenario.name}: failed", scenario.all_calls() if failed is None else failed, 0),
        Check(f"{scenario.name}: 429s", ours.throttled(), scenario.most_throttled),
    ]
    plain = next((other for other in beside if other.client is PLAIN), None)
    if plain:
        more = ours.median(lambda run: run.seconds) - plain.median(lambda run: run.seconds)
        return [*found, Check(f"{scenario.name}: seconds more than unpaced", more, 0.5)]
    found.append(Check(f"{scenario.name}: time ÷ ideal", ours.time(), scenario.most_time))
    if scenario.worst_time:
        found.append(Check(f"{scenario.name}: worst time ÷ ideal", max(ours.times()), scenario.worst_time))
    found.append(Check(f"{scenario.name}: longest wait ÷ ideal", ours.wait(), 1.1))
    if beside:
        better = [other for other in beside if is_better(other, ours)]
        found.append(Check(f"{scenario.name}: rivals better in both time and 429s", len(better), 0))
    return found


def is_better(other: Result, ours: Result) -> bool:
    return other.is_complete() and other.time() < ours.time() and other.throttled() < ours.throttled()
