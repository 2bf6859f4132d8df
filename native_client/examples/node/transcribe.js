// Prints the transcript of a WAV file.
//
//   npm install
//   DS_LIBRARY=.../libdeepspeech.so node transcribe.js output_graph.pbmm language.scorer audio.wav
//
// '' in the place of the scorer does without.
'use strict';

const fs = require('fs');
const koffi = require('koffi');

const HEADER_BYTES = 44;

const library = koffi.load(process.env.DS_LIBRARY || 'libdeepspeech.so');
koffi.opaque('ModelState');
const createModel = library.func('int DS_CreateModel(const char *path, _Out_ ModelState **model)');
const freeModel = library.func('void DS_FreeModel(ModelState *model)');
const enableScorer = library.func('int DS_EnableExternalScorer(ModelState *model, const char *path)');
const freeString = library.func('void DS_FreeString(void *text)');
// A text that is freed once it was copied.
const Text = koffi.disposable('Text', 'str', freeString);
const message = library.func('DS_ErrorCodeToErrorMessage', Text, ['int']);
const speechToText = library.func('DS_SpeechToText', Text, ['ModelState *', 'const int16_t *', 'uint']);

function check(status, what) {
  if (status === 0) return;
  console.error(`E ${what}: ${message(status)} (0x${status.toString(16).toUpperCase()})`);
  process.exit(1);
}

const [modelPath, scorerPath, wavPath] = process.argv.slice(2);
if (wavPath === undefined) {
  console.error('usage: node transcribe.js MODEL SCORER WAV');
  process.exit(2);
}
const place = [null];
check(createModel(modelPath, place), modelPath);
const model = place[0];
if (scorerPath) check(enableScorer(model, scorerPath), scorerPath);

const content = fs.readFileSync(wavPath).subarray(HEADER_BYTES);
const samples = new Int16Array(content.length >> 1);
for (let i = 0; i < samples.length; ++i) samples[i] = content.readInt16LE(2 * i);
const text = speechToText(model, samples, samples.length);
freeModel(model);
if (text === null) {
  console.error(`E ${modelPath}: the network failed`);
  process.exit(1);
}
console.log(text);
