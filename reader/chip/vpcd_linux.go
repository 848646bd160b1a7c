package chip

import (
	"net"
	"syscall"
)

// acknowledgeQuickly sets TCP_QUICKACK. The kernel clears it again by itself,
// so it is set before every read; a failure costs time, never correctness.
func acknowledgeQuickly(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
