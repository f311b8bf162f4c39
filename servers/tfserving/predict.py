"""predict.py CASES.json - what TensorFlow answers with SavedModels.

CASES.json: [{ path, inputs: { name: { type, shape, data } } }]. Prints, as JSON, for each case what its signature
serving_default answers: { name: { shape, data } }.
"""
import json
import sys

import numpy as np
import tensorflow as tf


def answer(case):
    signature = tf.saved_model.load(case["path"]).signatures["serving_default"]
    inputs = {
        name: tf.constant(np.array(one["data"], one["type"]).reshape(one["shape"]))
        for name, one in case["inputs"].items()}
    outputs = signature(**inputs)
    return {name: {"shape": list(one.shape), "data": one.numpy().ravel().tolist()} for name, one in outputs.items()}


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps([answer(case) for case in cases]))
