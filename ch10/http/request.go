package http

import (
	"bytes"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"ch10/tcp"
)

// A Request is valid until its response is there. A goroutine of the handler's that may go on for
// longer has to have copies.
type Request struct {
	Method string
	Target string // path and query as they were sent: "/5/hello?size=3"; or "*"
	Body   []byte

	fields  []byte    // as they were sent
	conn    *tcp.Conn // that it came by
	length  int       // the Content-Length; -1: there is none
	chunked bool      // the body comes in chunks
	close   bool      // the client wants no other request after this one
	expects bool      // the client sends the body after 100 Continue
	minor   byte      // of the version: HTTP/1.0 or 1.1
}

// Fields returns the header's fields, in their order.
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

// Field returns the value of the first field with the name, whatever the case of its letters, or "".
func (r *Request) Field(name string) string {
	for n, value := range r.Fields() {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return ""
}

// RemoteAddr returns the client's address; it isn't valid if the connection has broken.
func (r *Request) RemoteAddr() netip.AddrPort { return r.conn.RemoteAddr() }

// A refusal is the status that a bad request is answered with, and a line that says why.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

var (
	errLine     = &refusal{http.StatusBadRequest, "malformed request line"}
	errTarget   = &refusal{http.StatusBadRequest, "malformed target: want a path or a URL"}
	errVersion  = &refusal{http.StatusHTTPVersionNotSupported, "this server speaks HTTP/1"}
	errLongLine = &refusal{http.StatusRequestURITooLong, "the request line is too long"}
	errLong     = &refusal{http.StatusRequestHeaderFieldsTooLarge, "the header is too long"}
	errField    = &refusal{http.StatusBadRequest, "malformed header field"}
	errHost     = &refusal{http.StatusBadRequest, "want one Host field"}
	errLength   = &refusal{http.StatusBadRequest, "want one Content-Length field, with a number"}
	errEncoding = &refusal{http.StatusNotImplemented, "this server takes no Transfer-Encoding but chunked"}
	errOldChunk = &refusal{http.StatusBadRequest, "Transfer-Encoding in HTTP/1.0"}
	errBoth     = &refusal{http.StatusBadRequest, "both Transfer-Encoding and Content-Length"}
	errExpect   = &refusal{http.StatusExpectationFailed, "this server meets no expectation but 100-continue"}
	errLongBody = &refusal{http.StatusRequestEntityTooLarge, "the body is too long"}
	errBusy     = &refusal{http.StatusServiceUnavailable, "too many long requests at once"}
	errTimedOut = &refusal{http.StatusRequestTimeout, "the request took too long to arrive"}
	errInternal = &refusal{http.StatusInternalServerError, "internal server error"}
)

// The kinds of bytes: where each may stand.
const (
	inToken uint8 = 1 << iota // a method, or the name of a field
	inTarget
	inHost
	inValue // the value of a field
)

const (
	letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	host    = letters + "!$%&'()*+,-.:;=[]_~"
	target  = host + "/?@\"<>\\^`{|}" // nobody should send the last eight, many do
)

var kinds = func() (k [256]uint8) {
	for kind, all := range map[uint8]string{inToken: letters + "!#$%&'*+-.^_`|~", inTarget: target, inHost: host} {
		for _, c := range []byte(all) {
			k[c] |= kind
		}
	}
	for c := range k {
		if c >= ' ' && c != 0x7f || c == '\t' {
			k[c] |= inValue
		}
	}
	return k
}()

// span returns how many bytes at the beginning of b are of the kind.
func span(b []byte, kind uint8) int {
	for i, c := range b {
		if kinds[c]&kind == 0 {
			return i
		}
	}
	return len(b)
}

// parseHeader looks at the beginning of what a client has sent, of which limit bytes count. It returns the first
// request, without its body, and the length of its header, or 0 if that isn't whole yet, or a refusal: as
// soon as there is one, and with the method, if that is there. More bytes behind b would change what
// it says only if it was 0. The request's fields stay in b.
func parseHeader(b []byte, limit int) (r Request, n int, err error) {
	full := len(b) >= limit
	b = b[:min(len(b), limit)]
	method := span(b, inToken)
	switch {
	case method == len(b), string(b) == "\r":
	case method == 0 || b[method] != ' ':
		return r, 0, errLine
	default:
		r.Method = string(b[:method])
	}
	tooLong, bareLF := errLongLine, errLine
	for line := 0; ; {
		i := bytes.IndexByte(b[line:], '\n')
		end := line + i - 1
		switch {
		case i < 0 && full:
			return r, 0, tooLong
		case i < 0:
			return r, 0, nil
		case i == 0 || b[end] != '\r':
			return r, 0, bareLF
		case bareLF == errLine: // it is the first
			if err := parseLine(&r, b[method+1:end]); err != nil {
				return r, 0, err
			}
			tooLong, bareLF = errLong, errField
			n = end + 2
		case i == 1:
			r.fields = b[n:line]
			return r, line + 2, parseFields(&r)
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
		return errVersion
	}
	r.minor = byte(min(minor, 1))
	path := target
	if len(target) > 7 && isFold(target[:7], "http://") { // the absolute form
		path = target[7:]
		host := span(path, inHost)
		if path = path[host:]; host == 0 {
			return errTarget
		}
	}
	r.Target = string(path)
	switch {
	case len(path) < len(target) && (len(path) == 0 || path[0] == '?'):
		r.Target = "/" + r.Target
	case r.Target != "*" && (len(path) == 0 || path[0] != '/'):
		return errTarget
	}
	if _, err := url.PathUnescape(r.Target); err != nil || span(path, inTarget) < len(path) {
		return errTarget
	}
	return nil
}

// parseFields parses lines that end in CR LF.
func parseFields(r *Request) error {
	r.length = -1
	hosts, encodings, keepAlive, other := 0, 0, false, false
	for b := r.fields; len(b) > 0; {
		name := span(b, inToken)
		if name == 0 || b[name] != ':' { // there is a CR
			return errField
		}
		end := name + 1 + span(b[name+1:], inValue)
		if b[end] != '\r' || b[end+1] != '\n' {
			return errField
		}
		value := trim(b[name+1 : end])
		switch field := b[:name]; {
		case isFold(field, "host"):
			if hosts++; span(value, inHost) < len(value) {
				return errHost
			}
		case isFold(field, "connection"):
			r.close = r.close || hasToken(value, "close")
			keepAlive = keepAlive || hasToken(value, "keep-alive")
		case isFold(field, "content-length"):
			if r.length >= 0 || number(value) < 0 {
				return errLength
			}
			r.length = number(value)
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
		return errBoth
	case encodings > 0 && r.minor == 0:
		return errOldChunk
	case encodings > 1 || encodings == 1 && !r.chunked:
		return errEncoding
	case other && r.minor == 1:
		return errExpect
	}
	return nil
}

// isFold compares b, whatever its case, with a word.
func isFold(b []byte, word string) bool {
	return len(b) == len(word) && bytes.EqualFold(b, []byte(word))
}

// hasToken looks for a word in a list with commas.
func hasToken(list []byte, word string) bool {
	for one := range bytes.SplitSeq(list, []byte{','}) {
		if isFold(trim(one), word) {
			return true
		}
	}
	return false
}

// number returns -1 if b is none. It counts to 1 GiB.
func number(b []byte) (n int) {
	if len(b) == 0 {
		return -1
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = min(10*n+int(c-'0'), 1<<30)
	}
	return n
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }
