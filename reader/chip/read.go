package chip

import "math"

// SELECT and READ BINARY (Doc 9303-10 §3.6).

const fileMF = 0x3F00

// selectFile answers SELECT of the application, the master file or a file.
func (c *Card) selectFile(cmd command) answer {
	if cmd.p2 != 0x00 && cmd.p2 != 0x0C {
		return status(swWrongParameters)
	}
	switch cmd.p1 {
	case 0x04:
		if string(cmd.data) != aidEMRTD {
			return status(swFileNotFound)
		}
		c.state.app, c.state.current = true, 0
		return status(swOK)
	case 0x00:
		return c.selectMaster(cmd)
	case 0x02:
		if len(cmd.data) != 2 {
			return status(swWrongLength)
		}
		id := uint16(cmd.data[0])<<8 | uint16(cmd.data[1])
		_, refusal := c.open(id)
		if refusal.sw != swOK {
			return refusal
		}
		c.state.current = id
		return status(swOK)
	}
	return status(swWrongParameters)
}

func (c *Card) selectMaster(cmd command) answer {
	if c.spec.NoSelectMF {
		return status(swInstruction)
	}
	if len(cmd.data) != 0 && (len(cmd.data) != 2 || uint16(cmd.data[0])<<8|uint16(cmd.data[1]) != fileMF) {
		return status(swFileNotFound)
	}
	c.state.app, c.state.current = false, 0
	return status(swOK)
}

// open returns the bytes of a file in the current application, or why not.
func (c *Card) open(id uint16) ([]byte, answer) {
	if !c.state.app {
		if id == fileCardSecurity && c.state.session == nil && c.masterFiles[id] != nil {
			return nil, status(swSecurityStatus)
		}
		if file, ok := c.masterFiles[id]; ok {
			return file, status(swOK)
		}
		return nil, status(swFileNotFound)
	}
	if c.state.session == nil {
		return nil, status(swSecurityStatus)
	}
	if c.closed[id] && !c.mayRead(id) {
		return nil, status(swSecurityStatus)
	}
	if file, ok := c.files[id]; ok {
		return file, status(swOK)
	}
	return nil, answer{sw: swFileNotFound, plain: c.script.has(FaultPlain6A82)}
}

// readBinary answers both instructions: B0 with an offset of 15 bits (8 with a
// short file identifier), B1 with the offset in a data object for files
// beyond 32 KB.
func (c *Card) readBinary(cmd command) answer {
	id, offset, refusal := c.readTarget(cmd)
	if refusal.sw != swOK {
		return refusal
	}
	file, refusal := c.open(id)
	if refusal.sw != swOK {
		return refusal
	}
	c.state.current = id
	if cmd.le == 0 {
		return status(swWrongLength)
	}
	size := c.size(id, file)
	if offset >= size {
		return status(swOutsideFile)
	}
	room := c.room(cmd)
	if s := c.state.session; s != nil {
		room = s.plainRoom(room)
	}
	odd := cmd.ins == insReadBinaryOdd
	want := min(cmd.le, room)
	if c.script.has(FaultShortBlocks) {
		want = min(want, shortBlock)
	}
	if odd {
		want = max(0, want-discretionaryHeader(want))
	}
	if a, struck := c.midwayAnswer(id, offset, min(offset+want, size), size); struck {
		return a
	}
	sw := uint16(swOK)
	if rest := size - offset; rest < want {
		switch {
		case c.spec.ExactLength && !odd:
			return status(swExactLength | uint16(rest&0xFF))
		case !maximum(cmd):
			sw = swEndOfFile
		}
		want = rest
	}
	data := make([]byte, want) // beyond an endless file's own bytes: zeros
	copy(data, file[min(offset, len(file)):])
	c.state.sent += want
	if odd {
		data = encode(0x53, data)
	}
	return answer{data: data, sw: sw}
}

// room is how many bytes a response may hold before its status word.
func (c *Card) room(cmd command) int {
	switch {
	case !cmd.extended:
		return maxShortResponse
	case c.spec.MaxResponse > 0:
		return min(c.spec.MaxResponse, maxExtendedResponse)
	}
	return maxExtendedResponse
}

// atrInfo is EF.ATR/INFO for what this chip can do.
func (c *Card) atrInfo() []byte {
	longest := c.room(command{extended: true}) + 2
	return efATRInfo(!c.spec.NoShortIDs, c.spec.Extended, maxExtendedCommand, longest)
}

// maximum reports that the command asks for "as much as there is".
func maximum(cmd command) bool { return cmd.le == 256 || cmd.le == 65536 }

// discretionaryHeader is the size of the tag and length of the DO53 that has
// to fit into n bytes.
func discretionaryHeader(n int) int {
	switch {
	case n <= 0x7F+2:
		return 2
	case n <= 0xFF+3:
		return 3
	}
	return 4
}

// readTarget says which file a READ BINARY means and from where.
func (c *Card) readTarget(cmd command) (id uint16, offset int, refusal answer) {
	if cmd.ins == insReadBinaryOdd {
		return c.readTargetOdd(cmd)
	}
	if cmd.p1&0x80 != 0 {
		if cmd.p1&0x60 != 0 {
			return 0, 0, status(swWrongParameters)
		}
		if c.spec.NoShortIDs {
			return 0, 0, status(swFileNotFound)
		}
		return 0x0100 | uint16(cmd.p1&0x1F), int(cmd.p2), status(swOK)
	}
	if c.state.current == 0 {
		return 0, 0, status(swNoCurrentFile)
	}
	return c.state.current, int(cmd.p1)<<8 | int(cmd.p2), status(swOK)
}

func (c *Card) readTargetOdd(cmd command) (id uint16, offset int, refusal answer) {
	objects, err := parseObjects(cmd.data)
	at := find(objects, 0x54)
	if err != nil || len(at) == 0 || len(at) > 3 {
		return 0, 0, status(swWrongData)
	}
	for _, b := range at {
		offset = offset<<8 | int(b)
	}
	switch id = uint16(cmd.p1)<<8 | uint16(cmd.p2); {
	case id == 0:
		id = c.state.current
	case id < 0x1F:
		id |= 0x0100
	}
	if id == 0 {
		return 0, 0, status(swNoCurrentFile)
	}
	return id, offset, status(swOK)
}

// shortBlock is what a chip with [FaultShortBlocks] sends at most, in bytes.
const shortBlock = 100

// size is how many bytes a file seems to have.
func (c *Card) size(id uint16, file []byte) int {
	if id == fileDG2 && c.script.has(FaultEndless) {
		return math.MaxInt32
	}
	return len(file)
}
