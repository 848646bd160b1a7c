package enrol

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/inquiry"
)

// Central answers questions while the citizen is there. Every call ends within
// seconds; the errors are inquiry.ErrOffline, inquiry.ErrUnavailable,
// *inquiry.RateError, or the context's. Nothing here may stop an enrolment.
type Central interface {
	// Check compares data, face or fingers with the register.
	Check(ctx context.Context, q inquiry.Question) (inquiry.Answer, error)
	// Phone says whether a number is free for this citizen.
	Phone(ctx context.Context, q inquiry.PhoneQuestion) (inquiry.Answer, error)
	SendOTP(ctx context.Context, phone, purpose string) (inquiry.Ticket, error)
	ConfirmOTP(ctx context.Context, id uuid.UUID, code string) (inquiry.Outcome, error)
	Appointments(ctx context.Context, day time.Time) ([]inquiry.Appointment, error)
	// AskApproval puts an exception before a supervisor elsewhere, Approval asks
	// how that one has decided.
	AskApproval(ctx context.Context, e inquiry.Exception) (uuid.UUID, error)
	Approval(ctx context.Context, id uuid.UUID) (inquiry.Approval, error)
}
