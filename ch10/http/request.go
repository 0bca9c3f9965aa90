package http

import (
	"bytes"
	"errors"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"ch10/tcp"
)

// A Request is what a client asks for. It is valid until its response is ready. A goroutine that the handler starts has
// to work on copies if it may run for longer.
type Request struct {
	Method string // in the client's spelling: "GET"
	Target string // path and query, still escaped: "/5/hello%20you?size=3"; or "*"
	Body   []byte // without the framing of chunks

	fields  []byte    // as they were sent
	conn    *tcp.Conn // which it came by
	length  int       // the Content-Length; -1: there is none
	chunked bool      // the body comes in chunks
	close   bool      // the client wants no other request after this one
	expects bool      // the client sends the body after 100 Continue
	minor   byte      // of the version: HTTP/1.0 or 1.1
}

// Fields returns an iterator over the names and values of the header's fields, in the order in which they were sent.
// Values have no spaces around them.
func (r *Request) Fields() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for line := range bytes.SplitSeq(r.fields, endOfLine) {
			name, value, ok := bytes.Cut(line, []byte{':'})
			if ok && !yield(string(name), string(trim(value))) {
				return
			}
		}
	}
}

// Field returns the value of the first field with this name, or "" if there is none. The case of letters in the
// name doesn't matter.
func (r *Request) Field(name string) string {
	for n, value := range r.Fields() {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return ""
}

// RemoteAddr returns the client's address, or an AddrPort that isn't valid if the connection has broken.
func (r *Request) RemoteAddr() netip.AddrPort { return r.conn.RemoteAddr() }

// A refusal is the error of a bad request: the status of the response, and a line that says why.
type refusal struct {
	status int
	why    string
}

func (r refusal) Error() string { return r.why }

var (
	errLine     = refusal{400, "malformed request line"}
	errTarget   = refusal{400, "malformed target: want a path or a URL"}
	errField    = refusal{400, "malformed header field"}
	errHost     = refusal{400, "want one Host field"}
	errTimedOut = refusal{408, "the request took too long to arrive"}
	errLongBody = refusal{413, "the body is too long"}
	errInternal = refusal{500, "internal server error"}
	errBusy     = refusal{503, "too many long requests at once"}
)

// A class has true for each byte that a part of a request may have.
type class [256]bool

var (
	inToken  class // a method, or the name of a field
	inHost   class
	inTarget class
	inValue  class // of a field
)

func init() {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		inToken[c] = strings.IndexByte(letters+"!#$%&'*+-.^_`|~", byte(c)) >= 0
		inHost[c] = strings.IndexByte(letters+"!$%&'()*+,-.:;=[]_~", byte(c)) >= 0
		inTarget[c] = c > ' ' && c < 0x7f && c != '#' // clients send more than RFC 3986 allows
		inValue[c] = !isControl(rune(c))
	}
}

// span returns how many bytes at the beginning of b are of the class k.
func span[T string | []byte](b T, k *class) int {
	for i := range len(b) {
		if !k[b[i]] {
			return i
		}
	}
	return len(b)
}

// parseHeader parses the first request in b, of which limit bytes count: all but its body. It returns the request,
// whose fields stay in b, and the length of its header. The length is 0 while the header isn't whole, and only then
// would more bytes after b change the result. A refusal comes as soon as it can, with the method if that is there.
func parseHeader(b []byte, limit int) (r Request, n int, err error) {
	full := len(b) >= limit
	b = b[:min(len(b), limit)]
	method := span(b, &inToken)
	switch {
	case method == len(b), string(b) == "\r":
	case method == 0 || b[method] != ' ':
		return r, 0, errLine
	default:
		r.Method = string(b[:method])
	}
	tooLong, malformed, fields := refusal{414, "the request line is too long"}, errLine, 0
	for line := 0; ; {
		i := bytes.IndexByte(b[line:], '\n')
		end := line + i - 1
		switch {
		case i < 0 && full:
			return r, 0, tooLong
		case i < 0:
			return r, 0, nil
		case i == 0 || b[end] != '\r':
			return r, 0, malformed
		case line == 0:
			if err := parseLine(&r, b[method+1:end]); err != nil {
				return r, 0, err
			}
			tooLong, malformed, fields = refusal{431, "the header is too long"}, errField, end+2
		case i == 1:
			r.fields = b[fields:line]
			err := parseFields(&r)
			return r, line + 2, err
		}
		line = end + 2
	}
}

// parseLine parses what follows the method.
func parseLine(r *Request, b []byte) error {
	target, version, ok := bytes.Cut(b, []byte{' '})
	major, minor, known := http.ParseHTTPVersion(string(version))
	switch {
	case !ok || !known:
		return errLine
	case major != 1:
		return refusal{505, "this server speaks HTTP/1"}
	}
	r.minor = byte(min(minor, 1))
	absolute := len(target) > 7 && isFold(target[:7], "http://")
	if absolute {
		target = target[7:]
		n := span(target, &inHost)
		if target = target[n:]; n == 0 {
			return errTarget
		}
	}
	r.Target = string(target)
	switch {
	case absolute && (len(target) == 0 || target[0] == '?'):
		r.Target = "/" + r.Target
	case r.Target != "*" && (len(target) == 0 || target[0] != '/'):
		return errTarget
	}
	if _, err := url.PathUnescape(r.Target); err != nil || span(target, &inTarget) < len(target) {
		return errTarget
	}
	return nil
}

// parseFields parses r.fields, lines that end in CR LF.
func parseFields(r *Request) error {
	r.length = -1
	hosts, encodings, keepAlive, other := 0, 0, false, false
	for b := r.fields; len(b) > 0; {
		name := span(b, &inToken)
		if name == 0 || b[name] != ':' { // there is a CR
			return errField
		}
		end := name + 1 + span(b[name+1:], &inValue)
		if b[end] != '\r' || b[end+1] != '\n' {
			return errField
		}
		value := trim(b[name+1 : end])
		switch field := b[:name]; {
		case isFold(field, "host"):
			if hosts++; span(value, &inHost) < len(value) {
				return errHost
			}
		case isFold(field, "connection"):
			for option := range bytes.SplitSeq(value, []byte{','}) {
				r.close = r.close || isFold(trim(option), "close")
				keepAlive = keepAlive || isFold(trim(option), "keep-alive")
			}
		case isFold(field, "content-length"):
			n, err := strconv.ParseUint(string(value), 10, 31) // the longest, if it is longer
			if r.length >= 0 || errors.Is(err, strconv.ErrSyntax) {
				return refusal{400, "want one Content-Length field, with a number"}
			}
			r.length = int(n)
		case isFold(field, "transfer-encoding"):
			encodings++
			r.chunked = isFold(value, "chunked")
		case isFold(field, "expect"):
			r.expects = isFold(value, "100-continue")
			other = other || !r.expects
		}
		b = b[end+2:]
	}
	r.close = r.close || r.minor == 0 && !keepAlive
	r.expects = r.expects && r.minor == 1
	switch {
	case hosts > 1 || hosts == 0 && r.minor == 1:
		return errHost
	case encodings > 0 && r.length >= 0:
		return refusal{400, "both Transfer-Encoding and Content-Length"}
	case encodings > 0 && r.minor == 0:
		return refusal{400, "Transfer-Encoding in HTTP/1.0"}
	case encodings > 1 || encodings == 1 && !r.chunked:
		return refusal{501, "this server takes no Transfer-Encoding but chunked"}
	case other && r.minor == 1:
		return refusal{417, "this server meets no expectation but 100-continue"}
	}
	return nil
}

// isFold compares b, whatever its case, with a word.
func isFold(b []byte, word string) bool {
	return len(b) == len(word) && bytes.EqualFold(b, []byte(word))
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }
