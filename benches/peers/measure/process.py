"""Starts the server and the clients, and ends them: each has a time by which it must be done."""

import json
import os
import subprocess
import time
import urllib.request
from dataclasses import dataclass

from . import build

# The machine's own settings would be part of what is measured.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "NO_PROXY": "127.0.0.1",
}


class Server:
    """The server, as long as the `with` lasts: `with Server(rate=20, burst=20) as server`."""

    def __init__(self, **options):
        self.options = [f"{name}={value}" for name, value in options.items() if value is not None]

    def __enter__(self) -> "Server":
        command = build.program("server") + self.options
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=ENVIRONMENT, **pipes)
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()
        if not self.url:
            raise RuntimeError(f"the server did not start: {command}")
        return self

    def __exit__(self, *_) -> None:
        # It ends with its input.
        self.process.communicate(timeout=10)

    def stats(self) -> dict:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/stats", timeout=10) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Client:
    """A program that makes calls, and how it is set up."""

    name: str
    program: str
    environment: tuple[tuple[str, str], ...] = ()

    def start(self, url: str, *arguments: object, **environment: str) -> "Run":
        command = [*build.program(self.program), url, *map(str, arguments)]
        env = ENVIRONMENT | dict(self.environment) | environment
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        return Run(subprocess.Popen(command, env=env, **pipes))

    def run(self, url: str, *arguments: object, seconds: float = 120) -> dict:
        result = self.start(url, *arguments).result(time.monotonic() + seconds)
        if result is None:
            raise RuntimeError(f"{self.name} printed no figures within {seconds} s")
        return result


@dataclass
class Run:
    """A client that was started."""

    process: subprocess.Popen

    def result(self, deadline: float) -> dict | None:
        """The figures that it prints; `None` where it has not done so by the deadline."""
        try:
            printed, _ = self.process.communicate(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return None
        return json.loads(printed.splitlines()[-1]) if printed.strip() else None
