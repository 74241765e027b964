"""Figures against their bounds, and Markdown tables of them."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """A figure of bedwire that has a bound."""

    what: str
    figure: float
    at_most: float

    def is_met(self) -> bool:
        return self.figure <= self.at_most

    def cell(self) -> str:
        """The figure, in bold where it is more than its bound."""
        figure = short(self.figure)
        return f"{figure if self.is_met() else f'**{figure}**'} (≤ {self.at_most:.4g})"


@dataclass
class Section:
    """What a module found out."""

    title: str
    note: str
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def markdown(self) -> str:
        return f"## {self.title}\n\n{self.note}\n\n{table(self.header, self.rows)}"


def not_met(sections: list[Section]) -> list[str]:
    return [check.what for section in sections for check in section.checks if not check.is_met()]


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Of figures that were taken in turn: what one round says, in the middle. A machine that is slower in one round than
    in the next is so for both."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def short(number: float | None) -> str:
    """With three digits or so, and a dash where there is no number."""
    if number is None:
        return "–"
    if number >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.3f}" if 0.9 < number < 1.2 else f"{number:.2f}"
