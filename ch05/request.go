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

	"ch05/kit"
)

const requests = 5

// requestDelay is the book's: the request that is sent first waits longest.
func requestDelay(env *kit.Env, i int) time.Duration {
	return env.Delay(time.Duration(requests-i) * time.Second)
}

func requestPath(env *kit.Env, i int) string {
	return fmt.Sprintf("/%d/request-%d", requestDelay(env, i).Milliseconds(), i)
}

const maxResponse = 64 << 20 // bytes

var errTooLong = fmt.Errorf("the response is longer than %d bytes", maxResponse)

// patience is how long a server may take beyond the delay that it was asked for.
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

// parseResponse returns the body of a whole response, which must be a 200.
func parseResponse(response []byte) (string, error) {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response)), nil)
	if err != nil {
		if len(response) == 0 {
			err = errors.New("the server closed the connection without a response")
		}
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	return string(body), err
}
