"""Tables in markdown of the records of bench.py: python summary.py results.jsonl [--markdown FILE]

With --markdown the part of FILE between the two lines `<!-- table: begin -->` and
`<!-- table: end -->` is replaced.
"""

import argparse
import json
import platform
import statistics
from collections import defaultdict
from datetime import date
from pathlib import Path

from workload import SIZES, Parameters, Workload

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
OWN = "gpuwa"


def read(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def number(value, unit=1.0):
    """Three digits; a dash where nothing was measured."""
    if value is None:
        return "-"
    value = value / unit
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        text = f"{value:.3g}"
        return f"{float(text):.0f}" if "e" in text else text
    return f"{value:.1e}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, rows)])


class Group:
    """The records of one workload, size and number of threads."""

    def __init__(self, records):
        self.records = records
        self.programs = list(dict.fromkeys(r["program"] for r in records if "program" in r))

    def of(self, program, what):
        return [r for r in self.records if r.get("program") == program and r["what"] == what]

    def last(self, program, what, key):
        found = self.of(program, what)
        return found[-1][key] if found else None

    def median(self, program, what, clock="wall"):
        """Over the medians of rounds, seconds."""
        medians = [statistics.median(r[clock]) for r in self.of(program, what)]
        return statistics.median(medians) if medians else None

    def ratio(self, program, what, clock="wall"):
        """How many times longer than gpuwa: the median over rounds of the ratio inside a round."""
        own = {r.get("round"): statistics.median(r[clock]) for r in self.of(OWN, what)}
        ratios = [
            statistics.median(r[clock]) / own[r.get("round")]
            for r in self.of(program, what)
            if own.get(r.get("round"))
        ]
        return statistics.median(ratios) if ratios else None

    def clocks(self, program, what, unit=1e-3):
        wall, cpu = (self.median(program, what, clock) for clock in ("wall", "cpu"))
        return "-" if wall is None else f"{number(wall, unit)} ({number(cpu, unit)})"

    def ratios(self, program, what):
        wall, cpu = (self.ratio(program, what, clock) for clock in ("wall", "cpu"))
        if wall is None:
            return "-"
        return "1" if program == OWN else f"{number(wall)} ({number(cpu)})"

    def limits(self):
        return [r for r in self.records if r["what"] == "limits"]

    def loads(self):
        loads = [r["load"] for r in self.records]
        return f"{min(loads):.1f} to {max(loads):.1f}"


def groups(records):
    found = defaultdict(list)
    for record in records:
        found[record["workload"], record["size"], record["threads"]].append(record)
    return {key: Group(members) for key, members in found.items()}


def label(group, program):
    version = next(
        (r["version"] for r in group.records if r.get("program") == program and "version" in r), ""
    )
    name, _, variant = program.partition(":")
    return " ".join(filter(None, [name, version, variant]))


def times_table(group):
    head = [
        "program",
        "start s",
        "NLL ms",
        "x",
        "NLL + gradient ms",
        "x",
        "first gradient s",
        "Hessian ms",
        "x",
        "peak memory GB",
        "NLL, gradient agree to",
    ]
    rows = []
    for program in group.programs:
        refused = group.of(program, "refused")
        if refused:
            reason = refused[-1]["reason"]
            rows.append([label(group, program), f"not timed: {reason}", *[""] * (len(head) - 2)])
            continue
        agreement = group.of(program, "agreement")
        agrees = f"{agreement[-1]['nll']:.0e}, {agreement[-1]['gradient']:.0e}" if agreement else "-"
        rows.append(
            [
                label(group, program),
                group.clocks(program, "start", 1.0),
                group.clocks(program, "value"),
                group.ratios(program, "value"),
                group.clocks(program, "gradient"),
                group.ratios(program, "gradient"),
                number(group.median(program, "first_gradient")),
                group.clocks(program, "hessian"),
                group.ratios(program, "hessian"),
                number(group.last(program, "memory", "peak_gb")),
                agrees,
            ]
        )
    return table(head, rows)


def roofline(workload_name, size, group):
    """What one pass over the columns of the data would take at the limits of this machine."""
    limits = group.limits()
    if not limits:
        return ""
    best = {
        key: max(r[key] for r in limits)
        for key in ("read_memory_gb_s", "read_cache_gb_s", "triad_gb_s", "fma_gflop_s")
    }
    workload = Workload.load(workload_name)
    rows = 4 if workload.has_spin else 1
    gigabytes = 16e-9 * len(Parameters(workload).terms) * rows * SIZES[size][0]
    memory, cache = (1e3 * gigabytes / best[f"read_{where}_gb_s"] for where in ("memory", "cache"))
    return (
        f"Limits in the same run: read {best['read_memory_gb_s']:.1f} GB/s from memory, "
        f"{best['read_cache_gb_s']:.0f} GB/s from L2; triad {best['triad_gb_s']:.1f} GB/s; "
        f"{best['fma_gflop_s']:.0f} GFlop/s. All columns of the data are {1e3 * gigabytes:.1f} MB: "
        f"one pass takes {number(memory)} ms at the first figure and {number(cache)} ms at the "
        f"second. Load {group.loads()}."
    )


def fits_table(found):
    head = [
        "workload",
        "threads",
        "program",
        "starts",
        "s (CPU)",
        "a start, x",
        "lowest NLL",
        "starts within 0.01 of the lowest of all",
        "evaluations",
    ]
    rows = []
    for (workload, size, threads), group in found.items():
        fits = [r for r in group.records if r["what"].startswith("fit")]
        values = [v for r in fits for v in r["values"] if v is not None]
        own = next((r for r in fits if r["program"] == OWN), None)
        for r in fits:
            starts = len(r["values"])
            ended = [v for v in r["values"] if v is not None]
            per_start = r["cpu"][0] / starts
            ratio = per_start / (own["cpu"][0] / len(own["values"])) if own else None
            rows.append(
                [
                    f"{workload} {size}",
                    str(threads),
                    label(group, r["program"]),
                    str(starts),
                    f"{number(r['wall'][0])} ({number(r['cpu'][0])})",
                    "1" if r is own else number(ratio),
                    f"{min(ended):.4f}" if ended else "-",
                    str(sum(v < min(values) + 0.01 for v in ended)),
                    str(sum(r["evaluations"])),
                ]
            )
    return table(head, rows) if rows else ""


def machine():
    """Processor and cores, as far as this system tells."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            model = f"{names[0]}, {len(names)} cores"
    return f"{model}; {platform.system()}, Python {platform.python_version()}; {date.today()}"


def markdown(records):
    parts = [
        f"Machine: {machine()}.",
        "Wall time, in brackets CPU time of all threads; medians of interleaved rounds. x: how many "
        "times longer than gpuwa in the same round. Start: from the start of the process until it "
        "takes its first request, files read and everything prepared.",
    ]
    found = groups(records)
    for (workload, size, threads), group in found.items():
        if not any(r["what"] in ("value", "hessian", "refused") for r in group.records):
            continue
        data, mc = SIZES[size]
        plural = "s" if threads > 1 else ""
        parts.append(f"### {workload}, {data // 1000}k + {mc // 1000}k events, {threads} thread{plural}")
        parts.append(times_table(group))
        parts.append(roofline(workload, size, group))
    fits = fits_table(found)
    if fits:
        parts += ["### Fits from random starts", fits]
    return "\n\n".join(filter(None, parts))


def replace_table(path, text):
    page = path.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    text = markdown(read(arguments.results))
    if arguments.markdown:
        replace_table(arguments.markdown, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
