"""The best that a client can do: a queue that knows when the service has room."""

import heapq
from dataclasses import dataclass


@dataclass(frozen=True)
class Ideal:
    """In seconds: until the last answer, and the longest that a call waits for the service to let it in."""

    time: float
    longest_wait: float


def first_come_first_served(
    rate: float | None, burst: float, changes: list[tuple[float, float]], calls: int, at_once: int, answer: float
) -> Ideal:
    """So many callers, each of which makes a call after the other; a change is a time and the rate from then on."""
    free = [0.0] * at_once
    room = Room(rate, burst, changes)
    longest = 0.0
    for _ in range(calls):
        arrives = heapq.heappop(free)
        enters = room.next(arrives)
        longest = max(longest, enters - arrives)
        heapq.heappush(free, enters + answer)
    return Ideal(max(free), longest)


class Room:
    """A token bucket, asked when it next has room."""

    def __init__(self, rate, burst, changes):
        self.rate, self.burst, self.changes = rate, burst, list(changes)
        self.level, self.now = float(burst), 0.0

    def next(self, at_least: float) -> float:
        if self.rate is None:
            return at_least
        self.pass_until(max(at_least, self.now))
        while self.level < 1:
            full = self.now + (1 - self.level) / self.rate
            self.pass_until(min([full, *(at for at, _ in self.changes[:1])]))
            if self.now >= full:
                self.level = max(self.level, 1.0)
        self.level -= 1
        return self.now

    def pass_until(self, then: float) -> None:
        while self.changes and self.changes[0][0] <= then:
            at, rate = self.changes.pop(0)
            self.fill(at)
            self.rate = rate
        self.fill(then)

    def fill(self, then: float) -> None:
        self.level = min(self.burst, self.level + (then - self.now) * self.rate)
        self.now = then
