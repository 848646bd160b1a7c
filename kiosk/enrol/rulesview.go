package enrol

import "github.com/tram-station/tram/kiosk/rules"

// viewOf is what a page of a station of a kind needs of the rules.
func viewOf(r *rules.Pack, station string) RulesView {
	v := RulesView{
		Version: r.Version, MinimumAge: r.MinimumAge, WorkingDays: r.WorkingDays,
		PhonePattern: r.Phone, EmailPattern: r.Email, Documents: r.Documents,
		Papers: append([]rules.DocumentRule{}, r.Papers...), Relations: append([]rules.ExceptionRule{}, r.Relations...), Family: append([]rules.FamilyRule{}, r.Family...),
		Correctable: r.Correctable, FingerReasons: r.FingerReasons, FingerMode: r.FingerMode, FingerTries: r.FingerTries,
		PortraitTries: r.PortraitTries, PortraitReasons: r.PortraitReasons,
		PhoneReasons: r.PhoneReasons, ExceptionReasons: r.Exceptions.Reasons, ExceptionRefusals: r.Exceptions.Refusals,
	}
	v.Kinds, v.Elsewhere = kindViews(r, station)
	v.Refused = refusedHere(r, v.Kinds)
	return v
}
