package kiosk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/operator"
)

// Who may call a route: anybody, the citizen's screen, or the people of roles.
const (
	anybody   = "anybody"
	ownScreen = "the citizen's screen"
	everyRole = operator.RoleOfficer + " " + operator.RoleSupervisor + " " + operator.RoleAdministrator
	enrolling = operator.RoleOfficer + " " + operator.RoleSupervisor
)

var whoMay = map[string]string{
	"POST /api/login": anybody, "POST /api/handover": anybody, "POST /api/unlock": anybody, "POST /api/passkey/login/begin": anybody,
	"POST /api/citizen/enter": anybody, "GET /api/openapi.yaml": anybody,

	"GET /api/citizen/state": ownScreen, "GET /api/citizen/events": ownScreen, "POST /api/citizen/do": ownScreen,
	"POST /api/citizen/upload": ownScreen, "GET /api/citizen/image/portrait": ownScreen,

	"GET /api/state": everyRole, "GET /api/events": everyRole,
	"GET /api/queue": everyRole, "GET /api/appointments": everyRole, "GET /api/receipt/{id}": everyRole, "GET /api/office": everyRole,
	"GET /api/station": everyRole, "GET /api/devices": everyRole, "GET /api/doctor": everyRole, "POST /api/check": everyRole,
	"GET /api/me": everyRole, "GET /api/about": everyRole, "POST /api/logout": everyRole, "POST /api/lock": everyRole,
	"POST /api/passkey/register/begin": everyRole, "POST /api/passkey/register/finish": everyRole, "POST /api/passkey/remove": everyRole,

	"POST /api/do": enrolling, "POST /api/lookup": enrolling, "POST /api/places": enrolling, "POST /api/printed": enrolling,
	"POST /api/qr": enrolling, "POST /api/upload": enrolling, "POST /api/camera/frame": enrolling, "POST /api/queue/retry": enrolling,
	"GET /api/preview": enrolling, "GET /api/image/{name}": enrolling,
	"POST /api/citizen/open": enrolling, "POST /api/citizen/close": enrolling,

	"GET /api/day": operator.RoleSupervisor, "POST /api/day": operator.RoleSupervisor, "GET /api/held": operator.RoleSupervisor,
	"POST /api/held/open": operator.RoleSupervisor, "POST /api/held/decide": operator.RoleSupervisor,
	"GET /api/audit":  operator.RoleSupervisor + " " + operator.RoleAdministrator,
	"GET /api/people": operator.RoleAdministrator, "POST /api/people": operator.RoleAdministrator,
}

// TestWhoMayCallEachRoute: every route lets in those who are named here and nobody
// else. A new one has to be named.
func TestWhoMayCallEachRoute(t *testing.T) {
	b := newBench(t)
	people := &fakeOperators{}
	b.open(people)
	table := b.server.table()
	for pattern := range table {
		if whoMay[pattern] == "" {
			t.Errorf("nobody has said who may call %s", pattern)
		}
	}
	gone, leave := context.WithCancel(t.Context()) // whoever calls does not wait for what stays open
	leave()
	for pattern, who := range whoMay {
		if table[pattern] == nil {
			t.Errorf("%s is not served", pattern)
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{name}", "portrait", "{id}", b.outbox.list[0].ID.String()).Replace(path)
		call := func(options ...option) int {
			return b.serve(b.request(method, path, "", options...).WithContext(gone)).Code
		}
		if got := call(); (got == http.StatusUnauthorized) != (who != anybody) {
			t.Errorf("%s without a session: %d", pattern, got)
		}
		for _, role := range operator.Roles() {
			people.role = role
			got := call(b.login())
			switch who {
			case anybody:
			case ownScreen:
				if got != http.StatusUnauthorized {
					t.Errorf("%s by a session: %d", pattern, got)
				}
			default:
				if may := slices.Contains(strings.Fields(who), role); (got == http.StatusForbidden) == may || got == http.StatusUnauthorized {
					t.Errorf("%s by %s: %d", pattern, role, got)
				}
			}
		}
	}
}
