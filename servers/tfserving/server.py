"""Real TensorFlow behind TensorFlow Serving's published API, for tests: the program itself is in no package registry.

SavedModels run in TensorFlow, messages are those of the package tensorflow-serving-api, files are read by protobuf:

- gRPC PredictionService (Predict, Classify, Regress, GetModelMetadata), ModelService (GetModelStatus,
  HandleReloadConfigRequest), and TensorFlow's own ProfilerService unless --enable_profiler=false
- REST /v1/models/M[/versions/V|/labels/L][:predict|:classify|:regress|/metadata], and the Prometheus page
- --port, --rest_api_port, --model_config_file, --monitoring_config_file, --enable_serialization_as_tensor_content;
  warm-up files of the models; other flags are passed over

It is not TensorFlow Serving: its timing says nothing about the real server, there is no scheduler for batches, and texts
of errors are its own, except where the documentation or the public source of TensorFlow Serving has them.
"""
import argparse
import base64
import bisect
import json
import pathlib
import re
import signal
import socket
import sys
import threading
import time
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if "--version" in sys.argv:
    print("TensorFlow ModelServer: 0.0.0-stand-in")
    sys.exit(0)

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format, text_format
from tensorflow.core.example import example_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, input_pb2, model_management_pb2,
    model_service_pb2_grpc, predict_pb2, prediction_log_pb2, prediction_service_pb2_grpc, regression_pb2)
from tensorflow_serving.config import model_server_config_pb2

HTTP = {"INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "NOT_FOUND": 404, "INTERNAL": 500}
AVAILABLE = get_model_status_pb2.ModelVersionStatus.AVAILABLE
WARMUP = "assets.extra/tf_serving_warmup_requests"
LIMIT = 2 ** 31 - 1


class Failure(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Servable:
    """A version of a model."""

    def __init__(self, path):
        self.loaded = tf.saved_model.load(str(path))
        graph = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes()).meta_graphs[0]
        self.signatures = {name: one for name, one in graph.signature_def.items() if not name.startswith("__")}

    def signature(self, name):
        if name not in self.signatures:
            raise Failure("FAILED_PRECONDITION", f'Serving signature key "{name}" not found.')
        return self.signatures[name]

    def run(self, model, name, tensors):
        inputs = self.signature(name).inputs
        extra, missing = set(tensors) - set(inputs), set(inputs) - set(tensors)
        if extra or missing:
            raise Failure("INVALID_ARGUMENT", f"Request inputs do not match required inputs for model `{model}`. "
                          f"Send extra: {sorted(extra)}. Missing but required: {sorted(missing)}.")
        for key, value in tensors.items():
            if value.dtype.as_datatype_enum != inputs[key].dtype:
                raise Failure("INVALID_ARGUMENT", f"Expected {key} to be {tf.as_dtype(inputs[key].dtype).name}, got {value.dtype.name}")
        try:
            return self.loaded.signatures[name](**tensors)
        except Exception as error:
            text = [line for line in str(error).splitlines() if line.strip() and not line.startswith(" ")]
            raise Failure("INVALID_ARGUMENT", (text or ["failed"])[0]) from error


class Metrics:
    """Counters and histograms of microseconds, as TensorFlow Serving names them."""

    BUCKETS = [10 * 1.8 ** i for i in range(33)]

    def __init__(self):
        self.lock, self.counters, self.histograms = threading.Lock(), {}, {}

    def count(self, name, **labels):
        key = (name, tuple(labels.items()))
        with self.lock:
            self.counters[key] = self.counters.get(key, 0) + 1

    def add(self, name, value, **labels):
        key = (name, tuple(labels.items()))
        with self.lock:
            histogram = self.histograms.setdefault(key, [0.0, [0] * (len(self.BUCKETS) + 1)])
            histogram[0] += value
            histogram[1][bisect.bisect_left(self.BUCKETS, value)] += 1

    def page(self):
        lines = []
        quoted = lambda labels: ",".join(f'{name}="{value}"' for name, value in labels)
        with self.lock:
            for (name, labels), value in sorted(self.counters.items()):
                lines.append(f":tensorflow:serving:{name}{{{quoted(labels)}}} {value}")
            for (name, labels), (total, buckets) in sorted(self.histograms.items()):
                seen = 0
                for limit, number in zip([f"{b:g}" for b in self.BUCKETS] + ["+Inf"], buckets):
                    seen += number
                    lines.append(f':tensorflow:serving:{name}_bucket{{{quoted(labels)},le="{limit}"}} {seen}')
                lines.append(f":tensorflow:serving:{name}_sum{{{quoted(labels)}}} {total}")
                lines.append(f":tensorflow:serving:{name}_count{{{quoted(labels)}}} {seen}")
        return "\n".join(lines) + "\n"


class Core:
    def __init__(self, as_content):
        self.lock, self.models, self.labels = threading.Lock(), {}, {}
        self.metrics, self.as_content = Metrics(), as_content

    def configure(self, config, may_label_early=False):
        models, labels = {}, {}
        for one in config.model_config_list.config:
            base = pathlib.Path(one.base_path)
            found = sorted(int(path.name) for path in base.iterdir() if path.name.isdigit()) if base.is_dir() else []
            policy = one.model_version_policy
            kind = policy.WhichOneof("policy_choice")
            wanted = (list(policy.specific.versions) if kind == "specific" else found if kind == "all"
                      else found[-(policy.latest.num_versions or 1):])
            absent = [version for version in wanted if version not in found]
            if absent or not wanted:
                raise Failure("NOT_FOUND", f"Could not find version {absent} of model {one.name} under {one.base_path}")
            before = self.models.get(one.name, {})
            for label, version in one.version_labels.items():
                if version not in before and not may_label_early:
                    raise Failure("FAILED_PRECONDITION", f"Request to assign label {label} to version {version} of model "
                                  f"{one.name}, which is not currently available for inference")
                labels[one.name, label] = version
            models[one.name] = {version: before.get(version) or self.load(one.name, base / str(version)) for version in wanted}
        with self.lock:
            self.models, self.labels = models, labels

    def load(self, name, path):
        began = time.perf_counter()
        servable = Servable(path)
        if (path / WARMUP).exists():
            for record in tf.data.TFRecordDataset(str(path / WARMUP)).as_numpy_iterator():
                self.warm(servable, prediction_log_pb2.PredictionLog.FromString(record))
                self.metrics.count("model_warmup_records_read", model_path=str(path))
        print(f"loaded {name} from {path} in {time.perf_counter() - began:.3f} s", flush=True)
        return servable

    def warm(self, servable, log):
        kind = log.WhichOneof("log_type")
        request = getattr(log, kind).request
        if kind == "predict_log":
            tensors = {key: to_tensor(value) for key, value in request.inputs.items()}
        else:
            tensors = {"inputs": serialized(request.input)}
        servable.run(request.model_spec.name, request.model_spec.signature_name or "serving_default", tensors)

    def find(self, name, version=None, label=None):
        have = self.models.get(name, {})
        if label:
            version = self.labels.get((name, label))
            if version is None:
                raise Failure("INVALID_ARGUMENT", f"Unrecognized servable version label: {label}")
        if version is None:
            if not have:
                raise Failure("NOT_FOUND", f"Servable not found for request: Latest({name})")
            version = max(have)
        if version not in have:
            raise Failure("NOT_FOUND", f"Servable not found for request: Specific({name}, {version})")
        return version, have[version]

    def status(self, name, version=None):
        have = self.models.get(name)
        if have is None:
            raise Failure("NOT_FOUND", f"Could not find any versions of model {name}")
        if version is not None and version not in have:
            raise Failure("NOT_FOUND", f"Could not find version {version} of model {name}")
        response = get_model_status_pb2.GetModelStatusResponse()
        for one in sorted(have, reverse=True):
            if version in (None, one):
                response.model_version_status.add(version=one, state=AVAILABLE)
        return response

    def timed(self, model, api, entrypoint, work):
        """Work returns its answer and the seconds that TensorFlow took."""
        began = time.perf_counter()
        try:
            answer, runtime = work()
        except Failure as failure:
            self.metrics.count("request_count", model_name=model, status=failure.code)
            raise
        self.metrics.count("request_count", model_name=model, status="OK")
        self.metrics.add("runtime_latency", 1e6 * runtime, model_name=model, API=api, runtime="TF1")
        self.metrics.add("request_latency", 1e6 * (time.perf_counter() - began), model_name=model, API=api, entrypoint=entrypoint)
        return answer


def chosen(spec):
    kind = spec.WhichOneof("version_choice")
    return spec.version.value if kind == "version" else None, spec.version_label or None


def to_tensor(proto):
    try:
        # The decoder that the server has, in C++.
        return tf.io.parse_tensor(proto.SerializeToString(), tf.as_dtype(proto.dtype))
    except Exception as error:
        raise Failure("INVALID_ARGUMENT", f"tensor parsing error: {str(error).splitlines()[0]}") from error


def serialized(request):
    kind = request.WhichOneof("kind")
    given = getattr(request, kind) if kind else None
    if given is None or not given.examples:
        raise Failure("INVALID_ARGUMENT", "Input is empty.")
    context = given.context.SerializeToString() if kind == "example_list_with_context" else b""
    return tf.constant([context + one.SerializeToString() for one in given.examples])


def running(servable, model, signature, tensors):
    began = time.perf_counter()
    outputs = servable.run(model, signature, tensors)
    values = {key: value.numpy() for key, value in outputs.items()}
    return outputs, values, time.perf_counter() - began


def as_proto(value, array, as_content):
    """As the server does it: elements in lists unless it is told otherwise."""
    made = tf.make_tensor_proto(array, dtype=value.dtype, shape=array.shape)
    if as_content or value.dtype == tf.string:
        return made
    fields = {tf.float32: "float_val", tf.float64: "double_val", tf.int64: "int64_val", tf.bool: "bool_val",
              tf.uint32: "uint32_val", tf.uint64: "uint64_val", tf.float16: "half_val", tf.bfloat16: "half_val"}
    field = fields.get(value.dtype, "int_val")
    made.ClearField("tensor_content")
    made.ClearField(field)
    flat = array.ravel()
    getattr(made, field).extend((flat.view(np.uint16) if field == "half_val" else flat).tolist())
    return made


# ---- gRPC

def answering(method):
    def call(self, request, context):
        try:
            return method(self, request)
        except Failure as failure:
            context.abort(getattr(grpc.StatusCode, failure.code), str(failure))
    return call


class Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, core):
        self.core = core

    @answering
    def Predict(self, request):
        spec = request.model_spec
        signature = spec.signature_name or "serving_default"

        def work():
            version, servable = self.core.find(spec.name, *chosen(spec))
            tensors = {key: to_tensor(value) for key, value in request.inputs.items()}
            outputs, values, runtime = running(servable, spec.name, signature, tensors)
            response = predict_pb2.PredictResponse()
            described(response, spec.name, signature, version)
            for key, value in outputs.items():
                if not request.output_filter or key in request.output_filter:
                    response.outputs[key].CopyFrom(as_proto(value, values[key], self.core.as_content))
            return response, runtime
        return self.core.timed(spec.name, "Predict", "GRPC", work)

    def examples(self, request, api, response):
        spec = request.model_spec
        signature = spec.signature_name or "serving_default"

        def work():
            version, servable = self.core.find(spec.name, *chosen(spec))
            _, values, runtime = running(servable, spec.name, signature, {"inputs": serialized(request.input)})
            described(response, spec.name, signature, version)
            fill(response, values)
            return response, runtime
        return self.core.timed(spec.name, api, "GRPC", work)

    @answering
    def Classify(self, request):
        return self.examples(request, "Classify", classification_pb2.ClassificationResponse())

    @answering
    def Regress(self, request):
        return self.examples(request, "Regress", regression_pb2.RegressionResponse())

    @answering
    def GetModelMetadata(self, request):
        if list(request.metadata_field) != ["signature_def"]:
            raise Failure("INVALID_ARGUMENT", f"Metadata field {list(request.metadata_field)} is not supported")
        return metadata(request.model_spec.name, *self.core.find(request.model_spec.name, *chosen(request.model_spec)))


def described(response, name, signature, version):
    response.model_spec.name, response.model_spec.signature_name = name, signature
    response.model_spec.version.value = version


def fill(response, values):
    if isinstance(response, regression_pb2.RegressionResponse):
        if "outputs" not in values:
            raise Failure("FAILED_PRECONDITION", "Expected regression signature to have outputs")
        for value in values["outputs"].ravel():
            response.result.regressions.add(value=value)
    else:
        if not {"classes", "scores"} & set(values):
            raise Failure("FAILED_PRECONDITION", "Expected classification signature to have classes or scores")
        for classes, scores in zip(values["classes"], values["scores"]):
            made = response.result.classifications.add()
            for label, score in zip(classes, scores):
                made.classes.add(label=label, score=score)


def metadata(name, version, servable):
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = name
    response.model_spec.version.value = version
    made = get_model_metadata_pb2.SignatureDefMap()
    for key, value in servable.signatures.items():
        made.signature_def[key].CopyFrom(value)
    response.metadata["signature_def"].Pack(made)
    return response


class Management(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, core):
        self.core = core

    @answering
    def GetModelStatus(self, request):
        name = request.model_spec.name
        version, label = chosen(request.model_spec)
        return self.core.status(name, self.core.find(name, version, label)[0] if label else version)

    @answering
    def HandleReloadConfigRequest(self, request):
        self.core.configure(request.config)
        return model_management_pb2.ReloadConfigResponse()


class Profiler(grpc.GenericRpcHandler):
    """Hands calls of TensorFlow's ProfilerService on to TensorFlow, which has it at a port of its own."""

    def __init__(self):
        self.lock, self.channel = threading.Lock(), None

    def service(self, details):
        if not details.method.startswith("/tensorflow.ProfilerService/"):
            return None

        def hand_on(request, context):
            with self.lock:
                if self.channel is None:
                    with socket.socket() as found:
                        found.bind(("127.0.0.1", 0))
                        port = found.getsockname()[1]
                    tf.profiler.experimental.server.start(port)
                    self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
            try:
                return self.channel.unary_unary(details.method)(request, wait_for_ready=True)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
        return grpc.unary_unary_rpc_method_handler(hand_on)


# ---- REST

def decoded(value):
    if isinstance(value, dict):
        if set(value) != {"b64"}:
            raise Failure("INVALID_ARGUMENT", "JSON Value: Object is not of expected type")
        return base64.b64decode(value["b64"])
    return [decoded(one) for one in value] if isinstance(value, list) else value


def from_json(value, info, key):
    dtype = tf.as_dtype(info.dtype)

    def check(one):
        # Whole numbers only where the type has no others, and the other way round.
        if isinstance(one, list):
            return [check(inner) for inner in one]
        if dtype.is_integer and (not isinstance(one, int) or isinstance(one, bool)):
            raise Failure("INVALID_ARGUMENT", f"JSON Value: {one} is not of expected type: {dtype.name}")
        return one
    try:
        return tf.constant(check(decoded(value)), dtype=dtype)
    except Failure:
        raise
    except Exception as error:
        raise Failure("INVALID_ARGUMENT", f"JSON Value not formatted correctly for {dtype.name} of input {key}") from error


def to_json(value, array, name):
    if value.dtype != tf.string:
        return array.astype(np.float32).tolist() if value.dtype in (tf.float16, tf.bfloat16) else array.tolist()

    def walk(one):
        if isinstance(one, list):
            return [walk(inner) for inner in one]
        return {"b64": base64.b64encode(one).decode()} if name.endswith("_bytes") else one.decode()
    return walk(array.tolist())


def predict(servable, model, body):
    signature = body.get("signature_name") or "serving_default"
    inputs = servable.signature(signature).inputs
    rows, columns = body.get("instances"), body.get("inputs")
    if (rows is None) == (columns is None):
        raise Failure("INVALID_ARGUMENT", "Missing 'inputs' or 'instances' key")
    if rows is not None:
        if not isinstance(rows, list) or not rows:
            raise Failure("INVALID_ARGUMENT", "Excepting 'instances' to be an list/array and not be empty")
        if isinstance(rows[0], dict) and set(rows[0]) != {"b64"}:
            values = {key: [row[key] for row in rows] for key in rows[0]}
        else:
            values = bare(rows, inputs)
    else:
        values = columns if isinstance(columns, dict) and set(columns) != {"b64"} else bare(columns, inputs)
    for key in values:
        if key not in inputs:
            raise Failure("INVALID_ARGUMENT", f"JSON object: does not have named input: {key}")
    tensors = {key: from_json(value, inputs[key], key) for key, value in values.items()}
    outputs, arrays, runtime = running(servable, model, signature, tensors)
    named = {key: to_json(value, arrays[key], key) for key, value in outputs.items()}
    only = next(iter(named.values())) if len(named) == 1 else None
    if rows is None:
        return {"outputs": named if only is None else only}, runtime
    if any(not isinstance(value, list) or len(value) != len(rows) for value in named.values()):
        raise Failure("INVALID_ARGUMENT", "Tensor outputs have inconsistent batch sizes")
    return {"predictions": [dict(zip(named, row)) for row in zip(*named.values())] if only is None else only}, runtime


def bare(value, inputs):
    if len(inputs) != 1:
        raise Failure("INVALID_ARGUMENT", "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map")
    return {next(iter(inputs)): value}


def examples(servable, model, method, body):
    def example(features):
        made = example_pb2.Example()
        for name, value in features.items():
            feature = made.features.feature[name]
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, float):
                    feature.float_list.value.append(one)
                elif isinstance(one, int):
                    feature.int64_list.value.append(one)
                else:
                    feature.bytes_list.value.append(decoded(one) if isinstance(one, dict) else one.encode())
        return made
    request = input_pb2.Input()
    if "context" in body:
        request.example_list_with_context.context.CopyFrom(example(body["context"]))
        request.example_list_with_context.examples.extend(map(example, body["examples"]))
    else:
        request.example_list.examples.extend(map(example, body.get("examples", [])))
    signature = body.get("signature_name") or "serving_default"
    _, values, runtime = running(servable, model, signature, {"inputs": serialized(request)})
    if method == "regress":
        response = regression_pb2.RegressionResponse()
        fill(response, values)
        return {"results": [one.value for one in response.result.regressions]}, runtime
    response = classification_pb2.ClassificationResponse()
    fill(response, values)
    return {"results": [[[one.label, one.score] for one in classes.classes] for classes in response.result.classifications]}, runtime


class Rest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are written apart: the second one would wait for an acknowledgement.
    disable_nagle_algorithm = True
    core = None
    metrics_path = None

    def log_message(self, *arguments):
        pass

    def answer(self, code, text, kind="application/json"):
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def route(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.metrics_path is not None and self.path == self.metrics_path:
            return self.answer(200, self.core.metrics.page(), "text/plain")
        try:
            # With the bare words for numbers that JSON does not have.
            self.answer(200, json.dumps(self.respond(raw), indent=4) + "\n")
        except Failure as failure:
            self.answer(HTTP.get(failure.code, 500), json.dumps({"error": str(failure)}, indent=4) + "\n")

    do_GET = do_POST = route

    def respond(self, raw):
        match = re.fullmatch(r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(:predict|:classify|:regress|/metadata)?", self.path)
        if not match or (match[4] or "").startswith(":") != (self.command == "POST"):
            raise Failure("INVALID_ARGUMENT", f"Malformed request: {self.command} {self.path}")
        name, version, label, action = match[1], match[2] and int(match[2]), match[3], match[4]
        if action is None:
            statuses = self.core.status(name, self.core.find(name, version, label)[0] if label else version)
            return {"model_version_status": [
                {"version": str(one.version), "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
                for one in statuses.model_version_status]}
        if action == "/metadata":
            return json_format.MessageToDict(metadata(name, *self.core.find(name, version, label)),
                                             preserving_proto_field_name=True, always_print_fields_with_no_presence=True)

        def work():
            found = self.core.find(name, version, label)[1]
            try:
                body = json.loads(raw)
            except ValueError as error:
                raise Failure("INVALID_ARGUMENT", f"JSON Parse error: Invalid value. at offset: {error.pos}") from error
            return predict(found, name, body) if action == ":predict" else examples(found, name, action[1:], body)
        return self.core.timed(name, action[1:].capitalize(), "REST", work)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--port", type=int, default=8500)
    flags.add_argument("--rest_api_port", type=int, default=8501)
    flags.add_argument("--model_config_file", required=True)
    flags.add_argument("--monitoring_config_file")
    flags.add_argument("--enable_serialization_as_tensor_content", default="false")
    flags.add_argument("--enable_profiler", default="true")
    known, others = flags.parse_known_args()
    if others:
        print("passed over:", *others, flush=True)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    core = Rest.core = Core(known.enable_serialization_as_tensor_content == "true")
    config = pathlib.Path(known.model_config_file).read_text()
    core.configure(text_format.Parse(config, model_server_config_pb2.ModelServerConfig()), may_label_early=True)
    if known.monitoring_config_file:
        # The package has no message for this file.
        config = pathlib.Path(known.monitoring_config_file).read_text()
        path = re.search(r'path:\s*"([^"]*)"', config)
        if re.search(r"enable:\s*true", config):
            Rest.metrics_path = path[1] if path else "/monitoring/prometheus/metrics"
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[
        ("grpc.max_receive_message_length", LIMIT), ("grpc.max_send_message_length", LIMIT)])
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Prediction(core), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Management(core), server)
    if known.enable_profiler != "false":
        server.add_generic_rpc_handlers((Profiler(),))
    server.add_insecure_port(f"127.0.0.1:{known.port}")
    server.start()
    rest = Server(("127.0.0.1", known.rest_api_port), Rest)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    print(f"listening on {known.port} (gRPC) and {known.rest_api_port} (REST)", flush=True)
    done.wait()
    server.stop(1).wait()
    rest.shutdown()


if __name__ == "__main__":
    main()
