// Wine_prng writes the library bcryptprimitives.dll to the file that it is
// given. Go's runtime takes its random numbers from that library's one function
// ProcessPrng and doesn't start on Windows without it, but older versions of
// wine (8.0 in Debian 12) don't have it. The library holds no code: its only
// export is a forwarder to SystemFunction036 in advapi32, which every wine has
// and which fills a buffer with random bytes too.
//
//	go run .ci/wine_prng.go $WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
//
// For tests only. The layout is that of "PE Format" in Microsoft's
// documentation: headers in the first 512 bytes of the file, and one section,
// the export table, in the next 512.
package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"log"
	"os"
)

const (
	page      = 0x1000 // how sections are aligned in memory
	block     = 0x200  // and in the file
	tableAddr = page   // where the export table is loaded, relative to the base
)

type dosHeader struct {
	Magic    [2]byte
	_        [58]byte
	PEOffset uint32
}

type exportTable struct {
	_           [3]uint32 // flags, time stamp, version
	Library     uint32
	OrdinalBase uint32
	Functions   uint32
	Names       uint32
	FunctionsAt uint32
	NamesAt     uint32
	OrdinalsAt  uint32
	// The three arrays, of one entry each. An address inside the export table
	// doesn't point to code but to the text of a forwarder.
	Function, Name uint32
	Ordinal        uint16
	_              uint16
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("wine_prng: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: go run .ci/wine_prng.go FILE")
	}
	if err := os.WriteFile(os.Args[1], library("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"), 0o666); err != nil {
		log.Fatal(err)
	}
}

func library(name, export, forwardTo string) []byte {
	table := exportTable{OrdinalBase: 1, Functions: 1, Names: 1}
	arrays := uint32(tableAddr + 40) // they follow the ten words of the table proper
	table.FunctionsAt, table.NamesAt, table.OrdinalsAt = arrays, arrays+4, arrays+8
	texts := uint32(tableAddr + binary.Size(table))
	table.Library = texts
	table.Name = table.Library + uint32(len(name)+1)
	table.Function = table.Name + uint32(len(export)+1)

	optional := pe.OptionalHeader64{
		Magic: 0x20b, SizeOfInitializedData: block, BaseOfCode: tableAddr, ImageBase: 0x180000000,
		SectionAlignment: page, FileAlignment: block, MajorOperatingSystemVersion: 6, MajorSubsystemVersion: 6,
		SizeOfImage: 2 * page, SizeOfHeaders: block,
		Subsystem: 3, DllCharacteristics: 0x160, // console; may be loaded anywhere, data is no code
		SizeOfStackReserve: 1 << 20, SizeOfStackCommit: page, SizeOfHeapReserve: 1 << 20, SizeOfHeapCommit: page,
		NumberOfRvaAndSizes: 16,
	}
	optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT] = pe.DataDirectory{VirtualAddress: tableAddr, Size: block}
	headers := put(
		dosHeader{Magic: [2]byte{'M', 'Z'}, PEOffset: uint32(binary.Size(dosHeader{}))},
		[]byte("PE\x00\x00"),
		pe.FileHeader{
			Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: uint16(binary.Size(optional)),
			Characteristics: 0x2022, // executable, knows large addresses, a library
		},
		optional,
		pe.SectionHeader32{
			Name: [8]byte{'.', 'e', 'd', 'a', 't', 'a'}, VirtualSize: block, VirtualAddress: tableAddr,
			SizeOfRawData: block, PointerToRawData: block, Characteristics: 0x40000040, // readable data
		},
	)
	section := put(table, []byte(name+"\x00"+export+"\x00"+forwardTo+"\x00"))
	return append(padded(headers), padded(section)...)
}

// put lays the parts out one after the other, without gaps.
func put(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		if err := binary.Write(&b, binary.LittleEndian, p); err != nil {
			log.Fatal(err)
		}
	}
	return b.Bytes()
}

func padded(b []byte) []byte { return append(b, make([]byte, block-len(b))...) }
