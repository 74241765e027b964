"""boto3, with the arguments and the output of `examples/load.rs`: `boto3_load.py URL invoke CALLS AT_ONCE [BYTES]`.

`RETRY=standard|adaptive` and `ATTEMPTS=n` change how it retries.
"""

import itertools
import json
import os
import resource
import sys
import threading
import time

import boto3
from botocore.config import Config

MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"


def main():
    url, calls, at_once = sys.argv[1], int(sys.argv[3]), int(sys.argv[4])
    length = int(sys.argv[5]) if len(sys.argv) > 5 else 1024
    client = boto3.client("bedrock-runtime", endpoint_url=url, config=config(at_once))
    callers = Callers(client, body(length), calls)
    cpu, started = cpu_seconds(), time.monotonic()
    callers.run(at_once)
    wall, cpu = time.monotonic() - started, cpu_seconds() - cpu
    if callers.errors:
        print(f"{len(callers.errors)} failed, the first: {callers.errors[0]}", file=sys.stderr)
    took = sorted(callers.took)
    print(
        json.dumps(
            {
                "peer": "boto3_invoke",
                "n": calls,
                "c": at_once,
                "ok": len(took),
                "fail": len(callers.errors),
                "wall_s": round(wall, 4),
                "calls_s": round(calls / wall),
                "cpu_us_call": round(cpu / calls * 1e6, 2),
                "p50_us": percentile(took, 50),
                "p99_us": percentile(took, 99),
                "max_us": percentile(took, 100),
                "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
        )
    )


class Callers:
    """Threads that make a call after the other, as long as there are any."""

    def __init__(self, client, body, calls):
        self.client, self.body, self.calls = client, body, calls
        # Both are atomic as long as threads take turns in the interpreter.
        self.next, self.took, self.errors = itertools.count(), [], []

    def run(self, at_once):
        threads = [threading.Thread(target=self.call_in_turn) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def call_in_turn(self):
        while next(self.next) < self.calls:
            started = time.monotonic()
            try:
                answer = self.client.invoke_model(
                    modelId=MODEL, body=self.body, contentType="application/json"
                )
                answer["body"].read()
                self.took.append(time.monotonic() - started)
            except Exception as error:
                self.errors.append(error)


def config(at_once):
    retries = {}
    if "RETRY" in os.environ:
        retries["mode"] = os.environ["RETRY"]
    if "ATTEMPTS" in os.environ:
        retries["total_max_attempts"] = int(os.environ["ATTEMPTS"])
    return Config(retries=retries or None, max_pool_connections=at_once, read_timeout=300)


def body(length):
    """A request of this length."""

    def request(text):
        message = {"role": "user", "content": [{"type": "text", "text": text}]}
        whole = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 256, "messages": [message]}
        return json.dumps(whole, separators=(",", ":"))

    return request("a" * (length - len(request(""))))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def percentile(ordered, percent):
    """In microseconds."""
    return round(ordered[(len(ordered) - 1) * percent // 100] * 1e6) if ordered else 0


if __name__ == "__main__":
    main()
