"""Waits for as many milliseconds as its input says, and answers them."""

import asyncio

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Slow(MLModel):
    async def load(self):
        return True

    async def predict(self, payload):
        tensor = NumpyCodec.decode_input(payload.inputs[0])
        await asyncio.sleep(float(tensor.ravel()[0]) / 1000)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("ms", tensor)])
