import threading
import time

import numpy as np
import triton_python_backend_utils as pb_utils


def seconds(request, name):
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    return 0 if tensor is None else int(tensor.as_numpy()[0]) / 1000


def respond(sender, count, wait, gap):
    final = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL
    if count < 0:
        error = pb_utils.TritonError("COUNT is negative", pb_utils.TritonError.INVALID_ARG)
        sender.send(pb_utils.InferenceResponse(error=error), flags=final)
        return
    time.sleep(wait)
    for index in range(count):
        if sender.is_cancelled():
            break
        if index > 0:
            time.sleep(gap)
        sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("INDEX", np.array([index], dtype=np.int32))]))
    sender.send(flags=final)


class TritonPythonModel:
    def execute(self, requests):
        # A thread for each request: answers of several requests interleave.
        for request in requests:
            count = int(pb_utils.get_input_tensor_by_name(request, "COUNT").as_numpy()[0])
            arguments = (request.get_response_sender(), count, seconds(request, "WAIT_MS"), seconds(request, "GAP_MS"))
            threading.Thread(target=respond, args=arguments, daemon=True).start()
        return None
