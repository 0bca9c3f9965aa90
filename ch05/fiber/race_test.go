//go:build race

package fiber

const raceDetector = true
