//go:build stackful

package main
