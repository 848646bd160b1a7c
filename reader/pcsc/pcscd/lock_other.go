//go:build !unix

package pcscd

import (
	"context"
	"errors"
)

func lock(context.Context, string) (unlock func(), err error) {
	return nil, errors.New("there is no pcscd on this system")
}
