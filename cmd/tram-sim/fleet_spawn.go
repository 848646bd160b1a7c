package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const gatewayStop = 30 * time.Second // for a gateway to end by itself

// spawned is a gateway process of our own, in a folder of its own.
type spawned struct {
	dir   string
	cmd   *exec.Cmd
	stdin io.Closer // its end stops the gateway
}

func (g *spawned) pid() int {
	if g == nil {
		return 0
	}
	return g.cmd.Process.Pid
}

// spawn starts the gateway and waits until it serves.
func spawn(ctx context.Context, o fleetOptions) (g *spawned, err error) {
	g = &spawned{}
	if g.dir, err = os.MkdirTemp("", "tram-fleet-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(g.dir))
		}
	}()
	args := []string{"run", "--dir", g.dir, "--listen", "127.0.0.1:0", "--allow-virtual", "--until-eof"}
	if o.tls {
		args = append(args, "--tls")
	}
	g.cmd = exec.CommandContext(ctx, o.spawn, append(args, o.args...)...)
	log, err := os.Create(filepath.Join(g.dir, "gateway.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	g.cmd.Stderr = log
	stdout, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if g.stdin, err = g.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := g.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.spawn, err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		words, _ := os.ReadFile(log.Name())
		return nil, errors.Join(fmt.Errorf("the gateway does not start: %s", words), g.end())
	}
	return g, nil
}

// stop ends the gateway and removes its folder.
func (g *spawned) stop() error { return errors.Join(g.end(), os.RemoveAll(g.dir)) }

func (g *spawned) end() error {
	kill := time.AfterFunc(gatewayStop, func() { _ = g.cmd.Process.Kill() })
	defer kill.Stop()
	_ = g.stdin.Close()
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("the gateway ended badly: %w", err)
	}
	return nil
}
