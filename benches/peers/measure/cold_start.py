"""How long a program takes that makes one call and ends."""

import os
import statistics
import time

from . import build, footprint
from .process import ENVIRONMENT, Server
from .report import Check, Section, short

BEDWIRE, SDK, BOTO3 = "bedwire", "AWS SDK", "boto3"


def measure(quick: bool) -> Section:
    runs = 20 if quick else 200
    with Server() as server:
        commands = {
            BEDWIRE: [str(footprint.program("bedwire")), server.url],
            SDK: [str(footprint.program("aws-sdk")), server.url],
            BOTO3: [*build.program("load_boto3"), server.url, "invoke", "1", "1"],
        }
        taken = {name: [] for name in commands}
        for number in range(runs):
            for name, command in commands.items():
                # Python alone takes longer than all the others together.
                if name != BOTO3 or number < runs // 20:
                    taken[name].append(whole_process(command))
    median = {name: statistics.median(figures) for name, figures in taken.items()}
    check = Check("cold start ÷ SDK", median[BEDWIRE] / median[SDK], 0.4)
    report = Section(
        "Cold start",
        f"From the start of a program to its end, with one call to a plain HTTP endpoint; medians of {runs} runs in "
        "turn. The programs are those of the footprint, and boto3's script.",
        ["client", "ms", "÷ SDK"],
        checks=[check],
    )
    for name, figure in median.items():
        ratio = check.cell() if name == BEDWIRE else short(figure / median[SDK])
        report.rows.append([name, short(figure * 1000), ratio])
    return report


def whole_process(command: list[str]) -> float:
    """Seconds. Without the pipes and threads of a module for subprocesses, which take longer than some programs."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=silent)
    _, status = os.waitpid(child, 0)
    taken = time.perf_counter() - started
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {status}")
    return taken
