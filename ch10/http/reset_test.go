//go:build !windows

package http

const resetError = "reset by peer"
