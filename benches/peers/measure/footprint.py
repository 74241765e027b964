"""What a program brings along that makes one call: size, build time, crates."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .build import HERE, TARGET, cargo_environment
from .report import Check, Section, short

CLIENTS = {"bedwire": "one_call_bedwire", "aws-sdk": "one_call_aws_sdk"}
PROJECT = HERE.parent.parent


@dataclass(frozen=True)
class Built:
    """A program, built from nothing."""

    megabytes: float
    cpu_seconds: float
    wall_seconds: float


def measure() -> Section:
    bedwire, sdk = (build_anew(feature) for feature in CLIENTS)
    crates = count(HERE, "aws-sdk"), count(PROJECT, "client"), count(PROJECT, "")
    sdk_crates, client_crates, bare_crates = crates
    report = Section(
        "Footprint",
        'A program that makes one call, with TLS: `opt-level = "s"`, LTO, one codegen unit, stripped. Build time is '
        "that of all processes, into an empty folder. Crates are those of `cargo tree -e normal`, each once, the "
        "program's own and bedwire not counted; both sides have `idna_adapter` 1.0.0, which saves each 22.",
        ["", "bedwire", "AWS SDK", "bedwire ÷ SDK"],
        [
            compared("binary, MB", bedwire.megabytes, sdk.megabytes),
            compared("clean build, CPU s", bedwire.cpu_seconds, sdk.cpu_seconds),
            compared("clean build, s", bedwire.wall_seconds, sdk.wall_seconds),
            compared("crates", client_crates, sdk_crates),
            ["crates without features", short(bare_crates), "–", "–"],
        ],
    )
    report.checks = [
        Check("binary ÷ SDK", bedwire.megabytes / sdk.megabytes, 0.33),
        Check("clean build, CPU time ÷ SDK", bedwire.cpu_seconds / sdk.cpu_seconds, 0.35),
        Check("crates", client_crates, 115),
        Check("crates without features", bare_crates, 60),
    ]
    return report


def program(feature: str) -> Path:
    return folder(feature) / "small" / CLIENTS[feature]


def make_sure() -> None:
    """Builds what is not there, for those who measure no build."""
    for feature in CLIENTS:
        subprocess.run(command(feature), cwd=HERE, env=cargo_environment(), check=True, timeout=1200)


def build_anew(feature: str) -> Built:
    print(f"building {CLIENTS[feature]} from nothing", file=sys.stderr)
    shutil.rmtree(folder(feature), ignore_errors=True)
    started = time.monotonic()
    child = subprocess.Popen(command(feature), cwd=HERE, env=cargo_environment())
    # Cargo waits for all of its own children, so that their time is part of its own.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{CLIENTS[feature]} cannot be built")
    return Built(
        program(feature).stat().st_size / 1e6, usage.ru_utime + usage.ru_stime, time.monotonic() - started
    )


def command(feature: str) -> list[str]:
    choice = ["--features", feature, "--bin", CLIENTS[feature], "--target-dir", str(folder(feature))]
    return ["cargo", "build", "--quiet", "--locked", "--offline", "--profile", "small", *choice]


def folder(feature: str) -> Path:
    return TARGET / "footprint" / feature


def count(project: Path, features: str) -> int:
    choice = ["--no-default-features", "--features", features, "--target", "x86_64-unknown-linux-gnu"]
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", *choice],
        cwd=project,
        env=cargo_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    crates = {" ".join(line.split()[:2]) for line in tree.stdout.splitlines() if line.strip()}
    return sum(not crate.startswith(("bedwire ", "bedwire-peers ")) for crate in crates)


def compared(what: str, ours: float, theirs: float) -> list[str]:
    return [what, short(ours), short(theirs), short(ours / theirs)]
