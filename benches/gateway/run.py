#!/usr/bin/env python3
"""Measures `bedwire serve` beside LiteLLM's proxy and Portkey's gateway, and writes RESULTS.md.

usage: run.py [--quick] [--without-peers] [--no-build]

Everything runs on this machine, over a local upstream, one gateway at a time. The peers come from PyPI and npm into
target/ here; those that cannot be installed are left out, with a word.
"""

import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
AWS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "us-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What the clients send: LiteLLM takes no request without a key.
KEY = "sk-bench-0123456789"
TICK = os.sysconf("SC_CLK_TCK")
FORWARDER = "a forwarder of plain hyper"
PUSHED = "bedwire, clients and upstream as ordinary tasks"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="one short round of each")
    arguments.add_argument("--without-peers", action="store_true", help="bedwire alone")
    arguments.add_argument("--no-build", action="store_true", help="take the programs that were built before")
    options = arguments.parse_args()
    bench = TARGET / "release/gateway-bench"
    if not options.no_build:
        build()
    rows, rounds = {}, 1 if options.quick else 5
    with Server([bench, "upstream", "0"], gives_way=True) as upstream:
        gateways = [bedwire(upstream), Gateway(FORWARDER, lambda: Server([bench, "forward", upstream.url]))]
        if not options.without_peers:
            gateways += [peer for peer in (litellm(upstream), portkey(upstream)) if peer]
        for gateway in gateways:
            try:
                rows[gateway.name] = throughput(bench, gateway, rounds, options.quick)
            except (RuntimeError, subprocess.SubprocessError) as error:
                print(f"left out: {gateway.name} ({error})", file=sys.stderr)
    with Server([bench, "upstream", "0"]) as upstream:
        ours = bedwire(upstream)
        rows[PUSHED] = throughput(bench, ours, rounds, options.quick, gives_way=False)
        rest = {
            "streams": open_streams(bench, ours, upstream, 200 if options.quick else 1000),
            "first": first_token(bench, ours, upstream, 50 if options.quick else 500),
            "load": load(bench, ours, upstream, 5_000 if options.quick else 50_000),
        }
    text = report(rows, rest)
    print(text)
    if not options.quick:
        (HERE / "RESULTS.md").write_text(text)


def build():
    run(["cargo", "build", "--release", "--quiet", "--manifest-path", ROOT / "Cargo.toml", "--target-dir", TARGET / "bedwire"])
    run(["cargo", "build", "--release", "--quiet", "--manifest-path", HERE / "Cargo.toml", "--target-dir", TARGET])


class Server:
    """A process that says `listening on http://…`, or answers at a URL in the end."""

    def __init__(self, command, url=None, environment=None, gives_way=False):
        self.log = open(TARGET / "server.log", "ab")
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE if url is None else self.log,
            stderr=self.log,
            env={**os.environ, **AWS, **(environment or {})},
            start_new_session=True,
            preexec_fn=give_way if gives_way else None,
        )
        self.url = url or self.said()
        if url:
            self.wait_for(url)

    def said(self):
        line = self.process.stdout.readline().decode()
        return re.search(r"http://\S+", line).group(0)

    def wait_for(self, url):
        for _ in range(240):
            try:
                urllib.request.urlopen(url, timeout=1).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"it ended: see {self.log.name}") from None
                time.sleep(0.5)
        raise RuntimeError(f"{url} does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def processes(self):
        """All processes of its session."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:
                found.append((int(stat.parent.name), fields))
        return found

    def cpu_s(self):
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self.processes()) / TICK

    def memory_mb(self, field="VmHWM"):
        total = 0
        for pid, _ in self.processes():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            found = re.search(rf"{field}:\s+(\d+) kB", status)
            total += int(found.group(1)) if found else 0
        return total / 1000


class Gateway:
    def __init__(self, name, start, headers=(), base="/v1"):
        self.name, self.start, self.headers, self.base = name, start, headers, base


def bedwire(upstream):
    binary = TARGET / "bedwire/release/bedwire"
    command = [binary, "--endpoint-url", upstream.url, "serve", "--listen", "127.0.0.1:0"]
    return Gateway("bedwire", lambda: Server(command))


def litellm(upstream):
    folder = TARGET / "litellm"
    python = folder / "bin/python"
    try:
        if not python.exists():
            run([sys.executable, "-m", "venv", folder])
            run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "litellm[proxy]==1.106.*"])
    except subprocess.CalledProcessError as error:
        print(f"left out: LiteLLM ({error})", file=sys.stderr)
        return None
    config = folder / "config.yaml"
    config.write_text(
        "model_list:\n- model_name: nova-lite\n  litellm_params:\n    model: bedrock/converse/us.amazon.nova-lite-v1:0\n"
        f"    aws_region_name: us-west-2\n    aws_bedrock_runtime_endpoint: {upstream.url}\n"
    )
    port = 18471
    command = [folder / "bin/litellm", "--config", config, "--host", "127.0.0.1", "--port", port, "--num_workers", "2"]
    environment = {"LITELLM_MASTER_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    url = f"http://127.0.0.1:{port}"
    return Gateway("LiteLLM proxy, 2 workers", lambda: Server(command, f"{url}/health/liveliness", environment))


def portkey(upstream):
    folder = TARGET / "portkey"
    try:
        if not (folder / "node_modules/@portkey-ai/gateway").exists():
            folder.mkdir(parents=True, exist_ok=True)
            run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "@portkey-ai/gateway@1.15"])
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"left out: Portkey ({error})", file=sys.stderr)
        return None
    port = 18472
    command = ["node", folder / "node_modules/@portkey-ai/gateway/build/start-server.js", "--headless", f"--port={port}"]
    headers = ("x-portkey-provider: openai", f"x-portkey-custom-host: {upstream.url}/v1")
    environment = {"TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"}
    return Gateway("Portkey gateway", lambda: Server(command, f"http://127.0.0.1:{port}/", environment), headers)


def throughput(bench, gateway, rounds, quick, gives_way=True):
    """Requests a second, CPU a request and peak memory, non-streaming, 64 at once."""
    is_fast = gateway.name in ("bedwire", FORWARDER)
    requests = (5_000 if quick else 40_000) if is_fast else (300 if quick else 2_000)
    with gateway.start() as server:
        url = base(server.url) + gateway.base
        client(bench, "chat", url, requests // 10, 64, *gateway.headers, gives_way=gives_way)
        measured = []
        for _ in range(rounds):
            before = server.cpu_s()
            figures = client(bench, "chat", url, requests, 64, *gateway.headers, gives_way=gives_way)[0]
            figures["cpu_us"] = (server.cpu_s() - before) * 1e6 / requests
            measured.append(figures)
        memory = server.memory_mb()
    middle = {name: statistics.median(one[name] for one in measured) for name in ("calls_s", "cpu_us", "p50_us", "p99_us")}
    cpu = [one["cpu_us"] for one in measured]
    return {**middle, "least_us": min(cpu), "most_us": max(cpu), "fail": sum(one["fail"] for one in measured), "memory_mb": memory,
            "first_failure": next((one["first_failure"] for one in measured if one["fail"]), "")}


def open_streams(bench, gateway, upstream, streams):
    configure(upstream, gap_ms=1000)
    with gateway.start() as server:
        figures = client(bench, "streams", base(server.url) + gateway.base, streams, 60)
        configure(upstream)
        return {"streams": streams, "whole": figures[-1]["whole"], "memory_mb": server.memory_mb()}


def first_token(bench, gateway, upstream, times):
    """What the gateway adds: the medians of rounds in turn."""
    configure(upstream)
    direct, through = [], []
    with gateway.start() as server:
        for _ in range(3):
            direct.append(client(bench, "first-token", f"{upstream.url}/model/x/converse-stream", times)[0]["first_token_us"])
            through.append(client(bench, "first-token", base(server.url) + gateway.base, times)[0]["first_token_us"])
    return {"direct_us": statistics.median(direct), "through_us": statistics.median(through)}


def load(bench, gateway, upstream, requests):
    """Many requests over an upstream that throttles 5% and cuts 1% of them."""
    configure(upstream, throttle=5, cut=1)
    with gateway.start() as server:
        url = base(server.url) + gateway.base
        started = time.monotonic()
        first = client(bench, "chat", url, requests // 5, 256)[0]
        early = server.memory_mb("VmRSS")
        rest = client(bench, "chat", url, requests - requests // 5, 256)[0]
        seconds = time.monotonic() - started
        late = server.memory_mb("VmRSS")
    stats = json.load(urllib.request.urlopen(f"{upstream.url}/_stats"))
    configure(upstream)
    return {
        "requests": requests, "ok": first["ok"] + rest["ok"], "foreign": first["foreign"] + rest["foreign"],
        "fail": first["fail"] + rest["fail"], "early_mb": early, "late_mb": late, "seconds": seconds, "calls_s": rest["calls_s"],
        "upstream": stats, "first_failure": first["first_failure"] or rest["first_failure"],
    }


def promised(rows, rest):
    """What was promised, each with whether it is met here."""
    ours, streams, first = rows["bedwire"], rest["streams"], rest["first"]
    added = (first["through_us"] - first["direct_us"]) / 1000
    promises = [
        ("at most 60 µs of CPU a request", ours["cpu_us"] <= 60),
        ("at most 30 MB", ours["memory_mb"] <= 30),
        ("1,000 streams in at most 100 MB", streams["memory_mb"] <= 100),
        ("at most 1 ms to the first token", added <= 1),
        ("none of 50,000 lost", not rest["load"]["fail"]),
    ]
    for name, times in (("LiteLLM", 50), ("Portkey", 10)):
        peers = [row for peer, row in rows.items() if peer.startswith(name)]
        promises += [(f"{times} × {name}", ours["calls_s"] >= times * row["calls_s"]) for row in peers]
    return ", ".join(what if is_met else f"**{what}: not met**" for what, is_met in promises)


def report(rows, rest):
    ours = rows["bedwire"]
    lines = [
        f"Measured {date.today()} on {cpu_model()}, {os.cpu_count()} cores, {platform.system()}: chat completions without",
        "streaming, 1 KB, 64 at once, over a local upstream; medians of rounds, CPU from its least to its most; clients and",
        "upstream are batch tasks, which push no gateway off its core; `benches/gateway/run.py`.",
        "",
        "| gateway | requests a second | bedwire ÷ it | CPU µs a request | CPU ÷ forwarding alone | median ms | peak MB | failed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    floor = rows[FORWARDER]["cpu_us"] if FORWARDER in rows else 0
    for name, row in rows.items():
        ratio = f"{ours['calls_s'] / row['calls_s']:.1f}" if row["calls_s"] else "–"
        lines.append(
            f"| {name} | {row['calls_s']:.0f} | {ratio} | {row['cpu_us']:.0f} ({row['least_us']:.0f}–{row['most_us']:.0f})"
            f" | {row['cpu_us'] / floor if floor else 0:.1f} | {row['p50_us'] / 1000:.1f}"
            f" | {row['memory_mb']:.0f} | {row['fail']} |"
        )
        if row["first_failure"]:
            lines.append(f"| | | | | | | | {row['first_failure'][:120]} |")
    streams, first, load_ = rest["streams"], rest["first"], rest["load"]
    lines += [
        "",
        f"- {streams['streams']} streams open at once: {streams['memory_mb']:.0f} MB, {streams['whole']} whole.",
        f"- First token: {first['direct_us']} µs directly, {first['through_us']} µs through the gateway:"
        f" {(first['through_us'] - first['direct_us']) / 1000:.2f} ms added.",
        f"- {load_['requests']} requests at 256 at once, 5% throttled and 1% cut upstream by chance:"
        f" {load_['ok']} answered in {load_['seconds']:.0f} s,"
        f" {load_['fail']} failed, {load_['foreign']} with another's answer; {load_['early_mb']:.0f} MB after a fifth of them,"
        f" {load_['late_mb']:.0f} MB at the end; upstream: {load_['upstream']}.",
    ]
    if load_["first_failure"]:
        lines.append(f"  First failure: {load_['first_failure'][:200]}")
    lines += ["", f"Promised: {promised(rows, rest)}."]
    return "\n".join(lines) + "\n"


def client(bench, *arguments, gives_way=False):
    command = [str(bench), *map(str, arguments)]
    first = give_way if gives_way else None
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True, preexec_fn=first)
    return [json.loads(line) for line in done.stdout.splitlines()]


def give_way():
    """Clients and upstream have no machine of their own here. Each answer would push the gateway off its core, nearly once
    a request, and the cold caches after that would count as the gateway's time; a batch task waits for its turn."""
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def configure(upstream, throttle=0, cut=0, gap_ms=0):
    url = f"{upstream.url}/_config?throttle={throttle}&cut={cut}&gap_ms={gap_ms}"
    urllib.request.urlopen(urllib.request.Request(url, method="POST")).read()


def base(url):
    return "/".join(url.split("/")[:3])


def cpu_model():
    found = re.search(r"model name\s+: (.+)", Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else platform.processor()


def run(command):
    subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    main()
