// Sound in other formats than WAV of plain samples: FLAC, Ogg Vorbis, Opus, MP3, AIFF and more, read by libsndfile
// where the system has it. It is looked for when the first such file is opened, so that nobody needs it for WAV.
#pragma once

#include <memory>
#include <string>

#include "sound_reader.h"

namespace deepspeech::client {

// Throws AudioError: there is no such library, it does not know the format, or the file is damaged.
std::unique_ptr<SoundReader> open_with_library(const std::string& path);

}  // namespace deepspeech::client
