package kiosk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// logOf is a log of n acts: every tenth a look-up by officer-2, the others the
// machine's.
func (b *bench) logOf(n int) {
	for i := range n {
		a := audit.Act{At: envelope.Clock{Wall: b.clock.UnixMilli() + int64(i)}, Who: audit.Station, What: "sealed", Masked: "N.V.T. ••••••••0001"}
		if i%10 == 0 {
			a.Who, a.What, a.Detail = "officer-2", enrol.ActLookUp, "1"
		}
		b.outbox.audit = append(b.outbox.audit, a)
	}
}

func (b *bench) acts(query string, token option) (v auditView) {
	b.t.Helper()
	w := b.ask(http.MethodGet, "/api/audit"+query, "", token)
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %v", query, w.Code, err)
	}
	if strings.Contains(w.Body.String(), "•") || strings.Contains(w.Body.String(), "N.V.T.") {
		b.t.Errorf("%s names a citizen: %s", query, w.Body)
	}
	return v
}

// TestAuditPages: newest first, page by page back to the first act, each once.
func TestAuditPages(t *testing.T) {
	b := newBench(t)
	b.open(&fakeOperators{role: operator.RoleAdministrator})
	token := b.login()
	const all = 3*maxActs + 7
	b.logOf(all)
	var numbers []uint64
	query := ""
	for {
		v := b.acts(query, token)
		if v.Size != all || len(v.Acts) > maxActs {
			t.Fatalf("%d of %d", len(v.Acts), v.Size)
		}
		for _, a := range v.Acts {
			numbers = append(numbers, a.Number)
		}
		if v.Next == 0 {
			break
		}
		query = fmt.Sprintf("?before=%d", v.Next)
	}
	slices.Reverse(numbers)
	for i, n := range numbers {
		if n != uint64(i) {
			t.Fatalf("act %d stands where %d should be", n, i)
		}
	}
	if len(numbers) != all {
		t.Errorf("%d acts, want %d", len(numbers), all)
	}
	if v := b.acts(fmt.Sprintf("?after=%d", all-3), token); len(v.Acts) != 3 || v.Acts[0].Number != all-1 || v.Next != 0 {
		t.Errorf("new ones: %+v", v.Acts)
	}
}

// TestAuditFilters: what does not fit is left out, however far it lies back.
func TestAuditFilters(t *testing.T) {
	b := newBench(t)
	b.open(&fakeOperators{role: operator.RoleSupervisor})
	token := b.login()
	b.logOf(4 * actsWindow)
	id := uuid.Must(uuid.NewV7())
	b.outbox.audit[3].Dossier = id
	for query, want := range map[string]int{
		"?who=officer-2": maxActs, "?who=nobody": 0, "?what=look-up&who=station": 0,
		"?dossier=" + id.String(): 1, "?day=" + dayOf(b.clock): maxActs, "?day=1999-01-01": 0,
	} {
		v := b.acts(query, token)
		if len(v.Acts) != want {
			t.Errorf("%s: %d acts, want %d", query, len(v.Acts), want)
		}
	}
	if v := b.acts("?who=officer-2", token); v.Acts[0].Words.VI != "Tra cứu hồ sơ" || v.Next == 0 {
		t.Errorf("%+v, next %d", v.Acts[0], v.Next)
	}
	for _, query := range []string{"?before=x", "?after=-1", "?dossier=1"} {
		if w := b.serve(b.request(http.MethodGet, "/api/audit"+query, "", token)); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
	b.open(&fakeOperators{})
	if w := b.ask(http.MethodGet, "/api/audit", "", b.login()); w.Code != http.StatusForbidden {
		t.Errorf("an officer: %d", w.Code)
	}
}

// TestAuditVerifiedNowAndThen: the whole log is looked at, what is wrong is
// named once, and it is not looked at with every page.
func TestAuditVerifiedNowAndThen(t *testing.T) {
	b := newBench(t)
	b.open(&fakeOperators{role: operator.RoleSupervisor})
	token := b.login()
	b.logOf(5)
	b.outbox.found = audit.Report{Head: envelope.Head{Size: 5}, Witnessed: 3, Problems: []audit.Problem{{Code: audit.Edited}, {Code: audit.Edited}, {Code: audit.Cut}}}
	for range 3 {
		if v := b.acts("", token); v.Head.Size != 5 || v.Head.Witnessed != 3 || !slices.Equal(v.Head.Problems, []string{"edited", "cut"}) {
			t.Errorf("%+v", v.Head)
		}
	}
	if b.outbox.looks != 1 {
		t.Errorf("looked %d times", b.outbox.looks)
	}
	b.clock = b.clock.Add(verifyRest + time.Second)
	if b.acts("", token); b.outbox.looks != 2 {
		t.Errorf("looked %d times after a while", b.outbox.looks)
	}
}

// torn is a log that can not be read at one act.
type torn struct {
	*fakeOutbox
	at uint64
}

func (o torn) Acts(from uint64, fn func(uint64, audit.Act) error) error {
	return o.fakeOutbox.Acts(from, func(n uint64, a audit.Act) error {
		if n == o.at {
			return fmt.Errorf("act %d: %w", n, audit.ErrRecord)
		}
		return fn(n, a)
	})
}

// TestAuditOverADamagedAct: the acts around it are shown.
func TestAuditOverADamagedAct(t *testing.T) {
	b := newBench(t)
	b.open(&fakeOperators{role: operator.RoleSupervisor})
	token := b.login()
	b.logOf(6)
	for _, at := range []uint64{0, 3, 5} {
		b.server.cfg.Outbox = torn{b.outbox, at}
		var numbers []uint64
		for _, a := range b.acts("", token).Acts {
			numbers = append(numbers, a.Number)
		}
		if len(numbers) != 5 || slices.Contains(numbers, at) {
			t.Errorf("without %d: %v", at, numbers)
		}
	}
}

// TestActsOfTheMachineHaveWords: both languages, and none twice.
func TestActsOfTheMachineHaveWords(t *testing.T) {
	for code, w := range machineActs {
		if w.VI == "" || w.EN == "" || !audit.IsCode(code) {
			t.Errorf("%s: %+v", code, w)
		}
		if _, there := enrol.ActWords(code); there {
			t.Errorf("%s is in both tables", code)
		}
	}
	for _, code := range []string{offline.ActLockout, offline.ActVerificationFailed, offline.ActAuditFork, offline.ActKeyRefused, offline.ActIndexRebuilt, offline.ActHeldRejected} {
		if v := viewOfAct(numbered{Act: audit.Act{What: code}}); v.Words.VI == code {
			t.Errorf("%s has no words", code)
		}
	}
	if enrol.ActKeyRefused == offline.ActKeyRefused {
		t.Error("a person's security key and the station's own key are refused under one name")
	}
}
