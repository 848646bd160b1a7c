package gateway

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// metrics count what the gateway does. No label names a person, a dossier or a
// station: their values are the routes and codes of the program.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	problems  *prometheus.CounterVec
	dossiers  *prometheus.CounterVec
	events    *prometheus.CounterVec
	partBytes prometheus.Counter
	oldest    prometheus.Histogram
	waiting   prometheus.Histogram
}

// stationEvents are the codes of stations that have a label value of their own.
var stationEvents = map[string]bool{
	"lockout": true, "verification-failed": true, "audit-fork": true, "key-refused": true, "index-rebuilt": true,
	EventSequenceFork: true, EventSequenceBack: true, EventReportBack: true, EventCounterBack: true,
	EventCustody: true, EventKeyRotated: true,
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tram_gateway_requests_total", Help: "Requests answered.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tram_gateway_request_seconds", Help: "Time from the header of a request to the end of its answer.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60},
		}, []string{"route"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tram_gateway_problems_total", Help: "Answers that are not good, by the code of the problem.",
		}, []string{"route", "code"}),
		dossiers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tram_gateway_dossiers_total", Help: "Receipts given: stored, or replayed; and those of them in quarantine or carried by another station.",
		}, []string{"outcome"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tram_gateway_security_events_total", Help: "Security events, of stations and found by the gateway.",
		}, []string{"code"}),
		partBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tram_gateway_part_bytes_total", Help: "Bytes of parts stored.",
		}),
		oldest: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tram_gateway_station_oldest_seconds", Help: "Age of a station's oldest waiting dossier, at its report.",
			Buckets: []float64{60, 600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400},
		}),
		waiting: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tram_gateway_station_waiting_dossiers", Help: "Dossiers that wait at a station, at its report.",
			Buckets: []float64{0, 1, 5, 20, 100, 500},
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.problems, m.dossiers, m.events, m.partBytes, m.oldest, m.waiting,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, gt := range map[string]*gate{"bodies": g.bodies, "door": g.door, "work": g.work, "downloads": g.downloads} {
		for state, value := range map[string]func() int{
			"running": func() int { n, _ := gt.load(); return n },
			"waiting": func() int { _, n := gt.load(); return n },
		} {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "tram_gateway_admission", Help: "Requests inside a gate and in its lines.",
				ConstLabels: prometheus.Labels{"gate": name, "state": state},
			}, func() float64 { return float64(value()) }))
		}
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tram_gateway_ready", Help: "1 while the stores take dossiers, 0 when the disk is full or the ledger broken.",
	}, func() float64 {
		if g.cfg.Ready != nil && g.cfg.Ready() != nil {
			return 0
		}
		return 1
	}))
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tram_gateway_feed_waiting", Help: "Stations that wait for news.",
	}, func() float64 { return float64(g.polls.load()) }))
	return m
}

// watched remembers an answer's status.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// watch counts one request; call done at its end.
func (m *metrics) watch(w http.ResponseWriter, pattern string) (_ http.ResponseWriter, done func()) {
	begin := time.Now()
	seen := &watched{ResponseWriter: w}
	return seen, func() {
		m.requests.WithLabelValues(pattern, strconv.Itoa(seen.status)).Inc()
		m.seconds.WithLabelValues(pattern).Observe(time.Since(begin).Seconds())
	}
}

func (m *metrics) problem(pattern string, code uplink.Code) {
	m.problems.WithLabelValues(pattern, string(code)).Inc()
}

// stored counts a receipt.
func (m *metrics) stored(mark Mark, fresh bool) {
	outcome := "replayed"
	if fresh {
		outcome = "stored"
	}
	m.dossiers.WithLabelValues(outcome).Inc()
	if fresh && mark.Quarantine != "" {
		m.dossiers.WithLabelValues("quarantined").Inc()
	}
	if fresh && mark.CarriedBy != "" {
		m.dossiers.WithLabelValues("carried").Inc()
	}
}

// event counts a security event. A code that a station made up is "other".
func (m *metrics) event(code string, n uint64) {
	if !stationEvents[code] {
		code = "other"
	}
	m.events.WithLabelValues(code).Add(float64(n))
}

func (m *metrics) reported(h envelope.Health, now time.Time) {
	m.waiting.Observe(float64(h.Waiting))
	if h.Oldest > 0 {
		m.oldest.Observe(max(0, now.Sub(time.UnixMilli(h.Oldest)).Seconds()))
	}
}

// Metrics is the handler of the gateway's metrics, for an address of its own.
func (g *Gateway) Metrics() http.Handler {
	return promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{})
}

func (g *Gateway) serveMetrics(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	g.Metrics().ServeHTTP(w, r)
}
