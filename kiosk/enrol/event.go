package enrol

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader"
)

// Names of the officer's commands; an accepted one is an event of that name.
const (
	CmdBegin           = "begin"
	CmdCorrect         = "correct" // CorrectArgs
	CmdNotice          = "notice"
	CmdScan            = "scan"           // ScanArgs
	CmdScanCamera      = "scan-camera"    // CameraArgs; nothing of it is journalled
	CmdAcknowledge     = "acknowledge"    // AcknowledgeArgs
	CmdConfirmPerson   = "confirm-person" // PersonArgs
	CmdRegisterCheck   = "register-check"
	CmdPortraitStart   = "portrait-start"
	CmdPortraitRetake  = "portrait-retake"
	CmdPortraitManual  = "portrait-manual"  // ReasonArgs
	CmdPortraitAccept  = "portrait-accept"  // PortraitArgs
	CmdPortraitDiffers = "portrait-differs" // ReasonArgs
	CmdFingersStart    = "fingers-start"    // FingerArgs
	CmdFingerException = "finger-exception" // FingerArgs
	CmdFingerCamera    = "finger-camera"    // CameraArgs; journalled where it calls a picture off
	CmdFingerPhoto     = "finger-photo"     // FingerArgs
	CmdFingerApprove   = "finger-approve"   // ApproveArgs
	CmdDocuments       = "documents"        // DocumentsArgs
	CmdConsent         = "consent"          // ConsentArgs
	CmdSign            = "sign"
	CmdSeal            = "seal"
	CmdCancel          = "cancel"
	CmdFinish          = "finish"
	CmdNew             = "new" // begin, by another name
)

// Events of the devices.
const (
	evChip           = "chip"            // Chip
	evChipRefused    = "chip-refused"    // Code: the keys of this scan open nothing
	evPortrait       = "portrait"        // Portrait
	evPortraitMissed = "portrait-missed" // Portrait: the best of the try, nil when there was none
	evMatch          = "match"           // Match
	evReader         = "reader"          // Reader
	evTaken          = "taken"           // Taking
	evPhoto          = "hand"            // Finger, Photo
	evCompared       = "compared"        // Compared
	evSubmitted      = "submitted"       // Done: the outbox has it
	evQueue          = "queue"           // Code: how far the outbox is with it
)

// event is one record of the journal. Which field is filled follows from Kind.
type event struct {
	Kind    string        `cbor:"kind"`
	Command string        `cbor:"command,omitempty"` // ID of the officer's command
	At      time.Time     `cbor:"at"`
	Officer string        `cbor:"officer,omitempty"`
	Elapsed time.Duration `cbor:"elapsed,omitempty"` // a device's share

	ID         uuid.UUID         `cbor:"id,omitempty"`
	Rules      string            `cbor:"rules,omitempty"` // version
	Pack       []byte            `cbor:"pack,omitempty"`  // the rules themselves, JSON
	Corrects   *correction       `cbor:"corrects,omitempty"`
	Opening    *opening          `cbor:"opening,omitempty"`  // nil: of a version that knew one kind
	Reviewer   string            `cbor:"reviewer,omitempty"` // a supervisor's recipient, where the rules may ask for one
	Scan       *scanned          `cbor:"scan,omitempty"`
	Identity   *identified       `cbor:"identity,omitempty"`
	Guardian   *guardianSaid     `cbor:"guardian,omitempty"`
	Request    *RequestArgs      `cbor:"request,omitempty"`
	Person     *PersonArgs       `cbor:"person,omitempty"`
	Ack        *AcknowledgeArgs  `cbor:"ack,omitempty"`
	Reason     string            `cbor:"reason,omitempty"`
	Finger     biometrics.Finger `cbor:"finger,omitempty"`
	Documents  []Document        `cbor:"documents,omitempty"`
	Consent    *ConsentArgs      `cbor:"consent,omitempty"`
	Code       string            `cbor:"code,omitempty"`
	Chip       *reader.Report    `cbor:"chip,omitempty"`
	Portrait   *Portrait         `cbor:"portrait,omitempty"`
	Match      *matched          `cbor:"match,omitempty"`
	Decision   *decision         `cbor:"decision,omitempty"`
	Unit       string            `cbor:"unit,omitempty"` // of the fingers
	Reader     *readerTakes      `cbor:"reader,omitempty"`
	Taking     *taking           `cbor:"taking,omitempty"`
	Compared   *comparedPrints   `cbor:"compared,omitempty"`
	Photo      *handPhoto        `cbor:"photo,omitempty"`
	Paper      *paperEvent       `cbor:"paper,omitempty"`
	Supervisor string            `cbor:"supervisor,omitempty"`
	Done       *finished         `cbor:"done,omitempty"`
	Online     bool              `cbor:"online,omitempty"` // there was a central to ask
	Checked    *checked          `cbor:"checked,omitempty"`
	Phone      *phoneEvent       `cbor:"phone,omitempty"`
	Exception  *exceptionEvent   `cbor:"exception,omitempty"`
	Sampled    bool              `cbor:"sampled,omitempty"` // the dossier is of the day's sample
	Citizen    bool              `cbor:"citizen,omitempty"` // it came from the citizen's own screen
	Said       *CitizenSaid      `cbor:"said,omitempty"`
}

// finished is all that the journal keeps once the outbox has the dossier.
type finished struct {
	Receipt Receipt                `cbor:"receipt"`
	Machine map[Step]time.Duration `cbor:"machine"`
	// Commands stay known, so that a repeated one is still done only once.
	Commands  map[string]string `cbor:"commands"`
	Household *household        `cbor:"household,omitempty"`
}

// codec is the journal's and the sections' encoding: deterministic, so that
// the same enrolment always gives the same bytes.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

const maxNesting = 32

func newCodec() (codec, error) {
	opts := cbor.CoreDetEncOptions()
	opts.Time = cbor.TimeRFC3339Nano
	enc, err := opts.EncMode()
	if err != nil {
		return codec{}, err
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   maxNesting,
		UTF8:              cbor.UTF8RejectInvalid,
	}.DecMode()
	return codec{enc: enc, dec: dec}, err
}

func (c codec) event(b []byte) (event, error) {
	var e event
	if err := c.dec.Unmarshal(b, &e); err != nil {
		return event{}, fmt.Errorf("journal record: %w", err)
	}
	if folds[e.Kind] == nil {
		return event{}, fmt.Errorf("journal record: unknown kind %q", e.Kind)
	}
	if !e.complete() {
		return event{}, fmt.Errorf("journal record: %q is incomplete", e.Kind)
	}
	return e, nil
}

// complete reports whether the fields that the kind's fold relies on are there.
func (e *event) complete() bool {
	switch e.Kind {
	case CmdCorrect:
		return e.Corrects != nil
	case CmdIdentity:
		return e.Identity != nil
	case CmdGuardian:
		return e.Guardian != nil
	case CmdRequest:
		return e.Request != nil
	case CmdScan, CmdGuardianScan:
		return e.Scan != nil
	case CmdConfirmPerson:
		return e.Person != nil
	case CmdAcknowledge:
		return e.Ack != nil
	case CmdConsent:
		return e.Consent != nil
	case evChip, evGuardianChip:
		return e.Chip != nil && e.Chip.Document != nil
	case evPortrait:
		return e.Portrait != nil
	case evMatch:
		return e.Match != nil
	case CmdPortraitAccept, CmdPortraitDiffers:
		return e.Decision != nil
	case CmdFingersStart:
		_, ok := parseUnit(e.Unit)
		return ok
	case evReader:
		return e.Reader != nil
	case evTaken:
		return e.Taking != nil && e.Taking.complete()
	case evCompared:
		return e.Compared != nil
	case evPhoto:
		return e.Photo != nil && e.Finger.Single()
	case evSubmitted:
		return e.Done != nil
	case CmdCitizenPhone:
		return e.Said != nil
	case evRegister:
		return e.Checked != nil
	case evPhone, evCodeSent, evCodeTried:
		return e.Phone != nil
	case CmdExceptionAsk, evPending:
		return e.Exception != nil
	case CmdExceptionApprove, evDecided:
		return e.Exception != nil && e.Exception.Decided != nil
	}
	return e.Paper.complete(e.Kind)
}
