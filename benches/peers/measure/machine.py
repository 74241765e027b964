"""Where and with what the figures were measured."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def description(boto3_version: str) -> str:
    today = datetime.date.today().isoformat()
    versions = ", ".join(f"{name} {locked(name)}" for name in ("aws-sdk-bedrockruntime", "aws-config", "reqwest"))
    return (
        f"Measured on {today}: {processor()}, {os.cpu_count()} cores, {memory()}, {platform.system()} "
        f"{platform.release()}; {rustc()}; {versions}, boto3 {boto3_version}, Python {platform.python_version()}."
    )


def load() -> str:
    """How busy the machine is: the mean of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1) if found else platform.processor()


def memory() -> str:
    found = re.search(r"^MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return f"{int(found.group(1)) / 1024**2:.0f} GiB" if found else "memory unknown"


def rustc() -> str:
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def locked(crate: str) -> str:
    """The version in Cargo.lock."""
    lock = (HERE / "Cargo.lock").read_text()
    found = re.search(rf'^name = "{re.escape(crate)}"\nversion = "(.+)"$', lock, re.MULTILINE)
    return found.group(1) if found else "?"
