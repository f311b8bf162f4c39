"""make_models.py DIR - SavedModels, written by TensorFlow itself.

mlp       versions 1 and 2: x float32 [-1, 64] -> y float32 [-1, 10]; version 2 adds 1 to every output
echo      answers with what it is asked, in one signature for each type of tensor
examples  signatures that parse tensorflow.Example, for classify and regress
"""
import sys

import tensorflow as tf

out = sys.argv[1]
TYPES = {
    "float32": tf.float32, "float64": tf.float64, "int64": tf.int64, "int32": tf.int32, "int16": tf.int16,
    "int8": tf.int8, "uint8": tf.uint8, "uint16": tf.uint16, "uint32": tf.uint32, "uint64": tf.uint64, "bool": tf.bool,
    "float16": tf.float16, "bfloat16": tf.bfloat16, "string": tf.string,
}


def mlp(version):
    model = tf.Module()
    weights = tf.random.Generator.from_seed(7)
    model.w1 = tf.Variable(weights.normal([64, 32], stddev=0.125))
    model.w2 = tf.Variable(weights.normal([32, 10], stddev=0.125))

    @tf.function(input_signature=[tf.TensorSpec([None, 64], tf.float32, name="x")])
    def serve(x):
        return {"y": tf.nn.relu(x @ model.w1) @ model.w2 + float(version - 1)}

    tf.saved_model.save(model, f"{out}/mlp/{version}", signatures={"serving_default": serve})


def echo():
    def one(dtype):
        @tf.function(input_signature=[tf.TensorSpec(None, dtype, name="x")])
        def serve(x):
            return {"y": tf.identity(x)}
        return serve

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image"), tf.TensorSpec([None], tf.float32, name="scale")])
    def several(image, scale):
        return {"image_bytes": tf.identity(image), "length": tf.strings.length(image), "ratio": scale / 0.0}

    signatures = {name: one(dtype) for name, dtype in TYPES.items()}
    tf.saved_model.save(tf.Module(), f"{out}/echo/1", signatures={
        "serving_default": signatures["float32"], "several": several, **signatures})


def examples():
    features = {"score": tf.io.FixedLenFeature([], tf.float32), "weight": tf.io.FixedLenFeature([], tf.int64, 1),
                "label": tf.io.FixedLenFeature([], tf.string, "none")}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classify(inputs):
        parsed = tf.io.parse_example(inputs, features)
        scores = tf.stack([parsed["score"], 1.0 - parsed["score"]], axis=1)
        classes = tf.stack([parsed["label"], tf.fill(tf.shape(parsed["label"]), "other")], axis=1)
        return {"classes": classes, "scores": scores}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def regress(inputs):
        parsed = tf.io.parse_example(inputs, features)
        return {"outputs": parsed["score"] * tf.cast(parsed["weight"], tf.float32)}

    tf.saved_model.save(tf.Module(), f"{out}/examples/1", signatures={"classify": classify, "regress": regress})


mlp(1)
mlp(2)
echo()
examples()
