// An S3-compatible server in memory with one bucket, on gofakes3. ../../test_history_s3.py starts it.
package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("plant"); err != nil {
		panic(err)
	}
	fmt.Printf("{\"ready\": true, \"endpoint\": \"%s\"}\n", listener.Addr())
	panic(http.Serve(listener, gofakes3.New(backend).Server()))
}
