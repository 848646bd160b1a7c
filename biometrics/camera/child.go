package camera

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	tailBytes = 2048            // kept of what the process says on stderr
	goodbye   = 1 * time.Second // for the process to end by itself
)

// child is one life of the camera process.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	tail   *tail
}

// launch starts the process and asks it for pictures.
func launch(command, env []string) (*child, error) {
	if len(command) == 0 {
		return nil, errors.New("camera: no command configured")
	}
	c := &child{cmd: exec.Command(command[0], command[1:]...), tail: &tail{}}
	c.cmd.Env = append(append(os.Environ(), "OPENCV_LOG_LEVEL=ERROR"), env...)
	c.cmd.Stderr = c.tail
	c.cmd.WaitDelay = goodbye
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("camera: %w", err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("camera: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("camera: start the camera process: %w", err)
	}
	c.stdin, c.stdout = stdin, bufio.NewReaderSize(stdout, 1<<16)
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) command(word string) error {
	_, err := io.WriteString(c.stdin, word+"\n")
	return err
}

// kill ends this process, and none but it; its reader then sees the end.
func (c *child) kill() { _ = c.cmd.Process.Kill() }

// leave asks the process to end and kills it when it does not.
func (c *child) leave() {
	_ = c.command(CommandQuit)
	_ = c.stdin.Close()
	late := time.AfterFunc(goodbye, c.kill)
	_, _ = io.Copy(io.Discard, c.stdout)
	_ = c.cmd.Wait()
	late.Stop()
}

// bury takes leave of a process that broke the conversation off.
func (c *child) bury() error {
	c.kill()
	_ = c.stdin.Close()
	return c.cmd.Wait()
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if extra := len(t.buf) - tailBytes; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
