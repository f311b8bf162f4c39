"""Fails: with an error of MLServer's where its input is 0, otherwise with any other one."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError


class Fail(MLModel):
    async def load(self):
        return True

    async def predict(self, payload):
        if NumpyCodec.decode_input(payload.inputs[0]).ravel()[0] == 0:
            raise InferenceError("refused on purpose")
        raise RuntimeError("broken on purpose")
