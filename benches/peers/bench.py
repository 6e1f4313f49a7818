"""One comparison: programs prepare a workload, have to agree, and are then timed in turns.

    python bench.py --workload W1 --size 10k --threads 1 gpuwa laddu:jit jax:direct jax:gram

Programs are NAME or NAME:VARIANT; the scripts in programs/ list variants. In every round each
program is asked in turn, the first one changing from round to round, so that all of them see the
same machine. All get the same new points: the truth with 1 % random changes. Records go to --out,
one JSON object a line; summary.py makes tables of them.
"""

import argparse
import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agreement import Reference, hessian_tolerance
from servers import HERE, Folders, Refused, Server
from workload import SIZES, Parameters, Workload

#: Seconds that one request for timing should take, and the calls it may make.
REQUEST_SECONDS = 0.3
CALLS = 3, 60
SPREAD = 0.01


@dataclass
class Job:
    """What is compared."""

    workload: str
    size: str
    threads: int
    programs: list
    rounds: int = 7
    hessian: bool = False
    #: Numbers of random starts to fit from.
    fits: list = field(default_factory=list)

    def identity(self):
        return {"workload": self.workload, "size": self.size, "threads": self.threads}


class Records:
    """Appends records to a file."""

    def __init__(self, path, job):
        self.file, self.identity = path.open("a"), job.identity()

    def add(self, what, server=None, **values):
        record = {"what": what} | self.identity | values
        if server is not None:
            record |= {"program": server.spec, "version": server.version}
        record["load"] = os.getloadavg()[0]
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()


class Bench:
    def __init__(self, job, folders, out):
        self.job, self.folders = job, folders
        self.records = Records(out, job)
        self.parameters = Parameters(Workload.load(job.workload))
        self.reference = Reference(folders.data, job.workload, job.size)
        self.random = np.random.default_rng(3)
        self.servers = []
        #: At the truth, of the first program that has one.
        self.hessian = None
        #: Calls of one request for timing, by server and what is asked.
        self.calls = {}

    def run(self):
        self.records.add("limits", **measured_limits(self.folders.env, self.job.threads))
        try:
            for spec in self.job.programs:
                self.attempt(spec, lambda spec=spec: self.start(spec))
            self.each_once(self.check)
            for number in range(self.job.rounds):
                self.round(number)
            self.each_once(self.memory)
            if self.job.hessian:
                self.each_once(self.time_hessian)
            for starts in self.job.fits:
                self.each_once(lambda server, starts=starts: self.fit(server, starts))
        finally:
            for server in self.servers:
                server.close()

    def attempt(self, spec, step, server=None):
        """A program that fails a step takes no further part."""
        try:
            step()
        except Refused as reason:
            print(f"  {spec}: {reason}", flush=True)
            self.records.add("refused", program=spec, reason=str(reason))
            if server in self.servers:
                self.servers.remove(server)
                server.close()

    def each_once(self, step, first=0):
        """A step of every program, beginning with the one in this place of the list."""
        turn = first % max(1, len(self.servers))
        for server in self.servers[turn:] + self.servers[:turn]:
            self.attempt(server.spec, lambda server=server: step(server), server)

    def start(self, spec):
        server = Server(spec, self.job, self.folders, self.parameters)
        self.servers.append(server)
        self.records.add("start", server, wall=[server.start_wall], cpu=[server.start_cpu])
        print(f"  {spec} ready after {server.start_wall:.1f} s", flush=True)

    def check(self, server):
        """First calls, which compile in some programs, and the comparison of what they return."""
        points = self.parameters.check_points()
        values = server.ask("value", points)
        gradients = server.ask("gradient", points)
        for what, reply in (("value", values), ("gradient", gradients)):
            self.records.add(f"first_{what}", server, wall=reply["wall"][:1], cpu=reply["cpu"][:1])
            self.calls[server.spec, what] = calls(reply["wall"][-1])
        agreement = self.reference.compare(values["values"], gradients["gradients"])
        again = self.reference.compare(gradients["values"], gradients["gradients"])
        agreement.nll = max(agreement.nll, again.nll)
        self.records.add("agreement", server, **vars(agreement))
        numbers = f"NLL {agreement.nll:.1e}, gradient {agreement.gradient:.1e}"
        if not agreement.good(server.spec):
            raise Refused(f"disagrees: {numbers}")
        print(f"  {server.spec} agrees: {numbers}", flush=True)

    def new_points(self, count):
        return [self.parameters.around(self.random, SPREAD) for _ in range(count)]

    def round(self, number):
        points = {what: self.new_points(CALLS[1]) for what in ("value", "gradient")}

        def ask(server):
            for what, new in points.items():
                reply = server.ask(what, new[: self.calls[server.spec, what]])
                self.records.add(what, server, round=number, wall=reply["wall"], cpu=reply["cpu"])

        self.each_once(ask, first=number)

    def memory(self, server):
        self.records.add("memory", server, peak_gb=server.peak_memory())

    def time_hessian(self, server):
        """The first call may compile; its matrix is compared, the next two are timed."""
        try:
            reply = server.ask("hessian", [self.parameters.truth])
        except Refused as reason:
            # Not a reason to leave the comparison: some programs have no Hessian.
            print(f"  {server.spec}: {reason}", flush=True)
            return
        matrix = np.array(reply["hessians"][0])
        if self.hessian is None:
            self.hessian = matrix
        deviation = np.linalg.norm(matrix - self.hessian) / np.linalg.norm(self.hessian)
        if not deviation <= hessian_tolerance(server.spec):
            raise Refused(f"its Hessian disagrees: {deviation:.1e}")
        count = calls(reply["wall"][0])
        reply = server.ask("hessian", self.new_points(count if count > CALLS[0] else 2))
        self.records.add(
            "hessian", server, wall=reply["wall"], cpu=reply["cpu"], deviation=float(deviation)
        )

    def fit(self, server, starts):
        points = [self.parameters.random_start(seed) for seed in range(starts)]
        low, high = self.parameters.start_intervals()
        reply = server.ask("fit", points, low=low, high=high)
        self.records.add(f"fit{starts}", server, **reply)
        print(f"  {server.spec}: {starts} starts in {reply['wall'][0]:.2f} s", flush=True)


def calls(seconds):
    low, high = CALLS
    return int(np.clip(REQUEST_SECONDS / seconds, low, high))


def measured_limits(env, threads):
    """Bandwidths and peak of this machine, by limits.rs compiled for it."""
    program, source = env / "limits", HERE / "limits.rs"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        optimised = ["-C", "opt-level=3", "-C", "target-cpu=native"]
        command = ["rustc", "--edition", "2024", *optimised, str(source), "-o", str(program)]
        subprocess.run(command, check=True)
    cores = sorted(os.sched_getaffinity(0))[:threads]
    result = subprocess.run(
        [str(program), str(threads)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return json.loads(result.stdout)


def run(job, folders, out):
    print(f"{job.workload} {job.size}, {job.threads} threads: {' '.join(job.programs)}", flush=True)
    begin = time.perf_counter()
    Bench(job, folders, out).run()
    print(f"  {time.perf_counter() - begin:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", choices=["W1", "W2", "W3"], default="W1")
    parser.add_argument("--size", choices=SIZES, default="10k")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hessian", action="store_true")
    parser.add_argument("--fit", dest="fits", type=int, action="append", default=[], metavar="STARTS")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("programs", nargs="+")
    arguments = vars(parser.parse_args())
    out = arguments.pop("out")
    run(Job(**arguments), Folders.default(), out)


if __name__ == "__main__":
    main()
