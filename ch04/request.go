package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"
)

const requests = 5

// requestDelay returns the book's delays, the longest for the request that is sent
// first.
func requestDelay(i int) time.Duration { return time.Duration(requests-i) * time.Second }

// patience is the time that a server may take beyond the delay that it was asked for.
var patience = 30 * time.Second

func getRequest(path string) string {
	return "GET " + path + " HTTP/1.1\r\n" +
		"Host: localhost\r\n" +
		"Connection: close\r\n" +
		"\r\n"
}

func getError(addr netip.AddrPort, path string, err error) error {
	return fmt.Errorf("GET %v%s: %w", addr, path, err)
}

const (
	maxResponse = 64 << 20 // bytes
	maxHeader   = 64 << 10
)

var errTooLong = fmt.Errorf("the response is longer than %d bytes", maxResponse)

// readResponse reads a response, which must be a 200, to its end. It returns the
// whole text, and the body alone.
func readResponse(from io.Reader) (text, body []byte, err error) {
	var all bytes.Buffer
	limit := &io.LimitedReader{R: from, N: maxHeader}
	r := bufio.NewReader(io.TeeReader(limit, &all))
	if _, err := r.Peek(1); err == io.EOF {
		return nil, nil, errors.New("the server closed the connection without a response")
	}
	response, err := http.ReadResponse(r, nil)
	for err == nil && response.StatusCode/100 == 1 { // there is another behind it
		response, err = http.ReadResponse(r, nil)
	}
	if limit.N == 0 {
		err = fmt.Errorf("the header is longer than %d bytes", maxHeader)
	}
	if limit.N = maxResponse; err == nil {
		body, err = io.ReadAll(response.Body)
	}
	switch {
	case limit.N == 0:
		err = errTooLong
	case err == nil && response.StatusCode != http.StatusOK:
		err = fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	return all.Bytes(), body, err
}
