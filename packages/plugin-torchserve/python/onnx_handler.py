"""Runs `model.onnx` by ONNX Runtime on the CPU: one session, one thread, one run for each batch of requests.

A body is JSON: a list of numbers (one row of the first input), or an object of rows by the name of the input; or the
little-endian float32 numbers of one row. The answer is a list for models with one output, else an object by name.

With `handler: { profile: true }` in the model's YAML file it times its parts, as TorchServe's BaseHandler does.
"""
import json
import os
import time

import numpy as np
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


class Handler:
    def initialize(self, context):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        folder = context.system_properties["model_dir"]
        self.session = onnxruntime.InferenceSession(
            os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = self.session.get_inputs()
        self.outputs = [output.name for output in self.session.get_outputs()]
        config = getattr(context, "model_yaml_config", None) or {}
        self.profiles = bool((config.get("handler") or {}).get("profile"))

    def row(self, item):
        body = item.get("body", item.get("data")) if isinstance(item, dict) else item
        first = self.inputs[0]
        if isinstance(body, (bytes, bytearray)):
            raw = bytes(body)
            if raw[:1] not in (b"{", b"["):
                return {first.name: np.frombuffer(raw, dtype="<f4").reshape(self.shape(first))}
            body = json.loads(raw)
        if isinstance(body, list):
            body = {first.name: body}
        return {
            tensor.name: np.asarray(body[tensor.name], dtype=TYPES[tensor.type]).reshape(self.shape(tensor))
            for tensor in self.inputs
        }

    @staticmethod
    def shape(tensor):
        return [size if isinstance(size, int) else -1 for size in tensor.shape[1:]]

    def preprocess(self, data):
        rows = [self.row(item) for item in data]
        return {tensor.name: np.stack([row[tensor.name] for row in rows]) for tensor in self.inputs}

    def inference(self, feed):
        return self.session.run(None, feed)

    def postprocess(self, results):
        if len(results) == 1:
            return [row.tolist() for row in results[0]]
        return [
            {name: result[index].tolist() for name, result in zip(self.outputs, results)}
            for index in range(len(results[0]))
        ]

    def handle(self, data, context):
        if not self.profiles:
            return self.postprocess(self.inference(self.preprocess(data)))
        value, before = data, time.perf_counter()
        for part in (self.preprocess, self.inference, self.postprocess):
            value = part(value)
            now = time.perf_counter()
            context.metrics.add_time("ts_handler_" + part.__name__, 1000 * (now - before))
            before = now
        return value
