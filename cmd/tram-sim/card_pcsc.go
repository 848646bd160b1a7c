//go:build cgo || windows

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ebfe/scard"
)

// resetCard connects to the card in a reader and resets it.
func resetCard(ctx context.Context, part string) (reader string, err error) {
	reader, release, err := connect(ctx, part, scard.ShareShared, scard.ResetCard)
	if err != nil {
		return "", err
	}
	release()
	return reader, nil
}

// holdCard connects to the card in a reader so that nobody else can. release
// lets go of it and leaves it as it is.
func holdCard(ctx context.Context, part string) (reader string, release func(), err error) {
	return connect(ctx, part, scard.ShareExclusive, scard.LeaveCard)
}

// connect waits until the card can be had in that mode.
func connect(ctx context.Context, part string, mode scard.ShareMode, end scard.Disposition) (reader string, release func(), err error) {
	service, err := scard.EstablishContext()
	if err != nil {
		return "", nil, fmt.Errorf("%w: the PC/SC service does not answer: start pcscd (%w)", errNoReader, err)
	}
	defer func() {
		if err != nil {
			_ = service.Release()
		}
	}()
	readers, err := service.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return "", nil, fmt.Errorf("list card readers: %w", err)
	}
	if reader, err = pick(readers, part); err != nil {
		return "", nil, err
	}
	for {
		card, err := service.Connect(reader, mode, scard.ProtocolAny)
		if err == nil {
			return reader, func() {
				for errors.Is(card.Disconnect(end), scard.ErrSharingViolation) && sleep(ctx, again) {
					// A transaction of another program is to end first.
				}
				_ = service.Release()
			}, nil
		}
		if !sleep(ctx, again) {
			return "", nil, fmt.Errorf("connect to the card in %s: %w", reader, err)
		}
	}
}
