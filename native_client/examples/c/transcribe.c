/* Prints the transcript of a WAV file, and before it each change of what has been understood so far.
 *
 *   gcc transcribe.c -I../../include -L. -ldeepspeech -o transcribe
 *   ./transcribe output_graph.pbmm language.scorer audio.wav     ('' in the place of the scorer: none)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deepspeech.h"

enum { HEADER_BYTES = 44, PIECE_SAMPLES = 320 };

/* Ends the program with what the library says of an error, if there is one. */
static void check(int status, const char* what) {
  if (status == DS_ERR_OK) return;
  char* text = DS_ErrorCodeToErrorMessage(status);
  fprintf(stderr, "E %s: %s (0x%X)\n", what, text, status);
  DS_FreeString(text);
  exit(1);
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s MODEL SCORER WAV\n", argv[0]);
    return 2;
  }
  ModelState* model;
  check(DS_CreateModel(argv[1], &model), argv[1]);
  if (*argv[2]) check(DS_EnableExternalScorer(model, argv[2]), argv[2]);

  FILE* file = fopen(argv[3], "rb");
  if (!file || fseek(file, HEADER_BYTES, SEEK_SET) != 0) {
    perror(argv[3]);
    return 1;
  }
  StreamingState* stream;
  check(DS_CreateStream(model, &stream), "the stream");
  char* shown = NULL;
  short samples[PIECE_SAMPLES];
  size_t n;
  while ((n = fread(samples, sizeof(short), PIECE_SAMPLES, file)) > 0) {
    DS_FeedAudioContent(stream, samples, (unsigned)n);
    char* text = DS_IntermediateDecode(stream);
    if (text && (!shown || strcmp(text, shown) != 0)) fprintf(stderr, "... %s\n", text);
    DS_FreeString(shown);
    shown = text;
  }
  DS_FreeString(shown);
  fclose(file);

  char* text = DS_FinishStream(stream);
  if (!text) {
    fprintf(stderr, "E %s: the network failed\n", argv[1]);
    return 1;
  }
  puts(text);
  DS_FreeString(text);
  DS_FreeModel(model);
  return 0;
}
