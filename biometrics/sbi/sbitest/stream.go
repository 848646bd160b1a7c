package sbitest

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net/http"
	"time"
)

// frameTime makes ten pictures a second.
const frameTime = 100 * time.Millisecond

// stream answers STREAM until the client goes away. The boundary is named with
// its hyphens, as services in use do.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	fault := s.take("stream")
	if fault == FaultNoStream {
		answer(w, []byte(`{"error":{"errorCode":"202","errorInfo":"told by the mock"}}`))
		return
	}
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=--BoundaryString")
	for r.Context().Err() == nil {
		if fault == FaultBadStream {
			fmt.Fprintf(w, "--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:12\r\n\r\nno picture..\r\n\r\n")
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, s.frame(), nil); err != nil {
			return
		}
		fmt.Fprintf(w, "--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:%d\r\n\r\n%s\r\n\r\n", b.Len(), b.Bytes())
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		if fault == FaultStall {
			<-r.Context().Done()
		}
		select {
		case <-time.After(frameTime):
		case <-r.Context().Done():
		}
	}
}
