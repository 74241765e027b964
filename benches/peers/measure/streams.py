"""What an event of a stream costs."""

import statistics
import sys

from .process import Client, Server
from .report import Check, Section, ratio, short

BEDWIRE = Client("bedwire", "load_bedwire")
SDK = Client("AWS SDK", "load_aws_sdk")

# How many frames come at once, and what bedwire may take of the SDK's time then.
BOUNDS = {64: 0.35, 1: 0.6}


def measure(rounds: int, quick: bool) -> Section:
    events = 64 * (1_000 if quick else 10_000)
    report = Section(
        "Streams",
        f"CPU time of each of {events:,} events of one ConverseStream answer, about 200 bytes each; medians of "
        f"{rounds} rounds in turn, and of their ratios.",
        ["frames a read", "bedwire, µs an event", "AWS SDK, µs an event", "bedwire ÷ SDK"],
    )
    for frames, bound in BOUNDS.items():
        taken = {client: [] for client in (BEDWIRE, SDK)}
        for _ in range(rounds):
            for client, figures in taken.items():
                figures.append(read(client, events, frames))
                print(f"{client.name}, {frames} frames a read: {figures[-1]} µs an event", file=sys.stderr)
        check = Check(f"CPU an event ÷ SDK, {frames} frames a read", ratio(*taken.values()), bound)
        report.checks.append(check)
        bedwire, sdk = (statistics.median(figures) for figures in taken.values())
        report.rows.append([str(frames), short(bedwire), short(sdk), check.cell()])
    return report


def read(client: Client, events: int, frames: int) -> float:
    with Server(events=events, frames=frames) as server:
        figures = client.run(server.url, "stream", 1)
    # What begins and ends the message comes on top.
    if figures["events"] != events + 4 or figures["payload_bytes"] != 20 * events:
        raise RuntimeError(f"{client.name} did not see all events: {figures}")
    return figures["cpu_us_ev"]
