package enrol

import "github.com/tram-station/tram/kiosk/rules"

func viewOf(r *rules.Pack) RulesView {
	return RulesView{
		Version: r.Version, Kinds: kindViews(r), MinimumAge: r.MinimumAge, WorkingDays: r.WorkingDays,
		PhonePattern: r.Phone, EmailPattern: r.Email, Documents: r.Documents,
		Correctable: r.Correctable, FingerReasons: r.FingerReasons, FingerMode: r.FingerMode, FingerTries: r.FingerTries,
		PortraitTries: r.PortraitTries, PortraitReasons: r.PortraitReasons,
	}
}
