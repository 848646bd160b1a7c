package libusb

import "fmt"

// model is one member of the family by its USB identity.
type model struct {
	vendor, product uint16
	name            string
	challenge       bool // wakes only for who answers its challenge
	turned          bool // the sensor is built in upside down
}

// models lists the family. Vendor 05ba is DigitalPersona, 045e Microsoft.
var models = []model{
	{vendor: 0x05ba, product: 0x0007, name: "DigitalPersona U.are.U 4000"},
	{vendor: 0x05ba, product: 0x0008, name: "DigitalPersona U.are.U 4000 keyboard"},
	{vendor: 0x05ba, product: 0x000a, name: "DigitalPersona U.are.U 4000B/4500", turned: true},
	{vendor: 0x045e, product: 0x00bb, name: "Microsoft keyboard with fingerprint reader"},
	{vendor: 0x045e, product: 0x00bc, name: "Microsoft IntelliMouse with fingerprint reader"},
	{vendor: 0x045e, product: 0x00bd, name: "Microsoft Fingerprint Reader"},
	{vendor: 0x045e, product: 0x00ca, name: "Microsoft Fingerprint Reader v2", challenge: true},
}

// findModel returns the model with this USB identity.
func findModel(vendor, product uint16) (model, bool) {
	for _, m := range models {
		if m.vendor == vendor && m.product == product {
			return m, true
		}
	}
	return model{}, false
}

// info is what a reader tells of itself in register 0xf0.
type info [16]byte

// versions returns the two version numbers as the dossier names them.
func (i info) versions() string {
	return fmt.Sprintf("%02x%02x/%02x%02x", i[10], i[11], i[4], i[5])
}
