"""Runs model.onnx beside this file with ONNX Runtime, for Triton servers that have only the python backend."""

import json
import os

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils

MODES = {"0": ort.ExecutionMode.ORT_SEQUENTIAL, "1": ort.ExecutionMode.ORT_PARALLEL}


def parameter(config, name, default):
    return config.get("parameters", {}).get(name, {}).get("string_value", default)


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        # The parameters of Triton's own backend of ONNX Runtime, with one thread by default instead of all.
        options = ort.SessionOptions()
        options.intra_op_num_threads = int(parameter(config, "intra_op_thread_count", "1"))
        options.inter_op_num_threads = int(parameter(config, "inter_op_thread_count", "1"))
        options.execution_mode = MODES[parameter(config, "execution_mode", "0")]
        path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.inputs = [tensor.name for tensor in self.session.get_inputs()]
        self.batches = config.get("max_batch_size", 0) > 0

    def execute(self, requests):
        feeds = [
            {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs}
            for request in requests
        ]
        if not self.batches or len(feeds) == 1:
            return [self.respond(self.session.run(self.outputs, feed)) for feed in feeds]
        # Requests whose shapes differ beyond the batch cannot be joined.
        shapes = {tuple(feed[name].shape[1:] for name in self.inputs) for feed in feeds}
        if len(shapes) > 1:
            return [self.respond(self.session.run(self.outputs, feed)) for feed in feeds]
        joined = {name: np.concatenate([feed[name] for feed in feeds]) for name in self.inputs}
        results = self.session.run(self.outputs, joined)
        ends = np.cumsum([len(feed[self.inputs[0]]) for feed in feeds])[:-1]
        parts = [np.split(result, ends) for result in results]
        return [self.respond([part[index] for part in parts]) for index in range(len(feeds))]

    def respond(self, results):
        tensors = [pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in zip(self.outputs, results)]
        return pb_utils.InferenceResponse(tensors)
