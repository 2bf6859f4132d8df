// Prints the transcript of a WAV file.
//
//	CGO_CFLAGS=-I../../include CGO_LDFLAGS="-L. -ldeepspeech" go build
//	./transcribe output_graph.pbmm language.scorer audio.wav     ('' in the place of the scorer: none)
package main

// #include <stdlib.h>
// #include "deepspeech.h"
import "C"

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"
)

const headerBytes = 44

// check ends the program with what the library says of an error, if there is one.
func check(status C.int, what string) {
	if status == C.DS_ERR_OK {
		return
	}
	text := C.DS_ErrorCodeToErrorMessage(status)
	fmt.Fprintf(os.Stderr, "E %s: %s (0x%X)\n", what, C.GoString(text), int(status))
	C.DS_FreeString(text)
	os.Exit(1)
}

// samples returns the 16-bit samples of a WAV file.
func samples(path string) ([]C.short, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(content) < headerBytes {
		return nil, fmt.Errorf("%s: %d bytes are no WAV file", path, len(content))
	}
	content = content[headerBytes:]
	audio := make([]C.short, len(content)/2)
	for i := range audio {
		audio[i] = C.short(int16(binary.LittleEndian.Uint16(content[2*i:])))
	}
	return audio, nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintf(os.Stderr, "usage: %s MODEL SCORER WAV\n", os.Args[0])
		os.Exit(2)
	}
	modelPath, scorerPath := C.CString(os.Args[1]), C.CString(os.Args[2])
	defer C.free(unsafe.Pointer(modelPath))
	defer C.free(unsafe.Pointer(scorerPath))

	var model *C.ModelState
	check(C.DS_CreateModel(modelPath, &model), os.Args[1])
	defer C.DS_FreeModel(model)
	if os.Args[2] != "" {
		check(C.DS_EnableExternalScorer(model, scorerPath), os.Args[2])
	}
	audio, err := samples(os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "E", err)
		os.Exit(1)
	}
	var first *C.short
	if len(audio) > 0 {
		first = &audio[0]
	}
	text := C.DS_SpeechToText(model, first, C.uint(len(audio)))
	if text == nil {
		fmt.Fprintf(os.Stderr, "E %s: the network failed\n", os.Args[1])
		os.Exit(1)
	}
	fmt.Println(C.GoString(text))
	C.DS_FreeString(text)
}
