"""A residual network in PyTorch with random weights, no file of weights: one forward pass for each request.

A body is the bytes of images of 3 x 64 x 64, as many as there are; the answer has a list of ten scores for each. It
computes on the device that TorchServe has given to the worker.
"""
import numpy as np
import torch
from torch import nn

SIZE = 64


def convolution(inputs, outputs, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()
    )


# TorchServe takes the class of the handler from the file: there may be one only.
def network():
    widths = [3, 32, 64, 128, 256]
    blocks = []
    for inputs, outputs in zip(widths, widths[1:]):
        blocks += [convolution(inputs, outputs, 2), convolution(outputs, outputs, 1)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))


class Handler:
    def initialize(self, context):
        gpu = context.system_properties.get("gpu_id")
        on_gpu = torch.cuda.is_available() and gpu is not None and int(gpu) >= 0
        self.device = torch.device(f"cuda:{gpu}" if on_gpu else "cpu")
        torch.manual_seed(1)
        torch.set_num_threads(1)
        self.model = network().eval().to(self.device)

    def handle(self, data, context):
        bodies = [bytes(item.get("body", item.get("data"))) for item in data]
        images = [np.frombuffer(body, dtype=np.uint8).reshape(-1, 3, SIZE, SIZE) for body in bodies]
        batch = torch.from_numpy(np.concatenate(images)).to(self.device)
        with torch.inference_mode():
            scores = self.model(batch.float() / 255).cpu()
        return [part.tolist() for part in scores.split([len(each) for each in images])]
