// null-model is a gRPC server of the Open Inference Protocol with one model that does nothing: every ModelInfer gets the
// same answer at once. Messages stay bytes: what is measured is the client.
//
//	null-model --stats FILE [--elements 256]
//
// FILE is shared memory in the layout of truth-server.c: calls are counted as requests and answers while it runs. The
// server ends when its standard input does.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

const magic = 0x3153545542565253

// counters are the head of truth-server.c's Stats.
type counters struct {
	magic, rows, requests, connections, answers, bodyBytes uint64
	first                                                  int64
}

// opaque passes messages on as they are, under the name of the codec that clients ask for.
type opaque struct{}

func (opaque) Name() string { return "proto" }

func (opaque) Marshal(message any) (mem.BufferSlice, error) {
	return message.(mem.BufferSlice), nil
}

func (opaque) Unmarshal(data mem.BufferSlice, message any) error {
	data.Ref()
	*message.(*mem.BufferSlice) = data
	return nil
}

func text(field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, field, protowire.BytesType), value)
}

func message(field protowire.Number, parts ...[]byte) []byte {
	var body []byte
	for _, part := range parts {
		body = append(body, part...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), body)
}

// A TensorMetadata, or the head of an InferOutputTensor: they have the same fields.
func tensor(field protowire.Number, name string, elements int) []byte {
	shape := protowire.AppendVarint(nil, uint64(elements))
	return message(field, text(1, name), text(2, "FP32"), message(3, shape))
}

func join(parts ...[]byte) mem.BufferSlice {
	var all []byte
	for _, part := range parts {
		all = append(all, part...)
	}
	return mem.BufferSlice{mem.SliceBuffer(all)}
}

// A method that always gives this answer; count is called for each call.
func constant(name string, answer mem.BufferSlice, count func()) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: name,
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var request mem.BufferSlice
			if err := decode(&request); err != nil {
				return nil, err
			}
			request.Free()
			count()
			return answer, nil
		},
	}
}

func mapCounters(path string) *counters {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	if err := file.Truncate(4096); err != nil {
		log.Fatal(err)
	}
	bytes, err := syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		log.Fatal(err)
	}
	return (*counters)(unsafe.Pointer(&bytes[0]))
}

func main() {
	stats := flag.String("stats", "", "file for the counters")
	elements := flag.Int("elements", 256, "FP32 values of the input and of the output")
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	flag.Parse()
	if *stats == "" {
		log.Fatal("null-model: --stats is missing")
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	count := mapCounters(*stats)
	counted := func() {
		atomic.AddUint64(&count.requests, 1)
		atomic.AddUint64(&count.answers, 1)
	}
	uncounted := func() {}
	ready := join(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1))
	metadata := join(text(1, "null"), text(2, "1"), text(3, "null"), tensor(4, "INPUT", *elements), tensor(5, "OUTPUT", *elements))
	inferred := join(text(1, "null"), text(2, "1"), tensor(5, "OUTPUT", *elements), message(6, make([]byte, 4**elements)))

	server := grpc.NewServer(
		grpc.ForceServerCodecV2(opaque{}),
		grpc.MaxConcurrentStreams(10_000),
		grpc.MaxRecvMsgSize(64<<20),
	)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "inference.GRPCInferenceService",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			constant("ServerLive", ready, uncounted),
			constant("ServerReady", ready, uncounted),
			constant("ModelReady", ready, uncounted),
			constant("ServerMetadata", join(text(1, "null-model"), text(2, "1")), uncounted),
			constant("ModelMetadata", metadata, uncounted),
			constant("ModelInfer", inferred, counted),
		},
	}, struct{}{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	// The one line on stdout says where: the caller waits for it.
	fmt.Println(listener.Addr())
	atomic.StoreUint64(&count.magic, magic)
	log.Fatal(server.Serve(listener))
}
