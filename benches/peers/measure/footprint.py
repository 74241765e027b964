"""What a small program brings along: size, build time, crates."""

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
# bedwire once more, with the TLS of the system instead of its own.
SYSTEM_TLS = "system-tls"
PROGRAMS = {**CLIENTS, SYSTEM_TLS: CLIENTS["bedwire"]}
PROJECT = HERE.parent.parent


@dataclass(frozen=True)
class Built:
    """A program, built from nothing."""

    megabytes: float
    cpu_seconds: float
    wall_seconds: float


def measure() -> Section:
    bedwire, sdk = (build_anew(feature) for feature in CLIENTS)
    missing = missing_for_system_tls()
    system = None if missing else build_anew(SYSTEM_TLS)
    report = Section(
        "Footprint",
        "A program that makes an InvokeModel, a Converse or a ConverseStream call, with TLS: "
        '`opt-level = "s"`, LTO, one codegen unit, panics abort, stripped. Build time is '
        "that of all processes, into an empty folder. Crates are those of `cargo tree -e normal`, each once, the "
        "program's own and bedwire not counted; both sides have `idna_adapter` 1.0.0, which saves each 22. "
        "The system's TLS (the feature `native-tls` alone) is "
        + (f"not measured: {missing}." if missing else "the shared library of OpenSSL, which is not counted."),
        ["", "bedwire", "AWS SDK", "bedwire ÷ SDK", "bedwire, system's TLS"],
    )
    binary, cpu_time, crates, bare = report.checks = [
        Check("binary ÷ SDK", bedwire.megabytes / sdk.megabytes, 0.33),
        Check("clean build, CPU time ÷ SDK", bedwire.cpu_seconds / sdk.cpu_seconds, 0.35),
        Check("crates", count(PROJECT, "client"), 115),
        Check("crates without features", count(PROJECT, ""), 60),
    ]
    wall = bedwire.wall_seconds, sdk.wall_seconds
    sdk_crates = count(HERE, "aws-sdk")
    system_crates = short(count(PROJECT, "native-tls"))
    size, cpu, clock = (
        (system.megabytes, system.cpu_seconds, system.wall_seconds) if system else (None, None, None)
    )
    report.rows = [
        ["binary, MB", short(bedwire.megabytes), short(sdk.megabytes), binary.cell(), short(size)],
        ["clean build, CPU s", short(bedwire.cpu_seconds), short(sdk.cpu_seconds), cpu_time.cell(), short(cpu)],
        ["clean build, s", *map(short, wall), short(wall[0] / wall[1]), short(clock)],
        ["crates", crates.cell(), short(sdk_crates), short(crates.figure / sdk_crates), system_crates],
        ["crates without features", bare.cell(), "–", "–", "–"],
    ]
    return report


def missing_for_system_tls() -> str | None:
    """What a build with OpenSSL lacks here."""
    if os.environ.get("OPENSSL_DIR"):
        return None
    if not shutil.which("pkg-config"):
        return "there is no pkg-config here, which finds OpenSSL"
    found = subprocess.run(["pkg-config", "--exists", "openssl"]).returncode == 0
    return None if found else "the headers of OpenSSL are not here"


def program(feature: str) -> Path:
    return folder(feature) / "small" / PROGRAMS[feature]


def make_sure() -> None:
    """Builds what is not there, for those who measure no build."""
    for feature in CLIENTS:
        subprocess.run(command(feature), cwd=HERE, env=cargo_environment(), check=True, timeout=1200)


def build_anew(feature: str) -> Built:
    print(f"building {PROGRAMS[feature]} ({feature}) from nothing", file=sys.stderr)
    shutil.rmtree(folder(feature), ignore_errors=True)
    started = time.monotonic()
    child = subprocess.Popen(command(feature), cwd=HERE, env=cargo_environment())
    # Cargo waits for all of its own children, so that their time is part of its own.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{PROGRAMS[feature]} ({feature}) cannot be built")
    return Built(
        program(feature).stat().st_size / 1e6, usage.ru_utime + usage.ru_stime, time.monotonic() - started
    )


def command(feature: str) -> list[str]:
    choice = ["--features", feature, "--bin", PROGRAMS[feature], "--target-dir", str(folder(feature))]
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
