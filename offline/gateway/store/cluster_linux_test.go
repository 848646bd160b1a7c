//go:build realparts

package store_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

var builtOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tram-store")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "tram-gateway")
	cmd := exec.Command("go", "build", "-o", bin, "github.com/tram-station/tram/cmd/tram-gateway")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := builtOnce(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// cluster is three storage nodes, each a real process.
type cluster struct {
	t      testing.TB
	bin    string
	flags  []string
	listen [3]string
	routes [3]string
	dirs   [3]string
	procs  [3]*exec.Cmd
}

// newCluster prepares three nodes; their folders are made when dirs is empty.
func newCluster(t testing.TB, dirs [3]string, flags ...string) *cluster {
	t.Helper()
	bin, err := builtOnce()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, bin: bin, flags: flags, dirs: dirs}
	for i := range 3 {
		c.listen[i], c.routes[i] = free(t), free(t)
		if c.dirs[i] == "" {
			c.dirs[i] = t.TempDir()
		}
	}
	t.Cleanup(c.killAll)
	return c
}

func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (c *cluster) start(i int) {
	c.t.Helper()
	args := append([]string{
		"store", "--name", fmt.Sprintf("n%d", i), "--dir", filepath.Join(c.dirs[i], "js"), "--listen", c.listen[i],
		"--cluster", c.routes[i], "--routes", strings.Join(c.routes[:], ","),
	}, c.flags...)
	cmd := exec.Command(c.bin, args...)
	if os.Getenv("TRAM_CLUSTER_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.procs[i] = cmd
}

func (c *cluster) startAll() {
	c.t.Helper()
	for i := range 3 {
		c.start(i)
	}
}

func (c *cluster) kill(i int) {
	if c.procs[i] != nil {
		_ = c.procs[i].Process.Kill()
		_ = c.procs[i].Wait()
		c.procs[i] = nil
	}
}

func (c *cluster) killAll() {
	for _, p := range c.procs {
		if p != nil {
			_ = p.Process.Kill()
		}
	}
	for i := range 3 {
		c.kill(i)
	}
}

func (c *cluster) signal(i int, s syscall.Signal) {
	c.t.Helper()
	if err := c.procs[i].Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) connect() *store.JetStream {
	c.t.Helper()
	j, err := store.Connect(c.t.Context(), c.where())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = j.Close() })
	return j
}

func (c *cluster) where() store.Cluster {
	return store.Cluster{URLs: []string{"nats://" + c.listen[0], "nats://" + c.listen[1], "nats://" + c.listen[2]}}
}

// leader is the node that leads the manifests now.
func (c *cluster) leader(j *store.JetStream) int {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
		name, err := j.Leader(ctx)
		cancel()
		if err == nil && len(name) == 2 && c.procs[name[1]-'0'] != nil {
			return int(name[1] - '0')
		}
	}
	c.t.Fatal("the cluster has no leader")
	return 0
}

// gatewayWriters are gateways that write manifests until stopped; what they were given
// a record of is acknowledged.
type gatewayWriters struct {
	mu    sync.Mutex
	acked map[string]string
	stop  context.CancelFunc
	wait  sync.WaitGroup
}

// write begins n writers with a connection each. Every fourth ID is written by
// two at the same time.
func (c *cluster) write(n int) *gatewayWriters {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	w := &gatewayWriters{acked: map[string]string{}, stop: cancel}
	shared := make(chan uuid.UUID, n)
	for i := range n {
		j := c.connect()
		w.wait.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				id := uuid.Must(uuid.NewV7())
				if k%4 == 0 {
					select {
					case id = <-shared:
					case shared <- id:
					default:
					}
				}
				w.one(ctx, j, id, fmt.Appendf(nil, "manifest %s of writer %d", id, i))
			}
		})
	}
	return w
}

func (w *gatewayWriters) one(ctx context.Context, j *store.JetStream, id uuid.UUID, manifest []byte) {
	r, err := j.Create(ctx, id, manifest, gateway.Mark{})
	if err != nil {
		return // not acknowledged: the station comes again
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	digest := envelope.Sum(r.Manifest).String()
	if before, told := w.acked[id.String()]; told && before != digest {
		digest = "two different records were acknowledged"
	}
	w.acked[id.String()] = digest
}

// count is how many are acknowledged so far.
func (w *gatewayWriters) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acked)
}

// until waits for n more acknowledgements.
func (w *gatewayWriters) until(t *testing.T, n int) {
	t.Helper()
	want := w.count() + n
	for deadline := time.Now().Add(90 * time.Second); w.count() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("only %d of %d more records within 90 s", w.count()-want+n, n)
		}
	}
}

func (w *gatewayWriters) end() map[string]string {
	w.stop()
	w.wait.Wait()
	return w.acked
}

// found reads all records back, by their place and each by its ID.
func found(t *testing.T, j *store.JetStream, acked map[string]string) []faults.Found {
	t.Helper()
	var all []faults.Found
	there := map[string]bool{}
	for after := uint64(0); ; {
		records, err := j.List(t.Context(), after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			all = append(all, faults.Found{Name: r.ID.String(), Digest: envelope.Sum(r.Manifest).String()})
			there[r.ID.String()], after = true, r.Position
		}
	}
	for id := range acked {
		if r, err := j.Get(t.Context(), uuid.MustParse(id)); (err == nil) != there[id] {
			t.Errorf("%s is in the list: %v; by its ID: %v, %v", id, there[id], r.Position, err)
		}
	}
	return all
}

// rack is a cluster whose nodes lie on disks that can lose their power.
type rack struct {
	*cluster
	disks [3]*faults.Disk
}

// The disks are a journaling file system's, as a node needs: the server syncs
// what it writes but not the folders. On a disk that may forget any name that
// was not synced by itself a cluster was seen not to come back.
func newRack(t *testing.T, flags ...string) *rack {
	t.Helper()
	r := &rack{}
	var dirs [3]string
	for i := range 3 {
		r.disks[i], dirs[i] = faults.NewDisk(faults.Journal), t.TempDir()
		must(t, r.disks[i].Mount(dirs[i]))
		t.Cleanup(func() { _ = r.disks[i].Unmount() })
	}
	r.cluster = newCluster(t, dirs, flags...)
	r.startAll()
	return r
}

// powerCut takes the power of all three and gives it back.
func (r *rack) powerCut(seed uint64) {
	r.t.Helper()
	for _, d := range r.disks {
		d.Cut()
	}
	r.killAll()
	for i, d := range r.disks {
		must(r.t, d.Unmount())
		must(r.t, d.Restart(seed*3+uint64(i)))
		must(r.t, d.Mount(r.dirs[i]))
	}
	r.startAll()
}

// Leaders are killed and paused, all nodes are killed, and the power of the
// whole rack goes, under the writes of several gateways. What was acknowledged
// is there, once and whole; without sync_always it is not.
// TRAM_CLUSTER_ROUNDS makes it long.
func TestClusterFaults(t *testing.T) {
	rounds := faults.Rounds("TRAM_CLUSTER_ROUNDS", 1)
	tally := &faults.Tally{
		Fault: "three nodes: leader kill, pause, kill-all, rack power cut", Runs: 4 * rounds, ControlBy: "nodes without sync_always",
	}
	var control faults.Tally
	t.Run("at once", func(t *testing.T) { // elections are mostly waiting
		t.Run("synced", func(t *testing.T) {
			t.Parallel()
			clusterFaults(t, tally, rounds)
		})
		t.Run("control", func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 3 && control.Broken() == 0; seed++ {
				clusterControl(t, &control, seed)
			}
		})
	})
	tally.Control = control.Broken()
	tally.Record(t)
}

func clusterFaults(t *testing.T, tally *faults.Tally, rounds int) {
	c := newRack(t)
	j := c.connect()
	w := c.write(4)
	w.until(t, 30)
	for round := range rounds {
		i := c.leader(j)
		c.kill(i)
		w.until(t, 30) // two are enough
		c.start(i)

		i = c.leader(j)
		c.signal(i, syscall.SIGSTOP)
		time.Sleep(time.Second)
		c.signal(i, syscall.SIGCONT)
		w.until(t, 30)

		c.killAll()
		c.startAll()
		w.until(t, 30)

		c.powerCut(uint64(round))
		w.until(t, 30)
	}
	acked := w.end()
	tally.Count(acked, found(t, c.connect(), acked))
}

// clusterControl counts what a rack without syncs has lost after a power cut.
func clusterControl(t *testing.T, control *faults.Tally, seed uint64) {
	c := newRack(t, "--no-sync")
	w := c.write(4)
	w.until(t, 300)
	c.powerCut(seed)
	acked := w.end()
	j, err := store.Connect(t.Context(), c.where())
	if err != nil { // it does not even start
		control.Count(acked, nil)
		return
	}
	control.Count(acked, found(t, j, nil))
	must(t, j.Close())
	c.killAll()
	for _, d := range c.disks {
		must(t, d.Unmount())
	}
}

// BenchmarkCluster is three gateways on three nodes that sync every record.
func BenchmarkCluster(b *testing.B) {
	c := newCluster(b, [3]string{})
	c.startAll()
	benchCreate(b, []*store.JetStream{c.connect(), c.connect(), c.connect()})
}
