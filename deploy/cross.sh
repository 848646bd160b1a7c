#!/usr/bin/env bash
# Builds everything for every platform: with cgo here, without cgo everywhere.
set -euo pipefail
go build ./...
for os in linux windows darwin; do
  echo "CGO_ENABLED=0 GOOS=$os go build ./..."
  CGO_ENABLED=0 GOOS=$os GOARCH=amd64 go build ./...
done
