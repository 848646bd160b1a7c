package kiosk

import "net/http"

// deskRoutes are those of what was sealed here and waits, and of who looks after
// it.
func (s *Server) deskRoutes() map[string]http.Handler {
	routes := map[string]http.Handler{}
	for pattern, handler := range map[string]sessionHandler{
		"POST /api/queue/retry": s.once(maxJSON, s.resend),
		"GET /api/day":          s.day,
		"POST /api/day":         s.once(maxJSON, s.lookedAt),
		"GET /api/held":         s.held,
		"POST /api/held/open":   s.openHeld,
		"POST /api/held/decide": s.once(maxJSON, s.decideHeld),
		"GET /api/audit":        s.audit,
	} {
		routes[pattern] = s.session(s.proving(handler))
	}
	return routes
}
