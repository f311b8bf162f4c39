"""golden.py OUT.json - messages and files as TensorFlow and protobuf themselves write them, in hexadecimal.

The tests of the tfserving plugin compare their own encoders and decoders with these. Everything is serialised by the
published classes of tensorflow-serving-api, map entries in the order of their keys; the warm-up file is written by
TensorFlow's own record writer. `typed` tensors have their elements in the list of their type, `content` ones in
`tensor_content`.
"""
import json
import os
import sys
import tempfile

import google.protobuf
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, model_management_pb2, predict_pb2,
    prediction_log_pb2, regression_pb2)

LISTS = {"float32": "float_val", "float64": "double_val", "int64": "int64_val", "int32": "int_val", "int16": "int_val",
         "int8": "int_val", "uint16": "int_val", "uint8": "int_val", "uint32": "uint32_val", "uint64": "uint64_val",
         "bool": "bool_val"}
TENSORS = {
    "float32 [2, 3]": np.array([[1, -2.5, 3.25], [0, 1e-7, 3.4e38]], np.float32),
    "float32 []": np.array(1.5, np.float32),
    "float32 [0, 3]": np.zeros((0, 3), np.float32),
    "float64 [2]": np.array([0.1, -1e300]),
    "int64 [4]": np.array([0, -1, 2 ** 62, -2 ** 63], np.int64),
    "int32 [3]": np.array([0, -1, 2147483647], np.int32),
    "int16 [2]": np.array([-32768, 32767], np.int16),
    "int8 [2]": np.array([-128, 127], np.int8),
    "uint8 [2, 2, 1]": np.array([[[0], [1]], [[128], [255]]], np.uint8),
    "uint16 [2]": np.array([0, 65535], np.uint16),
    "uint32 [2]": np.array([0, 4294967295], np.uint32),
    "uint64 [2]": np.array([0, 2 ** 64 - 1], np.uint64),
    "float16 [4]": np.array([0, 1, -2, 65504], np.float16),
    "bool [2]": np.array([True, False]),
    "string [2, 2]": np.array([[b"", b"abc"], ["hé".encode(), bytes([0, 255, 10])]], object),
}


def typed(x):
    name = "string" if x.dtype == object else x.dtype.name
    tensor = tensor_pb2.TensorProto(dtype=tf.as_dtype(name).as_datatype_enum)
    tensor.tensor_shape.SetInParent()
    for size in x.shape:
        tensor.tensor_shape.dim.add(size=size)
    flat = x.ravel()
    if name == "string":
        tensor.string_val.extend(list(flat))
    elif name == "float16":
        tensor.half_val.extend(int(v) for v in flat.view(np.uint16))
    else:
        getattr(tensor, LISTS[name]).extend(flat.tolist())
    return tensor


def content(x):
    if x.dtype == object:
        return typed(x)
    tensor = typed(np.zeros((0,), x.dtype))
    tensor.tensor_shape.CopyFrom(typed(x).tensor_shape)
    tensor.tensor_content = x.astype(x.dtype.newbyteorder("<")).tobytes()
    return tensor


def hexed(message):
    return message.SerializeToString(deterministic=True).hex()


def predict(tensor):
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "serving_default"
    request.model_spec.version.value = 3
    request.inputs["x"].CopyFrom(tensor)
    request.output_filter.append("y")
    return request


def answer(tensor):
    response = predict_pb2.PredictResponse()
    response.model_spec.name, response.model_spec.signature_name = "m", "serving_default"
    response.model_spec.version.value = 3
    response.outputs["y"].CopyFrom(tensor)
    return response


def values(x):
    flat = x.ravel()
    if x.dtype == object:
        return [v.hex() for v in flat]
    return [str(v) if x.dtype.kind in "iu" else bool(v) if x.dtype.kind == "b" else float(v) for v in flat]


def vectors():
    for name, x in TENSORS.items():
        for form, make in (("typed", typed), ("content", content)):
            tensor = make(x)
            assert np.array_equal(tf.make_ndarray(tensor), x), name
            # The C++ decoder of the server reads it, too.
            assert np.array_equal(tf.io.parse_tensor(tensor.SerializeToString(), tf.as_dtype(tensor.dtype)).numpy(), x)
            yield {"name": name, "form": form, "dtype": name.split()[0], "shape": list(x.shape), "values": values(x),
                   "request": hexed(predict(tensor)), "response": hexed(answer(tensor))}


def example(**features):
    made = tf.train.Example()
    for name, value in features.items():
        feature = made.features.feature[name]
        kind = {float: feature.float_list, int: feature.int64_list, bytes: feature.bytes_list}[type(value[0])]
        kind.value.extend(value)
    return made


def examples(kind, context):
    request = kind()
    request.model_spec.name, request.model_spec.signature_name = "m", "s"
    made = [example(a=[1.0, 2.5]), example(a=[-3.0], b=[7, -1], c=[b"hi", b"\xff"])]
    if context:
        request.input.example_list_with_context.examples.extend(made)
        request.input.example_list_with_context.context.CopyFrom(example(d=[9]))
    else:
        request.input.example_list.examples.extend(made)
    return request


def short(count):
    tensor = tensor_pb2.TensorProto(dtype=1, float_val=[7.0, 8.0][:count])
    for size in (2, 2):
        tensor.tensor_shape.dim.add(size=size)
    return {"response": hexed(answer(tensor)),
            "values": tf.io.parse_tensor(tensor.SerializeToString(), tf.float32).numpy().ravel().tolist()}


def string_content():
    # As the C++ decoder reads it: the lengths of all elements, then their bytes.
    tensor = tensor_pb2.TensorProto(dtype=7, tensor_content=b"\x02\x00\x03" + b"ab" + b"xyz")
    tensor.tensor_shape.dim.add(size=3)
    read = tf.io.parse_tensor(tensor.SerializeToString(), tf.string).numpy()
    assert read.tolist() == [b"ab", b"", b"xyz"]
    return hexed(answer(tensor))


def others():
    label = predict_pb2.PredictRequest()
    label.model_spec.name, label.model_spec.version_label = "m", "stable"
    label.model_spec.signature_name = "serving_default"
    label.inputs["a"].CopyFrom(typed(TENSORS["float32 [2, 3]"]))
    label.inputs["b"].CopyFrom(typed(TENSORS["string [2, 2]"]))
    yield "request with a label and two inputs, typed", hexed(label)

    yield "classify", hexed(examples(classification_pb2.ClassificationRequest, False))
    yield "regress with a context", hexed(examples(regression_pb2.RegressionRequest, True))
    classified = classification_pb2.ClassificationResponse()
    classified.model_spec.name, classified.model_spec.signature_name = "m", "s"
    classified.model_spec.version.value = 2
    one = classified.result.classifications.add()
    one.classes.add(label="cat", score=0.75)
    one.classes.add(score=0.25)
    classified.result.classifications.add()
    yield "classify answer", hexed(classified)
    regressed = regression_pb2.RegressionResponse()
    regressed.result.regressions.add(value=1.5)
    regressed.result.regressions.add()
    yield "regress answer", hexed(regressed)

    status = get_model_status_pb2.GetModelStatusResponse()
    status.model_version_status.add(version=2, state=30)
    failed = status.model_version_status.add(version=1, state=50)
    failed.status.error_code, failed.status.error_message = 5, "not found"
    yield "status answer", hexed(status)
    yield "metadata request", hexed(get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec={"name": "m"}, metadata_field=["signature_def"]))
    signature = meta_graph_pb2.SignatureDef(method_name="tensorflow/serving/predict")
    signature.inputs["x"].name, signature.inputs["x"].dtype = "x:0", 1
    for size in (-1, 2):
        signature.inputs["x"].tensor_shape.dim.add(size=size)
    signature.inputs["any"].dtype = 7
    signature.inputs["any"].tensor_shape.unknown_rank = True
    signature.outputs["y"].dtype = 19
    signature.outputs["y"].tensor_shape.SetInParent()
    made = get_model_metadata_pb2.SignatureDefMap()
    made.signature_def["serving_default"].CopyFrom(signature)
    metadata = get_model_metadata_pb2.GetModelMetadataResponse()
    metadata.model_spec.name = "m"
    metadata.model_spec.version.value = 4
    metadata.metadata["signature_def"].Pack(made)
    yield "metadata answer", hexed(metadata)

    reload = model_management_pb2.ReloadConfigRequest()
    m = reload.config.model_config_list.config.add(name="m", base_path="/models/m", model_platform="tensorflow")
    m.model_version_policy.specific.versions.extend([1, 2])
    m.version_labels["canary"], m.version_labels["stable"] = 2, 1
    n = reload.config.model_config_list.config.add(name="n", base_path="/models/n", model_platform="tensorflow")
    n.model_version_policy.all.SetInParent()
    o = reload.config.model_config_list.config.add(name="o", base_path="/models/o", model_platform="tensorflow")
    o.model_version_policy.latest.num_versions = 3
    yield "reload request", hexed(reload)

    log = [prediction_log_pb2.PredictionLog(predict_log={"request": predict(content(TENSORS["float32 [2, 3]"]))}),
           prediction_log_pb2.PredictionLog(classify_log={"request": examples(classification_pb2.ClassificationRequest, False)}),
           prediction_log_pb2.PredictionLog(regress_log={"request": examples(regression_pb2.RegressionRequest, True)})]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "warmup")
        with tf.io.TFRecordWriter(path) as writer:
            for record in log:
                writer.write(record.SerializeToString(deterministic=True))
        yield "warm-up file", open(path, "rb").read().hex()


made = {
    "made_with": {"tensorflow": tf.__version__, "protobuf": google.protobuf.__version__, "by": "servers/tfserving/golden.py"},
    "tensors": list(vectors()),
    "repeated": [short(0), short(1), short(2)],
    "text in tensor_content": string_content(),
    "others": dict(others()),
}
with open(sys.argv[1], "w") as out:
    json.dump(made, out, indent=1)
    out.write("\n")
print(len(made["tensors"]), "tensors,", len(made["others"]), "others")
