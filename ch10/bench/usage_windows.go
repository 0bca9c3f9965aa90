package bench

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var getProcessMemoryInfo = windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")

// usage is what this process has used so far. Windows counts CPU time in ticks of its clock, so it may be off by 16 ms.
func usage() (u used) {
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user) == nil {
		ticks := func(t windows.Filetime) int64 { return int64(t.HighDateTime)<<32 | int64(t.LowDateTime) }
		u.CPU = time.Duration(ticks(kernel)+ticks(user)) * 100 // each 100 ns
	}
	// PROCESS_MEMORY_COUNTERS in psapi.h
	var m struct {
		size, pageFaults uint32
		peakWorkingSet   uintptr
		_                [7]uintptr
	}
	m.size = uint32(unsafe.Sizeof(m))
	if ok, _, _ := getProcessMemoryInfo.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&m)), uintptr(m.size)); ok != 0 {
		u.Peak = int64(m.peakWorkingSet)
	}
	return u
}

// maxDescriptors is how many sockets this process may have open. Windows sets no limit.
func maxDescriptors() int { return maxTimes }
