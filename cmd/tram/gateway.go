package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// startTimeout bounds how long a part of the demo may take to come up.
const startTimeout = 15 * time.Second

// gatewayProcess is a tram-gateway that this process started.
type gatewayProcess struct {
	url     string
	pairing string // its pairing file
	dir     string
	program string
	cmd     *exec.Cmd
	stdin   io.Closer // its end stops the gateway, also when this process was killed
}

// sibling finds another program of this build: beside this one, or in PATH.
func sibling(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		if p := filepath.Join(filepath.Dir(self), name); exists(p) {
			return p, nil
		}
	}
	p, err := exec.LookPath(name)
	if err != nil {
		return "", coded(exitNoDevice, fmt.Errorf("%s is not beside tram nor in PATH: build all programs with `make build`", name))
	}
	return p, nil
}

// startGateway runs a gateway on a free port that takes virtual devices; flags
// are further ones of `tram-gateway run`.
func startGateway(ctx context.Context, dir string, flags ...string) (*gatewayProcess, error) {
	program, err := sibling("tram-gateway")
	if err != nil {
		return nil, err
	}
	g := &gatewayProcess{dir: dir, program: program, pairing: filepath.Join(dir, "pairing.json")}
	args := append([]string{"run", "--dir", dir, "--listen", "127.0.0.1:0", "--allow-virtual", "--until-eof"}, flags...)
	g.cmd = exec.CommandContext(ctx, program, args...)
	g.cmd.Cancel = func() error { return g.cmd.Process.Signal(os.Interrupt) }
	g.cmd.WaitDelay = startTimeout
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if g.stdin, err = g.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan error, 1)
	go func() {
		var line struct {
			URL string `json:"url"`
		}
		err := json.NewDecoder(bufio.NewReader(out)).Decode(&line)
		g.url = line.URL
		ready <- err
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case err = <-ready:
	case <-time.After(startTimeout):
		err = errors.New("no answer")
	}
	if err != nil {
		g.stop()
		return nil, fmt.Errorf("the gateway did not start: %w", err)
	}
	return g, nil
}

// enrol tells the gateway to trust a station's key.
func (g *gatewayProcess) enrol(ctx context.Context, stationFile string) error {
	out, err := exec.CommandContext(ctx, g.program, "enrol", "--dir", g.dir, stationFile).CombinedOutput()
	if err != nil {
		return fmt.Errorf("enrol the station at the gateway: %w: %s", err, out)
	}
	return nil
}

// stop ends the gateway that startGateway started, and waits for it.
func (g *gatewayProcess) stop() {
	_ = g.stdin.Close()
	_ = g.cmd.Wait()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
