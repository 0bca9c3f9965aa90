package http

import (
	"bytes"
	"net/http"
	"strings"
)

// What a [Server] takes; more is refused with 414, 431 and 413.
const (
	maxRequestLine   = 8 << 10
	maxRequestHeader = 16 << 10 // with the request line
	maxRequestBody   = 1 << 20
)

// A Request is valid until its response is there. A goroutine of the handler's that may go on for
// longer has to have copies.
type Request struct {
	Method string
	Target string // path and query as they were sent: "/5/hello?size=3"; or "*"
	Body   []byte

	close bool // the client wants no other request after this one
	minor byte // of the version: HTTP/1.0 or 1.1
}

// A refusal is the status that a bad request is answered with, and a line that says why.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

func newRefusal(status int, why string) *refusal { return &refusal{status, why} }

var (
	errLine     = newRefusal(http.StatusBadRequest, "malformed request line")
	errTarget   = newRefusal(http.StatusBadRequest, "malformed target: want a path")
	errVersion  = newRefusal(http.StatusHTTPVersionNotSupported, "this server speaks HTTP/1.0 and HTTP/1.1")
	errLongLine = newRefusal(http.StatusRequestURITooLong, "the request line is too long")
	errLong     = newRefusal(http.StatusRequestHeaderFieldsTooLarge, "the header is too long")
	errField    = newRefusal(http.StatusBadRequest, "malformed header field")
	errHost     = newRefusal(http.StatusBadRequest, "want one Host field")
	errLength   = newRefusal(http.StatusBadRequest, "want one Content-Length field, with a number")
	errEncoding = newRefusal(http.StatusNotImplemented, "this server takes no Transfer-Encoding")
	errBoth     = newRefusal(http.StatusBadRequest, "both Transfer-Encoding and Content-Length")
	errExpect   = newRefusal(http.StatusExpectationFailed, "this server meets no expectations")
	errLongBody = newRefusal(http.StatusRequestEntityTooLarge, "the body is too long")
	errTimedOut = newRefusal(http.StatusRequestTimeout, "the request took too long to arrive")
	errInternal = newRefusal(http.StatusInternalServerError, "internal server error")
)

// What may stand beside letters and digits.
const (
	tokenOthers  = "!#$%&'*+-.^_`|~"
	hostOthers   = "!$%&'()*+,-.:;=[]_~"
	targetOthers = hostOthers + "/?@\"<>\\^`{|}" // nobody should send the last eight, many do
)

// kinds says of each byte where it may stand.
var kinds = func() (k [256]uint8) {
	for c := range 256 {
		b := byte(c)
		alnum := '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
		for kind, others := range map[uint8]string{inToken: tokenOthers, inTarget: targetOthers, inHost: hostOthers} {
			if alnum || c < 0x80 && strings.IndexByte(others, b) >= 0 {
				k[c] |= kind
			}
		}
		if b >= ' ' && b != 0x7f || b == '\t' {
			k[c] |= inValue
		}
	}
	return k
}()

const (
	inToken uint8 = 1 << iota // a method, or the name of a field
	inTarget
	inHost
	inValue // the value of a field
)

// span returns how many bytes at the beginning of b are of the kind.
func span(b []byte, kind uint8) int {
	for i, c := range b {
		if kinds[c]&kind == 0 {
			return i
		}
	}
	return len(b)
}

// parseRequest looks at the beginning of what a client has sent. It returns the first request
// and its length in b, or 0 if it isn't whole yet, or a refusal. More bytes behind b
// would change what it says only if that was 0. It keeps b, as the body.
func parseRequest(b []byte) (r Request, n int, err *refusal) {
	line := bytes.IndexByte(b[:min(len(b), maxRequestLine)], '\n')
	// What can't become a request is refused before its line is whole.
	method := span(b[:min(len(b), maxRequestLine)], inToken)
	switch {
	case method < len(b) && method < maxRequestLine && (method == 0 || b[method] != ' '):
		return r, 0, errLine
	case line < 0 && len(b) >= maxRequestLine:
		return r, 0, errLongLine
	case line < 0:
		return r, 0, nil
	}
	target, err := parseLine(&r, b[method+1:line])
	if err != nil {
		return r, 0, err
	}
	end := bytes.Index(b[line-1:min(len(b), maxRequestHeader)], endOfHeader)
	switch {
	case end < 0 && len(b) >= maxRequestHeader:
		return r, 0, errLong
	case end < 0:
		return r, 0, nil
	}
	end += line - 1 + len(endOfHeader)
	length, err := parseFields(&r, b[line+1:end-2])
	if err != nil || len(b)-end < length {
		return r, 0, err
	}
	r.Method, r.Target = methodName(b[:method]), string(target)
	r.Body = b[end : end+length : end+length]
	return r, end + length, nil
}

// parseLine parses what follows the method, without the LF.
func parseLine(r *Request, b []byte) (target []byte, err *refusal) {
	n := bytes.IndexByte(b, ' ')
	if n < 0 {
		return nil, errLine
	}
	target, version := b[:n], b[n+1:]
	switch {
	case string(version) == "HTTP/1.1\r":
		r.minor = 1
	case string(version) == "HTTP/1.0\r":
	case len(version) == 9 && string(version[:5]) == "HTTP/" && digit(version[5]) && version[6] == '.' && digit(version[7]) && version[8] == '\r':
		return nil, errVersion
	default:
		return nil, errLine
	}
	if string(target) != "*" && (n == 0 || target[0] != '/' || span(target, inTarget) < n) {
		return nil, errTarget
	}
	for rest := target; ; rest = rest[3:] {
		i := bytes.IndexByte(rest, '%')
		if i < 0 {
			return target, nil
		}
		if rest = rest[i:]; len(rest) < 3 || !hex(rest[1]) || !hex(rest[2]) {
			return nil, errTarget
		}
	}
}

// parseFields parses lines that end in CR LF, and returns the length of the body.
func parseFields(r *Request, b []byte) (length int, err *refusal) {
	length = -1
	hosts, encoded, expects, keepAlive := 0, false, false, false
	for len(b) > 0 {
		name := span(b, inToken)
		if name == 0 || b[name] != ':' { // there is a CR
			return 0, errField
		}
		end := name + 1 + span(b[name+1:], inValue)
		if b[end] != '\r' || b[end+1] != '\n' {
			return 0, errField
		}
		value := b[name+1 : end]
		switch field := b[:name]; {
		case isFold(field, "host"):
			hosts++
			if value = trim(value); span(value, inHost) < len(value) {
				return 0, errHost
			}
		case isFold(field, "connection"):
			r.close = r.close || hasToken(value, "close")
			keepAlive = keepAlive || hasToken(value, "keep-alive")
		case isFold(field, "content-length"):
			if length >= 0 {
				return 0, errLength
			}
			if length = number(trim(value)); length < 0 {
				return 0, errLength
			}
		case isFold(field, "transfer-encoding"):
			encoded = true
		case isFold(field, "expect"):
			expects = true
		}
		b = b[end+2:]
	}
	r.close = r.close || r.minor == 0 && !keepAlive
	switch {
	case hosts > 1 || hosts == 0 && r.minor == 1:
		return 0, errHost
	case encoded && length >= 0:
		return 0, errBoth
	case encoded:
		return 0, errEncoding
	case expects:
		return 0, errExpect
	case length > maxRequestBody:
		return 0, errLongBody
	}
	return max(length, 0), nil
}

// methodName saves an allocation for the methods that are in use.
func methodName(b []byte) string {
	for _, m := range [...]string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		if string(b) == m {
			return m
		}
	}
	return string(b)
}

// isFold compares b, whatever its case, with a word of lower-case letters and hyphens.
func isFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hasToken looks for a word in a list with commas.
func hasToken(list []byte, word string) bool {
	for more := true; more; {
		var one []byte
		one, list, more = bytes.Cut(list, []byte{','})
		if isFold(trim(one), word) {
			return true
		}
	}
	return false
}

// number returns -1 if b is none. It stops counting where a body is too long.
func number(b []byte) (n int) {
	if len(b) == 0 {
		return -1
	}
	for _, c := range b {
		if !digit(c) {
			return -1
		}
		n = min(10*n+int(c-'0'), maxRequestBody+1)
	}
	return n
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

func digit(c byte) bool { return '0' <= c && c <= '9' }
func hex(c byte) bool   { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
