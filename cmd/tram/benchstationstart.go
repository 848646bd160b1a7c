package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tram-station/tram/biometrics/assets"
)

// answerPoll is how often a station that starts is asked.
const answerPoll = time.Millisecond

// starts measures how long `tram run` takes until it answers, and what it then
// has of memory: with the models that are installed, and without any.
func (b *benchSite) starts(ctx context.Context, o stationBenchOptions) (figures []boundFigure, err error) {
	bare, err := bareAssets(filepath.Join(b.dir, "bare"))
	if err != nil {
		return nil, err
	}
	for _, with := range []struct {
		name, assets string
	}{{"as installed", ""}, {"without models", bare}} {
		var took, memory []float64
		data := filepath.Join(b.dir, "start-"+with.name)
		for i := range o.starts + 1 { // the first one makes keys and PINs
			r, err := b.startOnce(ctx, data, with.assets)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				took, memory = append(took, ms(r.took)), append(memory, r.resident)
			}
		}
		start := fmt.Sprintf("at most %d", startLimit.Milliseconds())
		figures = append(figures,
			boundFigure{Figure: "cold start to answering, " + with.name + ", median", Value: at(took, 0.5), Unit: "ms", Limit: start},
			boundFigure{Figure: "the same, the slowest", Value: at(took, 1), Unit: "ms", Limit: start})
		limit := "no limit"
		if with.assets != "" {
			limit = fmt.Sprintf("at most %d", idleLimit)
		}
		figures = append(figures, boundFigure{Figure: "resident memory of an idle station, " + with.name + ", median",
			Value: at(memory, 0.5), Unit: "MiB", Limit: limit})
	}
	rested, err := b.rested(ctx, filepath.Join(b.dir, "rested"), bare, o.idle)
	return append(figures, rested...), err
}

// bareAssets is a folder of the assets without models.
func bareAssets(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for _, name := range []string{"pigo", "openjpeg"} {
		path, err := assets.Find(name)
		if err != nil {
			return "", coded(exitNoDevice, err)
		}
		if path, err = filepath.Abs(path); err != nil {
			return "", err
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// started is a station that answers.
type started struct {
	took     time.Duration
	resident float64 // MiB, a moment later
	url, pin string
	cmd      *exec.Cmd
}

// startOnce starts a station, waits for its first answer and kills it.
func (b *benchSite) startOnce(ctx context.Context, data, assets string) (started, error) {
	s, err := b.startRun(ctx, data, assets)
	if err != nil {
		return s, err
	}
	time.Sleep(time.Second)
	s.resident = float64(resident(s.cmd.Process.Pid)) / (1 << 20)
	return s, s.stop()
}

func (s *started) stop() error {
	err := s.cmd.Process.Signal(os.Interrupt)
	var exit *exec.ExitError
	if werr := s.cmd.Wait(); !errors.As(werr, &exit) {
		err = errors.Join(err, werr)
	}
	return err
}

// startRun executes `tram run` and asks for its page until it is there.
func (b *benchSite) startRun(ctx context.Context, data, assets string) (s started, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return s, err
	}
	s.url = "http://" + address
	s.cmd = exec.CommandContext(ctx, self, "run", "--json", "--station", demoStation, "--data", data, "--listen", address,
		"--pairing", b.gateway.pairing, "--scanner", "virtual", "--tpm", "none")
	s.cmd.Env, s.cmd.WaitDelay = os.Environ(), startTimeout
	if assets != "" {
		s.cmd.Env = append(s.cmd.Env, "TRAM_ASSETS="+assets)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return s, err
	}
	for !answers(ctx, s.url) {
		if time.Since(begin) > startTimeout {
			return s, errors.Join(errors.New("tram run does not answer"), s.stop())
		}
		time.Sleep(answerPoll)
	}
	s.took = time.Since(begin)
	var ready struct{ PIN string }
	err = json.NewDecoder(out).Decode(&ready)
	s.pin = ready.PIN
	return s, err
}

// freeAddress is an address of this machine that nobody listens on now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer closed(resp.Body)
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// rested measures the memory of a station after the officer signed in: the PIN's
// hash takes 64 MiB for a moment. wait is how long it rests then.
func (b *benchSite) rested(ctx context.Context, data, assets string, wait time.Duration) (figures []boundFigure, err error) {
	s, err := b.startRun(ctx, data, assets)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := (&client{base: s.url}).login(ctx, demoOfficer, s.pin); err != nil {
		return nil, err
	}
	for _, after := range []time.Duration{restEvery + 2*time.Second, wait} {
		if after == 0 {
			continue
		}
		time.Sleep(after)
		figures = append(figures, boundFigure{Figure: fmt.Sprintf("the same after a first run and a sign-in, %s later", after),
			Value: float64(resident(s.cmd.Process.Pid)) / (1 << 20), Unit: "MiB", Limit: fmt.Sprintf("at most %d", idleLimit)})
	}
	return figures, nil
}
