#!/usr/bin/python3
"""Others, for `make bench-portrait`: reads the names of pictures, a line each,
and answers each with a line of JSON: {"ms", "cpu_ms", ...}. What is not the
work itself, as reading the file or starting a program, is not in "ms".

usage: portrait-peers.py haar | opj_decompress
"""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time


def haar():
    """OpenCV's face cascade on the grey picture, faces from 1/8 of its height."""
    import cv2

    folders = ("/usr/share/opencv4/haarcascades", "/usr/share/opencv/haarcascades")
    name = "haarcascade_frontalface_default.xml"
    path = next(os.path.join(d, name) for d in folders if os.path.exists(os.path.join(d, name)))
    cascade = cv2.CascadeClassifier(path)

    def find(file):
        img = cv2.imread(file)
        least = img.shape[0] // 8
        begin, cpu = time.perf_counter(), time.process_time()
        grey = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
        faces = cascade.detectMultiScale(grey, 1.1, 5, minSize=(least, least))
        return {
            "ms": 1e3 * (time.perf_counter() - begin),
            "cpu_ms": 1e3 * (time.process_time() - cpu),
            "faces": len(faces),
        }

    return find


def opj_decompress():
    """The program of OpenJPEG: "ms" is what it says of its decoding, in whole
    milliseconds; "cpu_ms" is its whole run, with start and written picture."""
    folder = tempfile.TemporaryDirectory()
    out = os.path.join(folder.name, "out.ppm")

    def decode(file, keep=folder):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = subprocess.run(["opj_decompress", "-i", file, "-o", out], check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = re.search(r"decode time: (\d+) ms", said.stdout + said.stderr)
        return {
            "ms": float(took.group(1)),
            "cpu_ms": 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime),
        }

    return decode


def main():
    work = {"haar": haar, "opj_decompress": opj_decompress}[sys.argv[1]]()
    for line in sys.stdin:
        print(json.dumps(work(line.rstrip("\n"))), flush=True)


if __name__ == "__main__":
    main()
