// Wine_prng writes the library bcryptprimitives.dll to the file that it is given. Go's runtime takes its random numbers
// from that library's one function ProcessPrng and doesn't start on Windows without it, but older versions of wine (8.0 in
// Debian 12) don't have it. The library holds no code: its only export is a forwarder to SystemFunction036 in advapi32,
// which every wine has and which fills a buffer with random bytes too.
//
//	go run .ci/wine_prng.go $WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
//
// For tests only. The layout is that of "PE Format" in Microsoft's documentation.
package main

import (
	"debug/pe"
	"encoding/binary"
	"errors"
	"log"
	"os"
)

const (
	page  = 0x1000 // how sections are aligned in memory
	block = 0x200  // and in the file: one for the headers, and one for the only section, the export table
)

func main() {
	name, function, forwardTo := "bcryptprimitives.dll\x00", "ProcessPrng\x00", "advapi32.SystemFunction036\x00"

	// Addresses are relative to the base. One inside the export table doesn't point to code but to the text of a forwarder.
	const arrays, texts = page + 10*4, page + 13*4
	functionAt := texts + uint32(len(name))
	forwarder := functionAt + uint32(len(function))
	table := []uint32{
		0, 0, 0, texts, 1, 1, 1, // flags, time stamp, version, library's name, first ordinal, how many functions and names
		arrays, arrays + 4, arrays + 8, // the arrays of functions, names and ordinals, of one entry each:
		forwarder, functionAt, 0,
	}

	header := struct {
		DOS       [16]uint32 // the last of them is where the signature is
		Signature uint32
		File      pe.FileHeader
		Optional  pe.OptionalHeader64
		Section   pe.SectionHeader32
	}{
		[16]uint32{0: 'M' | 'Z'<<8, 15: 64}, 'P' | 'E'<<8,
		pe.FileHeader{
			Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: uint16(binary.Size(pe.OptionalHeader64{})),
			Characteristics: 0x2022, // executable, knows large addresses, a library
		},
		pe.OptionalHeader64{
			Magic: 0x20b, SizeOfInitializedData: block, BaseOfCode: page, ImageBase: 0x180000000,
			SectionAlignment: page, FileAlignment: block, MajorOperatingSystemVersion: 6, MajorSubsystemVersion: 6,
			SizeOfImage: 2 * page, SizeOfHeaders: block,
			Subsystem: 3, DllCharacteristics: 0x160, // console; may be loaded anywhere, data is no code
			SizeOfStackReserve: 1 << 20, SizeOfStackCommit: page, SizeOfHeapReserve: 1 << 20, SizeOfHeapCommit: page,
			NumberOfRvaAndSizes: 16, DataDirectory: [16]pe.DataDirectory{pe.IMAGE_DIRECTORY_ENTRY_EXPORT: {VirtualAddress: page, Size: block}},
		},
		pe.SectionHeader32{
			Name: [8]byte{'.', 'e', 'd', 'a', 't', 'a'}, VirtualSize: block, VirtualAddress: page,
			SizeOfRawData: block, PointerToRawData: block, Characteristics: 0x40000040, // readable data
		},
	}

	file := make([]byte, 2*block)
	_, err1 := binary.Encode(file, binary.LittleEndian, header)
	n, err2 := binary.Encode(file[block:], binary.LittleEndian, table)
	copy(file[block+n:], name+function+forwardTo)
	if err := errors.Join(err1, err2, os.WriteFile(os.Args[1], file, 0o666)); err != nil {
		log.Fatal(err)
	}
}
