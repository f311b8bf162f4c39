import os

import triton_python_backend_utils as pb_utils

ERRORS = ["UNKNOWN", "INTERNAL", "NOT_FOUND", "INVALID_ARG", "UNAVAILABLE", "UNSUPPORTED", "ALREADY_EXISTS", "CANCELLED"]


class TritonPythonModel:
    def initialize(self, args):
        # Not at import: TritonError does not exist then.
        self.errors = {action: getattr(pb_utils.TritonError, name) for action, name in enumerate(ERRORS, start=2)}

    def execute(self, requests):
        return [self.respond(pb_utils.get_input_tensor_by_name(request, "ACTION").as_numpy()) for request in requests]

    def respond(self, tensor):
        action = int(tensor[0])
        if action == 1:
            raise ValueError("raised on demand")
        if action == 99:
            os._exit(1)
        if action in self.errors:
            error = pb_utils.TritonError("error %d on demand" % action, self.errors[action])
            return pb_utils.InferenceResponse(error=error)
        return pb_utils.InferenceResponse([pb_utils.Tensor("RESULT", tensor)])
