package wsq

// newCodes makes the best Huffman table for symbols of these frequencies, none
// longer than 16 bits (the procedure of ITU-T T.81, annex K.2, which
// IAFIS-IC-0110 refers to). It uses up the counts.
func newCodes(counts *[symbols + 1]int) *codeTable {
	counts[symbols] = 1 // reserves the code of all ones, which is not allowed
	sizes := codeSizes(counts)
	var lengths [64]int // [i]: codes of i bits; counts of images give far shorter ones
	for _, n := range sizes {
		if n > 0 {
			lengths[n]++
		}
	}
	shorten(&lengths)
	t := &codeTable{}
	for i := range t.lengths {
		t.lengths[i] = byte(lengths[i+1])
	}
	for n := 1; n < len(lengths); n++ {
		for symbol, size := range sizes[:symbols] {
			if size == n {
				t.symbols = append(t.symbols, byte(symbol))
			}
		}
	}
	return t
}

// codeSizes returns how long each symbol's code is, 0 for one that is not used.
func codeSizes(counts *[symbols + 1]int) (sizes [symbols + 1]int) {
	var next [symbols + 1]int // in the same tree: the next symbol plus one, 0 at the end
	for {
		a := rarest(counts, -1)
		b := rarest(counts, a)
		if b < 0 {
			return sizes
		}
		counts[a] += counts[b]
		counts[b] = 0
		i := a
		for sizes[i]++; next[i] != 0; sizes[i]++ {
			i = next[i] - 1
		}
		next[i] = b + 1
		for i = b; ; i = next[i] - 1 {
			sizes[i]++
			if next[i] == 0 {
				break
			}
		}
	}
}

// rarest returns the symbol that is used least, the greatest of several, other
// than one; -1 when there is none.
func rarest(counts *[symbols + 1]int, other int) int {
	found := -1
	for i, n := range counts {
		if n > 0 && i != other && (found < 0 || n <= counts[found]) {
			found = i
		}
	}
	return found
}

// shorten moves codes of more than 16 bits up the tree, two at a time, and
// takes the reserved code away, which is one of the longest.
func shorten(lengths *[64]int) {
	for i := len(lengths) - 1; i > codeBits; i-- {
		for lengths[i] > 0 {
			j := i - 2
			for lengths[j] == 0 {
				j--
			}
			lengths[i] -= 2
			lengths[i-1]++
			lengths[j+1] += 2
			lengths[j]--
		}
	}
	for i := codeBits; i > 0; i-- {
		if lengths[i] > 0 {
			lengths[i]--
			return
		}
	}
}

// code is a Huffman code.
type code struct {
	bits uint32
	size uint
}

// encoding returns the codes by their symbols.
func (t *codeTable) encoding() (codes [symbols]code) {
	t.each(func(symbol byte, bits uint32, size uint) { codes[symbol] = code{bits, size} })
	return codes
}

// eachSymbol calls f for every symbol that the coefficients become, with the
// number that follows it in extra bits.
func eachSymbol(coefs []int16, f func(symbol byte, number uint32, extra uint)) {
	run := uint32(0)
	for _, v := range coefs {
		if v == 0 && run < 0xffff {
			run++
			continue
		}
		if run > 0 {
			runSymbol(run, f)
			run = 0
		}
		switch {
		case v == 0:
			run = 1
		case v > 255:
			f(symPlus16, uint32(v), 16)
		case v > maxCoef:
			f(symPlus8, uint32(v), 8)
		case v < -255:
			f(symMinus16, uint32(-int32(v)), 16)
		case v < minCoef:
			f(symMinus8, uint32(-int32(v)), 8)
		default:
			f(byte(v+symZero), 0, 0)
		}
	}
	if run > 0 {
		runSymbol(run, f)
	}
}

func runSymbol(run uint32, f func(symbol byte, number uint32, extra uint)) {
	switch {
	case run <= maxRun:
		f(byte(run), 0, 0)
	case run <= 0xff:
		f(symRun8, run, 8)
	default:
		f(symRun16, run, 16)
	}
}
