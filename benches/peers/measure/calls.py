"""What a call costs where nothing is throttled: CPU time, memory, allocations."""

import statistics
import sys

from .process import Client, Server
from .report import Check, Section, ratio, short

BEDWIRE = Client("bedwire", "load_bedwire")
REQWEST = Client("plain reqwest", "load_plain_reqwest")
HYPER = Client("plain hyper", "load_plain_hyper")
SDK = Client("AWS SDK", "load_aws_sdk")
BOTO3 = Client("boto3", "load_boto3")
CLIENTS = (BEDWIRE, HYPER, REQWEST, SDK, BOTO3)

COUNTERS = {
    BEDWIRE: "allocations_bedwire",
    REQWEST: "allocations_plain_reqwest",
    SDK: "allocations_aws_sdk",
}


def measure(rounds: int, quick: bool) -> Section:
    calls = 4_000 if quick else 40_000
    cpu, memory = {client: [] for client in CLIENTS}, {client: [] for client in CLIENTS}
    for _ in range(rounds):
        for client in CLIENTS:
            # It is slow, and its figure is far from the others.
            count = calls // 40 if client is BOTO3 else calls
            cpu[client].append(load(client, count, at_once=64)["cpu_us_call"])
            memory[client].append(load(client, count // 4, at_once=256)["rss_kb"] / 1000)
            print(f"{client.name}: {cpu[client][-1]} µs, {memory[client][-1]:.1f} MB", file=sys.stderr)
    allocations = {client: count_allocations(program) for client, program in COUNTERS.items()}
    return section(cpu, memory, allocations, rounds, calls)


def load(client: Client, calls: int, at_once: int) -> dict:
    with Server() as server:
        figures = client.run(server.url, "invoke", calls, at_once)
    if figures["fail"]:
        raise RuntimeError(f"{client.name}: {figures['fail']} of {calls} calls failed")
    return figures


def count_allocations(program: str) -> int:
    with Server() as server:
        return Client(program, program).run(server.url, 500)["allocations"]


def section(cpu: dict, memory: dict, allocations: dict, rounds: int, calls: int) -> Section:
    report = Section(
        "Calls",
        f"InvokeModel with a body of 1 KB over the loopback, nothing throttled, connections kept: CPU time of {calls:,} "
        f"calls, 64 at once; peak memory at 256 at once; medians of {rounds} rounds in turn, and of their ratios. "
        "Allocations of one call, after the connection is there. Plain hyper and plain reqwest sign nothing and retry "
        "nothing.",
        ["client", "CPU µs a call", "÷ reqwest", "÷ SDK", "peak MB", "÷ SDK", "allocations a call", "÷ SDK"],
    )
    to_reqwest, to_sdk, memory_to_sdk, counted = report.checks = [
        Check("CPU a call ÷ reqwest", ratio(cpu[BEDWIRE], cpu[REQWEST]), 1.5),
        Check("CPU a call ÷ SDK", ratio(cpu[BEDWIRE], cpu[SDK]), 0.45),
        Check("peak memory ÷ SDK", ratio(memory[BEDWIRE], memory[SDK]), 0.6),
        Check("allocations a call", allocations[BEDWIRE], 140),
    ]
    for client in CLIENTS:
        is_ours, count = client is BEDWIRE, allocations.get(client)
        report.rows.append(
            [
                client.name,
                short(statistics.median(cpu[client])),
                to_reqwest.cell() if is_ours else short(ratio(cpu[client], cpu[REQWEST])),
                to_sdk.cell() if is_ours else short(ratio(cpu[client], cpu[SDK])),
                short(statistics.median(memory[client])),
                memory_to_sdk.cell() if is_ours else short(ratio(memory[client], memory[SDK])),
                counted.cell() if is_ours else short(count),
                short(count and count / allocations[SDK]),
            ]
        )
    return report
