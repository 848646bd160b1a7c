package reader

import (
	"errors"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// words of one kind of proof.
type proofWords struct {
	name     string
	what     verdict.Words // the proof's name
	file     lds.FileID    // that holds its key
	fileName string
}

var (
	chipWords = proofWords{CheckChipAuth, verdict.Words{VI: "xác thực chip", EN: "chip authentication"}, lds.EFDG14, "DG14"}

	activeWords = proofWords{CheckActiveAuth, verdict.Words{VI: "xác thực chủ động", EN: "active authentication"}, lds.EFDG15, "DG15"}
)

// checkChipAuth tells the original chip from a copy: by its static key, in
// chip authentication or already while it was opened.
func (s *session) checkChipAuth() verdict.Check {
	p := s.proofs.chip
	switch asked := p.err != nil || p.passed; {
	case s.proofs.mappingCounts():
		return chipWords.passed(s.protocol)
	case s.proofs.mapping.passed && !asked:
		return chipWords.inconclusive(verdict.Words{
			VI: "chưa rõ ai ký khóa của chip trong EF.CardSecurity",
			EN: "it is not known who signed the chip's key in EF.CardSecurity",
		})
	case s.proofs.mapping.err != nil && !asked:
		p = s.proofs.mapping
	}
	if p.err == nil && !p.passed && s.doc.Security != nil && len(s.doc.Security.ChipAuthKeys) == 0 {
		return chipWords.notSupported()
	}
	return s.checkProof(p, chipWords)
}

func (s *session) checkActiveAuth() verdict.Check { return s.checkProof(s.proofs.active, activeWords) }

// checkProof judges a proof by the key of a data group. A proof is worth
// nothing where nobody signed the key; and a chip that lacks a group which its
// issuer signed lacks what would show it to be the original.
func (s *session) checkProof(p proof, w proofWords) verdict.Check {
	var problem error
	for _, q := range s.problems {
		if q.id == w.file {
			problem = q.err
		}
	}
	switch {
	case p.passed && !s.signs(w.file):
		return w.inconclusive(verdict.Words{
			VI: "khóa của chip trong " + w.fileName + " không có trong danh sách đã ký",
			EN: "nobody signed the chip's key in " + w.fileName,
		})
	case p.passed:
		return w.passed(p.protocol)
	case errors.Is(p.err, auth.ErrMismatch), errors.Is(p.err, access.ErrMismatch):
		return w.failed(verdict.Words{VI: "chip không chứng minh được khóa của mình", EN: "the chip could not prove its key"})
	case p.err != nil:
		return w.inconclusive(verdict.Words{VI: p.err.Error(), EN: p.err.Error()})
	case s.signs(w.file) && errors.Is(problem, apdu.NotFound):
		return w.failed(verdict.Words{VI: "chip thiếu " + w.fileName + " mà cơ quan cấp đã ký", EN: "the chip lacks " + w.fileName + ", which its issuer signed"})
	case problem != nil:
		return w.inconclusive(verdict.Words{VI: w.fileName + " không dùng được", EN: w.fileName + " cannot be used"})
	case s.listed(w.file):
		return verdict.Check{Name: w.name, Outcome: verdict.NotDone, Reason: verdict.Words{
			VI: "Chưa kiểm tra " + w.what.VI + ".", EN: "Not done: " + w.what.EN + ".",
		}}
	}
	return w.notSupported()
}

func (w proofWords) passed(protocol string) verdict.Check {
	return verdict.Check{Name: w.name, Outcome: verdict.Passed, Reason: verdict.Words{
		VI: "Chip đã chứng minh là bản gốc (" + w.what.VI + ", " + protocol + ").",
		EN: "The chip has shown that it is no copy (" + protocol + ").",
	}}
}

func (w proofWords) failed(why verdict.Words) verdict.Check {
	return verdict.Check{Name: w.name, Outcome: verdict.Failed, Next: nextReadAgain, Reason: verdict.Words{
		VI: "Chip không xác thực được: " + why.VI + " (" + w.what.VI + ").",
		EN: "The chip could not be authenticated: " + why.EN + " (" + w.what.EN + ").",
	}}
}

func (w proofWords) inconclusive(why verdict.Words) verdict.Check {
	return verdict.Check{Name: w.name, Outcome: verdict.Inconclusive, Next: nextTellAdministrator, Reason: verdict.Words{
		VI: "Chưa đủ căn cứ kết luận về " + w.what.VI + ": " + why.VI + ".",
		EN: "Inconclusive, " + w.what.EN + ": " + why.EN + ".",
	}}
}

func (w proofWords) notSupported() verdict.Check {
	return verdict.Check{Name: w.name, Outcome: verdict.NotSupported, Reason: verdict.Words{
		VI: "Thẻ không hỗ trợ " + w.what.VI + ".", EN: "The card does not support " + w.what.EN + ".",
	}}
}

// checkTerminal says whether the chip let this station read fingerprints.
func (s *session) checkTerminal() verdict.Check {
	c := verdict.Check{Name: CheckTerminal}
	p := s.proofs.terminal
	switch {
	case p.passed && s.raw(lds.EFDG3) == nil && s.raw(lds.EFDG4) == nil:
		c.Outcome, c.Next = verdict.NotDone, nextTellAdministrator
		c.Reason = verdict.Words{VI: "Chưa đọc dữ liệu vân tay trên chip: chứng thư của trạm không có quyền này.",
			EN: "Not done: the station's certificates do not grant the right to read fingerprints."}
	case p.passed:
		c.Outcome = verdict.Passed
		c.Reason = verdict.Words{VI: "Chip cho phép trạm này đọc dữ liệu vân tay.", EN: "The chip lets this station read fingerprints."}
	case p.err != nil:
		c.Outcome, c.Next = verdict.Inconclusive, nextTellAdministrator
		c.Reason = verdict.Words{VI: "Chip chưa cho phép trạm này đọc dữ liệu vân tay: " + p.err.Error() + ".",
			EN: "The chip does not let this station read fingerprints: " + p.err.Error() + "."}
	case s.doc.Security == nil || len(s.doc.Security.TerminalAuth) == 0, !s.listed(lds.EFDG3) && !s.listed(lds.EFDG4):
		c.Outcome = verdict.NotSupported
		c.Reason = verdict.Words{VI: "Thẻ không có dữ liệu vân tay cần quyền đọc.", EN: "The card has no fingerprints that need a right to read."}
	default:
		c.Outcome, c.Next = verdict.NotDone, nextGoOn
		c.Reason = verdict.Words{VI: "Chưa đọc dữ liệu vân tay trên chip: trạm không có chứng thư được phép.",
			EN: "Not done: the station has no certificate that may read the chip's fingerprints."}
	}
	return c
}
