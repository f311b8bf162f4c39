import numpy as np
import triton_python_backend_utils as pb_utils


def scalar(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy().reshape(-1)[0]


class TritonPythonModel:
    def initialize(self, args):
        self.sums = {}

    def execute(self, requests):
        return [self.respond(request) for request in requests]

    def respond(self, request):
        id = scalar(request, "CORRID")
        total = int(scalar(request, "VALUE")) + (0 if scalar(request, "START") else self.sums.get(id, 0))
        if scalar(request, "END"):
            self.sums.pop(id, None)
        else:
            self.sums[id] = total
        return pb_utils.InferenceResponse(
            [
                pb_utils.Tensor("SUM", np.array([[total]], dtype=np.int32)),
                pb_utils.Tensor("ID", np.array([[id]], dtype=np.uint64)),
            ]
        )
