package sbitest

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	deviceID = "7"
	maker    = "Trạm"
	version  = "0.9.5"
)

// digital is the scanner's digital ID.
func (s *Server) digital(serial string) map[string]any {
	return map[string]any{
		"serialNo": serial, "make": maker, "model": "SBI mock", "type": "Finger", "deviceSubType": s.opt.Kind,
		"deviceProvider": "Invented Devices", "deviceProviderId": "INVENTED.DEVICES", "dateTime": s.stamp(),
	}
}

func (s *Server) stamp() string { return s.opt.Now().UTC().Format(time.RFC3339) }

// modules are the numbers of the scanner's parts, as text like services in use
// write them.
func (s *Server) modules() []string {
	if s.opt.Kind == "Single" {
		return []string{"0"}
	}
	return []string{"1", "2", "3"}
}

// state is the scanner's status and the error that goes with it.
func (s *Server) state() (status string, failure map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := map[string]string{"Ready": "0", "Not Ready": "110", "Busy": "111", "Not Registered": "100"}[s.status]
	return s.status, failed(code)
}

func failed(code string) map[string]string {
	return map[string]string{"errorCode": code, "errorInfo": "told by the mock"}
}

// discover answers MOSIPDISC.
func (s *Server) discover(w http.ResponseWriter, _ *http.Request, body []byte) {
	var asked struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &asked) != nil || asked.Type == "" {
		answer(w, must(json.Marshal([]any{map[string]any{"error": failed("502")}})))
		return
	}
	list := []any{}
	if asked.Type == "Finger" || asked.Type == "Biometric Device" {
		status, failure := s.state()
		list = append(list, map[string]any{
			"deviceId": deviceID, "deviceStatus": status, "certification": "L1", "serviceVersion": version,
			"deviceSubId": s.modules(), "callbackId": s.URL() + "/", "digitalId": unsigned(s.digital(s.opt.Serial)),
			"deviceCode": s.opt.Serial, "specVersion": []string{version}, "purpose": "Registration", "error": failure,
		})
	}
	answer(w, must(json.Marshal(list)))
}

// info answers MOSIPDINFO: with a camera and a second scanner, too, as services
// for a whole desk do.
func (s *Server) info(w http.ResponseWriter, _ *http.Request, _ []byte) {
	status, failure := s.state()
	camera := s.digital(s.opt.Serial)
	camera["type"], camera["deviceSubType"] = "Face", "Full face"
	item := func(id map[string]any, by *signer) map[string]any {
		return map[string]any{"error": failure, "deviceInfo": by.sign(map[string]any{
			"deviceId": deviceID, "deviceStatus": status, "firmware": "1.0", "certification": "L1", "serviceVersion": version,
			"deviceSubId": s.modules(), "callbackId": s.URL() + "/", "digitalId": s.keys.chip.sign(id),
			"deviceCode": s.opt.Serial, "env": s.opt.Env, "purpose": "Registration", "specVersion": []string{version},
		})}
	}
	finger := item(s.digital(s.opt.Serial), s.keys.device)
	if status == "Not Registered" {
		finger["deviceInfo"] = unsigned(map[string]any{"deviceStatus": status, "digitalId": unsigned(s.digital(s.opt.Serial))})
	}
	switch s.take("identity") {
	case FaultSignature:
		finger["deviceInfo"] = spoiled(finger["deviceInfo"].(string))
	case FaultOtherRoot:
		finger = item(s.digital(s.opt.Serial), s.keys.foreign)
	case FaultExpired:
		finger = item(s.digital(s.opt.Serial), s.keys.expired)
	case FaultUnsigned:
		finger["deviceInfo"] = stripped(finger["deviceInfo"].(string))
	}
	second := item(s.digital(newSerial()), s.keys.second)
	answer(w, must(json.Marshal([]any{item(camera, s.keys.device), second, finger})))
}
