"""The programs of a comparison as processes that answer requests; README.md has the protocol."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


@dataclass
class Folders:
    """Where environments, events and logs are."""

    env: Path
    data: Path
    logs: Path

    @classmethod
    def default(cls):
        def folder(variable, name):
            return Path(os.environ.get(variable, HERE / name)).resolve()

        return cls(folder("PEERS_ENV", ".env"), folder("PEERS_DATA", ".data"), HERE / ".logs")


def gpuwa_server():
    target = os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")
    return Path(target) / "release" / "peer-server"


#: Environment and script of the programs in Python.
SCRIPTS = {
    "tf-pwa": ("tf", "tf_pwa_likelihood.py"),
    "laddu": ("jax", "laddu_likelihood.py"),
    "jax": ("jax", "jax_likelihood.py"),
}


def command(program, folders):
    if program == "gpuwa":
        return [str(gpuwa_server())]
    env, script = SCRIPTS[program]
    return [str(folders.env / env / "bin" / "python"), str(HERE / "programs" / script)]


class Refused(Exception):
    """A program did not answer as asked."""


class Server:
    """One program that holds a prepared workload.

    Points and derivatives are exchanged in the shared order of parameters.
    """

    def __init__(self, spec, job, folders, parameters):
        self.spec = spec
        self.program, _, variant = spec.partition(":")
        arguments = {
            "workload": job.workload,
            "size": job.size,
            "threads": job.threads,
            "data": folders.data,
            "variant": variant,
        }
        words = command(self.program, folders)
        words += [f"--{name}={value}" for name, value in arguments.items()]
        cores = sorted(os.sched_getaffinity(0))[: job.threads]
        if len(cores) < job.threads:
            raise Refused(f"{job.threads} threads on {len(cores)} cores")
        folders.logs.mkdir(parents=True, exist_ok=True)
        log = folders.logs / f"{job.workload}-{job.size}-{job.threads}-{spec.replace(':', '-')}.log"
        begin = time.perf_counter()
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment(job.threads),
                # One core means one core, whatever a library makes of its own settings.
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
        try:
            ready = self.read()
        except Refused as error:
            raise Refused(f"{error}; see {log}") from None
        #: From the start of the process to the first request it takes.
        self.start_wall, self.start_cpu = time.perf_counter() - begin, ready["cpu"]
        self.version = ready["version"]
        names = ready["parameters"]
        if sorted(names) != sorted(parameters.names):
            raise Refused(f"its parameters are {names}")
        self.places = [parameters.names.index(name) for name in names]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Refused(f"ended with status {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise Refused(reply["error"])
        return reply

    def ask(self, what, points, **lists):
        """One request; further lists have an entry a parameter, as points have."""
        request = {"ask": what, "points": [self.own_order(point) for point in points]}
        request |= {name: self.own_order(values) for name, values in lists.items()}
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Refused(f"ended with status {self.process.wait()}") from None
        reply = self.read()
        if "gradients" in reply:
            reply["gradients"] = [self.shared_order(g) for g in reply["gradients"]]
        if "hessians" in reply:
            reply["hessians"] = [
                self.shared_order([self.shared_order(row) for row in rows])
                for rows in reply["hessians"]
            ]
        return reply

    def own_order(self, values):
        return [float(values[place]) for place in self.places]

    def shared_order(self, values):
        shared = [None] * len(values)
        for place, value in zip(self.places, values):
            shared[place] = value
        return shared

    def peak_memory(self):
        """The most resident memory so far, in GB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def environment(threads):
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return os.environ | {name: str(threads) for name in pools} | {"PYTHONPATH": str(HERE)}
