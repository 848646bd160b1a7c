// Package e2e drives the real pages in a real browser: the whole enrolment
// from login to receipt, over the real station, chip, outbox and gateway, with
// drawn devices. Its tests need Chromium and carry the build tag realparts.
package e2e
