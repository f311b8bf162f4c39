import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        # The requests of one batch come as a list; each gets a response of its own.
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor("OUTPUT", pb_utils.get_input_tensor_by_name(request, "INPUT").as_numpy())]
            )
            for request in requests
        ]
