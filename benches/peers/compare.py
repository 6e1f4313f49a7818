"""The whole comparison, or a quick one: python compare.py [--quick] [--out FILE]

Full: every workload at both sizes on one and two threads, Hessians, and fits from ten random
starts: about two hours. Quick: the small size on one thread: below ten minutes. Records go to FILE
[results.jsonl], tables to standard output at the end.
"""

import argparse
from pathlib import Path

import summary
from bench import Job, run
from servers import Folders, Refused

TF_PWA = "tf-pwa:cached_shape+fn+b100"
#: gpuwa first: the others' gradients are compared with it.
PROGRAMS = {
    "W1": ["gpuwa", TF_PWA, "laddu:jit", "jax:direct", "jax:gram"],
    "W2": ["gpuwa", TF_PWA, "laddu:jit", "jax:direct"],
    # laddu is left out: its compilation of this model did not end within ten minutes.
    "W3": ["gpuwa", TF_PWA, "jax:direct", "jax:gram"],
}
WORKLOADS = list(PROGRAMS)


def quick_jobs():
    jobs = [Job(w, "10k", 1, PROGRAMS[w], rounds=3) for w in WORKLOADS]
    jobs.append(Job("W1", "10k", 1, ["gpuwa", "jax:gram"], rounds=0, hessian=True, fits=[10]))
    return jobs


def full_jobs():
    for size in ("10k", "100k"):
        for threads in (1, 2):
            for workload in WORKLOADS:
                programs = [*PROGRAMS[workload], "gpuwa:f32"]
                yield Job(workload, size, threads, programs, hessian=True)
    for workload in WORKLOADS:
        yield Job(workload, "10k", 2, ["gpuwa", "jax:direct"], rounds=0, fits=[10])
    yield Job("W1", "10k", 2, ["jax:gram"], rounds=0, fits=[10])
    # Minutes a start: fewer of them.
    yield Job("W1", "10k", 2, ["laddu:jit"], rounds=0, fits=[5])
    yield Job("W1", "10k", 2, [TF_PWA], rounds=0, fits=[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("--only", choices=WORKLOADS, help="leave the other workloads out")
    parser.add_argument("--without", action="append", default=[], metavar="PROGRAM")
    arguments = parser.parse_args()
    folders = Folders.default()
    for job in quick_jobs() if arguments.quick else full_jobs():
        if arguments.only not in (None, job.workload):
            continue
        job.programs = [p for p in job.programs if p.partition(":")[0] not in arguments.without]
        if not job.programs:
            continue
        try:
            run(job, folders, arguments.out)
        except Refused as reason:
            print(f"  {reason}", flush=True)
    print(summary.markdown(summary.read(arguments.out)))


if __name__ == "__main__":
    main()
