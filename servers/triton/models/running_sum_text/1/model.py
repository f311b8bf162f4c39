import numpy as np
import triton_python_backend_utils as pb_utils


def scalar(request, name):
    return int(pb_utils.get_input_tensor_by_name(request, name).as_numpy().reshape(-1)[0])


class TritonPythonModel:
    def initialize(self, args):
        self.total = 0

    def execute(self, requests):
        return [self.respond(request) for request in requests]

    def respond(self, request):
        self.total = scalar(request, "VALUE") + (0 if scalar(request, "START") else self.total)
        return pb_utils.InferenceResponse([pb_utils.Tensor("SUM", np.array([[self.total]], dtype=np.int32))])
