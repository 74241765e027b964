"""What is played: quotas, the calls that are made under them, and who makes them."""

from dataclasses import dataclass, replace

from . import queue
from .process import Client, Server

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

    quota: str
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
    # How often rivals run at most: what takes them minutes is not repeated as often.
    rival_rounds: int = 5
    most_time: float = 1.02
    most_throttled: float = 0
    worst_time: float | None = None
    longest_patience: float = 150

    @property
    def name(self) -> str:
        return f"{self.quota}, {self.calls} calls{' each' if self.processes > 1 else ''}"

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
        """Seconds for a run: a client that takes ten times as long as it might has shown enough."""
        return min(10 * self.ideal().time + 20, self.longest_patience)

    def quick(self) -> "Scenario":
        return replace(self, calls=max(self.calls // 4, 50), longest_patience=30)


def steady(calls: int) -> float:
    return 8 + 0.04 * calls


SCENARIOS = (
    Scenario("20/s", rivals=RIVALS + BY_DEFAULT, most_throttled=steady(200)),
    Scenario("100/s", rate=100, burst=100, calls=1000, most_throttled=steady(1000)),
    Scenario("20/s, answers in 1 s", answer_ms=1000, most_throttled=steady(200)),
    Scenario("5/s", rate=5, burst=5, calls=50, most_time=1.05, most_throttled=8),
    Scenario("20/s that halves, then doubles", moves=True, most_time=1.13, most_throttled=28),
    Scenario(
        "20/s that halves, then doubles",
        calls=1000,
        moves=True,
        rival_rounds=2,
        most_time=1.04,
        most_throttled=80,
    ),
    Scenario(
        "20/s, two processes, nothing shared",
        processes=2,
        most_time=1.05,
        worst_time=1.55,
        most_throttled=0.14 * 400,
    ),
    Scenario(
        "20/s, two processes with a shared file",
        processes=2,
        shares_a_folder=True,
        rivals=(),
        most_time=1.05,
        most_throttled=steady(400),
    ),
    Scenario(
        "20/s, rate and burst given",
        told=(("RPS", "20"), ("BURST", "20")),
        rivals=(),
        most_throttled=2,
    ),
    Scenario("20/s, rate given", told=(("RPS", "20"),), rivals=(), most_time=1.05, most_throttled=8),
    Scenario("no quota", rate=None, rivals=(PLAIN, *RIVALS)),
)
