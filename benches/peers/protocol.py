"""The frame of a Python program in the comparison: prepares a workload, then answers requests.

A program is a class with

    version         of the library it uses
    names           shared parameter names in its own order, which points and derivatives have
    value(x)        NLL
    gradient(x)     (NLL, gradient)
    hessian(x)      matrix; optional
    fit(x)          (NLL, evaluations, message) of a minimisation from x; optional

made by `Program(task)` and served by `serve("name", Program)`. README.md has the protocol.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workload import SIZES, Parameters, Workload


@dataclass
class Task:
    """What a program is asked to prepare."""

    workload: Workload
    parameters: Parameters
    events: int
    monte_carlo: int
    folder: Path
    size: str
    threads: int
    variant: str

    def file(self, kind, ending):
        """`kind` is data or mc."""
        return str(self.folder / f"{self.workload.events_of}_{self.size}_{kind}.{ending}")


def parse_task():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", required=True)
    parser.add_argument("--size", required=True, choices=SIZES)
    parser.add_argument("--threads", required=True, type=int)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--variant", default="")
    arguments = parser.parse_args()
    workload = Workload.load(arguments.workload)
    events, monte_carlo = SIZES[arguments.size]
    return Task(
        workload,
        Parameters(workload),
        events,
        monte_carlo,
        arguments.data,
        arguments.size,
        arguments.threads,
        arguments.variant,
    )


def private_stdout():
    """Stdout for the protocol alone: what libraries print there goes to stderr."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


class Clock:
    """Wall and CPU seconds (all threads) of calls."""

    def __init__(self):
        self.wall, self.cpu = [], []

    def timed(self, call):
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        return result


def answer(program, request):
    ask, points = request["ask"], [np.array(point) for point in request["points"]]
    call = getattr(program, ask, None)
    if call is None:
        raise NotImplementedError(f"{ask} is not offered")
    clock = Clock()
    results = [clock.timed(lambda: call(point)) for point in points]
    reply = {"wall": clock.wall, "cpu": clock.cpu}
    if ask == "value":
        reply["values"] = [float(value) for value in results]
    elif ask == "gradient":
        reply["values"] = [float(value) for value, _ in results]
        reply["gradients"] = [np.asarray(gradient).tolist() for _, gradient in results]
    elif ask == "hessian":
        reply["hessians"] = [np.asarray(matrix).tolist() for matrix in results]
    else:
        reply["wall"], reply["cpu"] = [sum(clock.wall)], [sum(clock.cpu)]
        reply["values"] = [float(nll) for nll, _, _ in results]
        reply["evaluations"] = [int(evaluations) for _, evaluations, _ in results]
        reply["messages"] = [str(message)[:80] for _, _, message in results]
    return reply


def serve(name, make_program):
    out = private_stdout()

    def say(message):
        out.write(json.dumps(message) + "\n")
        out.flush()

    program = make_program(parse_task())
    say(
        {
            "ready": True,
            "program": name,
            "version": program.version,
            "parameters": list(program.names),
            "cpu": time.process_time(),
        }
    )
    for line in sys.stdin:
        try:
            say(answer(program, json.loads(line)))
        except Exception as error:  # told to the driver, which leaves this program out
            say({"error": f"{type(error).__name__}: {error}"})
