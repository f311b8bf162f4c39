import json
import time

import triton_python_backend_utils as pb_utils

# How late a cancellation may be noticed.
NAP = 0.01


def answer(request):
    if request.is_cancelled():
        error = pb_utils.TritonError("the request was cancelled", pb_utils.TritonError.CANCELLED)
        return pb_utils.InferenceResponse(error=error)
    data = pb_utils.get_input_tensor_by_name(request, "INPUT").as_numpy()
    return pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT", data)])


class TritonPythonModel:
    def initialize(self, args):
        self.sleep_ms = float(json.loads(args["model_config"])["parameters"]["sleep_ms"]["string_value"])

    def execute(self, requests):
        asked = [json.loads(request.parameters() or "{}").get("sleep_ms", self.sleep_ms) for request in requests]
        end = time.monotonic() + max(asked) / 1000
        while (left := end - time.monotonic()) > 0 and not all(request.is_cancelled() for request in requests):
            time.sleep(min(left, NAP))
        return [answer(request) for request in requests]
