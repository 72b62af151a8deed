"""Processor time to read all pictures of one truck on one core: `python -m bench.gate_truck`.

Front plate, the trailer's plate behind, container, and the driver's passport, each asked for its
own kind, decoding included. Pictures are drawn (synthetic), of the tuning set.
"""

import sys
from statistics import median
from time import process_time

import cv2

from kouan.gate.drawing.scene import draw_scene
from kouan.gate.reading import Kind, read_image, warm_up

PICTURES = ("plate-yellow", "plate-trailer", "container-horizontal", "mrz-td3")
SEEDS = range(600_000, 600_010)


def main() -> None:
    """Print the median and the most of each picture, and of all together."""
    warm_up()
    for difficulty in ("clean", "mild"):
        took: dict[str, list[float]] = {name: [] for name in (*PICTURES, "all together")}
        for seed in SEEDS:
            for scene in PICTURES:
                took[scene].append(_seconds(scene, difficulty, seed))
            took["all together"].append(sum(took[scene][-1] for scene in PICTURES))
        for name, seconds in took.items():
            figures = f"median {median(seconds):.2f} s, most {max(seconds):.2f} s"
            sys.stdout.write(f"{difficulty} {name}: {figures} of {len(seconds)}\n")


def _seconds(scene: str, difficulty: str, seed: int) -> float:
    frame, truth = draw_scene(scene, seed, difficulty)
    done, content = cv2.imencode(".jpg", frame)
    assert done
    begun = process_time()
    read_image(content.tobytes(), (Kind(truth.kind),))
    return process_time() - begun


if __name__ == "__main__":
    main()
