"""Runs model.onnx with ONNX Runtime: a runtime for MLServer, which brings none for ONNX files."""

import time

import mlserver
import numpy as np
import onnxruntime as ort
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError
from mlserver.types import InferenceResponse, MetadataTensor
from mlserver.utils import get_model_uri
from prometheus_client import Summary

DATATYPES = {
    "tensor(float)": "FP32",
    "tensor(float16)": "FP16",
    "tensor(double)": "FP64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(bool)": "BOOL",
    "tensor(string)": "BYTES",
}


def describe(tensors):
    return [
        MetadataTensor(
            name=tensor.name,
            datatype=DATATYPES[tensor.type],
            shape=[size if isinstance(size, int) else -1 for size in tensor.shape],
        )
        for tensor in tensors
    ]


def compute_metric():
    # MLServer shows its registry of custom metrics only with parallel workers, so this one is in the other registry; and
    # it loads this module anew for each model.
    metric = getattr(mlserver, "servebench_compute", None)
    if metric is None:
        metric = Summary("servebench_compute_seconds", "Time of ONNX Runtime by execution", ["model", "version"])
        mlserver.servebench_compute = metric
    return metric


class OnnxRuntime(mlserver.MLModel):
    async def load(self):
        extra = self.settings.parameters.extra or {}
        options = ort.SessionOptions()
        options.intra_op_num_threads = extra.get("intra_op_threads", 1)
        options.inter_op_num_threads = extra.get("inter_op_threads", 1)
        path = await get_model_uri(self.settings)
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs = describe(self.session.get_inputs())
        self.outputs = describe(self.session.get_outputs())
        self.compute = compute_metric().labels(model=self.name, version=self.version or "")
        return True

    async def predict(self, payload):
        given = {tensor.name: tensor for tensor in payload.inputs}
        feed = {}
        for wanted in self.inputs:
            tensor = given.get(wanted.name)
            if tensor is None:
                raise InferenceError(f"input '{wanted.name}' is missing")
            if tensor.datatype != wanted.datatype:
                raise InferenceError(
                    f"input '{wanted.name}' is {tensor.datatype.value}, and has to be {wanted.datatype.value}"
                )
            try:
                feed[wanted.name] = NumpyCodec.decode_input(tensor)
            except ValueError as error:
                raise InferenceError(f"input '{wanted.name}': {error}") from error
        began = time.perf_counter()
        try:
            results = self.session.run(None, feed)
        except Exception as error:
            raise InferenceError(str(error)) from error
        self.compute.observe(time.perf_counter() - began)
        outputs = [
            NumpyCodec.encode_output(tensor.name, np.ascontiguousarray(result))
            for tensor, result in zip(self.outputs, results)
        ]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
