"""Builds the server and every client, each with its own feature alone."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TARGET = HERE / "target"
PYTHON = TARGET / "venv" / "bin" / "python"

# What cargo builds together.
PROGRAMS = {
    "server": ["server"],
    "bedwire,measure": ["load_bedwire", "allocations_bedwire"],
    "aws-sdk,measure": ["load_aws_sdk", "allocations_aws_sdk"],
    "plain-reqwest,measure": ["load_plain_reqwest", "allocations_plain_reqwest"],
    "plain-hyper,measure": ["load_plain_hyper"],
}


def everything() -> None:
    cargo("fetch", "--locked")
    for features, programs in PROGRAMS.items():
        print(f"building {', '.join(programs)}", file=sys.stderr)
        names = [word for name in programs for word in ("--bin", name)]
        cargo("build", "--locked", "--release", "--features", features, *names, "--target-dir", str(TARGET))
    boto3()


def program(name: str) -> list[str]:
    """The command of a client or of the server."""
    if name == "load_boto3":
        return [str(PYTHON), str(HERE / "boto3_load.py")]
    return [str(TARGET / "release" / name)]


def cargo(*arguments: str) -> None:
    subprocess.run(["cargo", *arguments, "--quiet"], cwd=HERE, env=cargo_environment(), check=True, timeout=1200)


def cargo_environment() -> dict[str, str]:
    """Without what would make a build other than cargo's own."""
    others = {"RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_INCREMENTAL", "CARGO_TARGET_DIR", "CARGO_BUILD_JOBS"}
    return {name: value for name, value in os.environ.items() if name not in others}


def boto3() -> None:
    """boto3, in an environment of its own."""
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import boto3"], capture_output=True).returncode:
        print("installing boto3", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", PYTHON.parent.parent], check=True, timeout=120)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]
        subprocess.run([PYTHON, *install], cwd=HERE, check=True, timeout=300)


def boto3_version() -> str:
    asked = [PYTHON, "-c", "import boto3; print(boto3.__version__)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
