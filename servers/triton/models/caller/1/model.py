import triton_python_backend_utils as pb_utils


def ask(model, tensor, source, output):
    request = pb_utils.InferenceRequest(
        model_name=model,
        inputs=[pb_utils.Tensor(source, tensor.as_numpy())],
        requested_output_names=[output],
    )
    response = request.exec()
    if response.has_error():
        raise pb_utils.TritonModelException(response.error().message())
    return pb_utils.get_output_tensor_by_name(response, output)


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            copy = ask("identity", pb_utils.get_input_tensor_by_name(request, "X"), "INPUT", "OUTPUT")
            result = ask("matmul", copy, "X", "Y")
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("Y", result.as_numpy())]))
        return responses
