"""Train the model ``particle_unet``: ``python -m nanocaliper.training.train_particle_unet --help``."""

import argparse
import csv
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from nanocaliper.training.data.particle_crops import (
    CropOptions,
    CropStream,
    read_labelled_folder,
    read_simulated,
)
from nanocaliper.training.losses.particle_loss import particle_loss
from nanocaliper.training.networks.mobilenet_v2 import load_folded_weights
from nanocaliper.training.networks.particle_unet import ParticleUNet


def names_outside(folder: Path, held_out: set[str]) -> list[str]:
    """Names in ``folds.csv`` that are not held out."""
    with (folder / "folds.csv").open(newline="", encoding="utf-8") as stream:
        return [row["name"] for row in csv.DictReader(stream) if row["name"] not in held_out]


def main() -> None:
    """Train until the planned number of steps is done; resume from the checkpoint where there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with images/, instances/, folds.csv")
    parser.add_argument("--encoder", type=Path, required=True, help="ImageNet weights of the encoder (.npz)")
    parser.add_argument(
        "--held-out", type=Path, required=True, help="text file of image names not to train on"
    )
    parser.add_argument("--simulated", type=Path, help="folder of simulated images (.npz)")
    parser.add_argument("--simulated-share", type=float, default=0.3, help="share of simulated crops, 0 to 1")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoint and log")
    parser.add_argument("--start", type=Path, help="checkpoint to start the weights from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate of the decoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--precision",
        choices=("fp32", "bf16"),
        default="fp32",
        help="bf16 takes half the time on processors with AVX-512 BF16; weights and losses stay fp32",
    )
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.run.mkdir(parents=True, exist_ok=True)
    held_out = set(arguments.held_out.read_text(encoding="utf-8").split())
    names = names_outside(arguments.data, held_out)
    options = CropOptions(simulated_share=arguments.simulated_share)
    network = ParticleUNet()
    seen = (
        [read_simulated(path) for path in sorted(arguments.simulated.glob("*.npz"))[::12]]
        if arguments.simulated is not None and arguments.simulated_share == 1
        else read_labelled_folder(arguments.data, names[::12])
    )
    calibration = torch.from_numpy(
        np.stack([cv2.resize(i.pixels, (320, 320), interpolation=cv2.INTER_AREA) for i in seen])
    )
    load_folded_weights(
        network.encoder, arguments.encoder, (calibration[:, None].float() / 127.5 - 1).expand(-1, 3, -1, -1)
    )
    average = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    encoder = list(network.encoder.parameters())
    decoder = [*network.fuse.parameters(), *network.head.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": encoder, "peak": 0.3 * arguments.rate}, {"params": decoder, "peak": arguments.rate}],
        weight_decay=1e-4,
    )
    checkpoint = arguments.run / "checkpoint.pt"
    step = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    elif arguments.start is not None:
        state = torch.load(arguments.start, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
    settings = {k: str(v) for k, v in vars(arguments).items()} | {
        "crops": asdict(options),
        "images": len(names),
    }
    (arguments.run / "settings.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")

    stream = CropStream(arguments.data, names, arguments.simulated, options, arguments.seed + 1000 * step)
    loader = DataLoader(
        stream, arguments.batch, num_workers=1, prefetch_factor=4, multiprocessing_context="spawn"
    )
    network.train()
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    began = time.monotonic()
    sums: dict[str, float] = {}
    with (arguments.run / "log.jsonl").open("a", encoding="utf-8") as log:
        for grey, target, weight in loader:
            if step >= arguments.steps:
                break
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * _schedule(step, arguments.steps)
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
                raw = network(grey.to(memory_format=torch.channels_last))
            loss, parts = particle_loss(raw.float(), target, weight)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            average.update_parameters(network)
            step += 1
            for name, value in {"loss": float(loss.detach()), **parts}.items():
                sums[name] = sums.get(name, 0.0) + value
            if step % 25 == 0:
                line: dict[str, Any] = {"step": step, "seconds": round(time.monotonic() - began, 1)}
                line |= {name: round(value / 25, 4) for name, value in sums.items()}
                sums = {}
                log.write(json.dumps(line) + "\n")
                log.flush()
            if step % 100 == 0 or step == arguments.steps:
                torch.save(
                    {
                        "network": network.state_dict(),
                        "average": average.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "step": step,
                    },
                    checkpoint.with_suffix(".new"),
                )
                checkpoint.with_suffix(".new").replace(checkpoint)


def _schedule(step: int, steps: int) -> float:
    """Linear warm-up over 2 % of the steps, then half a cosine down to 1 %."""
    warm = max(1, steps // 50)
    if step < warm:
        return (step + 1) / warm
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


if __name__ == "__main__":
    main()
