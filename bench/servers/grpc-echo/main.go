// grpc-echo answers every message with itself. Messages stay bytes: what is measured is the transport.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
)

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

func unary(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	var message mem.BufferSlice
	err := decode(&message)
	return message, err
}

func stream(_ any, calls grpc.ServerStream) error {
	for {
		var message mem.BufferSlice
		if err := calls.RecvMsg(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := calls.SendMsg(message); err != nil {
			return err
		}
	}
}

func main() {
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(opaque{}),
		grpc.MaxConcurrentStreams(10_000),
		grpc.MaxRecvMsgSize(64<<20),
	)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "servebench.bench.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Unary", Handler: unary}},
		Streams:     []grpc.StreamDesc{{StreamName: "Stream", Handler: stream, ServerStreams: true, ClientStreams: true}},
	}, struct{}{})
	// The one line on stdout says where: the caller waits for it.
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
