package enrol

import "context"

// SignOnScreen attaches the signature that a citizen wrote on their own screen
// to just that enrolment, while the citizen is asked for the consent. As for
// Attach, the picture was decoded and written anew outside of this process.
func (s *Station) SignOnScreen(ctx context.Context, enrolment, officer string, jpeg []byte, w, h int) (name string, err error) {
	if p := unwritten(jpeg, w, h); p != nil {
		return "", refuse(p)
	}
	return s.attached(ctx, func() (string, *Problem) {
		if p := s.otherCitizen(enrolment); p != nil {
			return "", p
		}
		if CitizenScreen(s.Snapshot()) != ScreenConsent {
			return "", problem("wrong-step")
		}
		return s.attach(officer, PageSignature, jpeg, w, h)
	})
}
