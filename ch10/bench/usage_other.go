//go:build !(darwin || freebsd || linux || netbsd || openbsd || windows)

package bench

func usage() used { return used{} }

func maxDescriptors() int { return maxTimes }
