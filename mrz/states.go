package mrz

// states are the codes that may stand for an issuer or a nationality, three
// letters each: ISO 3166-1, and of Doc 9303-3 §5 the other kinds of British
// nationals, organisations, persons without a nationality, and Utopia, which
// issues specimens.
const states = "ABWAFGAGOAIAALAALBANDAREARGARMASMATAATFATGAUSAUTAZEBDIBELBENBESBFABGDBGRBHRBHSBIH" +
	"BLMBLRBLZBMUBOLBRABRBBRNBTNBVTBWACAFCANCCKCHECHLCHNCIVCMRCODCOGCOKCOLCOMCPVCRICUB" +
	"CUWCXRCYMCYPCZEDEUDJIDMADNKDOMDZAECUEGYERIESHESPESTETHFINFJIFLKFRAFROFSMGABGBRGEO" +
	"GGYGHAGIBGINGLPGMBGNBGNQGRCGRDGRLGTMGUFGUMGUYHKGHMDHNDHRVHTIHUNIDNIMNINDIOTIRLIRN" +
	"IRQISLISRITAJAMJEYJORJPNKAZKENKGZKHMKIRKNAKORKWTLAOLBNLBRLBYLCALIELKALSOLTULUXLVA" +
	"MACMAFMARMCOMDAMDGMDVMEXMHLMKDMLIMLTMMRMNEMNGMNPMOZMRTMSRMTQMUSMWIMYSMYTNAMNCLNER" +
	"NFKNGANICNIUNLDNORNPLNRUNZLOMNPAKPANPCNPERPHLPLWPNGPOLPRIPRKPRTPRYPSEPYFQATREUROU" +
	"RUSRWASAUSDNSENSGPSGSSHNSJMSLBSLESLVSMRSOMSPMSRBSSDSTPSURSVKSVNSWESWZSXMSYCSYRTCA" +
	"TCDTGOTHATJKTKLTKMTLSTONTTOTUNTURTUVTWNTZAUGAUKRUMIURYUSAUZBVATVCTVENVGBVIRVNMVUT" +
	"WLFWSMYEMZAFZMBZWE" +
	"EUEGBDGBNGBOGBPGBSRKSUNAUNKUNOUTOXBAXCCXCEXCOXECXESXIMXMPXOMXPOXXAXXBXXCXXX"

// KnownState reports whether the code of an issuer or a nationality is one of
// Doc 9303-3 §5. Nothing in a zone checks those: who reads a picture may prefer
// a code that exists. Parse does not ask, for states come and go.
func KnownState(code string) bool {
	if code == "D" { // Germany, as it is printed
		return true
	}
	for i := 0; i < len(states) && len(code) == 3; i += 3 {
		if states[i:i+3] == code {
			return true
		}
	}
	return false
}

// asState reads three characters as the only code of a state that they may
// stand for, as the likeliest letters where there is none; where there are
// several it leaves them, so that no repair comes of it.
func asState(printed string) string {
	found := ""
	for i := 0; i < len(states); i += 3 {
		if code := states[i : i+3]; resembles(printed, code) {
			if found != "" {
				return printed
			}
			found = code
		}
	}
	if found == "" {
		return asLetters(printed)
	}
	return found
}
