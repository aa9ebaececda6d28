#!/usr/bin/env python3
"""Measures what each training-free score of a spec costs, in seconds of a core.

    bazel build //ntk/proxies:score_proxies //:ntk_study_dataset
    analysis/studies/predictor/measure_seconds.py --cell=1303 \\
        --program=bazel-bin/ntk/proxies/score_proxies \\
        --dataset=bazel-bin/ntk_study_dataset.dataset.safetensors \\
        --spec=ntk/specs/proxies.textproto

Prints the lines `seconds` of analysis/specs/predictor_study.textproto. Each
score is run alone, user and system time of its process, the least of three
runs, less the time of a process that scores nothing but the weights' norm. A
score on an attack's images has the attack's time in it, as whoever wants that
score alone has to make these images.
"""

import argparse
import os
import re
import resource
import subprocess
import tempfile

RUNS = 3


def seconds_of(arguments, skeleton, scores, attack):
    with tempfile.TemporaryDirectory() as folder:
        spec = os.path.join(folder, "spec.textproto")
        with open(spec, "w") as file:
            file.write(skeleton + "".join(f"score: {s}\n" for s in scores) + attack)
        command = [
            arguments.program, f"--dataset={arguments.dataset}", f"--spec={spec}",
            f"--cell={arguments.cell}", "--seed=0", f"--record_out={folder}/record",
        ]
        times = []
        for _ in range(RUNS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime - before.ru_utime
                         + after.ru_stime - before.ru_stime)
        return min(times)


def main():
    parser = argparse.ArgumentParser()
    for name in ["program", "dataset", "spec", "cell"]:
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    with open(arguments.spec) as file:
        text = file.read()
    skeleton = text[text.index("skeleton"):text.index("score:")]
    scores = re.findall(r"^score: (\w+)$", text, re.M)
    attacks = {re.search(r'name: "(\w+)"', block)[1]: block
               for block in re.findall(r"^attacks \{\n.*?^\}\n", text, re.M | re.S)}

    def measure(wanted, attack=""):
        return seconds_of(arguments, skeleton, wanted, attack)

    def report(score, images, seconds):
        images = f'images: "{images}" ' if images else ""
        print(f'seconds {{ score: "{score.lower()}" {images}'
              f"seconds: {max(seconds, 0):.2f} }}", flush=True)

    start = measure(["L2_NORM"])
    report("L2_NORM", "", 0)
    for score in scores:
        if score == "L2_NORM":
            continue
        if score in ["SYNFLOW", "ZEN"]:
            report(score, "", measure([score]) - start)
        elif score in ["LOCAL_LINEARITY", "CROZE"]:
            for name, attack in attacks.items():
                report(score, name, measure([score], attack) - start)
        else:
            clean = measure([score])
            report(score, "clean", clean - start)
            for name, attack in attacks.items():
                report(score, name, measure([score], attack) - clean)


if __name__ == "__main__":
    main()
